"""Sends the queue in the background: decides when the next row is sent.

Rows are sent one at a time, in order, and only while their owner is logged in. ``queue.delivery`` sends a
row and stores the result; after failures this class waits with a back-off.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from almoxarife.clients.api.client import ApiClient
from almoxarife.clients.api.errors import ApiError
from almoxarife.clients.desktop.frame.background import Background, BackOff, Scheduler
from almoxarife.clients.queue.delivery import Delivery, deliver_next
from almoxarife.clients.queue.outgoing import Outgoing, Owner, QueuedRow, State
from almoxarife.clients.queue.store import Outbox

BUSY_MS = 250
"""Another program is sending from this queue: try again after this time."""


@dataclass(frozen=True)
class Newest:
    """``more``: how many waiting or rejected rows are not in ``rows``; ``is_held``: the last try got no response."""

    rows: list[QueuedRow]
    more: int
    is_held: bool


class Sender:
    """``changed`` is called after every change of the queue, with whether the server accepted a row.

    ``refused`` is called after the server has refused a row for good. ``session_over`` handles a 401
    (``Shell.session_over``); ``lost_server`` is called if the server is away.
    """

    def __init__(
        self,
        scheduler: Scheduler,
        background: Background,
        outbox: Outbox,
        *,
        api: Callable[[], ApiClient],
        owner: Callable[[], Owner | None],
        changed: Callable[[bool], None],
        refused: Callable[[], None],
        session_over: Callable[[ApiError], bool],
        lost_server: Callable[[], None],
        back_off: BackOff | None = None,
    ) -> None:
        self._scheduler = scheduler
        self._background = background
        self._outbox = outbox
        self._api = api
        self._owner = owner
        self._changed = changed
        self._refused = refused
        self._session_over = session_over
        self._lost_server = lost_server
        self._back_off = back_off or BackOff()
        self._timer: str | None = None
        self._is_sending = False
        self._began = datetime.now(UTC)
        self.last_sent_at: datetime | None = None

    @property
    def rows(self) -> list[QueuedRow]:
        """The logged-in person's rows: waiting, rejected, and accepted since this window was opened."""
        owner = self._owner()
        return self._outbox.shown_to(owner, since=self._began) if owner else []

    def newest(self, limit: int) -> Newest:
        """``rows`` with at most ``limit`` waiting or rejected ones: a queue may be long."""
        owner = self._owner()
        if owner is None:
            return Newest([], 0, is_held=False)
        rows = self._outbox.shown_to(owner, since=self._began, limit=limit)
        count, is_held = self._outbox.sum_up(owner)
        return Newest(rows, count - sum(row.state is not State.ACKED for row in rows), is_held=is_held)

    @property
    def waiting(self) -> Counter[Owner]:
        """Number of waiting rows, by owner."""
        return self._outbox.count_waiting()

    def confirm(self, outgoing: Outgoing, owner: Owner, *, key: str | None = None) -> None:
        """Add to the queue and send. Raises NotWritten if it is not on disk. ``key``: see ``Outbox.put``."""
        self._outbox.put(outgoing, owner, key=key)
        self._changed(False)
        self.go_on()

    def withdraw(self, row: QueuedRow) -> bool:
        """Delete a row that was never sent. False if it may have reached the server."""
        is_gone = self._outbox.withdraw(row)
        self._changed(False)
        return is_gone

    def discard(self, row: QueuedRow) -> None:
        """Delete a rejected row."""
        self._outbox.discard(row)
        self._changed(False)

    def repeat(self, row: QueuedRow) -> None:
        """Send a rejected row again, after its cause was removed."""
        self._outbox.repeat(row)
        self._changed(False)
        self.go_on()

    def go_on(self) -> None:
        """Send the next row, unless there is a pause after a failure."""
        if self._timer is None:
            self.send_next()

    def send_next(self) -> None:
        """Send the next row now, ending a pause: the server is back, or a person asked for it."""
        self._cancel_timer()
        owner = self._owner()
        if self._is_sending or owner is None or not self._outbox.has_next(owner):
            return
        self._is_sending = True
        outbox, api = self._outbox, self._api()
        self._background.run(lambda: deliver_next(outbox, api, owner), then=self._delivered, failed=self._not_delivered)

    def _delivered(self, delivery: Delivery) -> None:
        self._is_sending = False
        if delivery is Delivery.ACKED:
            self._back_off.reset()
            self.last_sent_at = datetime.now(UTC)
        self._changed(delivery is Delivery.ACKED)
        if delivery is Delivery.REJECTED:
            self._refused()
        if delivery is Delivery.BUSY:
            self._pause(BUSY_MS)
        elif delivery is not Delivery.NOTHING:
            self.send_next()

    def _not_delivered(self, error: ApiError) -> None:
        self._is_sending = False
        self._changed(False)
        if error.is_session_over:
            if not self._session_over(error):
                self._pause(BUSY_MS)
            return
        self._pause(int(self._back_off.next_s(error.retry_after_s) * 1000))
        if error.is_connection_fault:
            self._lost_server()

    def _pause(self, ms: int) -> None:
        self._cancel_timer()
        self._timer = self._scheduler.after(ms, self.send_next)

    def _cancel_timer(self) -> None:
        if self._timer is not None:
            self._scheduler.after_cancel(self._timer)
            self._timer = None

"""What a person confirmed goes out in order, from the queue on disk, until the server has answered for good.

Nothing is claimed before it is on disk, and nothing goes out but under its owner's login.
What happens to a row is written where it is sent, in a thread; here is only when the next one goes.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from almoxarife.clients.api.client import ApiClient
from almoxarife.clients.api.errors import ApiError
from almoxarife.clients.desktop.frame.background import Background, BackOff, Scheduler
from almoxarife.clients.queue.delivery import Delivery, deliver_next
from almoxarife.clients.queue.outgoing import Outgoing, Owner, Row, State
from almoxarife.clients.queue.store import Outbox

BUSY_MS = 250
"""Another program on this queue sends: ask again after this long."""


@dataclass(frozen=True)
class Newest:
    """``more``: how many unsettled ones there are beyond these; ``is_held``: the last try got no answer."""

    rows: list[Row]
    more: int
    is_held: bool


class Sender:
    """``changed`` is called whenever the queue may look different; it hears whether something was accepted."""

    def __init__(
        self,
        scheduler: Scheduler,
        background: Background,
        outbox: Outbox,
        *,
        api: Callable[[], ApiClient],
        owner: Callable[[], Owner | None],
        changed: Callable[[bool], None],
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
        self._session_over = session_over
        self._lost_server = lost_server
        self._back_off = back_off or BackOff()
        self._timer: str | None = None
        self._is_sending = False
        self._began = datetime.now(UTC)
        self.last_sent_at: datetime | None = None

    @property
    def rows(self) -> list[Row]:
        """Those of the logged-in person: waiting, refused, and what this window saw accepted."""
        owner = self._owner()
        return self._outbox.shown_to(owner, since=self._began) if owner else []

    def newest(self, most: int) -> Newest:
        """Of those that wait or were refused only so many: a queue may be long, and is shown at every change."""
        owner = self._owner()
        if owner is None:
            return Newest([], 0, is_held=False)
        rows = self._outbox.shown_to(owner, since=self._began, most=most)
        count, is_held = self._outbox.sum_up(owner)
        return Newest(rows, count - sum(row.state is not State.ACKED for row in rows), is_held=is_held)

    @property
    def waiting(self) -> Counter[Owner]:
        """Everybody's, counted."""
        return self._outbox.count_waiting()

    def confirm(self, outgoing: Outgoing, owner: Owner, *, key: str | None = None) -> None:
        """Raises NotWritten, and then nothing was registered. ``key``: see ``Outbox.put``."""
        self._outbox.put(outgoing, owner, key=key)
        self._changed(False)
        self.go_on()

    def withdraw(self, row: Row) -> bool:
        """Take back what was never sent. False when it may have reached the server."""
        is_gone = self._outbox.withdraw(row)
        self._changed(False)
        return is_gone

    def discard(self, row: Row) -> None:
        """A person has read why it was refused."""
        self._outbox.discard(row)
        self._changed(False)

    def repeat(self, row: Row) -> None:
        """What was refused is sent once more: a product is active again, a price was put right."""
        self._outbox.repeat(row)
        self._changed(False)
        self.go_on()

    def go_on(self) -> None:
        """Send what waits, unless there is a pause: a new row goes after those before it."""
        if self._timer is None:
            self.send_next()

    def send_next(self) -> None:
        """Now, not at the end of the pause: the server is known to be back, or somebody asks."""
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

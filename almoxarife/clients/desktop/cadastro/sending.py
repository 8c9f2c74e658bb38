"""What a person confirmed goes out in order, each with one key, until the server has answered for good.

A row belongs to the person who confirmed it and to the server it was confirmed at, and
goes out only under that person's login. This queue lives in memory: it ends with the window, which asks before that.
"""

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import Enum

from almoxarife.clients.api_client import ApiClient
from almoxarife.clients.desktop.background import Background, BackOff, Scheduler
from almoxarife.clients.errors import ApiError
from almoxarife.wire.stock import Movement, MovementIn, ReversalIn

_KEPT_SENT = 30


class Stage(Enum):
    PENDING = "pendente"
    SENDING = "enviando"
    SENT = "enviado"
    REJECTED = "recusado"


@dataclass(frozen=True)
class Reversal:
    movement_id: str
    body: ReversalIn


@dataclass(eq=False)
class Item:
    """One confirmed action; ``key`` is made once and used for every try."""

    request: MovementIn | Reversal
    owner: str
    server: str
    label: str
    stage: Stage = Stage.PENDING
    reason: str = ""
    movement: Movement | None = None
    is_undone: bool = False
    key: str = field(default_factory=lambda: str(uuid.uuid4()))
    confirmed_at: datetime = field(default_factory=lambda: datetime.now(UTC))


class Sender:
    """``changed`` is called whenever an item's stage is another one."""

    def __init__(
        self,
        scheduler: Scheduler,
        background: Background,
        *,
        api: Callable[[], ApiClient],
        person: Callable[[], str | None],
        changed: Callable[[Item], None],
        session_over: Callable[[ApiError], bool],
        lost_server: Callable[[], None],
        back_off: BackOff | None = None,
    ) -> None:
        self._scheduler = scheduler
        self._background = background
        self._api = api
        self._person = person
        self._changed = changed
        self._session_over = session_over
        self._lost_server = lost_server
        self._back_off = back_off or BackOff()
        self._timer: str | None = None
        self._current: Item | None = None
        self.items: list[Item] = []
        self.last_sent_at: datetime | None = None

    @property
    def waiting(self) -> list[Item]:
        return [item for item in self.items if item.stage in {Stage.PENDING, Stage.SENDING}]

    def waiting_for_others(self) -> list[Item]:
        return [item for item in self.waiting if not self._may_go(item)]

    def _may_go(self, item: Item) -> bool:
        return item.owner == self._person() and item.server == self._api().base_url

    def confirm(self, item: Item) -> None:
        self.items.append(item)
        self._changed(item)
        self.send_next()

    def withdraw(self, item: Item) -> bool:
        """Take back what was never sent. False when it may have reached the server."""
        if item.stage is not Stage.PENDING or item.reason:
            return False
        self.items.remove(item)
        self._changed(item)
        return True

    def discard(self, item: Item) -> None:
        """A person has read why it was refused."""
        self.items.remove(item)
        self._changed(item)

    def send_next(self) -> None:
        """Now, not at the end of the pause: the server is known to be back, or somebody asks."""
        self._cancel_timer()
        if self._current is not None:
            return
        item = next((i for i in self.items if i.stage is Stage.PENDING and self._may_go(i)), None)
        if item is None:
            return
        self._current = item
        self._move(item, Stage.SENDING)
        api = self._api()
        self._background.run(
            lambda: _send(api, item),
            then=lambda movement: self._acknowledged(item, movement),
            failed=lambda error: self._not_sent(item, error),
        )

    def _acknowledged(self, item: Item, movement: Movement) -> None:
        self._current = None
        self._back_off.reset()
        item.movement = movement
        item.reason = ""
        self.last_sent_at = datetime.now(UTC)
        self._forget_oldest()
        self._move(item, Stage.SENT)
        self.send_next()

    def _forget_oldest(self) -> None:
        """A till registers thousands a day; what was sent long ago is on the server."""
        sent = [item for item in self.items if item.stage is Stage.SENT]
        for item in sent[:-_KEPT_SENT]:
            self.items.remove(item)

    def _not_sent(self, item: Item, error: ApiError) -> None:
        self._current = None
        item.reason = error.message
        if error.is_session_over:
            self._move(item, Stage.PENDING)
            if not self._session_over(error):
                self.send_next()
        elif error.is_worth_repeating:
            self._move(item, Stage.PENDING)
            self._timer = self._scheduler.after(
                int(self._back_off.next_s(error.retry_after_s) * 1000), self._pause_over
            )
            if error.is_connection_fault:
                self._lost_server()
        else:
            self._move(item, Stage.REJECTED)
            self.send_next()

    def _pause_over(self) -> None:
        self._timer = None
        self.send_next()

    def _cancel_timer(self) -> None:
        if self._timer is not None:
            self._scheduler.after_cancel(self._timer)
            self._timer = None

    def _move(self, item: Item, stage: Stage) -> None:
        item.stage = stage
        self._changed(item)


def _send(api: ApiClient, item: Item) -> Movement:
    if isinstance(item.request, Reversal):
        return api.reverse(item.request.movement_id, item.request.body, key=item.key)
    return api.record_movement(item.request, key=item.key)

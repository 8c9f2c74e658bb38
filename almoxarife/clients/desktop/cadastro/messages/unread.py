"""Tells of new messages within one poll, and keeps the number of unread ones at the foot of the window."""

from collections.abc import Callable

from almoxarife.clients.api.client import ApiClient
from almoxarife.clients.desktop.cadastro.messages import words
from almoxarife.clients.desktop.cadastro.server_call import ServerCall
from almoxarife.clients.desktop.frame.background import Scheduler
from almoxarife.wire.messages import Message, UnreadMessages

Found = tuple[UnreadMessages, list[Message]]


def look(api: ApiClient, known: str | None, *, is_first: bool) -> Found:
    """How many are unread, and those that came after ``known``: they are asked for only when there are any."""
    told = api.unread_messages()
    if is_first or told.newest in {known, None}:
        return told, []
    return told, api.new_messages(after=known)


class UnreadWatch:
    """``tell`` hears a sentence about what is new, ``show`` the number of unread ones.

    A server that is away is asked again with the next poll, and is spoken of elsewhere.
    """

    def __init__(
        self,
        scheduler: Scheduler,
        server_call: ServerCall,
        *,
        interval_s: float,
        may_ask: Callable[[], bool],
        tell: Callable[[str], None],
        show: Callable[[int], None],
    ) -> None:
        self._scheduler = scheduler
        self._server_call = server_call
        self._interval_ms = int(interval_s * 1000)
        self._may_ask = may_ask
        self._tell = tell
        self._show = show
        self._newest: str | None = None
        self._is_first = True
        self._person_id: str | None = None
        self._timer: str | None = None

    def logged_in(self, person_id: str) -> None:
        """The person has not been told of anything, unless they were here before."""
        if person_id != self._person_id:
            self._person_id, self._newest, self._is_first = person_id, None, True
        self.look()

    def look(self) -> None:
        """Now, and from then on with every poll."""
        if self._timer is not None:
            self._scheduler.after_cancel(self._timer)
        self._timer = self._scheduler.after(self._interval_ms, self._due)
        if self._may_ask():
            known, is_first = self._newest, self._is_first
            self._server_call.ask(
                lambda api: look(api, known, is_first=is_first), then=self._found, failed=lambda _: None
            )

    def _due(self) -> None:
        self._timer = None
        self.look()

    def _found(self, found: Found) -> None:
        told, new = found
        if not self._may_ask():
            return
        self._show(told.unread)
        if self._is_first and told.unread:
            self._tell(words.waiting(told.unread))
        elif new:
            self._tell(words.announced(new))
        self._newest, self._is_first = told.newest or self._newest, False

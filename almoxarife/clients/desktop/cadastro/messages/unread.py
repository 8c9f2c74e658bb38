"""Polls for new messages: announces them and updates the number of unread ones in the status bar."""

from collections.abc import Callable

from almoxarife.clients.api.client import ApiClient
from almoxarife.clients.desktop.cadastro.messages import words
from almoxarife.clients.desktop.cadastro.server_call import ServerCall
from almoxarife.clients.desktop.frame.background import Scheduler
from almoxarife.wire.messages import Message, UnreadMessages

Found = tuple[UnreadMessages, list[Message]]


def fetch_messages(api: ApiClient, known: str | None, *, is_first: bool) -> Found:
    """Ask how many are unread, and for those after ``known`` if there are new ones; for a worker thread."""
    unread = api.unread_messages()
    if is_first or unread.newest in {known, None}:
        return unread, []
    return unread, api.new_messages(after=known)


class UnreadWatch:
    """``tell`` is called with a sentence about new messages, ``show`` with the number of unread ones.

    Errors are ignored: the next poll follows, and the status bar shows that the server is away.
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
        self._user_id: str | None = None
        self._timer: str | None = None

    def logged_in(self, user_id: str) -> None:
        """Start anew for another person."""
        if user_id != self._user_id:
            self._user_id, self._newest, self._is_first = user_id, None, True
        self.poll()

    def poll(self) -> None:
        """Poll now, and then at every interval."""
        if self._timer is not None:
            self._scheduler.after_cancel(self._timer)
        self._timer = self._scheduler.after(self._interval_ms, self._due)
        if self._may_ask():
            known, is_first = self._newest, self._is_first
            self._server_call.ask(
                lambda api: fetch_messages(api, known, is_first=is_first), then=self._found, failed=lambda _: None
            )

    def _due(self) -> None:
        self._timer = None
        self.poll()

    def _found(self, found: Found) -> None:
        unread, new = found
        if not self._may_ask():
            return
        self._show(unread.unread)
        if self._is_first and unread.unread:
            self._tell(words.waiting(unread.unread))
        elif new:
            self._tell(words.announced(new))
        self._newest, self._is_first = unread.newest or self._newest, False

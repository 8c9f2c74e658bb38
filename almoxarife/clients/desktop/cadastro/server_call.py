"""``ServerCall``: a background request that is repeated after the login if the session had ended."""

from collections.abc import Callable
from typing import Self, TypeVar

from almoxarife.clients.api.client import ApiClient
from almoxarife.clients.api.errors import ApiError
from almoxarife.clients.desktop.frame.background import Background
from almoxarife.clients.desktop.frame.shell import Shell

T = TypeVar("T")

_UNSURE = "Não se sabe se a mudança foi feita; atualize com F5 e confira."


class ServerCall:
    """One request at a time per ``key``: a newer one replaces it."""

    def __init__(
        self,
        key: str,
        *,
        background: Background,
        api: Callable[[], ApiClient],
        session_over: Callable[[ApiError], bool],
    ) -> None:
        self._key = key
        self._background = background
        self._api = api
        self._session_over = session_over
        self._repeat: Callable[[], None] | None = None
        self.is_lost = False
        """Whether the last request got no response because the server was away."""

    @classmethod
    def of(cls, shell: Shell, key: str) -> Self:
        return cls(key, background=shell.background, api=lambda: shell.api, session_over=shell.session_over)

    def ask(
        self, call: Callable[[ApiClient], T], *, then: Callable[[T], None], failed: Callable[[ApiError], None]
    ) -> None:
        """Call the server in the background. ``failed`` is called with any error but the end of the session."""

        def again() -> None:
            self.ask(call, then=then, failed=failed)

        def refused(error: ApiError) -> None:
            if not error.is_session_over:
                self.is_lost = error.is_connection_fault
                failed(error)
            elif self._session_over(error):
                self._repeat = again
            else:
                again()

        self._repeat, self.is_lost = None, False
        api = self._api()
        self._background.run(lambda: call(api), then=then, failed=refused, key=self._key)

    @property
    def waits_for_login(self) -> bool:
        """Whether the session has ended and the request is to be repeated after the login."""
        return self._repeat is not None

    def logged_in(self) -> None:
        if self._repeat is not None:
            self._repeat()

    def forget(self) -> None:
        """Drop the request and its result: its page was closed or another person has logged in."""
        self._repeat, self.is_lost = None, False
        self._background.forget(self._key)


def describe_failed_change(error: ApiError) -> str:
    """The error's sentence; after a lost connection also that the change may have been made."""
    if error.is_connection_fault and not error.was_never_sent:
        return f"{error.message} {_UNSURE}"
    return error.message

"""A question of a page to the server; one that a session's end cut short is asked again after the login."""

from collections.abc import Callable
from typing import TypeVar

from almoxarife.clients.api.client import ApiClient
from almoxarife.clients.api.errors import ApiError
from almoxarife.clients.desktop.frame.background import Background

T = TypeVar("T")


class ServerCall:
    """One at a time per ``key``: the newest question is the one that is answered."""

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

    def ask(
        self, call: Callable[[ApiClient], T], *, then: Callable[[T], None], failed: Callable[[ApiError], None]
    ) -> None:
        """``failed`` hears everything but the end of the session."""

        def again() -> None:
            self.ask(call, then=then, failed=failed)

        def refused(error: ApiError) -> None:
            if not error.is_session_over:
                failed(error)
            elif self._session_over(error):
                self._repeat = again
            else:
                again()

        self._repeat = None
        api = self._api()
        self._background.run(lambda: call(api), then=then, failed=refused, key=self._key)

    @property
    def waits_for_login(self) -> bool:
        """The server refused it, and will be asked again after the password."""
        return self._repeat is not None

    def logged_in(self) -> None:
        if self._repeat is not None:
            self._repeat()

    def forget(self) -> None:
        """The person who asked is gone."""
        self._repeat = None
        self._background.forget(self._key)

"""The open sessions by person. After a lost connection, a new session waits for the old one to finish its last line."""

import threading
import time
from collections.abc import Callable

HUNG_UP_TIMEOUT_S = 3.0
"""After this time the new session goes on; the queue then refuses rows of the old one (``Outbox.begin_session``)."""


class OpenSession:
    """One session of a person. ``has_hung_up``: whether its client has disconnected."""

    def __init__(self, has_hung_up: Callable[[], bool]) -> None:
        self.has_hung_up = has_hung_up
        self.is_free = threading.Event()


class OpenSessions:
    """Usable from several threads."""

    def __init__(self) -> None:
        self._mutex = threading.Lock()
        self._taken: dict[str, list[OpenSession]] = {}

    def open(self, account: str, has_hung_up: Callable[[], bool]) -> OpenSession:
        """Register a session. Waits a little for the person's sessions whose clients have disconnected."""
        session = OpenSession(has_hung_up)
        with self._mutex:
            older = self._taken.get(account, [])
            self._taken[account] = [*older, session]
        deadline_s = time.monotonic() + HUNG_UP_TIMEOUT_S
        for other in older:
            if other.has_hung_up():
                other.is_free.wait(max(0.0, deadline_s - time.monotonic()))
        return session

    def close(self, account: str, session: OpenSession) -> None:
        with self._mutex:
            left = [other for other in self._taken.get(account, ()) if other is not session]
            if left:
                self._taken[account] = left
            else:
                self._taken.pop(account, None)
        session.is_free.set()

"""Who sits here: a person who was cut off and comes again waits for what their older session still has to do."""

import threading
import time
from collections.abc import Callable

HUNG_UP_PATIENCE_S = 3.0
"""For a line that came before the other side hung up. Beyond, the queue lets nothing more of it in."""


class OpenSession:
    """One session of a person. ``has_hung_up`` says whether nobody is at its other side any more."""

    def __init__(self, has_hung_up: Callable[[], bool]) -> None:
        self.has_hung_up = has_hung_up
        self.is_free = threading.Event()


class OpenSessions:
    """Usable from several threads."""

    def __init__(self) -> None:
        self._mutex = threading.Lock()
        self._taken: dict[str, list[OpenSession]] = {}

    def take(self, account: str, has_hung_up: Callable[[], bool]) -> OpenSession:
        """Once the person's older sessions whose other side hung up are over, or after some patience."""
        session = OpenSession(has_hung_up)
        with self._mutex:
            older = self._taken.get(account, [])
            self._taken[account] = [*older, session]
        deadline_s = time.monotonic() + HUNG_UP_PATIENCE_S
        for other in older:
            if other.has_hung_up():
                other.is_free.wait(max(0.0, deadline_s - time.monotonic()))
        return session

    def leave(self, account: str, session: OpenSession) -> None:
        with self._mutex:
            left = [other for other in self._taken.get(account, ()) if other is not session]
            if left:
                self._taken[account] = left
            else:
                self._taken.pop(account, None)
        session.is_free.set()

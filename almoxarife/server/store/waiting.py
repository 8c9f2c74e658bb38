"""Keeps the thread that takes in all requests (``intake.asgi``) from waiting.

Code that it may call calls ``may_wait()`` before waiting for a database, a lock or the network. In that thread this
raises ``WouldWait``, and the request is started again in a thread of the pool.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore, Lock, local

from almoxarife.server.errors import ServerBusy

_thread = local()


class WouldWait(BaseException):
    """This thread must not wait. A BaseException, so that no ``except Exception`` takes it for an error."""


def never_wait() -> None:
    """Mark the calling thread as one that must not wait."""
    _thread.must_not = True


def may_wait() -> None:
    """Raises WouldWait in a thread that must not wait."""
    if getattr(_thread, "must_not", False):
        raise WouldWait


class Turns:
    """Lets one thread at a time do long work, while a few others wait for their turn.

    Several at once would contend with all other requests for the interpreter, and many that wait would occupy all
    threads of the pool.
    """

    def __init__(self, *, waiting: int, patience_s: float) -> None:
        self._places = BoundedSemaphore(waiting + 1)
        self._only = Lock()
        self._patience_s = patience_s

    @contextmanager
    def one(self) -> Iterator[None]:
        """Wait for a turn. Raises ServerBusy after ``patience_s``, or immediately if too many wait already."""
        if not self._places.acquire(blocking=False):
            raise ServerBusy(retry_after=10)
        try:
            if not self._only.acquire(timeout=self._patience_s):
                raise ServerBusy(retry_after=10)
            try:
                yield
            finally:
                self._only.release()
        finally:
            self._places.release()

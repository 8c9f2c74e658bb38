"""Keeps the thread that takes in all requests (``intake.asgi``) from waiting.

Code that it may call calls ``may_wait()`` before waiting for a database, a lock or the network. In that thread this
raises ``WouldWait``, and the request is started again in a thread of the pool, or once what it needs is there.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore, Lock, local

from almoxarife.server.errors import ServerBusy

GoOn = Callable[[], None]
Later = Callable[[GoOn], None]
"""Has a function called once there is nothing to wait for, by another thread that must not wait either."""

_thread = local()


class WouldWait(BaseException):
    """This thread must not wait. A BaseException, so that no ``except Exception`` takes it for an error."""

    def __init__(self, later: Later | None = None) -> None:
        super().__init__()
        self.later = later
        """None: only a thread that may wait can go on."""


def never_wait() -> None:
    """Mark the calling thread as one that must not wait."""
    _thread.must_not = True


@contextmanager
def without_waiting() -> Iterator[None]:
    """Mark the calling thread, which may wait, as one that must not within the block."""
    _thread.must_not = True
    try:
        yield
    finally:
        _thread.must_not = False


def may_wait(later: Later | None = None) -> None:
    """Raises WouldWait in a thread that must not wait."""
    if getattr(_thread, "must_not", False):
        raise WouldWait(later)


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

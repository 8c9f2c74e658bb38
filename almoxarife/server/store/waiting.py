"""Keeps the thread that takes in all requests (``intake.asgi``) from waiting.

Code that it may call calls ``may_wait()`` before waiting for a database, a lock or the network. In that thread this
raises ``WouldWait``, and the request is started again in a thread of the pool, or once what it needs is there.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore, Lock, local

from almoxarife.server.errors import ServerBusy

Resume = Callable[[], None]
"""Starts a request again."""
WhenReady = Callable[[Resume], None]
"""Has a function called once there is nothing to wait for, by another thread that must not wait either."""

_thread = local()


class WouldWait(BaseException):
    """This thread must not wait. A BaseException, so that no ``except Exception`` takes it for an error."""

    def __init__(self, when_ready: WhenReady | None = None) -> None:
        super().__init__()
        self.when_ready = when_ready
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


def may_wait(when_ready: WhenReady | None = None) -> None:
    """Raises WouldWait in a thread that must not wait."""
    if getattr(_thread, "must_not", False):
        raise WouldWait(when_ready)


class BoundedLock:
    """A lock for long work: one thread holds it, a few others wait for it, and the rest are refused at once.

    Several at once would contend with all other requests for the interpreter, and many that wait would occupy all
    threads of the pool.
    """

    def __init__(self, *, waiting: int, timeout_s: float) -> None:
        self._slots = BoundedSemaphore(waiting + 1)
        self._lock = Lock()
        self._timeout_s = timeout_s

    @contextmanager
    def hold(self) -> Iterator[None]:
        """Hold the lock. Raises ServerBusy after ``timeout_s``, or immediately if too many wait already."""
        if not self._slots.acquire(blocking=False):
            raise ServerBusy(retry_after=10)
        try:
            if not self._lock.acquire(timeout=self._timeout_s):
                raise ServerBusy(retry_after=10)
            try:
                yield
            finally:
                self._lock.release()
        finally:
            self._slots.release()

"""Keeps the thread that takes in all requests (``intake.asgi``) from waiting.

Code that it may call calls ``may_wait()`` before waiting for a database, a lock or the network. In that thread this
raises ``WouldWait``, and the request is started again in a thread of the pool.
"""

from threading import local

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

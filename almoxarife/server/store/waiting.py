"""Threads that serve everybody, and must not wait for anybody.

One thread takes all requests in (``intake.asgi``). What it calls says ``may_wait()`` before it
would wait for a database, a lock or the network; there the request is begun anew in a
thread of its own.
"""

from threading import local

_thread = local()


class WouldWait(BaseException):
    """The thread must not wait. Not an Exception: nobody on the way may take it for a failure and answer it."""


def never_wait() -> None:
    """The calling thread must not wait from here on."""
    _thread.must_not = True


def may_wait() -> None:
    """Raises WouldWait in a thread that must not."""
    if getattr(_thread, "must_not", False):
        raise WouldWait

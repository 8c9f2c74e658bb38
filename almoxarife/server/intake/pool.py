"""The threads for requests that may have to wait, and a bounded queue before them.

A request that finds the queue full, or waits in it for too long, is refused and may be sent again. Most
of the queue is reserved for requests with a token. A request whose client disconnects leaves the queue.
"""

import logging
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Lock
from time import monotonic

from almoxarife.server.errors import ServerBusy
from almoxarife.server.http.requests import Environ
from almoxarife.server.intake.connections import Exchange

THREADS = 64
"""Requests mostly wait for the database, so there may be many more threads than processors."""
QUEUED = 1024
FOR_TOKENS = 768
"""The part of the queue that only requests with a valid token may use."""
QUEUED_S = 10.0
"""How long a request may stand in the queue: our clients wait for four seconds."""

Call = Callable[[Exchange], None]
Refuse = Callable[[Exception, Exchange], None]
IsKnown = Callable[[Environ], bool]

log = logging.getLogger(__name__)


class Pool:
    def __init__(self, call: Call, refuse: Refuse, is_known: IsKnown) -> None:
        self._call = call
        self._refuse = refuse
        self._is_known = is_known
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="request")
        self._lock = Lock()
        self._pending = 0
        """Requests in the threads and in the queue."""

    def submit(self, exchange: Exchange) -> None:
        """Answer ``exchange`` when a thread is free, or refuse it now."""
        if self._pending >= THREADS + QUEUED - FOR_TOKENS and not (
            self._pending < THREADS + QUEUED and self._is_known(exchange.environ)
        ):
            self._refuse(ServerBusy(retry_after=5), exchange)
            return
        must_wait = self._pending >= THREADS
        self._count(1)
        future = self._threads.submit(self._answer, exchange, monotonic() + QUEUED_S)
        if must_wait:
            exchange.watch_disconnect(lambda: self._give_up(future))

    def _answer(self, exchange: Exchange, deadline: float) -> None:
        try:
            if monotonic() > deadline:
                self._refuse(ServerBusy(retry_after=5), exchange)
            else:
                self._call(exchange)
        except Exception as error:  # the executor would keep it to itself
            log.error("fault", exc_info=error)
            exchange.break_off()
        finally:
            self._count(-1)

    def _give_up(self, future: Future[None]) -> None:
        """Make room in the queue, unless it is being answered already."""
        if future.cancel():
            self._count(-1)

    def _count(self, change: int) -> None:
        with self._lock:
            self._pending += change

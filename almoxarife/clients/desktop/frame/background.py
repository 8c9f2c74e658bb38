"""Runs slow calls in threads and delivers their results in the window's thread.

Tk is not thread-safe, and tkinter makes a worker that calls into it wait for the window. So workers only
put results into a queue, which the window polls with ``after`` while calls are running; at rest it has no
timer. Of several calls with one key only the newest is delivered, and nothing is delivered after ``close``.
"""

import random
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any, Generic, Protocol, TypeVar

from almoxarife.clients.api.errors import OWN_FAULT, ApiError

T = TypeVar("T")

WORKERS = 4
FIRST_POLL_MS, MAX_POLL_MS = 5, 40
"""The delay before the result queue is polled; it doubles with each poll, up to the second."""


class Scheduler(Protocol):
    """The timers of a Tk widget; tests use a fake one."""

    def after(self, ms: int, func: Callable[[], Any], /) -> str: ...
    def after_cancel(self, id: str, /) -> None: ...  # noqa: A002  # Tk's name


class BackOff:
    """Seconds until the next attempt: 5, 10, 20 … 60, each with a jitter of 25 %.

    The jitter keeps a shop's computers from reconnecting all at the same moment.
    """

    FIRST_S = 5.0
    MAX_DELAY_S = 60.0
    SPREAD = 0.25

    def __init__(self, spread: Callable[[float, float], float] = random.uniform) -> None:
        self._spread = spread
        self.attempt = 0

    def next_s(self, at_least_s: float | None = None) -> float:
        """``at_least_s``: the ``Retry-After`` of the server."""
        delay_s = min(self.FIRST_S * 2.0 ** min(self.attempt, 10), self.MAX_DELAY_S)
        self.attempt += 1
        return max(delay_s * self._spread(1 - self.SPREAD, 1 + self.SPREAD), at_least_s or 0.0)

    def reset(self) -> None:
        self.attempt = 0


@dataclass
class _Task(Generic[T]):
    call: Callable[[], T]
    then: Callable[[T], None]
    failed: Callable[[ApiError], None] | None
    key: str | None
    number: int
    result: T | None = None
    error: BaseException | None = None


class Background:
    """A pool of daemon threads, so that a hanging call does not keep the program from exiting."""

    def __init__(self, scheduler: Scheduler, *, on_unexpected: Callable[[BaseException], None]) -> None:
        self._scheduler = scheduler
        self._on_unexpected = on_unexpected
        self._waiting: SimpleQueue[_Task[Any] | None] = SimpleQueue()
        self._done: SimpleQueue[_Task[Any]] = SimpleQueue()
        self._newest: dict[str, int] = {}
        self._calls = 0
        self._running = 0
        self._poll_ms = FIRST_POLL_MS
        self._poll_id: str | None = None
        self._is_closed = False
        for number in range(WORKERS):
            threading.Thread(target=self._work, name=f"segundo-plano-{number}", daemon=True).start()

    def run(
        self,
        call: Callable[[], T],
        *,
        then: Callable[[T], None],
        failed: Callable[[ApiError], None] | None = None,
        key: str | None = None,
    ) -> None:
        """Run ``call`` in a thread, then ``then`` or ``failed`` in the window's thread.

        If a later call has the same key, neither is called. An exception other than ApiError goes to
        ``on_unexpected``, and ``failed`` is called with a general ApiError, so that no caller waits for ever.
        """
        if self._is_closed:
            return
        self._calls += 1
        if key is not None:
            self._newest[key] = self._calls
        self._running += 1
        self._waiting.put(_Task(call, then, failed, key, self._calls))
        self._poll_in(FIRST_POLL_MS)

    def forget(self, key: str) -> None:
        """Drop the result of the call that runs under this key."""
        self._newest.pop(key, None)

    def close(self) -> None:
        self._is_closed = True
        if self._poll_id is not None:
            self._scheduler.after_cancel(self._poll_id)
        for _ in range(WORKERS):
            self._waiting.put(None)

    def _work(self) -> None:
        while (task := self._waiting.get()) is not None:
            try:
                task.result = task.call()
            except BaseException as error:  # noqa: BLE001  # it is handled in the window's thread
                task.error = error
            self._done.put(task)

    def _poll_in(self, ms: int) -> None:
        if self._poll_id is not None:
            self._scheduler.after_cancel(self._poll_id)
        self._poll_ms = ms
        self._poll_id = self._scheduler.after(ms, self._poll)

    def _poll(self) -> None:
        self._poll_id = None
        with suppress(Empty):
            while not self._is_closed:
                task = self._done.get_nowait()
                self._running -= 1
                self._deliver(task)
        if self._running and not self._is_closed:
            self._poll_in(min(2 * self._poll_ms, MAX_POLL_MS))

    def _deliver(self, task: _Task[Any]) -> None:
        if task.key is not None and self._newest.get(task.key) != task.number:
            return
        try:
            if task.error is None:
                task.then(task.result)
                return
            if not isinstance(task.error, ApiError):
                self._on_unexpected(task.error)
                task.error = ApiError("Algo deu errado neste programa.", code=OWN_FAULT)
            elif task.failed is None:
                self._on_unexpected(task.error)
            if task.failed is not None:
                task.failed(task.error)
        except Exception as error:  # noqa: BLE001  # one failing callback must not stop the others
            self._on_unexpected(error)

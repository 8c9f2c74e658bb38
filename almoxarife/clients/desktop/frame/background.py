"""Calls that may take long run in threads; what they found comes back in the window's own thread.

Tk is not thread-safe, and asks of a thread that wakes it to wait for it: so a worker only puts its outcome
into a queue, and the window looks into that while a call is under way, soon at first. At rest it does not.
The newest call wins per key, and nothing is delivered after ``close``.
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
FIRST_LOOK_MS, LATER_LOOKS_MS = 5, 40
"""When the window looks for an outcome; each time twice as late, up to the second."""


class Scheduler(Protocol):
    """What a Tk window offers; tests bring a clock of their own."""

    def after(self, ms: int, func: Callable[[], Any], /) -> str: ...
    def after_cancel(self, id: str, /) -> None: ...  # noqa: A002  # Tk's name


class BackOff:
    """Seconds until the next try: 5, 10, 20 … 60, each up to a quarter more or less.

    The spread keeps the shops' computers from coming back all at the same moment.
    """

    FIRST_S = 5.0
    LONGEST_S = 60.0
    SPREAD = 0.25

    def __init__(self, spread: Callable[[float, float], float] = random.uniform) -> None:
        self._spread = spread
        self.attempt = 0

    def next_s(self, at_least_s: float | None = None) -> float:
        """``at_least_s`` is what the server asked for in ``Retry-After``."""
        delay_s = min(self.FIRST_S * 2.0 ** min(self.attempt, 10), self.LONGEST_S)
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
    """A pool of daemon threads: a call that hangs does not keep the program from ending."""

    def __init__(
        self, scheduler: Scheduler, *, on_unexpected: Callable[[BaseException], None], workers: int = WORKERS
    ) -> None:
        self._scheduler = scheduler
        self._on_unexpected = on_unexpected
        self._waiting: SimpleQueue[_Task[Any] | None] = SimpleQueue()
        self._done: SimpleQueue[_Task[Any]] = SimpleQueue()
        self._newest: dict[str, int] = {}
        self._calls = 0
        self._under_way = 0
        self._look_ms = FIRST_LOOK_MS
        self._look_id: str | None = None
        self._is_closed = False
        self._workers = workers
        for number in range(workers):
            threading.Thread(target=self._work, name=f"segundo-plano-{number}", daemon=True).start()

    def run(
        self,
        call: Callable[[], T],
        *,
        then: Callable[[T], None],
        failed: Callable[[ApiError], None] | None = None,
        key: str | None = None,
    ) -> None:
        """Run ``call`` in a thread, then ``then`` or ``failed`` here.

        A later call with the same key makes this one's outcome worthless: it is not
        delivered. An unexpected error goes to the one handler of those, and ``failed``
        hears that there was one: a caller must not wait for ever.
        """
        if self._is_closed:
            return
        self._calls += 1
        if key is not None:
            self._newest[key] = self._calls
        self._under_way += 1
        self._waiting.put(_Task(call, then, failed, key, self._calls))
        self._look_in(FIRST_LOOK_MS)

    def forget(self, key: str) -> None:
        """Let the outcome of this key's running call go unheard."""
        self._newest.pop(key, None)

    def close(self) -> None:
        self._is_closed = True
        if self._look_id is not None:
            self._scheduler.after_cancel(self._look_id)
        for _ in range(self._workers):
            self._waiting.put(None)

    def _work(self) -> None:
        while (task := self._waiting.get()) is not None:
            try:
                task.result = task.call()
            except BaseException as error:  # noqa: BLE001  # it travels to the window's thread
                task.error = error
            self._done.put(task)

    def _look_in(self, ms: int) -> None:
        if self._look_id is not None:
            self._scheduler.after_cancel(self._look_id)
        self._look_ms = ms
        self._look_id = self._scheduler.after(ms, self._look)

    def _look(self) -> None:
        self._look_id = None
        with suppress(Empty):
            while not self._is_closed:
                task = self._done.get_nowait()
                self._under_way -= 1
                self._deliver(task)
        if self._under_way and not self._is_closed:
            self._look_in(min(2 * self._look_ms, LATER_LOOKS_MS))

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
        except Exception as error:  # noqa: BLE001  # one bad answer must not stop the deliveries
            self._on_unexpected(error)

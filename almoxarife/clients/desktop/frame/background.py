"""Calls that may take long run in threads; what they found comes back in the window's own thread.

Tk is not thread-safe: a worker touches no widget, it only puts its outcome into a queue
that ``after`` drains. The newest call wins per key, and nothing is delivered after ``close``.
"""

import random
import threading
from collections.abc import Callable
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any, Generic, Protocol, TypeVar

from almoxarife.clients.api.errors import OWN_FAULT, ApiError

T = TypeVar("T")

WORKERS = 4
DRAIN_MS = 40


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
    turn: int
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
        self._turn = 0
        self._is_closed = False
        self._workers = workers
        for number in range(workers):
            threading.Thread(target=self._work, name=f"segundo-plano-{number}", daemon=True).start()
        self._drain_id = scheduler.after(DRAIN_MS, self._drain)

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
        self._turn += 1
        if key is not None:
            self._newest[key] = self._turn
        self._waiting.put(_Task(call, then, failed, key, self._turn))

    def forget(self, key: str) -> None:
        """Let the outcome of this key's running call go unheard."""
        self._newest.pop(key, None)

    def close(self) -> None:
        self._is_closed = True
        self._scheduler.after_cancel(self._drain_id)
        for _ in range(self._workers):
            self._waiting.put(None)

    def _work(self) -> None:
        while (task := self._waiting.get()) is not None:
            try:
                task.result = task.call()
            except BaseException as error:  # noqa: BLE001  # it travels to the window's thread
                task.error = error
            self._done.put(task)

    def _drain(self) -> None:
        if self._is_closed:
            return
        try:
            while not self._is_closed:
                self._deliver(self._done.get_nowait())
        except Empty:
            pass
        if not self._is_closed:
            self._drain_id = self._scheduler.after(DRAIN_MS, self._drain)

    def _deliver(self, task: _Task[Any]) -> None:
        if task.key is not None and self._newest.get(task.key) != task.turn:
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

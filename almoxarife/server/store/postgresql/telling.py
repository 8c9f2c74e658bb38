"""Telling of a COMMIT when every process tells of it, while the next batch is written."""

from collections.abc import Callable
from queue import SimpleQueue
from threading import Thread
from time import monotonic, sleep

Tell = Callable[[], None]
"""Tells all who wait for a batch what became of them; it does not raise."""


class Teller:
    """A thread that waits in place of the one that writes; there is none until somebody must be told later."""

    def __init__(self) -> None:
        self._waiting: SimpleQueue[tuple[float, Tell] | None] = SimpleQueue()
        """From when on each may be told; None at the end."""
        self._thread: Thread | None = None

    def tell(self, tell: Tell, wait_s: float) -> None:
        if self._thread is None:
            self._thread = Thread(target=self._run, name="teller", daemon=True)
            self._thread.start()
        self._waiting.put((monotonic() + wait_s, tell))

    def close(self) -> None:
        """When all are told."""
        if self._thread is not None:
            self._waiting.put(None)
            self._thread.join()
            self._thread = None

    def _run(self) -> None:
        while (waiting := self._waiting.get()) is not None:
            from_s, tell = waiting
            sleep(max(0.0, from_s - monotonic()))
            tell()

"""Where log lines go. A full disk or a closed terminal loses some of them and stops nobody's work.

A line is written a moment after it was said, by a thread of its own: whoever writes gives
the interpreter away meanwhile and waits for it afterwards, half of what a poll costs.
Errors are written before whoever says them goes on.
"""

import sys
from collections import deque
from contextlib import suppress
from io import FileIO
from pathlib import Path
from threading import Event, Lock, Thread
from time import sleep

LONGEST = 10 * 1024 * 1024
"""Bytes of a file before the next one begins."""
KEPT = 3
"""Older files beside the one that is written: ``registro.log.1`` is the newest of them."""
MOST_WAITING = 10_000
"""Lines; where they cannot be written for long, the oldest go."""
BATCH = 200
"""Lines written at once."""
PAUSE_S = 0.05
PATIENCE_S = 1.0
"""How long an error waits for its line to be written."""


class Lines:
    """Lines on standard error."""

    def __init__(self) -> None:
        self._file = self._open()
        self._waiting: deque[bytes] = deque(maxlen=MOST_WAITING)
        self._said = Event()
        self._writing = Lock()
        self._closed = False
        self._thread = Thread(target=self._run, name="log-lines", daemon=True)
        self._thread.start()

    def msg(self, line: bytes) -> None:
        self._waiting.append(line)
        if not self._said.is_set():
            self._said.set()

    debug = info = warning = msg

    def error(self, line: bytes) -> None:
        self.msg(line)
        self.flush()

    critical = error

    def flush(self) -> None:
        """Write what waits, unless the one who writes is stuck."""
        if not self._writing.acquire(timeout=PATIENCE_S):
            return
        try:
            while self._waiting:
                batch = [self._waiting.popleft() for _ in range(min(BATCH, len(self._waiting)))]
                with suppress(OSError):
                    self._write(b"\n".join(batch) + b"\n")
        finally:
            self._writing.release()

    def close(self) -> None:
        """Write what waits; later lines are lost."""
        self._closed = True
        self._said.set()
        self._thread.join(PATIENCE_S)

    def _open(self) -> FileIO:
        # Without a buffer: what cannot be written would stay in it and fail the next line, and the exit.
        return open(sys.stderr.fileno(), "wb", buffering=0, closefd=False)

    def _write(self, text: bytes) -> None:
        self._file.write(text)

    def _run(self) -> None:
        while self._said.wait() and not self._closed:
            sleep(PAUSE_S)
            self._said.clear()  # before the look: a line said from here on is waited for again
            self.flush()
        self.flush()
        self._file.close()


class RotatingLines(Lines):
    """Lines in a file that never grows beyond ten megabytes: a monitor alone adds four a day."""

    def __init__(self, path: Path) -> None:
        self._path = path
        super().__init__()

    def _open(self) -> FileIO:
        return self._path.open("ab", buffering=0)

    def _write(self, text: bytes) -> None:
        if self._file.closed:  # the last rotation could not open it
            self._file = self._open()
        if self._file.tell() + len(text) > LONGEST:
            self._rotate()
        self._file.write(text)

    def _rotate(self) -> None:
        self._file.close()
        try:
            for number in range(KEPT - 1, 0, -1):
                with suppress(FileNotFoundError):
                    self._older(number).replace(self._older(number + 1))
            self._path.replace(self._older(1))
        finally:
            # Also where renaming failed: then the file grows, and says what it has to say.
            self._file = self._open()

    def _older(self, number: int) -> Path:
        return self._path.with_name(f"{self._path.name}.{number}")

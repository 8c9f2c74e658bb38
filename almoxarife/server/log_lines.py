"""Where log lines go. A full disk or a closed terminal loses some of them and stops nobody's work."""

import sys
from contextlib import suppress
from pathlib import Path
from threading import Lock

LONGEST = 10 * 1024 * 1024
"""Bytes of a file before the next one begins."""
KEPT = 3
"""Older files beside the one that is written: ``registro.log.1`` is the newest of them."""


class Lines:
    """Lines on standard error."""

    def __init__(self) -> None:
        # Without a buffer: what cannot be written would stay in it and fail the next line, and the exit.
        self._file = open(sys.stderr.fileno(), "wb", buffering=0, closefd=False)  # noqa: SIM115  # never closed
        self._lock = Lock()

    def msg(self, line: bytes) -> None:
        with suppress(OSError), self._lock:
            self._file.write(line + b"\n")

    debug = info = warning = error = critical = msg


class RotatingLines:
    """Lines in a file that never grows beyond ten megabytes: a monitor alone adds four a day."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = Lock()
        self._file = path.open("ab", buffering=0)

    def msg(self, line: bytes) -> None:
        with suppress(OSError), self._lock:
            if self._file.tell() + len(line) >= LONGEST:
                self._rotate()
            self._file.write(line + b"\n")

    debug = info = warning = error = critical = msg

    def close(self) -> None:
        self._file.close()

    def _rotate(self) -> None:
        self._file.close()
        try:
            for number in range(KEPT - 1, 0, -1):
                with suppress(FileNotFoundError):
                    self._older(number).replace(self._older(number + 1))
            self._path.replace(self._older(1))
        finally:
            # Also where renaming failed: then the file grows, and says what it has to say.
            self._file = self._path.open("ab", buffering=0)

    def _older(self, number: int) -> Path:
        return self._path.with_name(f"{self._path.name}.{number}")

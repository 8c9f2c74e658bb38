"""Where log lines go. A full disk or a stopped terminal loses some of them and stops nobody's work.

A line is written a moment after it was said, by a thread of its own: whoever writes gives
the interpreter away meanwhile and waits for it afterwards, half of what a poll costs. Nobody
else ever writes or waits: a pipe that nobody reads holds that thread alone.
"""

import sys
from collections import deque
from contextlib import suppress
from io import FileIO
from pathlib import Path
from threading import Event, Thread

import structlog
from structlog.processors import ExceptionRenderer
from structlog.tracebacks import ExceptionDictTransformer

LONGEST = 10 * 1024 * 1024
"""Bytes of a file before the next one begins."""
KEPT = 3
"""Older files beside the one that is written: ``registro.log.1`` is the newest of them."""
MOST_WAITING = 10_000
"""Lines; where they cannot be written for long, the oldest go, and are counted."""
BATCH = 200
"""Lines written at once."""
PAUSE_S = 0.05
PATIENCE_S = 1.0
"""How long the end waits for the last lines to be written."""


class Lines:
    """Lines on standard error."""

    def __init__(self) -> None:
        self.dropped = 0
        """Lines that were never written, since the start."""
        self._told = 0
        self._file = self._open()
        self._waiting: deque[bytes] = deque()
        self._said = Event()
        self._urgent = Event()
        self._closed = False
        self._thread = Thread(target=self._run, name="log-lines", daemon=True)
        self._thread.start()

    def msg(self, line: bytes) -> None:
        """Never waits."""
        if len(self._waiting) >= MOST_WAITING:
            with suppress(IndexError):  # written this moment
                self._waiting.popleft()
                self.dropped += 1
        self._waiting.append(line)
        if not self._said.is_set():
            self._said.set()

    debug = info = warning = msg

    def error(self, line: bytes) -> None:
        """Written without the pause that lets others join it."""
        self.msg(line)
        self._urgent.set()

    critical = error

    def close(self) -> None:
        """Write what waits, if it can be written; later lines are lost."""
        self._closed = True
        self._urgent.set()
        self._said.set()
        self._thread.join(PATIENCE_S)

    def _open(self) -> FileIO:
        # Without a buffer: what cannot be written would stay in it and fail the next line, and the exit.
        return open(sys.stderr.fileno(), "wb", buffering=0, closefd=False)

    def _write(self, text: bytes) -> None:
        self._file.write(text)

    def _run(self) -> None:
        while self._said.wait() and not self._closed:
            self._urgent.wait(PAUSE_S)
            self._urgent.clear()
            self._said.clear()  # before the look: a line said from here on is waited for again
            self._flush()
        self._flush()
        self._file.close()

    def _flush(self) -> None:
        while self._waiting:
            batch = [self._waiting.popleft() for _ in range(min(BATCH, len(self._waiting)))]
            if self.dropped != self._told:
                self._told = self.dropped
                batch.insert(0, b'{"event":"log_lines_dropped","level":"warning","since_the_start":%d}' % self._told)
            with suppress(OSError):
                self._write(b"\n".join(batch) + b"\n")


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


def configure_log(file: Path | None = None) -> Lines:
    """One JSON line per event on standard error, or in ``file``: time, level, event and its fields.

    Close what is returned at the end: the last lines may wait to be written.
    """
    import orjson

    lines = RotatingLines(file) if file else Lines()
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            # Without the local variables: among them are passwords and tokens.
            ExceptionRenderer(ExceptionDictTransformer(show_locals=False)),
            structlog.processors.JSONRenderer(serializer=lambda event, **_: orjson.dumps(event)),
        ],
        logger_factory=lambda *_: lines,
        cache_logger_on_first_use=True,
    )
    return lines

"""The server's own log: one line of JSON for each event, written by a thread of its own.

Writing in the caller's thread would release the GIL and wait for it again, which is half the cost of a poll. If the
disk is full or nobody reads the pipe, lines are lost, but no request waits. The standard library's handlers either
write in the caller's thread or make it wait when their queue is full.

Events with the same ``reason`` are written once in ten seconds, and then as a count: while the database is away, a
thousand requests a second fail for the same reason.

A caller names an event and gives its fields as a mapping:
``log.error("backup_failed", {"reason": …}, exc_info=error)``.
"""

import json
import logging
import sys
import traceback
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from io import FileIO
from pathlib import Path
from threading import Event, Lock, Thread
from time import monotonic
from typing import Any

MAX_FILE_BYTES = 10 * 1024 * 1024
"""The size at which a file is renamed and a new one begun."""
MAX_OLD_FILES = 3
"""How many older files are kept; ``registro.log.1`` is the newest of them."""
MAX_WAITING = 10_000
"""How many lines may wait. If they cannot be written for long, the oldest are dropped and counted."""
BATCH = 200
"""How many lines are written together."""
PAUSE_S = 0.05
"""How long lines are collected before they are written."""
TIMEOUT_S = 1.0
"""How long ``close`` waits for the last lines to be written."""
MAX_FRAMES = 50
"""How many frames of a traceback are logged, the innermost ones."""
REPEAT_WINDOW_S = 10.0
"""How long events like an earlier one are only counted."""
MAX_WINDOWS = 100
"""How many different events are counted; further ones share one count, because a reason may contain a number."""
_REQUEST_FIELDS = frozenset({"timestamp", "request_id", "path", "user_id", "address", "duration_ms"})


class LogLines:
    """Writes queued lines to standard error, in a thread."""

    def __init__(self) -> None:
        self.dropped = 0
        """How many lines were dropped since the start."""
        self.repeated = RepeatedEvents()
        self._reported = 0
        self._file = self._open()
        self._waiting: deque[bytes] = deque()
        self._has_lines = Event()
        self._urgent = Event()
        self._closed = False
        self._thread = Thread(target=self._run, name="log-lines", daemon=True)
        self._thread.start()

    def put(self, line: bytes, *, is_urgent: bool = False) -> None:
        """Queue a line; never waits. An urgent line is written without the pause that collects others."""
        if len(self._waiting) >= MAX_WAITING:
            with suppress(IndexError):  # the thread has just taken the last one
                self._waiting.popleft()
                self.dropped += 1
        self._waiting.append(line)
        if not self._has_lines.is_set():
            self._has_lines.set()
        if is_urgent:
            self._urgent.set()

    def close(self) -> None:
        """Write the queued lines, if possible; later lines are lost."""
        self._closed = True
        self._urgent.set()
        self._has_lines.set()
        self._thread.join(TIMEOUT_S)

    def _open(self) -> FileIO:
        # Unbuffered: a line that cannot be written would stay in the buffer, and later writes and the exit would fail.
        return open(sys.stderr.fileno(), "wb", buffering=0, closefd=False)

    def _write(self, text: bytes) -> None:
        self._file.write(text)

    def _run(self) -> None:
        while not self._closed:
            self._has_lines.wait(self.repeated.find_wait_s())
            self._urgent.wait(PAUSE_S)
            self._urgent.clear()
            self._has_lines.clear()  # before the queue is read, so that no later line is missed
            self._flush()
        self._flush()
        self._file.close()

    def _flush(self) -> None:
        self._waiting.extend(self.repeated.take_sums(at_once=self._closed))
        while self._waiting:
            batch = [self._waiting.popleft() for _ in range(min(BATCH, len(self._waiting)))]
            if self.dropped != self._reported:
                self._reported = self.dropped
                batch.insert(
                    0, b'{"event":"log_lines_dropped","level":"warning","since_the_start":%d}' % self._reported
                )
            with suppress(OSError):
                self._write(b"\n".join(batch) + b"\n")


class RotatingLines(LogLines):
    """Writes lines to a file and renames it at ``MAX_FILE_BYTES``: a single monitor causes 4 MB a day."""

    def __init__(self, path: Path) -> None:
        self._path = path
        super().__init__()

    def _open(self) -> FileIO:
        return self._path.open("ab", buffering=0)

    def _write(self, text: bytes) -> None:
        if self._file.closed:  # opening it after the last rotation has failed
            self._file = self._open()
        if self._file.tell() + len(text) > MAX_FILE_BYTES:
            self._rotate()
        self._file.write(text)

    def _rotate(self) -> None:
        self._file.close()
        try:
            for number in range(MAX_OLD_FILES - 1, 0, -1):
                with suppress(FileNotFoundError):
                    self._older(number).replace(self._older(number + 1))
            self._path.replace(self._older(1))
        finally:
            # Also if renaming failed: the file then grows beyond the limit.
            self._file = self._open()

    def _older(self, number: int) -> Path:
        return self._path.with_name(f"{self._path.name}.{number}")


@dataclass(slots=True)
class _Window:
    line: dict[str, Any]
    """The first event, without the fields of ``_REQUEST_FIELDS``."""
    ends_s: float
    count: int = 0
    """How many like it followed."""


class RepeatedEvents:
    """Counts events with a ``reason`` that differ from an earlier one only in ``_REQUEST_FIELDS``."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._windows: dict[str, _Window] = {}

    def is_counted(self, record: logging.LogRecord) -> bool:
        """Whether the event was counted, so that it must not be written."""
        if not isinstance(record.args, Mapping) or "reason" not in record.args:
            return False
        about = {name: value for name, value in record.args.items() if name not in _REQUEST_FIELDS}
        line = about | _name_event(record)
        key = _to_json(line)
        with self._lock:
            if key not in self._windows and len(self._windows) >= MAX_WINDOWS:
                line = _name_event(record) | {"reason": "(others)"}
                key = _to_json(line)
            if window := self._windows.get(key):
                window.count += 1
                return True
            self._windows[key] = _Window(line, monotonic() + REPEAT_WINDOW_S)
            return False

    def find_wait_s(self) -> float | None:
        """Seconds until a count must be written; None if nothing is being counted."""
        with self._lock:
            first_s = min((window.ends_s for window in self._windows.values()), default=None)
        return None if first_s is None else max(0.0, first_s - monotonic())

    def take_sums(self, *, at_once: bool = False) -> list[bytes]:
        """A line for each count whose window is over, or with ``at_once`` for each.

        For events that were counted, a new window begins, without a line for its first event.
        """
        now = monotonic()
        with self._lock:
            over = {key: window for key, window in self._windows.items() if at_once or window.ends_s <= now}
            for key, window in over.items():
                del self._windows[key]
                if window.count:
                    self._windows[key] = _Window(window.line, now + REPEAT_WINDOW_S)
        moment = _to_text(datetime.now(UTC))
        return [
            _encode(_to_json(each.line | {"timestamp": moment, "repeated": each.count}))
            for each in over.values()
            if each.count
        ]


class JsonFormatter(logging.Formatter):
    """An event, its fields, level, time and exception as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        line = dict(record.args) if isinstance(record.args, Mapping) else {}
        line |= _name_event(record)
        line["timestamp"] = _to_text(datetime.fromtimestamp(record.created, UTC))
        if record.exc_info and record.exc_info[1]:
            line["exception"] = _stacks(record.exc_info[1])
        return _to_json(line)


class LinesHandler(logging.Handler):
    """Passes records to ``LogLines`` without the lock of ``logging.Handler``, for which other threads would wait."""

    def __init__(self, lines: LogLines) -> None:
        super().__init__()
        self._lines = lines
        self.setFormatter(JsonFormatter())

    def handle(self, record: logging.LogRecord) -> bool:
        self.emit(record)
        return True

    def emit(self, record: logging.LogRecord) -> None:
        if not self._lines.repeated.is_counted(record):
            self._lines.put(_encode(self.format(record)), is_urgent=record.levelno >= logging.ERROR)


def configure_log(file: Path | None = None) -> LogLines:
    """Write one JSON line for each event to standard error, or to ``file``: time, level, event and its fields.

    Close the returned object at the end, or the last lines may be lost.
    """
    lines = RotatingLines(file) if file else LogLines()
    attach(LinesHandler(lines))
    return lines


def attach(handler: logging.Handler) -> None:
    """Send everything that the program logs to this handler, and to no other."""
    logger = logging.getLogger("almoxarife")
    logger.setLevel(logging.DEBUG)
    logger.propagate = False
    logger.handlers = [handler]


def _name_event(record: logging.LogRecord) -> dict[str, Any]:
    return {"event": record.msg, "level": record.levelname.lower()}


def _to_text(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


def _to_json(line: Mapping[str, Any]) -> str:
    return json.dumps(line, ensure_ascii=False, separators=(",", ":"), default=str)


def _encode(line: str) -> bytes:
    # A file name may have bytes that are not valid text; they are written as escapes, which JSON allows.
    return line.encode(errors="backslashreplace")


def _stacks(error: BaseException) -> list[dict[str, object]]:
    """The exception and its causes, outermost first. Never with local variables, which may be passwords and tokens."""
    stacks: list[dict[str, object]] = []
    following: BaseException | None = error
    is_cause = False
    seen = set()
    while following is not None and id(following) not in seen:
        seen.add(id(following))
        frames = traceback.StackSummary.extract(
            traceback.walk_tb(following.__traceback__), limit=-MAX_FRAMES, lookup_lines=False
        )
        inner = following.exceptions if isinstance(following, BaseExceptionGroup) else ()
        stacks.append(
            {
                "exc_type": type(following).__name__,
                "exc_value": str(following),
                "exc_notes": getattr(following, "__notes__", []),
                "is_cause": is_cause,
                "frames": [{"filename": each.filename, "lineno": each.lineno, "name": each.name} for each in frames],
                "is_group": isinstance(following, BaseExceptionGroup),
                "exceptions": [_stacks(each) for each in inner],
            }
        )
        is_cause = following.__cause__ is not None
        following = following.__cause__ or (None if following.__suppress_context__ else following.__context__)
    return stacks

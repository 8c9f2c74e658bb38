"""Threads that meet at a given point, and a connection whose COMMIT does what a test says."""

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import cycle
from pathlib import Path
from threading import Event, Thread
from typing import Any

from almoxarife.server import sqlite
from almoxarife.server.group_commit import Batch, Writer

TABLES = """
CREATE TABLE products (id INTEGER PRIMARY KEY, name TEXT UNIQUE, note BLOB) STRICT;
"""


class ScriptedConnection(sqlite3.Connection):
    """Calls ``before[sql]`` ahead of that statement: it may wait, look around or raise."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.before: dict[str, Callable[[], None]] = {}

    def execute(self, sql: str, parameters: Any = ()) -> sqlite3.Cursor:
        if sql in self.before:
            self.before[sql]()
        return super().execute(sql, parameters)


class Doing(Thread):
    """A thread that keeps what its work returned or raised."""

    def __init__(self, work: Callable[[], object]) -> None:
        super().__init__(daemon=True)
        self.work = work
        self.result: object = None
        self.error: BaseException | None = None
        self.ended = False
        self.start()

    def run(self) -> None:
        try:
            self.result = self.work()
        except BaseException as error:  # noqa: BLE001  # kept for the test to judge
            self.error = error
        self.ended = True

    def outcome(self) -> object:
        """What it returned, or the class of what it raised."""
        self.join(30)
        assert self.ended, "the thread still waits"
        return type(self.error) if self.error is not None else self.result


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline, "it never came to pass"
        time.sleep(0.001)


def waiting(writer: Writer[sqlite.WriteChannel]) -> int:
    return len(writer._queue)


def make_file(path: Path) -> Path:
    path.touch()
    db = sqlite3.connect(path)
    db.executescript(TABLES)
    db.close()
    return path


def open_writer(path: Path, **options: Any) -> tuple[Writer[sqlite.WriteChannel], ScriptedConnection]:
    db = sqlite.connect(path, factory=ScriptedConnection)
    assert isinstance(db, ScriptedConnection)
    return Writer(sqlite.WriteChannel(db), **options), db


Work = Callable[[Batch], object]
Way = Callable[[Writer[sqlite.WriteChannel], Work], object]


def _write_in_a_block(writer: Writer[sqlite.WriteChannel], work: Work) -> object:
    with writer.unit() as batch:
        return work(batch)


def _write_by_a_function(writer: Writer[sqlite.WriteChannel], work: Work) -> object:
    return writer.run(work)


def _write_in_turns() -> Way:
    turns = cycle([_write_by_a_function, _write_in_a_block])
    return lambda writer, work: next(turns)(writer, work)


WAYS: dict[str, Callable[[], Way]] = {
    "block": lambda: _write_in_a_block,
    "function": lambda: _write_by_a_function,
    "mixed": _write_in_turns,
}
way: Way = _write_in_a_block
"""Which one is used; a fixture changes it."""


def write(writer: Writer[sqlite.WriteChannel], work: Work) -> object:
    """A unit of work, the way that the test is about."""
    return way(writer, work)


def insert(writer: Writer[sqlite.WriteChannel], name: str, note: bytes = b"") -> object:
    def work(_: Batch) -> str:
        writer.channel.db.execute("INSERT INTO products (name, note) VALUES (?, ?)", (name, note))
        return name

    return write(writer, work)


def names(path: Path) -> list[str]:
    """What another connection sees: what is committed."""
    db = sqlite3.connect(path)
    try:
        return [name for (name,) in db.execute("SELECT name FROM products ORDER BY id")]
    finally:
        db.close()


@contextmanager
def turn_held(writer: Writer[sqlite.WriteChannel]) -> Iterator[None]:
    """Somebody's unit is under way in the block, so that others queue; it writes nothing."""
    entered, go_on = Event(), Event()

    def hold() -> None:
        with writer.unit():
            entered.set()
            assert go_on.wait(30)

    holder = Doing(hold)
    assert entered.wait(30)
    try:
        yield
    finally:
        go_on.set()
        holder.join(30)


def in_one_batch(writer: Writer[sqlite.WriteChannel], *works: Callable[[], object]) -> list[Doing]:
    """Run the works as units of one batch, in this order."""
    doings = []
    with turn_held(writer):
        for work in works:
            doings.append(Doing(work))
            wait_until(lambda: waiting(writer) == len(doings))
    for doing in doings:
        doing.outcome()
    return doings


def disk_error(code: int | None = None) -> sqlite3.OperationalError:
    error = sqlite3.OperationalError("disk I/O error")
    if code is not None:
        error.sqlite_errorcode = code
    return error


def fails_to_commit(code: int | None = None) -> Callable[[], None]:
    def fail() -> None:
        raise disk_error(code)

    return fail

"""Threads that meet at a given point, and a connection whose COMMIT does what a test says."""

import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from threading import Thread
from typing import Any

from almoxarife.server import sqlite
from almoxarife.server.group_commit import Writer

TABLES = """
CREATE TABLE products (id INTEGER PRIMARY KEY, name TEXT UNIQUE, note BLOB) STRICT;
"""


class ScriptedConnection(sqlite3.Connection):
    """Calls ``before_commit`` in place of nothing: it may wait, look around or raise."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.before_commit: Callable[[], None] = lambda: None

    def execute(self, sql: str, parameters: Any = ()) -> sqlite3.Cursor:
        if sql == "COMMIT":
            self.before_commit()
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
        except BaseException as error:  # kept for the test to judge
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


def waiting(writer: Writer) -> int:
    return len(writer._queue)


def make_file(path: Path) -> Path:
    path.touch()
    db = sqlite3.connect(path)
    db.executescript(TABLES)
    db.close()
    return path


def open_writer(path: Path, **options: Any) -> tuple[Writer, ScriptedConnection]:
    db = sqlite.connect(path, factory=ScriptedConnection)
    assert isinstance(db, ScriptedConnection)
    return Writer(db, **options), db


def insert(writer: Writer, name: str, note: bytes = b"", *, alone: bool = False) -> str:
    with writer.unit(alone=alone):
        writer.db.execute("INSERT INTO products (name, note) VALUES (?, ?)", (name, note))
    return name


def names(path: Path) -> list[str]:
    """What another connection sees: what is committed."""
    db = sqlite3.connect(path)
    try:
        return [name for (name,) in db.execute("SELECT name FROM products ORDER BY id")]
    finally:
        db.close()

"""Threads that meet at a given point, and a channel whose COMMIT does what a test says; on either database."""

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import cycle
from pathlib import Path
from queue import SimpleQueue
from threading import Event, Thread
from typing import Any

from almoxarife.server.store import sqlite
from almoxarife.server.store.contract import Channel
from almoxarife.server.store.database import Database, is_server, is_unique_violation
from almoxarife.server.store.writer import Batch, UnitOfWork, Writer
from tests.databases import Databases, Place, execute, rows

TABLES = {
    False: ["CREATE TABLE products (id INTEGER PRIMARY KEY, name TEXT UNIQUE, note BLOB) STRICT"],
    True: [
        "CREATE TABLE products (id bigint GENERATED ALWAYS AS IDENTITY, name text UNIQUE, note bytea)",
        "CREATE TABLE versions (topic text PRIMARY KEY, stamp bigint)",
    ],
}


class ScriptedChannel:
    """Calls ``before[step]`` ahead of that step of the channel: it may wait, look around or raise."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self.before: dict[str, Callable[[], None]] = {}

    def __getattr__(self, name: str) -> Any:
        step, before = getattr(self._channel, name), self.before.get(name)
        if before is None:
            return step

        def take(*arguments: object) -> object:
            before()
            return step(*arguments)

        return take

    def execute(self, sql: str, *parameters: object) -> Any:
        """Any statement, also one that ends the transaction. Raises Taken."""
        try:
            return self._execute(sql, *parameters)
        except Exception as error:
            if is_unique_violation(error):
                raise Taken from error
            raise

    def _execute(self, sql: str, *parameters: object) -> Any:
        if isinstance(self._channel, sqlite.WriteChannel):
            return self._channel.db.execute(sql, parameters)
        from psycopg import RawCursor

        from almoxarife.server.store.postgresql.raw import translate

        statement, _ = translate(sql)
        return RawCursor(self._channel.pg).execute(statement, parameters or None)

    def fail(self) -> None:
        """As a disk does, or the way to the server."""
        raise self._channel.failure("it fails")


def open_channel(place: Place) -> ScriptedChannel:
    if not is_server(place):
        return ScriptedChannel(sqlite.WriteChannel(sqlite.connect(Path(place))))
    from almoxarife.server.store.postgres import WriteChannel
    from almoxarife.server.store.postgres_connection import Connector

    return ScriptedChannel(WriteChannel(Connector(str(place))))


def open_scripted(place: Place, **options: Any) -> Database:
    """``Database.open``, with a channel that does what a test says."""
    store: Any
    if is_server(place):
        from almoxarife.server.store.postgres import ServerStore

        store = ServerStore(str(place))
    else:
        store = sqlite.FileStore(Path(place))
    store.channel = ScriptedChannel(store.channel)
    return Database(store, **options)


class Taken(Exception):
    """Somebody has this name."""


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


def waiting(writer: "Scripted") -> int:
    return len(writer._queue)


def make_products(databases: Databases, folder: Path) -> Place:
    """A new database with products that have a name of their own."""
    place = databases.make(folder)
    if isinstance(place, Path):
        place.touch()
    execute(place, *TABLES[is_server(place)])
    return place


def open_writer(place: Place, **options: Any) -> "tuple[Scripted, ScriptedChannel]":
    channel = open_channel(place)
    return Writer(channel, **options), channel


Scripted = Writer[Any]
Work = Callable[[Batch], object]
Way = Callable[[Scripted, Work], object]


def _write_in_a_block(writer: Scripted, work: Work) -> object:
    with writer.unit() as batch:
        return work(batch)


def _write_by_a_function(writer: Scripted, work: Work) -> object:
    return writer.run(lambda batch, _: [work(batch)], None)


def _write_together(writer: Scripted, work: Work) -> object:
    return writer.run(_do_each, work)


def _do_each(batch: Batch, works: list[Work]) -> list[object]:
    return [work(batch) for work in works]


def _write_submitted(writer: Scripted, work: Work) -> object:
    ended: SimpleQueue[UnitOfWork[object]] = SimpleQueue()
    writer.submit(lambda batch, _: [work(batch)], None, ended.put)
    return ended.get(timeout=30).result()


def _write_in_turns() -> Way:
    turns = cycle([_write_by_a_function, _write_in_a_block, _write_submitted])
    return lambda writer, work: next(turns)(writer, work)


WAYS: dict[str, Callable[[], Way]] = {
    "block": lambda: _write_in_a_block,
    "function": lambda: _write_by_a_function,
    "together": lambda: _write_together,
    "submitted": lambda: _write_submitted,
    "mixed": _write_in_turns,
}
way: Way = _write_in_a_block
"""Which one is used; a fixture changes it."""


def write(writer: Scripted, work: Work) -> object:
    """A unit of work, the way that the test is about."""
    return way(writer, work)


def insert(writer: Scripted, name: str, note: bytes = b"") -> object:
    def work(_: Batch) -> str:
        writer.channel.execute("INSERT INTO products (name, note) VALUES (?, ?)", name, note)
        return name

    return write(writer, work)


def names(place: Place) -> list[str]:
    """What another connection sees: what is committed."""
    return [name for (name,) in rows(place, "SELECT name FROM products ORDER BY id")]


@contextmanager
def turn_held(writer: Scripted) -> Iterator[None]:
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


def in_one_batch(writer: Scripted, *works: Callable[[], object]) -> list[Doing]:
    """Run the works as units of one batch, in this order, however long a busy machine takes for them."""
    doings = []
    writer._max_seconds = 60
    with turn_held(writer):
        for work in works:
            doings.append(Doing(work))
            wait_until(lambda: waiting(writer) == len(doings))
    for doing in doings:
        doing.outcome()
    return doings


def disk_error(code: int) -> sqlite3.OperationalError:
    error = sqlite3.OperationalError("disk I/O error")
    error.sqlite_errorcode = code
    return error


def fails_with(code: int) -> Callable[[], None]:
    def fail() -> None:
        raise disk_error(code)

    return fail


def driver_errors(database: Database) -> tuple[Exception, Exception]:
    """One of the disk or the way to it, one of a statement."""
    if database.dialect == "sqlite":
        return disk_error(sqlite3.SQLITE_IOERR_READ), disk_error(sqlite3.SQLITE_ERROR)
    import psycopg

    return psycopg.OperationalError("it is away"), psycopg.ProgrammingError("no such table")

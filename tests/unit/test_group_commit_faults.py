"""Group commit when the disk, a neighbour or Ctrl-C comes in between: nobody is told "saved" who is not."""

import random
import signal
import sqlite3
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from almoxarife.server.errors import StoreUnavailable, WriteFailed
from almoxarife.server.group_commit import Batch, Writer
from tests.unit.writing import (
    Doing,
    ScriptedConnection,
    fails_to_commit,
    in_one_batch,
    insert,
    make_file,
    names,
    open_writer,
    turn_held,
    wait_until,
    waiting,
    write,
)

pytestmark = pytest.mark.usefixtures("way")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return make_file(tmp_path / "loja.db")


@pytest.fixture
def opened(path: Path) -> Iterator[tuple[Writer, ScriptedConnection]]:
    writer, db = open_writer(path, max_seconds=60)
    yield writer, db
    db.before.clear()
    if not writer._closed:
        writer.close()


@pytest.fixture
def writer(opened: tuple[Writer, ScriptedConnection]) -> Writer:
    return opened[0]


@pytest.fixture
def db(opened: tuple[Writer, ScriptedConnection]) -> ScriptedConnection:
    return opened[1]


def test_when_the_commit_fails_nobody_in_the_batch_is_acknowledged(
    writer: Writer, db: ScriptedConnection, path: Path
) -> None:
    db.before["COMMIT"] = fails_to_commit()
    doings = in_one_batch(writer, *(lambda name=name: insert(writer, name) for name in ("a", "a", "b")))

    assert [doing.outcome() for doing in doings] == [WriteFailed] * 3
    assert names(path) == []
    assert not writer.healthy

    db.before.clear()
    assert insert(writer, "a") == "a"
    assert writer.healthy
    assert names(path) == ["a"]


def test_a_commit_of_nothing_does_not_prove_the_disk(writer: Writer, db: ScriptedConnection) -> None:
    db.before["COMMIT"] = fails_to_commit()
    with pytest.raises(WriteFailed):
        insert(writer, "a")
    db.before.clear()

    write(writer, lambda _: None)

    assert not writer.healthy


def test_after_a_failed_fsync_nothing_more_is_written(writer: Writer, db: ScriptedConnection, path: Path) -> None:
    db.before["COMMIT"] = fails_to_commit(sqlite3.SQLITE_IOERR_FSYNC)
    with pytest.raises(WriteFailed):
        insert(writer, "a")
    db.before.clear()

    with pytest.raises(StoreUnavailable):
        insert(writer, "b")

    assert names(path) == []
    assert writer.fatal is not None


def test_a_disk_that_fills_up_in_a_batch_refuses_all_of_it(writer: Writer, path: Path) -> None:
    insert(writer, "before")
    (pages,) = writer.channel.db.execute("PRAGMA page_count").fetchone()
    writer.channel.db.execute(f"PRAGMA max_page_count = {pages + 2}").fetchall()

    doings = in_one_batch(
        writer,
        lambda: insert(writer, "small"),
        lambda: insert(writer, "big", bytes(100_000)),
        lambda: insert(writer, "after"),
    )

    # The third began after SQLite had given the batch up, in a batch of its own.
    assert [doing.outcome() for doing in doings] == [WriteFailed, WriteFailed, "after"]
    assert names(path) == ["before", "after"]

    writer.channel.db.execute("PRAGMA max_page_count = 1000000").fetchall()
    assert insert(writer, "big", bytes(100_000)) == "big"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit on the size of files")
def test_a_disk_that_takes_no_more_at_the_commit_refuses_all_of_it(writer: Writer, path: Path) -> None:
    import resource

    insert(writer, "before")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    # The log may still grow by the pages of the first unit, not by those of the second.
    resource.setrlimit(resource.RLIMIT_FSIZE, (path.with_name("loja.db-wal").stat().st_size + 10_000, hard))
    try:
        doings = in_one_batch(writer, lambda: insert(writer, "small"), lambda: insert(writer, "big", bytes(100_000)))
        assert [doing.outcome() for doing in doings] == [WriteFailed, WriteFailed]
        assert not writer.healthy
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    assert names(path) == ["before"]
    assert insert(writer, "big", bytes(100_000)) == "big"
    assert names(path) == ["before", "big"]
    assert writer.healthy


def test_who_swallows_a_full_disk_is_not_acknowledged_either(writer: Writer, path: Path) -> None:
    def swallow(_: Batch) -> None:
        with suppress(sqlite3.Error):
            writer.channel.db.execute("INSERT INTO products (name, note) VALUES ('big', ?)", (bytes(100_000),))

    writer.channel.db.execute("PRAGMA max_page_count = 5").fetchall()
    doings = in_one_batch(writer, lambda: insert(writer, "small"), lambda: write(writer, swallow))

    assert [doing.outcome() for doing in doings] == [WriteFailed, WriteFailed]
    assert names(path) == []


@pytest.mark.parametrize("ending", ["ROLLBACK", "COMMIT", "RELEASE unit", "ROLLBACK; SAVEPOINT unit"])
def test_a_unit_that_ends_the_transaction_itself_fails_its_batch(writer: Writer, ending: str) -> None:
    def end(_: Batch) -> None:
        for statement in ending.split("; "):
            writer.channel.db.execute(statement)

    doings = in_one_batch(
        writer, lambda: insert(writer, "a"), lambda: write(writer, end), lambda: insert(writer, "next")
    )

    assert [doing.outcome() for doing in doings] == [WriteFailed, WriteFailed, "next"]


def test_a_savepoint_that_cannot_be_opened_fails_its_batch(writer: Writer, db: ScriptedConnection, path: Path) -> None:
    def fail_once() -> None:
        if writer._batch is not None and writer._batch.size == 3:
            raise sqlite3.OperationalError("out of memory")

    db.before["SAVEPOINT unit"] = fail_once
    doings = in_one_batch(writer, *(lambda name=name: insert(writer, name) for name in "abc"))

    assert [doing.outcome() for doing in doings] == [WriteFailed, WriteFailed, "c"]
    assert names(path) == ["c"]


@pytest.mark.parametrize("statement", ["RELEASE unit", "COMMIT"])
def test_an_interrupt_between_two_statements_acknowledges_nobody(
    writer: Writer, db: ScriptedConnection, path: Path, statement: str, way: str
) -> None:
    def interrupt_the_third() -> None:
        if writer._batch is not None and writer._batch.size == 3:
            raise KeyboardInterrupt

    db.before[statement] = interrupt_the_third
    doings = in_one_batch(writer, lambda: insert(writer, "a"), lambda: insert(writer, "b"))

    # The function of the second is run by another thread, and that is the one that is interrupted.
    assert [doing.outcome() for doing in doings] == [
        WriteFailed,
        WriteFailed if way == "function" else KeyboardInterrupt,
    ]
    assert names(path) == []
    db.before.clear()
    assert insert(writer, "c") == "c"


def test_an_interrupt_inside_a_unit_undoes_it_alone_and_stays_an_interrupt(writer: Writer, path: Path) -> None:
    def interrupted() -> None:
        with writer.unit():
            writer.channel.db.execute("INSERT INTO products (name) VALUES ('half')")
            raise KeyboardInterrupt

    doings = in_one_batch(writer, lambda: insert(writer, "a"), interrupted, lambda: insert(writer, "b"))

    assert [doing.outcome() for doing in doings] == ["a", KeyboardInterrupt, "b"]
    assert names(path) == ["a", "b"]


def test_an_interrupt_inside_what_is_run_for_another_undoes_that_alone(writer: Writer, path: Path, way: str) -> None:
    def interrupted(_: Batch) -> None:
        writer.channel.db.execute("INSERT INTO products (name) VALUES ('half')")
        raise KeyboardInterrupt

    doings = in_one_batch(writer, lambda: insert(writer, "a"), lambda: writer.run(interrupted))

    # Whoever had the turn is the one who was interrupted.
    assert [doing.outcome() for doing in doings] == [KeyboardInterrupt if way == "block" else "a", WriteFailed]
    assert names(path) == ["a"]
    assert insert(writer, "b") == "b"


def test_an_interrupt_stays_one_when_the_commit_fails_too(writer: Writer, db: ScriptedConnection) -> None:
    def interrupted() -> None:
        with writer.unit():
            raise KeyboardInterrupt

    db.before["COMMIT"] = fails_to_commit()
    doings = in_one_batch(writer, interrupted, lambda: insert(writer, "a"))

    assert [doing.outcome() for doing in doings] == [KeyboardInterrupt, WriteFailed]


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C cannot wake a waiting thread on Windows")
def test_ctrl_c_in_the_queue_leaves_it_and_harms_nobody(writer: Writer, path: Path) -> None:
    def press() -> None:
        wait_until(lambda: waiting(writer) == 1)
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)

    with turn_held(writer):
        presser = Doing(press)
        with pytest.raises(KeyboardInterrupt):
            insert(writer, "mine")
        presser.outcome()
        assert waiting(writer) == 0

    assert insert(writer, "another") == "another"
    assert names(path) == ["another"]


def test_another_program_that_writes_is_an_error_before_anything_began(writer: Writer, path: Path) -> None:
    writer.channel.db.execute("PRAGMA busy_timeout = 0").fetchall()
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    with pytest.raises(StoreUnavailable):
        insert(writer, "a")

    other.close()
    assert insert(writer, "a") == "a"


def test_whatever_happens_the_acknowledged_are_there_and_nothing_else(
    writer: Writer, db: ScriptedConnection, path: Path, way: str
) -> None:
    """Good units, refused ones, half ones and interrupts, while every third COMMIT fails."""
    # An interrupt in a function may be another's, whose row is there and who is told nothing.
    kinds = [None, LookupError, KeyboardInterrupt if way == "block" else ValueError, sqlite3.IntegrityError]
    commits = 0
    acknowledged: list[str] = []

    def every_third_fails() -> None:
        nonlocal commits
        commits += 1
        if commits % 3 == 0:
            fails_to_commit()()

    def work(number: int) -> None:
        rng = random.Random(number)
        for entry in range(30):
            kind = rng.choice(kinds)
            name = f"{number}-{entry}"

            def unit(_: Batch, name: str = name, kind: type[BaseException] | None = kind) -> None:
                writer.channel.db.execute("INSERT INTO products (name) VALUES (?)", (name,))
                if kind is sqlite3.IntegrityError:
                    writer.channel.db.execute("INSERT INTO products (name) VALUES (?)", (name,))
                elif kind is not None:
                    raise kind

            try:
                write(writer, unit)
            except (LookupError, ValueError, KeyboardInterrupt, sqlite3.IntegrityError, WriteFailed):
                continue
            acknowledged.append(name)

    db.before["COMMIT"] = every_third_fails
    for doing in [Doing(lambda number=number: work(number)) for number in range(16)]:
        assert doing.outcome() is None

    assert sorted(acknowledged) == sorted(names(path))
    assert acknowledged

"""Group commit when the disk, a neighbour or Ctrl-C comes in between: nobody is told "saved" who is not."""

import random
import signal
import sqlite3
import sys
import threading
from contextlib import suppress
from pathlib import Path

import pytest

from almoxarife.server.errors import StoreUnavailable, WriteFailed
from almoxarife.server.store.writer import Batch
from tests.databases import Place
from tests.unit.writing import (
    Doing,
    Scripted,
    ScriptedChannel,
    Taken,
    fails_with,
    in_one_batch,
    insert,
    names,
    open_writer,
    turn_held,
    wait_until,
    waiting,
    write,
)

pytestmark = pytest.mark.usefixtures("way")

each_by_itself = pytest.mark.parametrize("way", ["block", "function", "submitted", "mixed"], indirect=True)
"""Where the units have no savepoint in common."""
waiting_in_the_queue = pytest.mark.parametrize("way", ["block", "function", "together"], indirect=True)
"""Where it is the thread itself that waits for its turn."""


def test_when_the_commit_fails_nobody_in_the_batch_is_acknowledged(
    writer: Scripted, channel: ScriptedChannel, products: Place
) -> None:
    channel.before["commit"] = channel.fail
    doings = in_one_batch(writer, *(lambda name=name: insert(writer, name) for name in ("a", "a", "b")))

    assert [doing.outcome() for doing in doings] == [WriteFailed] * 3
    assert names(products) == []
    assert not writer.healthy

    channel.before.clear()
    assert insert(writer, "a") == "a"
    assert names(products) == ["a"]
    assert not writer.healthy  # a full disk takes small units, and only ``Database.probe`` tells that it is over


@pytest.mark.sqlite
def test_after_a_failed_fsync_nothing_more_is_written(
    writer: Scripted, channel: ScriptedChannel, products: Place
) -> None:
    channel.before["commit"] = fails_with(sqlite3.SQLITE_IOERR_FSYNC)
    with pytest.raises(WriteFailed):
        insert(writer, "a")
    channel.before.clear()

    with pytest.raises(StoreUnavailable):
        insert(writer, "b")

    assert names(products) == []
    assert writer.fatal is not None


@each_by_itself
@pytest.mark.sqlite
def test_a_disk_that_fills_up_in_a_batch_refuses_all_of_it(writer: Scripted, products: Place) -> None:
    insert(writer, "before")
    (pages,) = writer.channel.execute("PRAGMA page_count").fetchone()
    writer.channel.execute(f"PRAGMA max_page_count = {pages + 2}").fetchall()

    doings = in_one_batch(
        writer,
        lambda: insert(writer, "small"),
        lambda: insert(writer, "big", bytes(100_000)),
        lambda: insert(writer, "after"),
    )

    # The third began after SQLite had given the batch up, in a batch of its own.
    assert [doing.outcome() for doing in doings] == [WriteFailed, WriteFailed, "after"]
    assert names(products) == ["before", "after"]

    writer.channel.execute("PRAGMA max_page_count = 1000000").fetchall()
    assert insert(writer, "big", bytes(100_000)) == "big"


@pytest.mark.sqlite
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit on the size of files")
def test_a_disk_that_takes_no_more_at_the_commit_refuses_all_of_it(writer: Scripted, products: Place) -> None:
    import resource

    insert(writer, "before")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    # The log may still grow by the pages of the first unit, not by those of the second.
    resource.setrlimit(resource.RLIMIT_FSIZE, (Path(f"{products}-wal").stat().st_size + 10_000, hard))
    try:
        doings = in_one_batch(writer, lambda: insert(writer, "small"), lambda: insert(writer, "big", bytes(100_000)))
        assert [doing.outcome() for doing in doings] == [WriteFailed, WriteFailed]
        assert not writer.healthy
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    assert names(products) == ["before"]
    assert insert(writer, "big", bytes(100_000)) == "big"
    assert names(products) == ["before", "big"]


@pytest.mark.sqlite
def test_an_undo_after_the_last_unit_is_not_acknowledged_as_if_nothing_had_been_undone(products: Place) -> None:
    writer, _ = open_writer(products, finish=lambda _: writer.channel.roll_back_to_savepoint())

    with pytest.raises(WriteFailed):
        insert(writer, "a")

    assert names(products) == []
    writer.close()


@pytest.mark.sqlite
def test_who_swallows_a_full_disk_is_not_acknowledged_either(writer: Scripted, products: Place) -> None:
    def swallow(_: Batch) -> None:
        with suppress(sqlite3.Error):
            writer.channel.execute("INSERT INTO products (name, note) VALUES ('big', ?)", bytes(100_000))

    writer.channel.execute("PRAGMA max_page_count = 5").fetchall()
    doings = in_one_batch(writer, lambda: insert(writer, "small"), lambda: write(writer, swallow))

    assert [doing.outcome() for doing in doings] == [WriteFailed, WriteFailed]
    assert names(products) == []


@each_by_itself
@pytest.mark.parametrize(
    "ending",
    [
        "ROLLBACK",
        "COMMIT",
        "ROLLBACK; SAVEPOINT unit",
        # On a server the savepoint is released by the unit that comes next, and that one finds out.
        pytest.param("RELEASE unit", marks=pytest.mark.sqlite),
    ],
)
def test_a_unit_that_ends_the_transaction_itself_fails_its_batch(writer: Scripted, ending: str) -> None:
    def end(_: Batch) -> None:
        for statement in ending.split("; "):
            writer.channel.execute(statement)

    doings = in_one_batch(
        writer, lambda: insert(writer, "a"), lambda: write(writer, end), lambda: insert(writer, "next")
    )

    assert [doing.outcome() for doing in doings] == [WriteFailed, WriteFailed, "next"]


@each_by_itself
def test_a_savepoint_that_cannot_be_opened_fails_its_batch(
    writer: Scripted, channel: ScriptedChannel, products: Place
) -> None:
    def fail_once() -> None:
        if writer._batch is not None and len(writer._batch.units) == 3:
            channel.fail()

    channel.before["set_savepoint"] = fail_once
    doings = in_one_batch(writer, *(lambda name=name: insert(writer, name) for name in "abc"))

    assert [doing.outcome() for doing in doings] == [WriteFailed, WriteFailed, "c"]
    assert names(products) == ["c"]


@pytest.mark.parametrize("step", ["release_savepoint", "commit"])
def test_a_thread_that_ends_between_two_statements_acknowledges_nobody(
    writer: Scripted, channel: ScriptedChannel, products: Place, reported: list[type[BaseException]], step: str
) -> None:
    def end_at_the_third() -> None:
        if writer._batch is not None and len(writer._batch.units) == 3:
            raise SystemExit

    channel.before[step] = end_at_the_third
    doings = in_one_batch(writer, lambda: insert(writer, "a"), lambda: insert(writer, "b"))

    assert [doing.outcome() for doing in doings] == [WriteFailed, WriteFailed]
    assert reported == [SystemExit]
    assert names(products) == []
    channel.before.clear()
    assert insert(writer, "c") == "c"


def test_an_interrupt_inside_a_unit_undoes_it_alone_and_stays_an_interrupt(writer: Scripted, products: Place) -> None:
    def interrupted() -> None:
        with writer.unit():
            writer.channel.execute("INSERT INTO products (name) VALUES ('half')")
            raise KeyboardInterrupt

    doings = in_one_batch(writer, lambda: insert(writer, "a"), interrupted, lambda: insert(writer, "b"))

    assert [doing.outcome() for doing in doings] == ["a", KeyboardInterrupt, "b"]
    assert names(products) == ["a", "b"]


def test_a_function_that_ends_its_thread_acknowledges_nobody(
    writer: Scripted, products: Place, reported: list[type[BaseException]]
) -> None:
    def end(_: Batch) -> None:
        writer.channel.execute("INSERT INTO products (name) VALUES ('half')")
        raise SystemExit

    doings = in_one_batch(writer, lambda: insert(writer, "a"), lambda: writer.run(lambda batch, _: [end(batch)], None))

    assert [doing.outcome() for doing in doings] == [WriteFailed, WriteFailed]
    assert reported == [SystemExit]
    assert names(products) == []
    assert insert(writer, "b") == "b"


def test_an_interrupt_stays_one_when_the_commit_fails_too(writer: Scripted, channel: ScriptedChannel) -> None:
    def interrupted() -> None:
        with writer.unit():
            raise KeyboardInterrupt

    channel.before["commit"] = channel.fail
    doings = in_one_batch(writer, interrupted, lambda: insert(writer, "a"))

    assert [doing.outcome() for doing in doings] == [KeyboardInterrupt, WriteFailed]


@waiting_in_the_queue
@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C cannot wake a waiting thread on Windows")
def test_ctrl_c_in_the_queue_leaves_it_and_harms_nobody(writer: Scripted, products: Place) -> None:
    left = threading.Event()

    def press() -> None:
        wait_until(lambda: waiting(writer) == 1)
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
        # What comes in the moment before the wait begins does not end it: who sees nothing happen presses again.
        while not left.wait(5):
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)

    with turn_held(writer):
        presser = Doing(press)
        with pytest.raises(KeyboardInterrupt):
            insert(writer, "mine")
        left.set()
        presser.outcome()
        assert waiting(writer) == 0

    assert insert(writer, "another") == "another"
    assert names(products) == ["another"]


@pytest.mark.sqlite
def test_another_program_that_writes_is_an_error_before_anything_began(writer: Scripted, products: Place) -> None:
    writer.channel.execute("PRAGMA busy_timeout = 0").fetchall()
    other = sqlite3.connect(products, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    with pytest.raises(StoreUnavailable):
        insert(writer, "a")

    other.close()
    assert insert(writer, "a") == "a"


def test_whatever_happens_the_acknowledged_are_there_and_nothing_else(
    writer: Scripted, channel: ScriptedChannel, products: Place, way: str
) -> None:
    """Good units, refused ones, half ones and interrupts, while every third COMMIT fails."""
    # An interrupt in a function may be another's, whose row is there and who is told nothing.
    kinds = [None, LookupError, KeyboardInterrupt if way == "block" else ValueError, Taken]
    commits = 0
    acknowledged: list[str] = []

    def every_third_fails() -> None:
        nonlocal commits
        commits += 1
        if commits % 3 == 0:
            channel.fail()

    def work(number: int) -> None:
        rng = random.Random(number)
        for entry in range(30):
            kind = rng.choice(kinds)
            name = f"{number}-{entry}"

            def unit(_: Batch, name: str = name, kind: type[BaseException] | None = kind) -> None:
                writer.channel.execute("INSERT INTO products (name) VALUES (?)", name)
                if kind is Taken:
                    writer.channel.execute("INSERT INTO products (name) VALUES (?)", name)
                elif kind is not None:
                    raise kind

            try:
                write(writer, unit)
            except (LookupError, ValueError, KeyboardInterrupt, Taken, WriteFailed):
                continue
            acknowledged.append(name)

    channel.before["commit"] = every_third_fails
    for doing in [Doing(lambda number=number: work(number)) for number in range(16)]:
        assert doing.outcome() is None

    assert sorted(acknowledged) == sorted(names(products))
    assert acknowledged

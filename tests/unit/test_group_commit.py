"""The rules of group commit, each with real threads that are made to meet."""

import random
import signal
import sqlite3
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event

import pytest

from almoxarife.server.errors import StoreUnavailable, WriteFailed
from almoxarife.server.group_commit import Writer
from tests.unit.writing import Doing, ScriptedConnection, insert, make_file, names, open_writer, wait_until, waiting


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return make_file(tmp_path / "loja.db")


@pytest.fixture
def opened(path: Path) -> Iterator[tuple[Writer, ScriptedConnection]]:
    writer, db = open_writer(path, max_seconds=60)
    yield writer, db
    db.before_commit = lambda: None
    if not writer._closed:
        writer.close()


@pytest.fixture
def writer(opened: tuple[Writer, ScriptedConnection]) -> Writer:
    return opened[0]


@pytest.fixture
def db(opened: tuple[Writer, ScriptedConnection]) -> ScriptedConnection:
    return opened[1]


@contextmanager
def turn_held(writer: Writer) -> Iterator[None]:
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


def in_one_batch(writer: Writer, *works: Callable[[], object]) -> list[Doing]:
    """Run the works as units of one batch, in this order."""
    doings = []
    with turn_held(writer):
        for work in works:
            doings.append(Doing(work))
            wait_until(lambda: waiting(writer) == len(doings))
    for doing in doings:
        doing.outcome()
    return doings


def fails_to_commit(code: int | None = None) -> Callable[[], None]:
    def fail() -> None:
        error = sqlite3.OperationalError("disk I/O error")
        if code is not None:
            error.sqlite_errorcode = code
        raise error

    return fail


def test_units_that_wait_for_one_another_share_a_commit(writer: Writer, path: Path) -> None:
    doings = in_one_batch(writer, *(lambda name=name: insert(writer, name) for name in "abc"))

    assert [doing.outcome() for doing in doings] == ["a", "b", "c"]
    assert names(path) == ["a", "b", "c"]
    assert writer.commits == 1


def test_a_unit_that_nobody_waits_for_commits_at_once(writer: Writer) -> None:
    insert(writer, "a")
    insert(writer, "b")

    assert writer.commits == 2


def test_a_unit_that_fails_rolls_back_alone(writer: Writer, path: Path) -> None:
    def fail() -> None:
        with writer.unit():
            writer.db.execute("INSERT INTO products (name) VALUES ('half')")
            raise LookupError

    doings = in_one_batch(writer, lambda: insert(writer, "a"), fail, lambda: insert(writer, "b"))

    assert [doing.outcome() for doing in doings] == ["a", LookupError, "b"]
    assert names(path) == ["a", "b"]
    assert writer.commits == 1


def test_nobody_is_answered_before_the_commit_has_returned(writer: Writer, db: ScriptedConnection) -> None:
    answered_early: list[bool] = []
    doings: list[Doing] = []
    db.before_commit = lambda: answered_early.extend(doing.ended for doing in doings)

    with turn_held(writer):
        # The second is refused because of the first one's row, which is not safe yet.
        for name in ("a", "a", "b"):
            doings.append(Doing(lambda name=name: insert(writer, name)))
            wait_until(lambda: waiting(writer) == len(doings))

    assert [doing.outcome() for doing in doings] == ["a", sqlite3.IntegrityError, "b"]
    assert answered_early == [False, False, False]


def test_when_the_commit_fails_nobody_in_the_batch_is_acknowledged(
    writer: Writer, db: ScriptedConnection, path: Path
) -> None:
    db.before_commit = fails_to_commit()
    doings = in_one_batch(writer, *(lambda name=name: insert(writer, name) for name in ("a", "a", "b")))

    assert [doing.outcome() for doing in doings] == [WriteFailed] * 3
    assert names(path) == []
    assert not writer.healthy

    db.before_commit = lambda: None
    assert insert(writer, "a") == "a"
    assert writer.healthy
    assert names(path) == ["a"]


def test_a_commit_of_nothing_does_not_prove_the_disk(writer: Writer, db: ScriptedConnection) -> None:
    db.before_commit = fails_to_commit()
    with pytest.raises(WriteFailed):
        insert(writer, "a")
    db.before_commit = lambda: None

    with writer.unit():
        pass

    assert not writer.healthy


def test_after_a_failed_fsync_nothing_more_is_written(writer: Writer, db: ScriptedConnection, path: Path) -> None:
    db.before_commit = fails_to_commit(sqlite3.SQLITE_IOERR_FSYNC)
    with pytest.raises(WriteFailed):
        insert(writer, "a")
    db.before_commit = lambda: None

    with pytest.raises(StoreUnavailable):
        insert(writer, "b")

    assert names(path) == []
    assert writer.fatal is not None


def test_a_disk_that_fills_up_in_a_batch_refuses_all_of_it(writer: Writer, path: Path) -> None:
    insert(writer, "before")
    (pages,) = writer.db.execute("PRAGMA page_count").fetchone()
    writer.db.execute(f"PRAGMA max_page_count = {pages + 2}").fetchall()

    doings = in_one_batch(
        writer,
        lambda: insert(writer, "small"),
        lambda: insert(writer, "big", bytes(100_000)),
        lambda: insert(writer, "after"),
    )

    # The third began after SQLite had given the batch up, in a batch of its own.
    assert [doing.outcome() for doing in doings] == [WriteFailed, WriteFailed, "after"]
    assert names(path) == ["before", "after"]

    writer.db.execute("PRAGMA max_page_count = 1000000").fetchall()
    assert insert(writer, "big", bytes(100_000)) == "big"


def test_who_swallows_a_full_disk_is_not_acknowledged_either(writer: Writer, path: Path) -> None:
    def swallow() -> None:
        with writer.unit():
            try:
                writer.db.execute("INSERT INTO products (name, note) VALUES ('big', ?)", (bytes(100_000),))
            except sqlite3.Error:
                return

    writer.db.execute("PRAGMA max_page_count = 5").fetchall()
    doings = in_one_batch(writer, lambda: insert(writer, "small"), swallow)

    assert [doing.outcome() for doing in doings] == [WriteFailed, WriteFailed]
    assert names(path) == []


@pytest.mark.parametrize("ending", ["ROLLBACK", "COMMIT", "RELEASE unit"])
def test_a_unit_that_ends_the_transaction_itself_fails_its_batch(writer: Writer, path: Path, ending: str) -> None:
    def end() -> None:
        with writer.unit():
            writer.db.execute(ending)

    doings = in_one_batch(writer, lambda: insert(writer, "a"), end)

    assert [doing.outcome() for doing in doings] == [WriteFailed, WriteFailed]
    assert insert(writer, "b") == "b"


def test_a_unit_inside_a_unit_is_an_error_and_changes_nothing(writer: Writer, path: Path) -> None:
    with pytest.raises(RuntimeError, match="already open"):
        with writer.unit():
            writer.db.execute("INSERT INTO products (name) VALUES ('outer')")
            insert(writer, "inner")

    assert names(path) == []
    assert insert(writer, "later") == "later"


def test_an_interrupt_inside_a_unit_undoes_it_alone_and_stays_an_interrupt(writer: Writer, path: Path) -> None:
    def interrupted() -> None:
        with writer.unit():
            writer.db.execute("INSERT INTO products (name) VALUES ('half')")
            raise KeyboardInterrupt

    doings = in_one_batch(writer, lambda: insert(writer, "a"), interrupted, lambda: insert(writer, "b"))

    assert [doing.outcome() for doing in doings] == ["a", KeyboardInterrupt, "b"]
    assert names(path) == ["a", "b"]


def test_an_interrupt_stays_one_when_the_commit_fails_too(writer: Writer, db: ScriptedConnection) -> None:
    def interrupted() -> None:
        with writer.unit():
            raise KeyboardInterrupt

    db.before_commit = fails_to_commit()
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


def test_who_waits_too_long_leaves_the_queue_unacknowledged(path: Path) -> None:
    writer, _ = open_writer(path, patience_s=0.05)
    with turn_held(writer):
        late = Doing(lambda: insert(writer, "late"))
        assert late.outcome() is WriteFailed
        assert waiting(writer) == 0

    assert insert(writer, "next") == "next"
    assert names(path) == ["next"]
    writer.close()


def test_a_long_unit_runs_alone_and_keeps_nobody_from_an_answer(writer: Writer, path: Path) -> None:
    go_on = Event()

    def long() -> str:
        with writer.unit(alone=True):
            writer.db.execute("INSERT INTO products (name) VALUES ('long')")
            assert go_on.wait(30)
        return "long"

    with turn_held(writer):
        works = (lambda: insert(writer, "before"), long, lambda: insert(writer, "after"))
        doings = []
        for work in works:
            doings.append(Doing(work))
            wait_until(lambda: waiting(writer) == len(doings))
    assert doings[0].outcome() == "before"
    assert not doings[1].ended
    assert names(path) == ["before"]
    go_on.set()

    assert [doing.outcome() for doing in doings] == ["before", "long", "after"]
    assert writer.commits == 3


def test_a_batch_takes_no_more_units_than_it_may(path: Path) -> None:
    writer, _ = open_writer(path, max_units=3, max_seconds=60)
    in_one_batch(writer, *(lambda name=name: insert(writer, name) for name in "abcdefgh"))

    assert writer.commits == 3  # the holder and eight
    writer.close()


def test_topics_are_published_after_the_commit_and_before_the_answer(path: Path) -> None:
    told: list[str] = []

    def publish(topics: set[str]) -> None:
        assert names(path) == ["a"]
        assert not doing.ended
        told.extend(sorted(topics))

    writer, _ = open_writer(path, publish=publish)

    def change() -> None:
        with writer.unit() as batch:
            batch.topics.update(("products", "movements"))
            writer.db.execute("INSERT INTO products (name) VALUES ('a')")

    with turn_held(writer):
        doing = Doing(change)
        wait_until(lambda: waiting(writer) == 1)
    doing.outcome()

    assert told == ["movements", "products"]
    writer.close()


def test_another_program_that_writes_is_an_error_before_anything_began(writer: Writer, path: Path) -> None:
    writer.db.execute("PRAGMA busy_timeout = 0").fetchall()
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    with pytest.raises(StoreUnavailable):
        insert(writer, "a")

    other.close()
    assert insert(writer, "a") == "a"


def test_close_lets_the_queue_finish_and_refuses_who_comes_later(writer: Writer, path: Path) -> None:
    with turn_held(writer):
        queued = Doing(lambda: insert(writer, "queued"))
        wait_until(lambda: waiting(writer) == 1)
        closing = Doing(writer.close)
        wait_until(lambda: waiting(writer) == 2)
        with pytest.raises(WriteFailed):
            insert(writer, "late")

    assert queued.outcome() == "queued"
    assert closing.outcome() is None
    assert names(path) == ["queued"]


def test_sixty_four_writers_make_at_most_one_commit_per_five_entries(writer: Writer, db: ScriptedConnection) -> None:
    writers, each = 64, 10
    unfinished = writers

    def all_others_queue() -> None:
        """A disk so slow that everybody else has come meanwhile."""
        batch = writer._batch
        assert batch is not None
        wait_until(lambda: waiting(writer) >= unfinished - batch.size)

    def work(number: int) -> None:
        nonlocal unfinished
        for entry in range(each):
            insert(writer, f"{number}-{entry}")
        with counting:
            unfinished -= 1

    counting = threading.Lock()
    db.before_commit = all_others_queue
    for doing in [Doing(lambda number=number: work(number)) for number in range(writers)]:
        assert doing.outcome() is None

    assert writer.commits * 5 <= writers * each


def test_whatever_happens_the_acknowledged_are_there_and_nothing_else(
    writer: Writer, db: ScriptedConnection, path: Path
) -> None:
    """Good units, refused ones, half ones and interrupts, while every third COMMIT fails."""
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
            kind = rng.choice([None, LookupError, KeyboardInterrupt, sqlite3.IntegrityError])
            name = f"{number}-{entry}"
            try:
                with writer.unit():
                    writer.db.execute("INSERT INTO products (name) VALUES (?)", (name,))
                    if kind is sqlite3.IntegrityError:
                        writer.db.execute("INSERT INTO products (name) VALUES (?)", (name,))
                    elif kind is not None:
                        raise kind
            except (LookupError, KeyboardInterrupt, sqlite3.IntegrityError, WriteFailed):
                continue
            acknowledged.append(name)

    db.before_commit = every_third_fails
    for doing in [Doing(lambda number=number: work(number)) for number in range(16)]:
        assert doing.outcome() is None

    assert sorted(acknowledged) == sorted(names(path))
    assert acknowledged

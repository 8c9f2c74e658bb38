"""Who shares a COMMIT, who waits for it, and what each is told; with real threads that are made to meet."""

import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path
from threading import Event

import pytest

from almoxarife.server.errors import WriteFailed
from almoxarife.server.group_commit import Batch, Writer
from tests.unit.writing import (
    Doing,
    ScriptedConnection,
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
    def fail(_: Batch) -> None:
        writer.channel.db.execute("INSERT INTO products (name) VALUES ('half')")
        raise LookupError

    doings = in_one_batch(writer, lambda: insert(writer, "a"), lambda: write(writer, fail), lambda: insert(writer, "b"))

    assert [doing.outcome() for doing in doings] == ["a", LookupError, "b"]
    assert names(path) == ["a", "b"]
    assert writer.commits == 1


def test_nobody_is_answered_before_the_commit_has_returned(writer: Writer, db: ScriptedConnection) -> None:
    answered_early: list[bool] = []
    doings: list[Doing] = []
    db.before["COMMIT"] = lambda: answered_early.extend(doing.ended for doing in doings)

    with turn_held(writer):
        # The second is refused because of the first one's row, which is not safe yet.
        for name in ("a", "a", "b"):
            doings.append(Doing(lambda name=name: insert(writer, name)))
            wait_until(lambda: waiting(writer) == len(doings))

    assert [doing.outcome() for doing in doings] == ["a", sqlite3.IntegrityError, "b"]
    assert answered_early == [False, False, False]


def test_a_unit_inside_a_unit_is_an_error_and_changes_nothing(writer: Writer, path: Path) -> None:
    def outer(_: Batch) -> None:
        writer.channel.db.execute("INSERT INTO products (name) VALUES ('outer')")
        insert(writer, "inner")

    with pytest.raises(RuntimeError, match="already open"):
        write(writer, outer)
    (doing,) = in_one_batch(writer, lambda: write(writer, outer))
    assert doing.outcome() is RuntimeError

    assert names(path) == []
    assert insert(writer, "later") == "later"


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
            writer.channel.db.execute("INSERT INTO products (name) VALUES ('long')")
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
    in_one_batch(writer, *(lambda name=name: insert(writer, name) for name in "abcdefghi"))

    assert writer.commits == 4  # the holder and nine
    writer.close()


def test_topics_are_published_after_the_commit_and_before_the_answer(path: Path) -> None:
    told: list[str] = []

    def publish(topics: set[str]) -> None:
        assert names(path) == ["a"]
        assert not doing.ended
        told.extend(sorted(topics))

    writer, _ = open_writer(path, publish=publish)

    def change(batch: Batch) -> None:
        batch.topics.update(("products", "movements"))
        writer.channel.db.execute("INSERT INTO products (name) VALUES ('a')")

    with turn_held(writer):
        doing = Doing(lambda: write(writer, change))
        wait_until(lambda: waiting(writer) == 1)
    doing.outcome()

    assert told == ["movements", "products"]
    writer.close()


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
    db.before["COMMIT"] = all_others_queue
    for doing in [Doing(lambda number=number: work(number)) for number in range(writers)]:
        assert doing.outcome() is None

    assert writer.commits * 5 <= writers * each


def test_who_has_the_turn_runs_the_functions_of_those_who_wait_and_each_gets_its_own_result(writer: Writer) -> None:
    threads = []

    def work(name: str) -> str:
        threads.append(threading.get_ident())
        return name

    doings = in_one_batch(writer, *(lambda name=name: writer.run(lambda _: work(name)) for name in "abc"))

    assert [doing.outcome() for doing in doings] == ["a", "b", "c"]
    assert len(set(threads)) == 1
    assert threads[0] not in {doing.ident for doing in doings}


def test_who_waits_for_the_commit_of_what_another_has_run_does_so_beyond_its_patience(path: Path) -> None:
    writer, db = open_writer(path, patience_s=0.05)
    patience_over = Event()

    def wait_longer() -> None:
        assert not patience_over.wait(0.2)

    db.before["COMMIT"] = wait_longer
    (doing,) = in_one_batch(writer, lambda: writer.run(lambda _: writer.channel.db.execute("PRAGMA user_version = 1")))

    assert doing.error is None
    writer.close()

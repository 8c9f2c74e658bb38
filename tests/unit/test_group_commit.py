"""Who shares a COMMIT, who waits for it, and what each is told; with real threads that are made to meet."""

import threading
from queue import Empty, SimpleQueue
from threading import Event
from typing import Any

import pytest

from almoxarife.server.errors import WriteFailed
from almoxarife.server.store import writer as writing
from almoxarife.server.store.writer import Batch
from tests.databases import Place
from tests.programs import PATIENCE_S
from tests.unit.writing import (
    Doing,
    Scripted,
    ScriptedChannel,
    Taken,
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


def test_units_that_wait_for_one_another_share_a_commit(writer: Scripted, products: Place) -> None:
    doings = in_one_batch(writer, *(lambda name=name: insert(writer, name) for name in "abc"))

    assert [doing.outcome() for doing in doings] == ["a", "b", "c"]
    assert names(products) == ["a", "b", "c"]
    assert writer.commits == 1


def test_a_unit_that_nobody_waits_for_commits_at_once(writer: Scripted) -> None:
    insert(writer, "a")
    insert(writer, "b")

    assert writer.commits == 2


def test_a_unit_that_fails_rolls_back_alone(writer: Scripted, products: Place) -> None:
    def fail(_: Batch) -> None:
        writer.channel.execute("INSERT INTO products (name) VALUES ('half')")
        raise LookupError

    doings = in_one_batch(writer, lambda: insert(writer, "a"), lambda: write(writer, fail), lambda: insert(writer, "b"))

    assert [doing.outcome() for doing in doings] == ["a", LookupError, "b"]
    assert names(products) == ["a", "b"]
    assert writer.commits == 1


def test_the_first_unit_of_a_batch_fails_or_goes_back_alone_too(writer: Scripted, products: Place) -> None:
    """On SQLite it has no savepoint: its transaction begins anew."""
    for number, ending in enumerate([LookupError, None]):
        begun = Event()

        def first(_: Batch, begun: Event = begun, number: int = number, ending: type[Exception] | None = ending) -> str:
            begun.set()
            wait_until(lambda: waiting(writer) == 1)
            writer.channel.execute("INSERT INTO products (name) VALUES ('half')")
            if ending is not None:
                raise ending
            writer.channel.roll_back_to_savepoint()  # as SQLAlchemy does, and the unit goes on
            writer.channel.execute("INSERT INTO products (name) VALUES (?)", f"first {number}")
            return "first"

        def fail(_: Batch) -> None:
            writer.channel.execute("INSERT INTO products (name) VALUES ('half')")
            raise KeyError

        leading = Doing(lambda first=first: write(writer, first))
        assert begun.wait(30)
        following = Doing(lambda fail=fail: write(writer, fail))

        assert (leading.outcome(), following.outcome()) == (ending or "first", KeyError)
        assert insert(writer, f"next {number}") == f"next {number}"

    assert names(products) == ["next 0", "first 1", "next 1"]


def test_nobody_is_answered_before_the_commit_has_returned(writer: Scripted, channel: ScriptedChannel) -> None:
    answered_early: list[bool] = []
    doings: list[Doing] = []
    channel.before["commit"] = lambda: answered_early.extend(doing.ended for doing in doings)

    with turn_held(writer):
        # The second is refused because of the first one's row, which is not safe yet.
        for name in ("a", "a", "b"):
            doings.append(Doing(lambda name=name: insert(writer, name)))
            wait_until(lambda: waiting(writer) == len(doings))

    assert [doing.outcome() for doing in doings] == ["a", Taken, "b"]
    assert answered_early == [False, False, False]


def test_a_unit_inside_a_unit_is_an_error_and_changes_nothing(writer: Scripted, products: Place) -> None:
    def outer(_: Batch) -> None:
        writer.channel.execute("INSERT INTO products (name) VALUES ('outer')")
        insert(writer, "inner")

    with pytest.raises(RuntimeError, match="already open"):
        write(writer, outer)
    (doing,) = in_one_batch(writer, lambda: write(writer, outer))
    assert doing.outcome() is RuntimeError

    assert names(products) == []
    assert insert(writer, "later") == "later"


@pytest.mark.parametrize("way", ["block", "function", "together"], indirect=True)
def test_who_waits_too_long_leaves_the_queue_unacknowledged(products: Place) -> None:
    writer, _ = open_writer(products, timeout_s=0.05)
    with turn_held(writer):
        late = Doing(lambda: insert(writer, "late"))
        assert late.outcome() is WriteFailed
        assert waiting(writer) == 0

    assert insert(writer, "next") == "next"
    assert names(products) == ["next"]
    writer.close()


def test_a_long_unit_runs_alone_and_keeps_nobody_from_an_answer(writer: Scripted, products: Place) -> None:
    go_on = Event()

    def long() -> str:
        with writer.unit(own_commit=True):
            writer.channel.execute("INSERT INTO products (name) VALUES ('long')")
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
    assert names(products) == ["before"]
    go_on.set()

    assert [doing.outcome() for doing in doings] == ["before", "long", "after"]
    assert writer.commits == 3


def test_a_batch_takes_no_more_units_than_it_may(products: Place) -> None:
    writer, _ = open_writer(products, max_units=3, max_seconds=60)
    in_one_batch(writer, *(lambda name=name: insert(writer, name) for name in "abcdefghi"))

    assert writer.commits == 4  # the holder and nine
    writer.close()


def test_topics_are_published_after_the_commit_and_before_the_answer(products: Place) -> None:
    told: list[str] = []

    def publish(topics: set[str]) -> None:
        assert names(products) == ["a"]
        assert not doing.ended
        told.extend(sorted(topics))

    writer, _ = open_writer(products, publish=publish, max_seconds=60)

    def change(batch: Batch) -> None:
        batch.topics.update(("products", "movements"))
        writer.channel.execute("INSERT INTO products (name) VALUES ('a')")

    with turn_held(writer):
        doing = Doing(lambda: write(writer, change))
        wait_until(lambda: waiting(writer) == 1)
    doing.outcome()

    assert told == ["movements", "products"]
    writer.close()


def test_close_lets_the_queue_finish_and_refuses_who_comes_later(writer: Scripted, products: Place) -> None:
    with turn_held(writer):
        queued = Doing(lambda: insert(writer, "queued"))
        wait_until(lambda: waiting(writer) == 1)
        closing = Doing(writer.close)
        wait_until(lambda: writer._closed)
        with pytest.raises(WriteFailed):
            insert(writer, "late")

    assert queued.outcome() == "queued"
    assert closing.outcome() is None
    assert names(products) == ["queued"]


def test_sixty_four_writers_make_at_most_one_commit_per_five_entries(
    writer: Scripted, channel: ScriptedChannel
) -> None:
    writers, each = 64, 10
    unfinished = writers

    def all_others_queue() -> None:
        """A disk so slow that everybody else has come meanwhile."""
        batch = writer._batch
        assert batch is not None
        wait_until(lambda: waiting(writer) >= unfinished - len(batch.units))

    def work(number: int) -> None:
        nonlocal unfinished
        for entry in range(each):
            insert(writer, f"{number}-{entry}")
        with counting:
            unfinished -= 1

    counting = threading.Lock()
    channel.before["commit"] = all_others_queue
    for doing in [Doing(lambda number=number: work(number)) for number in range(writers)]:
        assert doing.outcome() is None

    assert writer.commits * 5 <= writers * each


def test_one_thread_runs_the_functions_of_those_who_wait_and_each_gets_its_own_result(writer: Scripted) -> None:
    threads = []

    def work(name: str) -> str:
        threads.append(threading.get_ident())
        return name

    doings = in_one_batch(writer, *(lambda name=name: writer.run(lambda *_: [work(name)], None) for name in "abc"))

    assert [doing.outcome() for doing in doings] == ["a", "b", "c"]
    assert len(set(threads)) == 1
    assert threads[0] not in {doing.ident for doing in doings}


def test_who_waits_for_the_commit_of_what_another_has_run_does_so_beyond_its_patience(
    writer: Scripted, channel: ScriptedChannel, monkeypatch: pytest.MonkeyPatch
) -> None:
    committing, waits_on = Event(), Event()

    class OutOfPatience(SimpleQueue[Any]):
        def get(self, block: bool = True, timeout: float | None = None) -> Any:
            if timeout is None:
                waits_on.set()
                return super().get()
            assert committing.wait(PATIENCE_S)
            raise Empty

    def hold() -> None:
        committing.set()
        assert waits_on.wait(PATIENCE_S)

    def delete() -> None:
        monkeypatch.setattr(writing, "SimpleQueue", OutOfPatience)
        writer.run(lambda *_: [channel.execute("DELETE FROM products")], None)

    channel.before["commit"] = hold
    (doing,) = in_one_batch(writer, delete)

    assert doing.error is None

"""Units for which nobody waits: who runs them, and what is told of their end."""

from queue import SimpleQueue
from threading import Event, current_thread, get_ident

import pytest

from almoxarife.server.errors import StoreUnavailable, WriteFailed
from almoxarife.server.store.writer import Batch, UnitOfWork
from tests.databases import Place
from tests.unit.writing import Doing, Scripted, ScriptedChannel, names, open_writer, turn_held, wait_until, waiting


class Submitter:
    """Takes names to insert, and keeps what it is told, in its order."""

    def __init__(self, writer: Scripted) -> None:
        self._writer = writer
        self.calls: list[list[str]] = []
        self.threads: set[int] = set()
        self.told: SimpleQueue[tuple[str, object]] = SimpleQueue()

    def submit(self, name: str) -> None:
        self._writer.submit(self._insert, name, self._hear)

    def hear(self, number: int) -> list[tuple[str, object]]:
        return [self.told.get(timeout=30) for _ in range(number)]

    def _insert(self, _: Batch, items: list[str]) -> list[str | Exception]:
        self.calls.append(items)
        self.threads.add(get_ident())
        for name in items:
            self._writer.channel.execute("INSERT INTO products (name) VALUES (?)", name)
        return [name.upper() for name in items]

    def _hear(self, unit: UnitOfWork[str]) -> None:
        try:
            outcome: object = unit.result()
        except Exception as error:  # noqa: BLE001  # kept for the test to judge
            outcome = type(error)
        self.told.put((unit.item, outcome))


@pytest.fixture
def submitter(writer: Scripted) -> Submitter:
    return Submitter(writer)


def test_a_thread_of_the_writer_runs_them(writer: Scripted, submitter: Submitter, products: Place) -> None:
    submitter.submit("a")

    assert submitter.hear(1) == [("a", "A")]
    assert get_ident() not in submitter.threads
    assert names(products) == ["a"]
    assert writer.commits == 1


def test_those_that_come_meanwhile_are_one_call_and_one_commit(
    writer: Scripted, submitter: Submitter, products: Place
) -> None:
    with turn_held(writer):
        for name in "abc":
            submitter.submit(name)

    assert submitter.hear(3) == [("a", "A"), ("b", "B"), ("c", "C")]
    assert submitter.calls == [["a", "b", "c"]]
    assert writer.commits == 1
    assert names(products) == ["a", "b", "c"]


def test_nobody_is_told_before_the_commit_has_returned(
    writer: Scripted, channel: ScriptedChannel, submitter: Submitter, products: Place
) -> None:
    committing, go_on = Event(), Event()

    def hold() -> None:
        committing.set()
        assert go_on.wait(30)

    channel.before["commit"] = hold
    submitter.submit("a")
    assert committing.wait(30)
    assert submitter.told.empty()
    assert names(products) == []
    go_on.set()

    assert submitter.hear(1) == [("a", "A")]


@pytest.mark.parametrize("step", ["set_savepoint", "release_savepoint", "commit"])
def test_where_the_batch_fails_each_is_told_and_the_next_is_written(
    writer: Scripted, channel: ScriptedChannel, submitter: Submitter, step: str
) -> None:
    with turn_held(writer):
        submitter.submit("a")
        submitter.submit("b")
        channel.before[step] = channel.fail

    assert sorted(submitter.hear(2)) == [("a", WriteFailed), ("b", WriteFailed)]
    channel.before.clear()
    submitter.submit("c")
    assert submitter.hear(1) == [("c", "C")]


def test_where_nothing_can_begin_it_is_told_so(
    writer: Scripted, channel: ScriptedChannel, submitter: Submitter
) -> None:
    channel.before["begin"] = channel.fail
    submitter.submit("a")
    assert submitter.hear(1) == [("a", StoreUnavailable)]

    channel.before.clear()
    submitter.submit("b")
    assert submitter.hear(1) == [("b", "B")]


def test_a_block_between_them_keeps_its_place(writer: Scripted, submitter: Submitter, products: Place) -> None:
    def block() -> str:
        with writer.unit():
            writer.channel.execute("INSERT INTO products (name) VALUES ('block')")
        return current_thread().name

    with turn_held(writer):
        submitter.submit("a")
        doing = Doing(block)
        wait_until(lambda: waiting(writer) == 2)
        submitter.submit("b")

    assert submitter.hear(2) == [("a", "A"), ("b", "B")]
    assert doing.outcome() == doing.name
    assert names(products) == ["a", "block", "b"]
    assert writer.commits == 1


def test_more_than_a_batch_takes_go_into_the_next(products: Place) -> None:
    writer, _ = open_writer(products, max_units=3, max_seconds=60)
    submitter = Submitter(writer)
    with turn_held(writer):
        for name in "abcdefgh":
            submitter.submit(name)

    assert [name for name, _ in submitter.hear(8)] == [*"abcdefgh"]
    assert [len(call) for call in submitter.calls] == [2, 3, 3]  # the holder of the turn is the first batch's third
    writer.close()


def test_what_waits_too_long_is_given_up(products: Place) -> None:
    writer, _ = open_writer(products, timeout_s=0.05)
    submitter = Submitter(writer)
    with turn_held(writer):
        submitter.submit("late")
        wait_until(lambda: not writer.fail_overdue() and not waiting(writer))  # type: ignore[func-returns-value]
        writer._timeout_s = 60
        submitter.submit("in time")
        writer.fail_overdue()

    assert submitter.hear(2) == [("late", WriteFailed), ("in time", "IN TIME")]
    assert names(products) == ["in time"]
    writer.close()


@pytest.mark.parametrize(
    ("step", "fault"), [("commit", RuntimeError), ("commit", SystemExit), ("set_savepoint", SystemExit)]
)
def test_what_fails_in_the_writer_s_thread_is_told_and_the_next_is_written(
    writer: Scripted,
    channel: ScriptedChannel,
    submitter: Submitter,
    products: Place,
    reported: list[type[BaseException]],
    step: str,
    fault: type[BaseException],
) -> None:
    def fail() -> None:
        raise fault

    channel.before[step] = fail
    submitter.submit("a")
    assert submitter.hear(1) == [("a", WriteFailed)]
    assert reported == [fault]
    channel.before.clear()
    submitter.submit("b")

    assert submitter.hear(1) == [("b", "B")]
    assert names(products) == ["b"]


def test_who_stumbles_over_its_answer_keeps_nobody_from_theirs(
    writer: Scripted, submitter: Submitter, products: Place, reported: list[type[BaseException]]
) -> None:
    def stumble(_: UnitOfWork[str]) -> None:
        raise LookupError

    with turn_held(writer):
        writer.submit(submitter._insert, "a", stumble)
        submitter.submit("b")

    assert submitter.hear(1) == [("b", "B")]
    assert reported == [LookupError]
    submitter.submit("c")
    assert submitter.hear(1) == [("c", "C")]
    assert names(products) == ["a", "b", "c"]


def test_who_is_told_may_submit_more_and_not_wait_for_it(
    writer: Scripted, submitter: Submitter, products: Place, reported: list[type[BaseException]]
) -> None:
    def go_on(_: UnitOfWork[str]) -> None:
        submitter.submit("b")
        with writer.unit():
            pass

    writer.submit(submitter._insert, "a", go_on)

    assert submitter.hear(1) == [("b", "B")]
    assert names(products) == ["a", "b"]
    assert reported == [RuntimeError]


def test_close_lets_them_finish_and_refuses_who_comes_later(
    writer: Scripted, submitter: Submitter, products: Place
) -> None:
    with turn_held(writer):
        submitter.submit("queued")
        closing = Doing(writer.close)
        wait_until(lambda: writer._closed)
        with pytest.raises(WriteFailed):
            submitter.submit("late")

    assert submitter.hear(1) == [("queued", "QUEUED")]
    assert closing.outcome() is None
    assert names(products) == ["queued"]


def test_inside_a_unit_it_is_an_error(writer: Scripted, submitter: Submitter) -> None:
    def submit_inside() -> None:
        with writer.unit():
            submitter.submit("inner")

    with pytest.raises(RuntimeError, match="already open"):
        submit_inside()

"""What is done by one call for many: who comes together, and what the failure of one is to the others."""

import pytest

from almoxarife.server.errors import WriteFailed
from almoxarife.server.store.writer import Batch
from tests.databases import Place
from tests.unit.writing import Doing, Scripted, ScriptedChannel, Taken, in_one_batch, names, open_writer


class Inserter:
    """Inserts names; one that is refused is told so, and one that is taken fails whoever comes with it."""

    def __init__(self, channel: ScriptedChannel) -> None:
        self._channel = channel
        self.calls: list[list[str]] = []

    def insert(self, _: Batch, items: list[str]) -> list[str | Exception]:
        self.calls.append(items)
        return [LookupError(name) if name == "refused" else self._insert(name) for name in items]

    def _insert(self, name: str) -> str:
        if name == "interrupt":
            raise KeyboardInterrupt
        self._channel.execute("INSERT INTO products (name) VALUES (?)", name)
        return name.upper()


@pytest.fixture
def inserter(channel: ScriptedChannel) -> Inserter:
    return Inserter(channel)


def together(writer: Scripted, inserter: Inserter, *items: str) -> list[Doing]:
    return in_one_batch(writer, *(lambda name=name: writer.run(inserter.insert, name) for name in items))


def outcomes(doings: list[Doing]) -> list[object]:
    return [doing.outcome() for doing in doings]


def test_those_who_wait_with_the_same_work_are_one_call(writer: Scripted, inserter: Inserter, products: Place) -> None:
    assert outcomes(together(writer, inserter, "a", "b", "c")) == ["A", "B", "C"]

    assert inserter.calls == [["a", "b", "c"]]
    assert names(products) == ["a", "b", "c"]
    assert writer.commits == 1


def test_other_work_between_them_keeps_its_place(writer: Scripted, inserter: Inserter, products: Place) -> None:
    other = Inserter(writer.channel)
    waiting = [(inserter, "a"), (inserter, "b"), (other, "c"), (inserter, "d")]

    doings = in_one_batch(writer, *(lambda who=who, name=name: writer.run(who.insert, name) for who, name in waiting))

    assert outcomes(doings) == ["A", "B", "C", "D"]
    assert (inserter.calls, other.calls) == ([["a", "b"], ["d"]], [["c"]])
    assert names(products) == ["a", "b", "c", "d"]


def test_one_that_is_refused_leaves_the_others_alone(writer: Scripted, inserter: Inserter, products: Place) -> None:
    assert outcomes(together(writer, inserter, "a", "refused", "b")) == ["A", LookupError, "B"]

    assert len(inserter.calls) == 1
    assert names(products) == ["a", "b"]


def test_when_all_fail_because_of_one_each_is_tried_by_itself(
    writer: Scripted, inserter: Inserter, products: Place
) -> None:
    assert outcomes(together(writer, inserter, "a", "b", "a", "c")) == ["A", "B", Taken, "C"]

    assert inserter.calls == [["a", "b", "a", "c"], ["a"], ["b"], ["a"], ["c"]]
    assert names(products) == ["a", "b", "c"]
    assert writer.commits == 1


def test_who_is_alone_is_not_tried_twice(writer: Scripted, inserter: Inserter) -> None:
    assert outcomes(together(writer, inserter, "a")) == ["A"]
    assert outcomes(together(writer, inserter, "a")) == [Taken]

    assert inserter.calls == [["a"], ["a"]]


def test_an_outcome_too_few_is_nobody_s(writer: Scripted, products: Place) -> None:
    def forget(_: Batch, items: list[str]) -> list[str | Exception]:
        writer.channel.execute("INSERT INTO products (name) VALUES (?)", items[0])
        return []

    doings = in_one_batch(writer, *(lambda name=name: writer.run(forget, name) for name in "ab"))

    assert outcomes(doings) == [ValueError, ValueError]
    assert names(products) == []


def test_a_batch_takes_no_more_of_them_than_it_may(products: Place) -> None:
    writer, channel = open_writer(products, max_units=3, max_seconds=60)
    inserter = Inserter(channel)
    together(writer, inserter, *"abcdefgh")

    assert [len(call) for call in inserter.calls] == [2, 3, 3]  # the holder of the turn is the first batch's third
    writer.close()


@pytest.mark.parametrize("step", ["roll_back_to_savepoint", "release_savepoint"])
def test_where_the_transaction_breaks_none_is_tried_again(
    writer: Scripted, channel: ScriptedChannel, inserter: Inserter, products: Place, step: str
) -> None:
    def fail_with_three() -> None:
        if writer._batch is not None and len(writer._batch.units) == 4:
            channel.fail()

    channel.before[step] = fail_with_three
    items = ("a", "a", "b") if step == "roll_back_to_savepoint" else ("a", "b", "c")

    assert outcomes(together(writer, inserter, *items)) == [WriteFailed] * 3
    assert len(inserter.calls) == 1
    assert names(products) == []


def test_where_it_breaks_while_each_is_tried_none_is_acknowledged(
    writer: Scripted, channel: ScriptedChannel, inserter: Inserter, products: Place
) -> None:
    def fail_at_the_second() -> None:
        if inserter.calls[-1:] == [["b"]]:
            channel.fail()

    channel.before["release_savepoint"] = fail_at_the_second

    assert outcomes(together(writer, inserter, "a", "b", "a")) == [WriteFailed] * 3
    assert inserter.calls[1:] == [["a"], ["b"]]
    assert names(products) == []


def test_an_interrupt_undoes_all_that_came_together_and_acknowledges_none(
    writer: Scripted, inserter: Inserter, products: Place, reported: list[type[BaseException]]
) -> None:
    assert outcomes(together(writer, inserter, "a", "interrupt", "b")) == [WriteFailed] * 3

    assert reported == [KeyboardInterrupt]
    assert names(products) == []
    assert writer.run(inserter.insert, "c") == "C"

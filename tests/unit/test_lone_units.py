"""A unit that comes while nobody else writes: the thread that submits it runs it, where that holds nobody up."""

from collections.abc import Callable
from queue import SimpleQueue
from threading import get_ident
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy.orm import Session

from almoxarife.server.errors import WriteFailed
from almoxarife.server.http.answers import PlainResponse
from almoxarife.server.http.fast_path import PendingWrite, PlannedWrite
from almoxarife.server.http.requests import LONE, Environ
from almoxarife.server.store import writer as writing
from almoxarife.server.store.database import Database
from almoxarife.server.store.idempotency import LateClaims
from almoxarife.server.store.units import UnitOfWork
from almoxarife.server.store.waiting import LONG_S, QUICK_S, Pace
from tests.databases import Place
from tests.unit.writing import Doing, Scripted, ScriptedChannel, insert, names, turn_held, wait_until, waiting


def show(pace: Pace, *, times: int = 99, units: int = 1, commit_s: float = 0.0001) -> Pace:
    for _ in range(times):
        pace.note(units, commit_s)
    return pace


@pytest.fixture(autouse=True)
def quick_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each COMMIT seems to take no time."""
    monkeypatch.setattr(writing, "perf_counter", lambda: 0.0)


class Desk:
    """Submits names from the test's thread, which may run them, and keeps which thread did."""

    def __init__(self, writer: Scripted) -> None:
        self.writer = writer
        self.told: SimpleQueue[tuple[str, object]] = SimpleQueue()
        self.threads: list[int] = []
        self.meanwhile: Callable[[], object] = lambda: None
        self.afterwards: Callable[[], object] = lambda: None

    def submit(self, name: str, *, may_run_now: bool = True) -> None:
        self.writer.submit(lambda _, items: [self._insert(items)], name, self._hear, may_run_now=may_run_now)

    def hear(self) -> tuple[str, object]:
        return self.told.get(timeout=30)

    def _insert(self, items: list[str]) -> str:
        self.threads.append(get_ident())
        self.writer.channel.execute("INSERT INTO products (name) VALUES (?)", items[0])
        self.meanwhile()
        return items[0].upper()

    def _hear(self, unit: UnitOfWork[str]) -> None:
        self.afterwards()
        try:
            outcome: object = unit.result()
        except Exception as error:  # noqa: BLE001  # kept for the test to judge
            outcome = type(error)
        self.told.put((unit.item, outcome))


@pytest.fixture
def desk(writer: Scripted) -> Desk:
    """Nobody writes, after a hundred batches of one unit and with a quick COMMIT."""
    writer.run(lambda _, items: items, None)
    wait_until(lambda: writer._must_ring)
    show(writer._pace)
    return Desk(writer)


def test_it_is_over_on_return(desk: Desk, products: Place) -> None:
    desk.submit("a")

    assert desk.threads == [get_ident()]
    assert desk.told.get_nowait() == ("a", "A")
    assert names(products) == ["a"]


def test_the_writing_thread_goes_on_after_it(desk: Desk, products: Place) -> None:
    desk.submit("a")
    desk.submit("b", may_run_now=False)
    assert [desk.hear(), desk.hear()] == [("a", "A"), ("b", "B")]
    wait_until(lambda: desk.writer._must_ring)
    desk.submit("c")

    assert desk.hear() == ("c", "C")
    assert [thread == get_ident() for thread in desk.threads] == [True, False, True]
    assert names(products) == ["a", "b", "c"]


def test_on_a_disk_that_takes_its_time_nobody_waits_for_it(desk: Desk) -> None:
    desk.writer._pace.note(1, 0.9 * LONG_S)

    desk.submit("a")

    assert desk.hear() == ("a", "A")
    assert get_ident() not in desk.threads


def test_while_others_write_too_they_share_a_commit(desk: Desk) -> None:
    desk.writer._pace.note(2, 0.0)

    desk.submit("a")

    assert desk.hear() == ("a", "A")
    assert get_ident() not in desk.threads


def test_while_another_unit_is_under_way_it_waits_for_its_turn(desk: Desk) -> None:
    with turn_held(desk.writer):
        desk.submit("a")
        assert desk.told.empty()

    assert desk.hear() == ("a", "A")
    assert get_ident() not in desk.threads


def test_what_comes_meanwhile_is_written_afterwards_by_the_writing_thread(desk: Desk, products: Place) -> None:
    others: list[Doing] = []

    def come() -> None:
        # A block, whose thread may take long.
        others.append(Doing(lambda: insert(desk.writer, "b")))
        wait_until(lambda: waiting(desk.writer) == 1)

    desk.meanwhile = come
    desk.submit("a")

    assert desk.told.get_nowait() == ("a", "A")
    assert others[0].outcome() == "b"
    assert names(products) == ["a", "b"]
    assert desk.writer.commits == 3  # with the fixture's: it has joined no batch of this thread


def test_closing_waits_for_it(desk: Desk, products: Place) -> None:
    closings: list[Doing] = []

    def close() -> None:
        closings.append(Doing(desk.writer.close))
        wait_until(lambda: desk.writer._closed)

    desk.meanwhile = close
    desk.submit("a")

    assert desk.told.get_nowait() == ("a", "A")
    assert closings[0].outcome() is None
    assert names(products) == ["a"]
    with pytest.raises(WriteFailed):
        desk.submit("b")


def test_who_is_told_may_submit_and_not_wait(desk: Desk) -> None:
    refused: list[type[Exception]] = []

    def go_on() -> None:
        desk.afterwards = lambda: None
        desk.submit("b")
        try:
            desk.writer.run(lambda _, items: items, None)
        except RuntimeError as error:
            refused.append(type(error))

    desk.afterwards = go_on
    desk.submit("a")

    assert [desk.hear(), desk.hear()] == [("a", "A"), ("b", "B")]
    assert refused == [RuntimeError]


def test_inside_it_no_other_unit_begins(desk: Desk) -> None:
    desk.meanwhile = lambda: desk.submit("b")

    desk.submit("a")

    assert desk.hear() == ("a", RuntimeError)


def test_a_commit_that_fails_acknowledges_nothing(desk: Desk, channel: ScriptedChannel, products: Place) -> None:
    channel.before["commit"] = channel.fail

    desk.submit("a")

    assert desk.told.get_nowait() == ("a", WriteFailed)
    channel.before.clear()
    desk.submit("b", may_run_now=False)
    assert desk.hear() == ("b", "B")
    assert names(products) == ["b"]


def test_a_unit_that_breaks_the_thread_leaves_the_turn_to_the_others(
    desk: Desk, reported: list[type[BaseException]]
) -> None:
    def leave() -> None:
        raise SystemExit

    desk.meanwhile = leave
    desk.submit("a")
    assert desk.told.get_nowait() == ("a", WriteFailed)
    assert reported == [SystemExit]
    desk.meanwhile = lambda: None

    desk.submit("b", may_run_now=False)

    assert desk.hear() == ("b", "B")


def test_each_commit_is_noted_also_where_it_fails(desk: Desk, channel: ScriptedChannel) -> None:
    noted: list[int] = []
    pace: Any = SimpleNamespace(note=lambda units, commit_s: noted.append(units))
    desk.writer._pace = pace
    with turn_held(desk.writer):
        desk.submit("a", may_run_now=False)
        desk.submit("b", may_run_now=False)
    assert [desk.hear(), desk.hear()] == [("a", "A"), ("b", "B")]
    channel.before["commit"] = channel.fail
    desk.submit("c", may_run_now=False)
    assert desk.hear() == ("c", WriteFailed)

    assert noted == [3, 1]


def test_a_disk_must_show_that_it_is_quick() -> None:
    pace = Pace()

    assert not pace.is_quick()
    assert not show(pace, times=50).is_quick()
    assert show(pace, times=10).is_quick()
    assert not show(pace, commit_s=2 * QUICK_S).is_quick()


def test_a_disk_that_has_kept_somebody_waiting_is_trusted_much_later() -> None:
    pace = show(Pace())
    show(pace, times=1, commit_s=0.9 * LONG_S)
    assert show(pace, times=10).is_quick()

    show(pace, times=1, commit_s=10 * LONG_S)

    assert not show(pace, times=500).is_quick()
    assert show(pace, times=200).is_quick()


def test_a_writer_begins_with_a_thread_of_its_own(products: Place, writer: Scripted) -> None:
    """Which no other one replaces: blocks, which may take long, wait for it."""
    show(writer._pace)
    desk = Desk(writer)

    desk.submit("a")

    assert desk.hear() == ("a", "A")
    assert get_ident() not in desk.threads


@pytest.mark.parametrize("is_lone", [True, False])
def test_for_a_server_of_databases_nobody_waits(database: Database, is_lone: bool) -> None:
    threads: list[int] = []
    ended: SimpleQueue[UnitOfWork[None]] = SimpleQueue()

    def work(session: Session, items: list[None]) -> list[None]:
        threads.append(get_ident())
        return items

    database.run(work, None)
    wait_until(lambda: database._writer._must_ring)
    show(database._writer._pace)
    database.submit(work, None, ended.put, is_lone=is_lone)

    ended.get(timeout=30).result()
    assert (threads[-1] == get_ident()) == (is_lone and database.dialect == "sqlite")


@pytest.mark.parametrize("more", [{}, {LONE: True}])
def test_a_request_that_comes_with_others_is_no_lone_one(more: Environ) -> None:
    said: list[bool] = []
    database: Any = SimpleNamespace(submit=lambda *_, is_lone: said.append(is_lone))
    write = PlannedWrite(lambda _, items: items, None, None, lambda _: PlainResponse(201, [], b""))

    PendingWrite(database, LateClaims(database), more, 1, write).when_done(lambda _: None)

    assert said == [bool(more)]

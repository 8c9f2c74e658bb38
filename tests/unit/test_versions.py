"""Versions that several processes share: never older than the moment they were asked for, and asked for seldom."""

from collections.abc import Iterator, Mapping
from threading import Event, get_ident
from time import monotonic

import pytest

from almoxarife.server.errors import StoreUnavailable
from almoxarife.server.store import waiting
from almoxarife.server.store.versions import SharedVersions
from almoxarife.server.store.waiting import Resume, WouldWait, without_waiting
from tests.unit.writing import Doing, wait_until


class Database:
    """Tells how often it has been asked; each answer waits until it may go."""

    def __init__(self) -> None:
        self.asked = 0
        self.may_answer: list[Event] = []

    def select(self) -> Mapping[str, int]:
        self.asked += 1
        number, going = self.asked, Event()
        self.may_answer.append(going)
        assert going.wait(30)
        return {"products": number}


class Quick(Database):
    def select(self) -> Mapping[str, int]:
        self.asked += 1
        return {"products": self.asked}


@pytest.fixture
def database() -> Iterator[Database]:
    made = Database()
    yield made
    for going in made.may_answer:
        going.set()


def test_who_comes_during_a_look_waits_for_the_next_and_shares_it(database: Database) -> None:
    versions = SharedVersions(database.select)
    first = Doing(lambda: versions.of("products"))
    wait_until(lambda: database.asked == 1)
    later = [Doing(lambda: versions.of("products")) for _ in range(5)]
    wait_until(lambda: versions._query_lock.locked() and versions._next is not None)

    database.may_answer[0].set()
    assert first.outcome() == (1,)
    wait_until(lambda: database.asked == 2)
    database.may_answer[1].set()

    assert {doing.outcome() for doing in later} <= {(2,), (3,)}
    assert (1,) not in {doing.outcome() for doing in later}


def test_one_request_looks_once() -> None:
    database = Quick()
    versions = SharedVersions(database.select)
    versions.begin_request()
    assert versions.of("products") == versions.of("products") == (1,)
    assert versions.of("nothing") == (0,)
    versions.begin_request()
    assert versions.of("products") == (2,)
    versions.end_request()
    assert [versions.of("products"), versions.of("products")] == [(3,), (4,)]


def test_another_thread_s_request_is_another_one() -> None:
    database = Quick()
    versions = SharedVersions(database.select)
    versions.begin_request()
    assert versions.of("products") == (1,)

    assert Doing(lambda: versions.of("products")).outcome() == (2,)
    assert versions.of("products") == (1,)


def test_a_look_that_fails_fails_for_one_alone() -> None:
    def select() -> Mapping[str, int]:
        answers.append(len(answers))
        if len(answers) == 1:
            raise OSError("away")
        return {"products": 7}

    answers: list[int] = []
    versions = SharedVersions(select)
    with pytest.raises(OSError, match="away"):
        versions.of("products")
    assert versions.of("products") == (7,)


def test_tags_are_the_same_in_every_process() -> None:
    one, other = SharedVersions(lambda: {"products": 5}), SharedVersions(lambda: {"products": 5})

    assert one.tag(1, (1,), "/produtos", "products") == other.tag(1, (1,), "/produtos", "products")
    assert one.tag(1, (1,), "/produtos", "products") != one.tag(2, (1,), "/produtos", "products")
    assert one.tag(1, (1,), "/produtos", "products") != one.tag(1, (1, 2), "/produtos", "products")
    changed = SharedVersions(lambda: {"products": 6})
    assert changed.tag(1, (1,), "/produtos", "products") != one.tag(1, (1,), "/produtos", "products")


def test_who_can_wait_takes_the_last_look_up_to_its_age() -> None:
    database = Quick()
    versions = SharedVersions(database.select)
    versions.begin_request(max_age_s=60)
    assert versions.of("products") == (1,)
    versions.begin_request(max_age_s=60)
    assert versions.of("products") == (1,)
    versions.begin_request(max_age_s=1e-9)
    assert versions.of("products") == (2,)


def test_nobody_is_kept_from_what_this_process_has_changed() -> None:
    database = Quick()
    versions = SharedVersions(database.select)
    versions.begin_request(max_age_s=60)
    assert versions.of("products") == (1,)
    versions.bump({"products"})
    versions.begin_request(max_age_s=60)
    assert versions.of("products") == (2,)
    versions.begin_request(max_age_s=60)
    assert versions.of("products") == (2,)


def test_where_many_ask_a_look_is_renewed_before_it_is_too_old() -> None:
    database = Quick()
    versions = SharedVersions(database.select)
    versions.begin_request(max_age_s=3600)
    assert versions.of("products") == (1,)
    versions._last.began -= 3000  # more than half of its time is over

    versions.begin_request(max_age_s=3600)
    assert versions.of("products") == (1,)  # nobody waits for the next one
    wait_until(lambda: database.asked == 2)


def test_a_process_that_others_may_not_know_of_looks_each_time() -> None:
    database = Quick()
    versions = SharedVersions(database.select, is_known=lambda: False)
    for number in (1, 2):
        versions.begin_request(max_age_s=60)
        assert versions.of("products") == (number,)


def test_what_came_with_a_commit_serves_whoever_comes_next() -> None:
    database = Quick()
    versions = SharedVersions(database.select)
    versions.begin_request(max_age_s=60)
    assert versions.of("products") == (1,)
    began = monotonic()
    versions.learn({"products": 7}, began)
    versions.bump({"products"})
    versions.begin_request(max_age_s=60)
    assert versions.of("products") == (7,)

    versions.bump({"products"})  # a COMMIT whose outcome is unknown
    versions.begin_request(max_age_s=60)
    assert versions.of("products") == (2,)


def test_what_was_read_while_a_commit_was_under_way_serves_nobody_after_it() -> None:
    database = Quick()
    versions = SharedVersions(database.select)
    began = monotonic()
    versions.begin_request(max_age_s=60)
    assert versions.of("products") == (1,)
    versions.learn({"products": 7}, began)  # it is younger, but began earlier
    versions.bump({"products"})

    versions.begin_request(max_age_s=60)
    assert versions.of("products") == (2,)


def test_what_has_not_changed_is_the_same_object() -> None:
    versions = SharedVersions(lambda: {"products": 5})
    first = versions.now()

    assert versions.now() is first
    versions.learn({"products": 5}, monotonic())
    versions.begin_request(max_age_s=60)
    assert versions.now() is first


def ask_without_waiting(versions: SharedVersions, go_on: Resume, *, max_age_s: float = 0.0) -> None:
    with without_waiting():
        versions.begin_request(max_age_s)
        with pytest.raises(WouldWait) as obstacle:
            versions.of("products")
    assert obstacle.value.when_ready is not None
    obstacle.value.when_ready(go_on)


def test_those_who_must_not_wait_go_on_together_once_it_is_known(database: Database) -> None:
    found: list[tuple[int, int]] = []

    def go_on() -> None:
        versions.begin_request()
        found.append((get_ident(), *versions.of("products")))
        with pytest.raises(WouldWait):
            waiting.may_wait()

    versions = SharedVersions(database.select)
    ask_without_waiting(versions, go_on)
    wait_until(lambda: database.asked == 1)
    for max_age_s in (0.0, 60.0, 0.0):  # what is being read began before they came
        ask_without_waiting(versions, go_on, max_age_s=max_age_s)
    database.may_answer[0].set()
    wait_until(lambda: len(found) == 1 and database.asked == 2)
    database.may_answer[1].set()
    wait_until(lambda: len(found) == 4)

    assert [number for _, number in found] == [1, 2, 2, 2]
    threads = {thread for thread, _ in found}
    assert len(threads) == 1
    assert get_ident() not in threads


def test_they_go_on_too_when_it_cannot_be_known() -> None:
    def fail() -> Mapping[str, int]:
        raise StoreUnavailable

    def go_on() -> None:
        versions.begin_request()
        with pytest.raises(WouldWait):
            versions.of("products")
        went_on.set()

    went_on = Event()
    versions = SharedVersions(fail)
    ask_without_waiting(versions, go_on)

    assert went_on.wait(30)


def test_what_goes_wrong_with_one_of_them_is_nothing_to_the_others() -> None:
    def fail() -> None:
        raise RuntimeError("of one request")

    versions, went_on = SharedVersions(Quick().select), Event()
    for go_on in (fail, went_on.set):
        ask_without_waiting(versions, go_on)
    assert went_on.wait(30)

    later = Event()
    ask_without_waiting(versions, later.set)
    assert later.wait(30)


def test_an_unexpected_fault_leaves_nobody_without_an_answer() -> None:
    faults = [ValueError("not of the database")]

    def select() -> Mapping[str, int]:
        if faults:
            raise faults.pop()
        return {"products": 1}

    versions = SharedVersions(select)
    for _ in range(2):
        went_on = Event()
        ask_without_waiting(versions, went_on.set)
        assert went_on.wait(30)
    assert not faults

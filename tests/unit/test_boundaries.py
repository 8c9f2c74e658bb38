"""On which side of a bound its very value is, where nothing else would tell."""

from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from almoxarife.server.accounts.limits import anonymous_attempts, temporary_passwords
from almoxarife.server.accounts.limits.anonymous_attempts import ENTRIES_IN_ALL, Refusal, RefusalLimit
from almoxarife.server.accounts.limits.errors import TooManyRegistrations
from almoxarife.server.accounts.limits.registrations import ADDRESSES, PER_ADDRESS, WINDOW_S, RegistrationLimit
from almoxarife.server.accounts.limits.temporary_passwords import TemporaryPasswords
from almoxarife.server.accounts.limits.throttle import REMEMBERED, Attempt, Throttle
from almoxarife.server.audit.tags import Tag
from almoxarife.server.clock import SteadyClock
from almoxarife.server.errors import UnknownHost, WriteFailed
from almoxarife.server.http.access import MAX_KNOWN_HOSTS, HostCheck
from almoxarife.server.identity import NOWHERE
from almoxarife.server.settings import Settings
from almoxarife.server.store import writer as writing
from almoxarife.server.store.writer import Batch, UnitOfWork, Writer


class Time:
    """What the writer's clock says."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now_s = 100.0
        monkeypatch.setattr(writing, "monotonic", lambda: self.now_s)


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Time:
    return Time(monkeypatch)


def waiting(writer: Writer[Any]) -> UnitOfWork[None]:
    unit: UnitOfWork[None] = UnitOfWork(lambda _, items: items, None, lambda _: None)
    writer._queue.append(unit)
    return unit


def test_a_unit_waits_as_long_as_its_patience_and_no_longer(time: Time) -> None:
    writer: Writer[Any] = Writer(SimpleNamespace(), timeout_s=5.0)
    unit = waiting(writer)

    time.now_s += 5.0
    writer.fail_overdue()
    assert unit.outcome is None

    time.now_s += 0.001
    writer.fail_overdue()
    assert isinstance(unit.outcome, WriteFailed)


def test_a_batch_takes_units_on_for_as_long_as_it_may_and_no_longer(time: Time) -> None:
    writer: Writer[Any] = Writer(SimpleNamespace(), max_seconds=1.0)
    batch = Batch()
    batch.add(waiting(writer))
    writer._queue.clear()
    unit, late = waiting(writer), waiting(writer)

    time.now_s += 1.0
    assert writer._take_next(batch) is unit
    time.now_s += 0.001
    assert writer._take_next(batch) is None
    assert list(writer._queue) == [late]


def test_names_of_hosts_fill_no_memory(tmp_path: Path) -> None:
    check = HostCheck(Settings.from_mapping({"ALMOXARIFE_DATA_DIR": str(tmp_path)}), "pc")
    for number in range(MAX_KNOWN_HOSTS + 2):
        with pytest.raises(UnknownHost):
            check.verify(f"{number}.example")

    assert len(check._known_hosts) == MAX_KNOWN_HOSTS


def test_so_many_who_got_in_are_remembered_and_no_more() -> None:
    throttle, session = Throttle(b"key", SteadyClock()), SimpleNamespace(execute=lambda _: None)
    attempts = [Attempt(f"{number}", "192.168.0.1") for number in range(REMEMBERED + 1)]
    for attempt in attempts:
        throttle.reset_failures(session, attempt)  # type: ignore[arg-type]

    assert [throttle.knows(attempt) for attempt in attempts[:2]] == [False, True]


class Elapsed(SteadyClock):
    def __init__(self) -> None:
        super().__init__()
        self.now_s = 50_000.0
        self.elapsed_s = lambda: self.now_s


def test_an_hour_s_registrations_are_forgotten_after_the_hour_and_not_before() -> None:
    clock = Elapsed()
    limit = RegistrationLimit(clock)
    for _ in range(PER_ADDRESS):
        limit.count("192.168.0.1")

    clock.now_s += WINDOW_S - 1
    with pytest.raises(TooManyRegistrations):
        limit.require_allowed("192.168.0.1")
    clock.now_s += 1
    limit.require_allowed("192.168.0.1")


def test_so_many_networks_are_counted_at_once_and_no_more() -> None:
    clock = Elapsed()
    limit = RegistrationLimit(clock)
    for number in range(ADDRESSES):
        limit.count(f"network {number}")
    with pytest.raises(TooManyRegistrations):
        limit.count("one more")
    assert len(limit._counted) == ADDRESSES

    clock.now_s += WINDOW_S
    limit.count("one more")
    assert list(limit._counted) == ["one more"]


def test_so_many_refusals_in_all_are_entries_of_their_own_and_no_more_until_the_time_is_over() -> None:
    clock = Elapsed()
    repeats = RefusalLimit(SimpleNamespace(), clock)  # type: ignore[arg-type]
    refusal = Refusal(Tag.LOGIN_FAILED, None)

    def refuse(times: int) -> list[bool]:
        return [repeats.may_record(refusal, NOWHERE._replace(address=f"network {n}")) for n in range(times)]

    # The next one of all is the first of those that are counted together.
    assert refuse(ENTRIES_IN_ALL + 10) == [True] * (ENTRIES_IN_ALL + 1) + [False] * 9
    assert ENTRIES_IN_ALL <= 200, "a stranger fills the trail with so many each quarter of an hour"
    clock.now_s += anonymous_attempts.WINDOW_S
    assert repeats.may_record(refusal, NOWHERE._replace(address="one more"))


def test_a_temporary_password_ends_with_its_lifetime_and_so_many_ends_are_remembered() -> None:
    clock, lifetime = Elapsed(), timedelta(days=3)
    passwords = TemporaryPasswords(lifetime, clock)
    users: Any = [SimpleNamespace(id=number, generation=1) for number in range(temporary_passwords.REMEMBERED + 1)]
    nowhere: Any = None  # the trail is not asked

    for user in users[:-1]:
        passwords.begin(user)
    clock.now_s += lifetime.total_seconds() - 1
    assert not passwords.is_over(nowhere, users[0])
    clock.now_s += 1
    assert passwords.is_over(nowhere, users[0])

    passwords.begin(users[-1])
    assert len(passwords._ends_s) == 1

"""Slots of their own for names that exist, where a crowd takes all others."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from almoxarife.server.accounts.limits.errors import LoginsBusy
from almoxarife.server.accounts.limits.hashing import PER_ADDRESS, PER_NETWORK, FirstLogins, HashingQueue, Urgency
from almoxarife.server.clock import SteadyClock

CROWDED, QUIET = "203.0.113.5", "203.0.113.6"


@pytest.fixture
def logins() -> Iterator[FirstLogins]:
    queue = HashingQueue(cores=64)
    with ExitStack() as crowd:
        for _ in range(PER_ADDRESS[Urgency.LOGIN]):
            crowd.enter_context(queue.slot(Urgency.LOGIN, CROWDED))
        yield FirstLogins(queue, SteadyClock())


def try_once(logins: FirstLogins, network: str = CROWDED, *, is_right: bool, is_name_known: bool = True) -> bool:
    """Whether there was a slot."""
    try:
        with logins.slot(network, has_been_here=False, is_name_known=is_name_known) as return_slot:
            if is_right:
                return_slot()
    except LoginsBusy:
        return False
    return True


def test_a_name_that_exists_has_a_slot_where_a_crowd_takes_all_others(logins: FirstLogins) -> None:
    assert try_once(logins, is_right=True)
    assert not try_once(logins, is_right=False, is_name_known=False)
    assert try_once(logins, QUIET, is_right=False, is_name_known=False)


def test_a_network_learns_of_few_names_that_they_exist(logins: FirstLogins) -> None:
    assert [try_once(logins, is_right=False) for _ in range(PER_NETWORK + 5)] == [True] * PER_NETWORK + [False] * 5
    assert try_once(logins, QUIET, is_right=False)


def test_who_proves_to_be_that_person_uses_up_nothing(logins: FirstLogins) -> None:
    assert all(try_once(logins, is_right=True) for _ in range(3 * PER_NETWORK))
    assert [try_once(logins, is_right=False) for _ in range(PER_NETWORK + 1)][-2:] == [True, False]


def test_where_there_is_no_crowd_nothing_is_used_up(logins: FirstLogins) -> None:
    assert all(try_once(logins, QUIET, is_right=False) for _ in range(3 * PER_NETWORK))


def test_where_no_slot_is_left_at_all_nothing_is_used_up() -> None:
    queue = HashingQueue(cores=64)
    logins = FirstLogins(queue, SteadyClock())
    with ExitStack() as crowd:
        for kind in (Urgency.LOGIN, Urgency.ACCOUNT):
            for _ in range(PER_ADDRESS[kind]):
                crowd.enter_context(queue.slot(kind, CROWDED))
        assert not any(try_once(logins, is_right=False) for _ in range(3 * PER_NETWORK))
    with ExitStack() as crowd:
        for _ in range(PER_ADDRESS[Urgency.LOGIN]):
            crowd.enter_context(queue.slot(Urgency.LOGIN, CROWDED))
        assert all(try_once(logins, is_right=False) for _ in range(PER_NETWORK))

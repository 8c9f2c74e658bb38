"""Guessing passwords: slowed down for who guesses, and for nobody else."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from threading import Lock

import pytest
import time_machine

from almoxarife.server.accounts import passwords
from almoxarife.server.accounts.limits.throttle import AT_ONCE, FIRST_WAIT_S, Throttle, _UnderWay
from almoxarife.server.accounts.models import LoginFailure, User
from almoxarife.server.clock import SteadyClock
from almoxarife.server.context import Services
from almoxarife.server.identity import Origin
from tests.api.cast import HOME, LAN, LAN_SERVER, PASSWORDS, Server, assert_problem
from tests.api.conftest import Open

NEIGHBOUR = "192.168.0.21"


class Clock:
    """Time that passes when a test says so, for the server and on the wall."""

    def __init__(self, server: Server, traveller: time_machine.Traveller) -> None:
        self._traveller = traveller
        self._steady = Services.of(server.app).get(SteadyClock)
        self._passed_s = self._steady.elapsed_s()
        self._steady.elapsed_s = lambda: self._passed_s

    def shift(self, seconds: float) -> None:
        self._passed_s += seconds
        self._traveller.shift(seconds)

    def set_wall(self, by: timedelta) -> None:
        """Somebody sets the clock of the computer; no time passes."""
        self._traveller.shift(by)


@pytest.fixture
def server(start: Open, monkeypatch: pytest.MonkeyPatch) -> Server:
    """On the network. Hashing costs 70 ms a guess and is proven elsewhere: here a password is its owner's alone."""

    def is_password(stored: str | None, password: str) -> bool:
        return stored is not None and password == PASSWORDS["Ana"]

    monkeypatch.setattr(passwords, "is_password", is_password)
    return start(LAN_SERVER)


@pytest.fixture
def clock(server: Server) -> Iterator[Clock]:
    with time_machine.travel(datetime(2026, 11, 20, 12, 0, tzinfo=UTC), tick=False) as traveller:
        yield Clock(server, traveller)


def fail(server: Server, times: int, name: str = "Ana", peer: str = LAN) -> None:
    for _ in range(times):
        assert_problem(server.log_in(name, "errada", peer=peer), 401, "credenciais-incorretas")


def wait_of(server: Server, name: str = "Ana", peer: str = LAN, **how: object) -> int:
    """The seconds that a right password is told to wait."""
    response = server.log_in(name, PASSWORDS["Ana"], peer=peer, **how)
    assert_problem(response, 429, "muitas-tentativas")
    return int(response.headers["Retry-After"])


def succeeds(server: Server, name: str = "Ana", peer: str = LAN) -> bool:
    return server.log_in(name, PASSWORDS["Ana"], peer=peer).status_code == 200


@pytest.mark.parametrize("peer", [LAN, HOME])
def test_after_five_failures_even_the_right_password_waits(server: Server, clock: Clock, peer: str) -> None:
    fail(server, 5, peer=peer)

    assert 0 < wait_of(server, peer=peer) <= 60


def test_four_failures_are_forgiven_by_a_success(server: Server, clock: Clock) -> None:
    for _ in range(3):
        fail(server, 4)
        assert succeeds(server)


def test_the_wait_is_as_long_as_it_said_and_no_longer(server: Server, clock: Clock) -> None:
    fail(server, 5)
    wait = wait_of(server)

    clock.shift(wait - 1.5)
    assert wait_of(server) <= 2
    clock.shift(2)
    assert succeeds(server)


def test_at_its_very_end_the_wait_is_over(server: Server, clock: Clock) -> None:
    fail(server, 5)
    clock.shift(FIRST_WAIT_S)

    assert succeeds(server)


def test_trying_during_the_wait_does_not_make_it_longer(server: Server, clock: Clock) -> None:
    fail(server, 5)
    wait = wait_of(server)

    for _ in range(5):
        assert wait_of(server) == wait


def test_the_wait_grows_with_each_further_failure(server: Server, clock: Clock) -> None:
    fail(server, 5)
    waits = [wait_of(server)]
    for _ in range(3):
        clock.shift(waits[-1])
        fail(server, 1)
        waits.append(wait_of(server))

    assert waits == sorted(set(waits))
    assert waits[-1] >= 4 * waits[0]


def test_a_success_clears_the_name(server: Server, clock: Clock) -> None:
    fail(server, 5)
    clock.shift(wait_of(server))
    assert succeeds(server)

    fail(server, 4)
    assert succeeds(server)


def test_after_15_minutes_failures_are_forgotten(server: Server, clock: Clock) -> None:
    fail(server, 4)
    clock.shift(15 * 60 + 1)
    fail(server, 4)

    assert succeeds(server)


def test_waiting_for_approval_is_no_failure(server: Server, clock: Clock) -> None:
    server.person("Carla").patch("/usuarios/u3", {"estado": "pendente"})

    for _ in range(7):
        assert_problem(server.log_in("Ana", PASSWORDS["Ana"], peer=LAN), 403, "aprovacao-pendente")


def test_names_are_counted_without_case(server: Server, clock: Clock) -> None:
    for name in ("ana", "ANA", " Ana", "aNa", "Ana"):
        fail(server, 1, name)

    wait_of(server, "AnA")


def test_nobody_locks_a_colleague_out(server: Server, clock: Clock) -> None:
    fail(server, 5, "Ana", peer=LAN)

    assert succeeds(server, "Ana", peer=NEIGHBOUR)
    assert succeeds(server, "Ana", peer=HOME)
    assert succeeds(server, "Bruno", peer=LAN)


def test_unknown_names_are_counted_like_others(server: Server, clock: Clock) -> None:
    fail(server, 5, "Ninguém")

    wait_of(server, "Ninguém")


def test_after_fifty_failures_of_one_address_every_name_waits_there(server: Server, clock: Clock) -> None:
    for number in range(50):
        fail(server, 1, f"pessoa {number}")

    assert wait_of(server, "Ana") > 0
    assert succeeds(server, "Ana", peer=NEIGHBOUR)
    assert succeeds(server, "Ana", peer=HOME)


def test_forty_nine_failures_of_one_address_are_not_enough(server: Server, clock: Clock) -> None:
    for number in range(49):
        fail(server, 1, f"pessoa {number}")

    assert succeeds(server)


def test_the_machine_itself_has_no_limit_by_address(server: Server, clock: Clock) -> None:
    for number in range(55):
        fail(server, 1, f"pessoa {number}", peer=HOME)

    assert succeeds(server, peer=HOME)


# --- whose address ------------------------------------------------------------------------


def test_a_strangers_forwarding_header_is_not_believed(server: Server, clock: Clock) -> None:
    for number in range(5):
        spoofed = {"X-Forwarded-For": f"10.0.0.{number}"}
        assert server.log_in("Ana", "errada", peer=LAN, headers=spoofed).status_code == 401

    wait_of(server, headers={"X-Forwarded-For": "10.0.0.9"})


def test_behind_a_trusted_proxy_the_forwarded_address_counts(start: Open, server: Server, clock: Clock) -> None:
    server.database.close()
    proxied = start({"ALMOXARIFE_HOST": "0.0.0.0", "ALMOXARIFE_TRUSTED_PROXIES": "10.0.0.0/8"})

    def attempt(password: str, forwarded: str) -> int:
        how = {"peer": "10.0.0.1", "headers": {"X-Forwarded-For": forwarded}}
        return proxied.log_in("Ana", password, **how).status_code

    # What a client claims itself stands to the left of what the proxies have seen.
    for number in range(5):
        assert attempt("errada", f"1.2.3.{number}, 203.0.113.5, 10.0.0.2") == 401
    assert attempt(PASSWORDS["Ana"], "203.0.113.5") == 429
    assert attempt(PASSWORDS["Ana"], "203.0.113.6") == 200
    assert attempt(PASSWORDS["Ana"], "203.0.113.5, 203.0.113.6") == 200
    assert proxied.rows("SELECT DISTINCT address FROM login_failures") == [("203.0.113.5",)]


@pytest.mark.parametrize("forwarded", ["", "nonsense", "unknown, ,", "1.2.3.4:99"])
def test_an_unreadable_forwarded_address_is_the_proxys(start: Open, forwarded: str) -> None:
    proxied = start({"ALMOXARIFE_HOST": "0.0.0.0", "ALMOXARIFE_TRUSTED_PROXIES": "10.0.0.0/8"})
    proxied.log_in("Ninguém", "errada", peer="10.0.0.1", headers={"X-Forwarded-For": forwarded})

    assert proxied.rows("SELECT address FROM login_failures") == [("10.0.0.1",)]


def test_the_names_that_were_tried_are_not_kept(server: Server, clock: Clock) -> None:
    fail(server, 1, "minha senha secreta")

    assert "secreta" not in str(server.rows("SELECT * FROM login_failures"))
    assert "secreta" not in str(server.rows("SELECT * FROM audit_entries"))


def test_all_addresses_of_one_network_are_one(server: Server, clock: Clock) -> None:
    for number in range(5):
        fail(server, 1, peer=f"2001:db8:0:7:{number + 1}::{number + 1}")

    assert wait_of(server, peer="2001:db8:0:7:ffff::") > 0
    assert succeeds(server, peer="2001:db8:0:8::1")


SPELLINGS = ["203.0.113.5", "::ffff:203.0.113.5", "::FFFF:cb00:7105", "0:0:0:0:0:ffff:203.0.113.5", " 203.0.113.5 "]
SPELLINGS_OF_SIX = ["fe80::1", "FE80::1", "fe80:0::1%eth0", "fe80::0001%25", "fe80:0:0:0:0:0:0:1"]


@pytest.mark.parametrize("spellings", [SPELLINGS, SPELLINGS_OF_SIX])
def test_an_address_is_one_however_it_is_spelled(start: Open, server: Server, spellings: list[str]) -> None:
    server.database.close()
    proxied = start({"ALMOXARIFE_HOST": "0.0.0.0", "ALMOXARIFE_TRUSTED_PROXIES": "10.0.0.0/8"})

    for spelling in spellings:
        headers = {"X-Forwarded-For": spelling}
        assert proxied.log_in("Ana", "errada", peer="10.0.0.1", headers=headers).status_code == 401

    assert len(proxied.rows("SELECT DISTINCT address FROM login_failures")) == 1
    assert len(proxied.rows("SELECT DISTINCT address FROM audit_entries WHERE tag LIKE '%login%'")) == 1
    last = proxied.log_in("Ana", PASSWORDS["Ana"], peer="10.0.0.1", headers={"X-Forwarded-For": spellings[0]})
    assert last.status_code == 429


# --- what a clock may do --------------------------------------------------------------------


@pytest.mark.parametrize("by", [timedelta(days=400), timedelta(seconds=-5), timedelta(days=-400)])
def test_a_wait_is_as_long_as_it_said_whatever_the_clock_does_meanwhile(
    server: Server, clock: Clock, by: timedelta
) -> None:
    fail(server, 5)
    wait = wait_of(server)

    clock.set_wall(by)
    assert wait_of(server) == wait
    clock.shift(wait + 1)
    assert succeeds(server)


def test_failures_by_a_clock_that_was_ahead_hold_nobody_up_after_it_was_put_right(server: Server, clock: Clock) -> None:
    with server.database.transaction() as session:
        for number in range(5):
            ahead = datetime(2027, 12, 25, tzinfo=UTC) + timedelta(seconds=number)
            attempt = Services.of(server.app).get(Throttle).attempt("ana", Origin(LAN, ""))
            session.add(LoginFailure(name_hash=attempt.name_hash, address=attempt.address, failed_at=ahead))

    assert succeeds(server)
    fail(server, 1)
    assert len(server.rows("SELECT * FROM login_failures")) == 1


def test_failures_outlive_a_restart(server: Server) -> None:
    fail(server, 5)
    throttle = Throttle(Services.of(server.app).get(Throttle)._key, SteadyClock())
    Services.of(server.app).add(throttle)

    wait_of(server)


# --- from afar ------------------------------------------------------------------------------


def test_a_weak_password_that_is_right_cannot_be_found_from_afar_by_trying(server: Server, clock: Clock) -> None:
    with server.database.transaction() as session:
        session.get_one(User, 3).is_password_weak = True

    fail(server, 4)
    assert_problem(server.log_in("Ana", PASSWORDS["Ana"], peer=LAN), 403, "senha-so-local")
    wait_of(server)
    assert succeeds(server, peer=HOME)


def test_so_many_attempts_for_one_name_may_wait_for_each_other(server: Server, clock: Clock) -> None:
    throttle = Services.of(server.app).get(Throttle)
    attempt = throttle.attempt("ana", Origin(LAN, ""))
    under_way = throttle._under_way[attempt] = _UnderWay(Lock(), attempts=AT_ONCE)

    assert_problem(server.log_in("Ana", PASSWORDS["Ana"], peer=LAN), 503, "entradas-ocupadas")
    assert succeeds(server, peer=NEIGHBOUR)
    under_way.attempts = AT_ONCE - 1
    assert succeeds(server)

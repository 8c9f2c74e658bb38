"""A crowd that registers, beside people who log in."""

import time
from itertools import count
from threading import Event
from typing import Any

import pytest

from almoxarife.server.accounts.limits.registrations import PER_ADDRESS
from tests.server.conftest import MakeServer
from tests.server.crowd import Doing
from tests.server.processes import NAME, PASSWORD, Client, Server, wait_until

CROWD = 40
LOGINS = 10
CHANGE = "waiting_hashes"
"""Forty who hash as fast as they can would be all that the machine does."""
MAX_LOGIN_S = 10.0
"""On a machine that is busy with other tests; alone a login beside the crowd takes 0.3 s."""

numbers = count()

pytestmark = pytest.mark.once


def register_on_and_on(server: Server, stopping: Event, headers: dict[str, str]) -> list[int]:
    statuses = []
    with server.client() as stranger:
        stranger.token = None
        while not stopping.is_set():
            body = {"username": f"estranho {next(numbers)}", "password": "uma frase bem longa"}
            statuses.append(stranger.post("/registrar_usuario_app", body, **headers).status)
            rest(statuses[-1], 0.3)
    return statuses


def guess_on_and_on(server: Server, stopping: Event, headers: dict[str, str]) -> list[int]:
    statuses = []
    with server.client() as stranger:
        stranger.token = None
        while not stopping.is_set():
            body = {"username": f"estranho {next(numbers)}", "password": "uma frase bem longa"}
            statuses.append(stranger.post("/login", body, **headers).status)
            rest(statuses[-1])
    return statuses


def rest(status: int, seconds: float = 0.1) -> None:
    """Who is refused comes again soon enough for all slots to be taken, and not so soon that nothing else runs."""
    if status in {429, 503}:
        time.sleep(seconds)


def log_in(ana: Client) -> tuple[int, float]:
    began = time.monotonic()
    status = ana.log_in().status
    return status, time.monotonic() - began


@pytest.mark.parametrize("crowd", ["at one address", "at many addresses", "here, where all may register"])
def test_a_crowd_that_registers_keeps_nobody_with_an_account_out(
    make_server: MakeServer, data: Any, crowd: str
) -> None:
    settings = {} if crowd.startswith("here") else {"TRUSTED_PROXIES": "127.0.0.1"}
    server = make_server(data, change=CHANGE, **settings).start()
    stopping = Event()
    addresses = {
        "at one address": ["203.0.113.5"] * CROWD,
        "at many addresses": [f"203.0.113.{n}" for n in range(CROWD)],
    }
    headers = [{"X_Forwarded_For": address} for address in addresses.get(crowd, [])] or [{}] * CROWD
    doings = [Doing(lambda how=how: register_on_and_on(server, stopping, how)) for how in headers]

    with server.client() as ana:
        outcomes = [log_in(ana) for _ in range(LOGINS)]
    stopping.set()
    statuses = [status for doing in doings for status in doing.outcome()]

    assert [status for status, _ in outcomes] == [200] * LOGINS
    assert max(took for _, took in outcomes) < MAX_LOGIN_S
    assert len(statuses) > CROWD
    assert set(statuses) <= {201, 429, 503}
    if crowd == "at one address":
        assert statuses.count(201) <= PER_ADDRESS


def test_a_crowd_that_guesses_keeps_nobody_out_who_has_been_there(make_server: MakeServer, data: Any) -> None:
    server = make_server(data, change=CHANGE).start()
    stopping = Event()
    with server.client() as ana:
        assert ana.log_in().status == 200
        doings = [Doing(lambda: guess_on_and_on(server, stopping, {})) for _ in range(CROWD)]
        outcomes = [log_in(ana) for _ in range(LOGINS)]
    stopping.set()
    statuses = [status for doing in doings for status in doing.outcome()]

    assert [status for status, _ in outcomes] == [200] * LOGINS
    assert max(took for _, took in outcomes) < MAX_LOGIN_S
    assert set(statuses) <= {401, 429, 503}


def test_a_new_start_in_a_crowd_keeps_nobody_out_who_was_there_before(make_server: MakeServer, data: Any) -> None:
    """Ana logged in on the first day; nobody has since this start."""
    server = make_server(data, change=CHANGE).start()
    stopping = Event()
    doings = [Doing(lambda: guess_on_and_on(server, stopping, {})) for _ in range(CROWD)]
    try:
        with server.client() as stranger:
            wait_until(lambda: guess_once(stranger) == 503, "the crowd takes all slots")
        with server.client() as ana:
            status, took = log_in(ana)
    finally:
        stopping.set()
    for doing in doings:
        doing.outcome()

    assert status == 200
    assert took < MAX_LOGIN_S


def guess_once(stranger: Client, headers: dict[str, str] | None = None) -> int:
    stranger.token = None
    body = {"username": f"estranho {next(numbers)}", "password": "uma frase bem longa"}
    return stranger.post("/login", body, **(headers or {})).status


def test_a_first_login_from_where_a_crowd_guesses_is_let_in(make_server: MakeServer, data: Any) -> None:
    """A shop and the crowd behind one address, where nobody of the shop has been yet."""
    server = make_server(data, change=CHANGE, TRUSTED_PROXIES="127.0.0.1").start()
    there = {"X_Forwarded_For": "203.0.113.5"}
    stopping = Event()
    doings = [Doing(lambda: guess_on_and_on(server, stopping, there)) for _ in range(CROWD)]
    try:
        with server.client() as stranger:
            wait_until(lambda: guess_once(stranger, there) == 503, "the crowd takes all slots")
        with server.client() as ana:
            status = ana.post("/login", {"username": NAME, "password": PASSWORD}, **there).status
    finally:
        stopping.set()
    for doing in doings:
        doing.outcome()

    assert status == 200

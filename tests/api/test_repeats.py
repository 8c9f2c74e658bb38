"""What a stranger repeats: an entry or two of the trail, and a number."""

from datetime import UTC, datetime

import pytest
import time_machine

from almoxarife.server.accounts import passwords
from almoxarife.server.accounts.limits import anonymous_attempts
from almoxarife.server.accounts.limits.anonymous_attempts import RefusalLimit
from almoxarife.server.context import Services
from tests.api.cast import LAN, LAN_SERVER, PASSWORDS, Server
from tests.api.conftest import Open

STRONG = "uma frase bem longa"


@pytest.fixture
def server(start: Open, monkeypatch: pytest.MonkeyPatch) -> Server:
    """On the network, and hashing costs nothing."""
    monkeypatch.setattr(passwords, "is_password", lambda stored, password: stored and password == PASSWORDS["Ana"])
    return start(LAN_SERVER)


def said(server: Server, tag: str) -> list[tuple[object, ...]]:
    return server.rows("SELECT subject, cause FROM audit_entries WHERE tag = ? ORDER BY id", tag)


def write_numbers(server: Server) -> None:
    """As at the end of their time."""
    Services.of(server.app).get(RefusalLimit).write(everything=True)


@pytest.mark.parametrize("name", ["Ana", "Ninguém"])
def test_of_the_logins_in_a_wait_one_is_an_entry_and_the_others_a_number(server: Server, name: str) -> None:
    subject = "u3" if name == "Ana" else "(desconhecido)"
    for _ in range(5):
        server.log_in(name, "errada", peer=LAN)
    commits = server.database.commits

    answers = [server.log_in(name, PASSWORDS["Ana"], peer=LAN) for _ in range(120)]

    assert {answer.status_code for answer in answers} == {429}
    assert said(server, "accounts:login:throttled") == [(subject, None)]
    assert server.database.commits == commits + 1
    write_numbers(server)
    assert said(server, "accounts:login:throttled") == [(subject, None), (subject, "mais 119 vezes")]
    write_numbers(server)
    assert len(said(server, "accounts:login:throttled")) == 2


def test_the_ordinary_ones_are_entries_of_the_persons_day(server: Server) -> None:
    for _ in range(5):
        server.log_in("Ana", "errada", peer=LAN)

    assert said(server, "accounts:login:failed") == [("u3", "WrongCredentials")] * 5


def test_a_right_password_that_opens_nothing_can_be_repeated_without_filling_the_trail(server: Server) -> None:
    server.person("Carla").patch("/usuarios/u3", {"estado": "pendente"})

    for _ in range(40):
        assert server.log_in("Ana", PASSWORDS["Ana"], peer=LAN).status_code == 403

    assert len(said(server, "accounts:login:failed")) == 5
    write_numbers(server)
    assert said(server, "accounts:login:failed")[-1] == ("u3", "ApprovalPending, mais 35 vezes")


def test_a_taken_name_can_be_asked_for_again_and_again_without_filling_the_trail(shop: Server) -> None:
    commits = shop.database.commits
    for _ in range(60):
        assert shop.register("ANA", STRONG).status_code == 409

    assert said(shop, "accounts:user:name_refused") == [("u3", "o nome já existe")] * 5
    assert shop.database.commits == commits + 5
    write_numbers(shop)
    assert said(shop, "accounts:user:name_refused")[-1] == ("u3", "o nome já existe, mais 55 vezes")


def test_many_addresses_cannot_fill_the_trail_either(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    entries_in_all = 20
    monkeypatch.setattr(anonymous_attempts, "ENTRIES_IN_ALL", entries_in_all)
    for number in range(2 * entries_in_all):
        server.log_in("Ninguém", "errada", peer=f"10.1.{number // 250}.{number % 250}")
    server.log_in("Ana", "errada", peer=LAN)

    write_numbers(server)
    entries = said(server, "accounts:login:failed")
    assert len(entries) <= entries_in_all + 3
    assert entries.count(("u3", "WrongCredentials")) == 1
    assert ("(desconhecido)", f"WrongCredentials, mais {entries_in_all - 1} vezes") in entries


def test_a_number_is_written_when_the_person_gets_in(server: Server) -> None:
    repeats = Services.of(server.app).get(RefusalLimit)
    with time_machine.travel(datetime(2026, 11, 20, 12, 0, tzinfo=UTC), tick=False):
        for _ in range(7):
            server.log_in("Ana", "errada", peer=LAN)
        repeats.write()
        assert said(server, "accounts:login:throttled") == [("u3", None)]

        assert server.log_in("Ana", PASSWORDS["Ana"]).status_code == 200
        repeats.write()

    assert said(server, "accounts:login:throttled") == [("u3", None), ("u3", "mais 1 vez")]


def test_the_number_tells_the_request_and_not_the_address(server: Server) -> None:
    for _ in range(9):
        server.log_in("Ana", "errada", peer=LAN)
    write_numbers(server)

    (first, number) = server.rows(
        "SELECT request_id, address FROM audit_entries WHERE tag = 'accounts:login:throttled' ORDER BY id"
    )
    assert number == (first[0], None)


def test_the_chain_is_whole_with_numbers_in_it(server: Server) -> None:
    from almoxarife.server.audit import service as audit

    for _ in range(9):
        server.log_in("Ana", "errada", peer=LAN)
    write_numbers(server)
    with server.database.reading() as session:
        assert audit.verify_trail(session).fault is None

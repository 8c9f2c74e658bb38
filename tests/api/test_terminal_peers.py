"""Whoever sits at the text terminal of this computer counts as if they had come by themselves."""

import pytest

from tests.api.cast import HOME, LAN, LAN_SERVER, PASSWORDS, Server, assert_problem
from tests.api.conftest import Open

AWAY, NEIGHBOUR = "192.168.0.30", "192.168.0.31"


def seated(server: Server, address: str, key: str | None = None) -> dict[str, str]:
    own = (server.folder / "chave-terminal.txt").read_text().strip()
    return {"X-Forwarded-For": address, "X-Almoxarife-Terminal": key or own}


def test_wrong_passwords_count_where_the_person_sits(shop: Server) -> None:
    for _ in range(5):
        shop.log_in("Ana", "errada", headers=seated(shop, AWAY))

    assert_problem(shop.log_in("Ana", PASSWORDS["Ana"], headers=seated(shop, AWAY)), 429, "muitas-tentativas")
    assert shop.log_in("Ana", PASSWORDS["Ana"], headers=seated(shop, NEIGHBOUR)).status_code == 200
    assert shop.log_in("Ana", PASSWORDS["Ana"]).status_code == 200
    assert shop.rows("SELECT DISTINCT address FROM login_failures") == [(AWAY,)]


@pytest.mark.parametrize("key", ["x" * 64, "é" * 64, " "])
def test_without_the_key_nobody_is_believed(shop: Server, key: str) -> None:
    for number in range(5):
        shop.log_in("Ana", "errada", headers=seated(shop, f"10.0.0.{number}", key))

    assert shop.rows("SELECT DISTINCT address FROM login_failures") == [(HOME,)]


def test_the_key_opens_nothing_from_another_computer(start: Open) -> None:
    server = start(LAN_SERVER)
    server.log_in("Ana", "errada", peer=LAN, headers=seated(server, AWAY))

    assert server.rows("SELECT address FROM login_failures") == [(LAN,)]


@pytest.mark.parametrize("said", ["", "nonsense", f"{AWAY}, {NEIGHBOUR}", "unknown"])
def test_what_is_no_address_is_believed_by_nobody(shop: Server, said: str) -> None:
    shop.log_in("Ana", "errada", headers=seated(shop, said))

    assert shop.rows("SELECT address FROM login_failures") == [(HOME,)]


@pytest.mark.parametrize(("address", "state"), [(HOME, "ativo"), ("127.0.0.9", "ativo"), (AWAY, "pendente")])
def test_who_sits_here_registers_as_here_and_who_sits_elsewhere_waits(shop: Server, address: str, state: str) -> None:
    answer = shop.register("novo", "parafuso-de-latao", headers=seated(shop, address))

    assert answer.json is not None
    assert answer.json["estado"] == state


def test_where_a_proxy_is_trusted_nobody_is_at_home(start: Open) -> None:
    server = start({"ALMOXARIFE_TRUSTED_PROXIES": "10.0.0.0/8"})

    answer = server.register("novo", "parafuso-de-latao", headers=seated(server, HOME))
    assert answer.json is not None
    assert answer.json["estado"] == "pendente"


def test_the_key_is_no_login(shop: Server) -> None:
    assert shop.ask("GET", "/produtos", headers=seated(shop, HOME)).status_code == 401

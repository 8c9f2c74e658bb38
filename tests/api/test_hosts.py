"""Names the server answers to: a page elsewhere may point its own name at this machine."""

import socket

import pytest

from tests.api.cast import HOME, LAN, LAN_SERVER, Person, Server, assert_problem
from tests.api.conftest import Open

OURS = [
    "localhost",
    "localhost:5000",
    "LOCALHOST",
    "localhost.",
    "127.0.0.1",
    "127.0.0.1:5000",
    "127.9.9.9",
    "[::1]",
    "[::1]:5000",
]
FOREIGN = [
    "evil.example",
    "evil.example:5000",
    "localhost.evil.example",
    "evil-localhost",
    "",
    "localhost:5000:1",
    "localhost:x",
]
FOREIGN += [
    "127.0.0.1.evil.example",
    "user@localhost",
    "local host",
    "[::1",
    "[::1]evil.example",
    "2130706433",
    "127.1",
]
ADDRESSES = ["192.168.0.5", "192.168.0.5:5000", "10.0.0.1", "[fe80::1]:5000", "[2001:db8::1]"]


@pytest.mark.changes_nothing
@pytest.mark.parametrize("host", OURS)
def test_loopback_names_are_ours(shop: Server, host: str) -> None:
    assert shop.ask("GET", "/saude", host=host).status_code == 200


@pytest.mark.changes_nothing
def test_the_machines_own_name_is_ours(shop: Server) -> None:
    assert shop.ask("GET", "/saude", host=socket.gethostname()).status_code == 200
    assert shop.ask("GET", "/saude", host=f"{socket.gethostname()}.local:5000").status_code == 200


@pytest.mark.changes_nothing
@pytest.mark.parametrize("host", FOREIGN)
@pytest.mark.parametrize("variables", [{}, LAN_SERVER])
def test_another_name_is_refused_before_anything_else(start: Open, host: str, variables: dict[str, str]) -> None:
    server = start(variables)

    for path in ("/saude", "/produtos", "/nada"):
        problem = assert_problem(server.ask("GET", path, host=host), 400, "host-desconhecido")
        assert [error["campo"] for error in problem["erros"]] == ["Host"]


@pytest.mark.changes_nothing
def test_a_foreign_name_is_refused_to_who_has_a_token_too(ana: Person) -> None:
    for path in ("/produtos", "/inventario", "/inventario?depois=0"):
        assert_problem(ana.get(path, host="evil.example"), 400, "host-desconhecido")


@pytest.mark.changes_nothing
@pytest.mark.parametrize("host", ADDRESSES)
def test_a_literal_address_is_ours_on_the_network_alone(start: Open, host: str) -> None:
    assert_problem(start().ask("GET", "/saude", host=host), 400, "host-desconhecido")
    assert start(LAN_SERVER).ask("GET", "/saude", host=host, peer=LAN).status_code == 200


@pytest.mark.changes_nothing
def test_further_names_are_a_setting(start: Open) -> None:
    server = start({**LAN_SERVER, "ALMOXARIFE_HOSTS": "estoque.loja.com.br, Outro"})

    for host in ("estoque.loja.com.br", "ESTOQUE.loja.com.br:8443", "outro"):
        assert server.ask("GET", "/saude", host=host).status_code == 200
    assert_problem(server.ask("GET", "/saude", host="loja.com.br"), 400, "host-desconhecido")


@pytest.mark.changes_nothing
def test_a_forwarded_host_does_not_count(shop: Server) -> None:
    response = shop.ask("GET", "/saude", host="evil.example", headers={"X-Forwarded-Host": "localhost"})

    assert_problem(response, 400, "host-desconhecido")


@pytest.mark.changes_nothing
def test_health_says_what_it_is_and_is_not_cached(shop: Server) -> None:
    response = shop.ask("GET", "/saude", peer=HOME)

    assert {name: response.json[name] for name in ("nome", "estado", "banco")} == {
        "nome": "almoxarife",
        "estado": "ok",
        "banco": shop.database.dialect,
    }
    assert response.json["versao"]
    assert response.headers["Cache-Control"] == "no-store"


def test_health_is_503_while_commits_fail(shop: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(shop.database), "probe", lambda self: False)

    response = shop.ask("GET", "/saude")

    assert (response.status_code, response.json["estado"]) == (503, "sem-gravacao")
    assert int(response.headers["Retry-After"]) > 0

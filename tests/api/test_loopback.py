"""Without a key from this machine itself: nothing may speak of somebody in between."""

from typing import Any

import pytest

from almoxarife.server.http.access import _FORWARDING_HEADERS
from tests.api.cast import HOME, LAN, PASSWORDS, Server, assert_problem
from tests.api.conftest import Open

ENTRY = {"service": "pedidos", "user_id": "7", "action": "criar_pedido", "result": "success"}


def is_let_in(shop: Server, **how: Any) -> bool:
    """To what programs use here without a key."""
    answers = [shop.ask("GET", "/users/", **how), shop.ask("POST", "/log", json=ENTRY, **how)]
    if all(answer.status_code == 200 for answer in answers):
        return True
    for answer in answers:
        assert_problem(answer, 401, "nao-autenticado")
    return False


@pytest.mark.changes_nothing
@pytest.mark.parametrize("host", ["localhost", "LOCALHOST.:5000", "127.0.0.1:5000", "127.9.9.9", "[::1]:5000"])
@pytest.mark.parametrize("peer", [HOME, "::1", "::ffff:127.0.0.1", "127.3.2.1"])
def test_an_older_program_on_this_machine_needs_no_key(shop: Server, peer: str, host: str) -> None:
    assert is_let_in(shop, peer=peer, host=host)


@pytest.mark.changes_nothing
@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:5000"])
@pytest.mark.parametrize("peer", [LAN, "10.0.0.1", "::2", ""])
def test_from_elsewhere_a_loopback_name_opens_nothing(start: Open, peer: str, host: str) -> None:
    for variables in ({}, {"ALMOXARIFE_HOST": "0.0.0.0"}):
        assert not is_let_in(start(variables), peer=peer, host=host)


@pytest.mark.changes_nothing
@pytest.mark.parametrize("host", ["estoque.loja.com.br", "192.168.0.5:5000", "10.0.0.1"])
def test_a_proxy_that_passes_the_name_on_is_no_older_program(start: Open, host: str) -> None:
    shop = start({"ALMOXARIFE_HOST": "0.0.0.0", "ALMOXARIFE_HOSTS": "estoque.loja.com.br"})

    assert shop.ask("GET", "/saude", host=host).status_code == 200
    assert not is_let_in(shop, host=host)


@pytest.mark.changes_nothing
@pytest.mark.parametrize("name", sorted(_FORWARDING_HEADERS))
def test_a_proxy_that_says_so_is_no_older_program(shop: Server, name: str) -> None:
    assert not is_let_in(shop, environ={name: "127.0.0.1"})


@pytest.mark.changes_nothing
def test_neither_is_one_that_asks_with_the_version_that_proxies_use(shop: Server) -> None:
    assert not is_let_in(shop, environ={"SERVER_PROTOCOL": "HTTP/1.0"})


@pytest.mark.changes_nothing
@pytest.mark.parametrize("origin", ["http://evil.example", "null", "https://localhost.evil.example", "evil", ""])
def test_a_page_of_another_host_in_a_browser_here_is_no_older_program(shop: Server, origin: str) -> None:
    assert not is_let_in(shop, headers={"Origin": origin})
    assert is_let_in(shop, headers={"Origin": "http://localhost:5000"})


@pytest.mark.changes_nothing
def test_with_a_trusted_proxy_everybody_needs_a_key(start: Open) -> None:
    shop = start({"ALMOXARIFE_TRUSTED_PROXIES": "10.9.9.9"})

    assert not is_let_in(shop)
    assert not is_let_in(shop, headers={"X-Forwarded-For": "127.0.0.1"})


def test_the_same_signs_close_registration_and_weak_passwords(start_empty: Open) -> None:
    signs = ({"environ": {"SERVER_PROTOCOL": "HTTP/1.0"}}, {"headers": {"Via": "1.1 squid"}})
    shop = start_empty()
    assert shop.register("admin", "1234").json["papel"] == "administrador"
    for number, how in enumerate(signs):
        assert shop.register(f"Elisa {number}", "1234", **how).status_code == 400
        assert shop.register(f"Elisa {number}", PASSWORDS["Ana"], **how).json["estado"] == "pendente"
        assert_problem(shop.log_in("admin", "1234", **how), 403, "senha-so-local")
    assert shop.log_in("admin", "1234").status_code == 200

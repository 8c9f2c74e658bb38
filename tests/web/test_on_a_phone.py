"""With a thumb, in a hurry, on a poor line: what is typed is there, and what is sent counts once."""

from collections.abc import Iterator

import pytest

from tests.web.chromium import Watched, watch
from tests.web.open_shop import PASSWORD, Shop


@pytest.fixture
def phone(open_shop: Shop) -> Iterator[Watched]:
    with watch(open_shop.browser, open_shop.url, size="telefone", storage_state=open_shop.state) as watched:
        yield watched


def _record(phone: Watched, quantity: str, *, by: str = "click") -> None:
    phone.page.fill("#quantidade", quantity)
    phone.page.select_option("#loja_id", "l1")
    getattr(phone.page.locator("main button.primary"), by)()
    phone.page.wait_for_selector(f"text=Entrada registrada: +{quantity}.")


def _list_quantities(shop: Shop) -> list[int]:
    with shop.server.client() as carla:
        return [movement["quantidade"] for movement in carla.get("/produtos/p1/movimentacoes").body]


def test_a_double_tap_the_way_back_and_a_reload_record_nothing_twice(phone: Watched, open_shop: Shop) -> None:
    phone.open("/painel/estoque/p1")
    _record(phone, "301", by="dblclick")
    phone.page.reload()
    phone.page.go_back()
    phone.page.wait_for_selector("#quantidade")
    _record(phone, "302")
    phone.page.reload()

    assert _list_quantities(open_shop)[:2] == [302, 301]
    assert {301, 302}.isdisjoint(_list_quantities(open_shop)[2:])
    assert phone.complaints == []


def test_two_tabs_of_one_product_record_each_their_own(phone: Watched, open_shop: Shop) -> None:
    phone.open("/painel/estoque/p1")
    with phone.page.context.expect_page() as opening:
        phone.page.evaluate("open(location.href)")
    other = Watched(opening.value, open_shop.url)
    other.page.wait_for_selector("#quantidade")

    _record(other, "311")
    _record(phone, "311")

    assert _list_quantities(open_shop)[:3].count(311) == 2


def _send_in_an_ended_session(phone: Watched, text: str) -> None:
    phone.open("/painel/mensagens")
    phone.page.fill("#para", "Ana")
    phone.page.fill("#texto", text)
    phone.page.context.clear_cookies()
    phone.page.click("main button.primary")
    phone.page.wait_for_url("**/login?next=**")


def test_a_long_message_is_still_there_when_the_session_has_ended_meanwhile(phone: Watched) -> None:
    text = "A reposição não chegou; é preciso avisar já o balcão. " * 36
    _send_in_an_ended_session(phone, text)
    for password in ("errada", PASSWORD):
        phone.page.fill("#login", "Carla")
        phone.page.fill("#psw", password)
        phone.page.click("main button.primary")

    phone.page.wait_for_url("**/painel/mensagens**")
    assert (phone.page.input_value("#para"), phone.page.input_value("#texto")) == ("Ana", text)
    phone.page.click("main button.primary")
    phone.page.wait_for_selector("text=Recado enviado")
    phone.page.reload()
    assert phone.page.input_value("#texto") == ""


def test_who_logs_in_where_another_s_session_has_ended_gets_nothing_of_what_that_one_typed(phone: Watched) -> None:
    text = "Só para a Ana: o caixa não bateu ontem. " * 48
    _send_in_an_ended_session(phone, text)
    phone.page.fill("#login", "Ana")
    phone.page.fill("#psw", PASSWORD)
    phone.page.click("main button.primary")

    phone.page.wait_for_url("**/painel/mensagens**")
    assert (phone.page.input_value("#para"), phone.page.input_value("#texto")) == ("", "")
    assert phone.page.evaluate("sessionStorage.getItem('digitado')") is None


def test_on_a_slow_line_a_product_is_found_and_recorded(phone: Watched, open_shop: Shop) -> None:
    """As on a bad 3G: 400 ms each way and 50 kB a second."""
    phone.throttle(latency_ms=400, bytes_per_s=50_000)
    phone.open("/painel/estoque")
    phone.page.fill("#busca", "sextav")
    phone.page.wait_for_selector("#contagem:text-is('1 produto')")
    phone.page.click("text=Parafuso sextavado 10 mm")
    phone.page.wait_for_selector("#quantidade")
    _record(phone, "321", by="dblclick")

    assert _list_quantities(open_shop)[:2].count(321) == 1

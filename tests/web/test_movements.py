"""*Movimentações*: what a person moved on a day, in sums, in rows and as a file."""

import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from almoxarife.server.catalog import service as catalog
from almoxarife.server.errors import StoreUnavailable
from almoxarife.server.web.movements import pages
from tests.api.cast import NORTE, Server
from tests.web.browser import Browser
from tests.web.test_panel import open_as

PATH = "/painel/movimentacoes"
NOON = datetime(2026, 11, 20, 15, tzinfo=UTC)  # 12:00 in São Paulo


def strip(html: str) -> str:
    """Its text, in one line."""
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def rows(text: str) -> list[str]:
    """Each movement of the page, as its text."""
    table = text.partition("Registrada em</th>")[2].partition("<tbody>")[2].partition("</tbody>")[0]
    return [strip(row) for row in table.split("</tr>") if row.strip()]


def open_at(name: str, shop: Server, query: str = "") -> tuple[Browser, str]:
    browser = open_as(shop, name)
    return browser, browser.open(f"{PATH}{query}").text


def test_what_ana_moved_that_day_is_on_one_page_with_its_sums(shop: Server, carla_bolts: str) -> None:
    ana, bruno, davi = shop.person("Ana"), shop.person("Bruno"), shop.person("Davi")
    with time_machine.travel(NOON - timedelta(days=1), tick=False):
        ana.receive(carla_bolts, 100)
    with time_machine.travel(NOON, tick=False):
        ana.receive(carla_bolts, 5, documento="NF 12")
        ana.issue(carla_bolts, 3)
        bruno.receive(carla_bolts, 50)
        davi.receive(carla_bolts, 999)
        browser, today = open_at("Bruno", shop)
        of_ana = browser.open(f"{PATH}?pessoa=ana").text

        assert len(rows(today)) == 3
        assert [row.split(" Ana")[0].split("10mm ")[1] for row in rows(of_ana)] == [
            "entrada ▲ +5 105",
            "saída ▼ -3 102",
        ]
        assert "NF 12" in rows(of_ana)[0]
        sums = strip(of_ana.partition("Somas</h2>")[2].partition("</table>")[0])
        assert sums.endswith("entrada 1 ▲ +5 UN saída 1 ▼ -3 UN")
        assert "999" not in strip(browser.open(f"{PATH}?de=2026-11-01&ate=2026-11-20").text)
        assert len(rows(browser.open(f"{PATH}?pessoa=Ana&de=19/11/2026").text)) == 1
        assert len(rows(browser.open(f"{PATH}?tipo=saida").text)) == 1
        assert "Nada foi registrado" in browser.open(f"{PATH}?pessoa=ninguem").text
        assert browser.open(f"{PATH}?loja={NORTE}").status == 403


def test_a_product_is_found_by_its_name_or_code_and_has_no_bound_of_days(shop: Server, carla_bolts: str) -> None:
    ana = shop.person("Ana")
    nails = [ana.add(name).json["id"] for name in ("Prego 12", "Prego 15")]
    ana.receive(carla_bolts, 5)
    for product in nails:
        ana.receive(product, 7)
    browser, listed = open_at("Bruno", shop, "?produto=prego")

    assert "Escolha um destes." in listed
    assert rows(listed) == []
    links = [link for link in browser.open(f"{PATH}?produto=prego").links if re.search(r"produto=p\d", link)]
    assert len(rows(browser.open(links[0]).text)) == 1
    for text in ("parafuso", carla_bolts, f"P{int(carla_bolts[1:]):05}"):
        assert len(rows(browser.open(f"{PATH}?produto={text}&de=2020-01-01&ate=2030-01-01").text)) == 1
    assert "Nenhum produto assim." in browser.open(f"{PATH}?produto=nada").text
    assert f"{PATH}?produto={carla_bolts}" in browser.open(f"/painel/estoque/{carla_bolts}").links


def test_of_many_products_the_one_with_exactly_this_name_is_found(shop: Server) -> None:
    ana = shop.person("Ana")
    for number in range(21):
        ana.add(f"Prego {number}")
    browser, listed = open_at("Bruno", shop, "?produto=prego")
    assert "Escolha um destes, ou escreva mais do nome." in listed
    assert len([link for link in browser.open(f"{PATH}?produto=prego").links if re.search(r"produto=p\d", link)]) == 20

    ana.receive(ana.add("Prego").json["id"], 7)

    assert len(rows(browser.open(f"{PATH}?produto=prego").text)) == 1


def test_days_that_cannot_be_shown_are_told_beside_them(shop: Server) -> None:
    browser = open_as(shop, "Bruno")
    for query, sentence in (
        ("de=2026-01-01&ate=2026-11-30", "Escolha no máximo 31 dias"),
        ("de=2026-11-30&ate=2026-11-01", "O último dia vem antes do primeiro."),
        ("de=ontem-nao", "Escreva o dia assim"),
    ):
        page = browser.open(f"{PATH}?{query}")
        assert (page.status, sentence in page.text) == (400, True)


def test_a_long_day_goes_on_where_it_ended_and_the_file_has_all_of_it(
    shop: Server, carla_bolts: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana = shop.person("Ana")
    for quantity in (1, 2, 3):
        ana.receive(carla_bolts, quantity)
    monkeypatch.setattr(pages, "AT_ONCE", 2)
    browser = open_as(shop, "Bruno")

    first = browser.open(f"{PATH}?pessoa=Ana")
    (following,) = [link for link in first.links if "depois=" in link]
    second = browser.open(following)
    (file,) = [link for link in second.links if "exportar/csv" in link]

    assert [len(rows(page.text)) for page in (first, second)] == [2, 1]
    assert "Somas" not in second.text
    monkeypatch.setattr(pages, "AT_ONCE", 3)
    assert not [link for link in browser.open(f"{PATH}?pessoa=Ana").links if "depois=" in link]
    assert len(browser.open(file).text.strip().splitlines()) == 4
    browser.open("/logout")
    assert (browser.ask("GET", file, headers={"Accept": "text/html"}).leads_to or "").startswith("/login?")


def test_what_an_erased_person_moved_is_behind_the_name_that_the_page_shows(shop: Server, carla_bolts: str) -> None:
    ana, bruno = shop.person("Ana"), shop.person("Bruno")
    ana.receive(carla_bolts, 5)
    bruno.receive(carla_bolts, 7)
    shop.person("Carla").ask("DELETE", "/usuarios/u3")
    browser = open_as(shop, "Bruno")

    (link,) = {link for link in browser.open(PATH).links if "removido" in link}

    assert len(rows(browser.open(link).text)) == 1


def test_a_product_that_could_not_be_looked_up_is_not_called_unknown(
    shop: Server, carla_bolts: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise StoreUnavailable

    browser = open_as(shop, "Bruno")
    monkeypatch.setattr(catalog, "get_product", fail)

    page = browser.open(f"{PATH}?produto={carla_bolts}")

    assert page.status == 503
    assert "Nenhum produto assim" not in page.text

"""The panel: what each person finds there, and what a form does."""

import os
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine

from almoxarife.server.accounts.tokens import Tokens
from almoxarife.server.context import Services
from almoxarife.server.coordination.members import parse
from almoxarife.server.errors import StoreUnavailable
from almoxarife.server.store.database import Database
from almoxarife.server.upkeep.nightly import Nightly
from almoxarife.server.web.panel import messages, sales, stock, users
from almoxarife.wire.stock import NOTES, MovementIn
from tests.api.cast import CENTRO, MATRIZ, NORTE, PASSWORDS, Server
from tests.api.conftest import Open
from tests.api.test_coordination import CLUSTER, Cluster, cluster, led_by, member
from tests.web.browser import Browser

PAGES = {
    "/painel/vender?venda=v": "Vera",
    "/painel/estoque": "Vera",
    "/painel/ao-vivo": "Vera",
    "/painel/movimentacoes": "Bruno",
    "/painel/vendas": "Vera",
    "/painel/mensagens": "Vera",
    "/painel/pessoas": "Carla",
    "/painel/lote": "Carla",
    "/painel/registros": "Bruno",
    "/painel/situacao": "Carla",
}
"""Each page of the menu, and the one with the least rights who sees it."""
NEW = "/painel/estoque/novo"
LADDER = ["Vera", "Ana", "Bruno", "Carla"]


def open_as(shop: Server, name: str) -> Browser:
    browser = Browser(shop)
    browser.log_in(name)
    return browser


def told(text: str) -> str:
    """What the page says at its top."""
    return " ".join(re.findall(r'<p class="told" role="status">(.*?)</p>', text))


# --- who may -----------------------------------------------------------------------------


@pytest.mark.parametrize("name", LADDER)
def test_the_menu_leads_where_one_may_and_nothing_else_opens(shop: Server, name: str) -> None:
    browser = open_as(shop, name)
    links = browser.open("/profile").links

    for path, least in PAGES.items():
        may = LADDER.index(name) >= LADDER.index(least)
        assert (path.partition("?")[0] in links) is may
        assert browser.open(path).status == (200 if may else 403)


@pytest.mark.parametrize("path", [*PAGES, "/painel", "/painel/estoque/p1", "/painel/pessoas/u1"])
def test_whoever_is_not_logged_in_is_led_to_the_login(shop: Server, path: str) -> None:
    assert (Browser(shop).open(path).leads_to or "").startswith("/login?next=%2Fpainel")


def test_what_was_typed_when_a_session_had_ended_comes_back_to_the_same_person_alone(shop: Server) -> None:
    browser = open_as(shop, "Ana")
    form = next(form for form in browser.open("/painel/mensagens").forms if "para" in form.fields)
    browser.open("/logout")
    led = browser.send(form.action, {**form.fields, "para": "Carla", "texto": "Só para a Carla."})
    login = browser.open(led.leads_to or "").forms[0].fields

    def return_as(name: str) -> str:
        again = Browser(shop)
        token = again.open("/login").forms[0].fields["csrf_token"]
        sent = {**login, "csrf_token": token, "login": name, "psw": PASSWORDS[name]}
        page = again.open(again.send("/login", sent).leads_to or "")
        return again.open(page.leads_to).text if page.leads_to else page.text

    assert "Só para a Carla." in return_as("Ana")
    other = return_as("Bruno")
    assert "Recados" in other
    assert "Só para a Carla." not in other


def test_every_form_that_is_sent_says_who_fills_it_in(shop: Server) -> None:
    browser = open_as(shop, "Carla")
    forms = [form.fields for path in PAGES for form in browser.open(path).forms]
    assert {fields.get("quem") for fields in forms if "csrf_token" in fields} == {shop.person("Carla").id[1:]}


def test_another_shops_stock_is_on_no_page(shop: Server) -> None:
    carla, davi = shop.person("Carla"), shop.person("Davi")
    product = carla.add("Parafuso 10mm").json["id"]
    davi.receive(product, 7777, documento="NF-do-Norte")
    ana = open_as(shop, "Ana")

    for path in ("/painel/estoque", f"/painel/estoque/{product}", "/painel/ao-vivo", f"/painel/estoque?loja={NORTE}"):
        text = ana.open(path).text
        assert "7.777" not in text
        assert "NF-do-Norte" not in text
        assert "Loja Norte" not in text
        assert "Davi" not in text
    assert ana.open(f"/painel/estoque?loja={NORTE}").status == 403


# --- stock ---------------------------------------------------------------------------------


def test_stock_is_found_by_any_word_and_shows_what_is_low(shop: Server) -> None:
    carla, ana = shop.person("Carla"), shop.person("Ana")
    coffee = carla.add("Café torrado 500 g", estoque_minimo=10, preco="19.90").json["id"]
    carla.add("Açúcar 1 kg")
    ana.receive(coffee, 3)
    browser = open_as(shop, "Vera")

    text = browser.open("/painel/estoque?busca=cafe+TORRADO").text

    assert "Café torrado 500 g" in text
    assert "Açúcar" not in text
    assert "▼ baixo" in text
    assert "R$\xa019,90" in text
    low = browser.open("/painel/estoque?situacao=baixo").text
    assert ("Café" in low, "Açúcar" in low) == (True, False)
    assert "Nenhum produto encontrado." in browser.open("/painel/estoque?situacao=negativo").text


def test_of_what_is_below_zero_in_one_shop_the_list_says_so_beside_the_whole_balance(shop: Server) -> None:
    carla, ana = shop.person("Carla"), shop.person("Ana")
    coffee = carla.add("Café torrado 500 g", preco="19.90").json["id"]
    ana.receive(coffee, 50)
    assert carla.sell((coffee, 2), loja_id=NORTE).status_code == 201
    browser = open_as(shop, "Carla")

    assert (
        '48 UN <span class="bad">✕ abaixo de zero em uma loja' in browser.open("/painel/estoque?situacao=negativo").text
    )
    assert "abaixo de zero em uma" not in browser.open("/painel/estoque").text


def test_long_lists_go_on_where_they_ended(shop: Server) -> None:
    carla = shop.person("Carla")
    for number in range(101):
        carla.add(f"Produto {number:03}")
    browser = open_as(shop, "Vera")

    first = browser.open("/painel/estoque?busca=produto")
    (following,) = [link for link in first.links if "depois=" in link]
    second = browser.open(following)

    assert ("Produto 099" in first.text, "Produto 100" in first.text) == (True, False)
    assert ("Produto 099" in second.text, "Produto 100" in second.text) == (False, True)


def test_an_entry_is_recorded_and_explained(shop: Server, carla_bolts: str) -> None:
    browser = open_as(shop, "Ana")
    page = f"/painel/estoque/{carla_bolts}"

    assert {MovementIn.model_fields[name].alias for name in NOTES} <= browser.open(page).forms[0].fields.keys()
    sent = browser.fill(page, tipo="entrada", quantidade="50", documento="NF 12")
    text = browser.open(page).text

    assert sent.leads_to == page
    assert told(text) == "Entrada registrada: +50. Saldo depois: 50."
    assert "NF 12" in text
    assert shop.person("Ana").balance(carla_bolts) == 50


def test_the_same_form_sent_twice_is_recorded_once(shop: Server, carla_bolts: str) -> None:
    browser = open_as(shop, "Ana")
    page = f"/painel/estoque/{carla_bolts}"
    fields = {**browser.open(page).forms[0].fields, "tipo": "entrada", "quantidade": "5"}

    browser.send(page, fields)
    browser.send(page, fields)

    assert "Isto já estava registrado" in told(browser.open(page).text)
    assert shop.person("Ana").movements() == [5]
    changed = browser.send(page, {**fields, "quantidade": "6"})
    assert changed.status == 422
    assert changed.forms[0].fields["chave"] != fields["chave"]
    assert shop.person("Ana").movements() == [5]


def test_what_a_fault_gives_back_is_recorded_once_though_it_was_recorded_already(
    shop: Server, carla_bolts: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = open_as(shop, "Ana")
    page = f"/painel/estoque/{carla_bolts}"
    fields = {**browser.open(page).forms[0].fields, "tipo": "entrada", "quantidade": "5", "documento": "NF 12"}

    def fail(_: str) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as faulty:
        faulty.setattr(stock, "tell", fail)
        fault = browser.send(page, fields)
    shown = browser.send(page, fault.forms[0].fields)
    sent = browser.send(page, shown.forms[0].fields)

    assert [fault.status, shown.status, sent.status] == [500, 200, 302]
    assert shown.forms[0].fields["documento"] == "NF 12"
    assert shop.person("Ana").movements() == [5]


@pytest.mark.parametrize(
    ("fields", "status", "field", "sentence"),
    [
        ({"tipo": "saida", "quantidade": "6", "motivo": "uso"}, 409, None, "saldo"),
        ({"tipo": "saida", "quantidade": "1"}, 400, "motivo", "Informe o motivo."),
        ({"tipo": "entrada", "quantidade": "1,5"}, 400, "quantidade", "inteiro"),
        ({"tipo": "entrada", "quantidade": "muito"}, 400, "quantidade", "Escreva o número assim"),
        ({"tipo": "entrada", "quantidade": "1.5"}, 400, "quantidade", "Escreva o número assim"),
        ({"tipo": "entrada", "quantidade": ""}, 400, "quantidade", "Escreva o número assim"),
        ({"tipo": "entrada", "quantidade": "0"}, 400, "quantidade", "diferente de zero"),
        ({"tipo": "entrada", "quantidade": "96385074"}, 400, "quantidade", "Parece um código de barras"),
        ({"tipo": "entrada", "quantidade": "9638507"}, 400, "quantidade", "escreva assim, com os pontos"),
        ({"tipo": "saida", "quantidade": "2", "motivo": "]E496385074"}, 400, "motivo", "Parece um código de barras"),
        ({"tipo": "venda", "quantidade": "1"}, 400, "tipo", "Use um destes valores"),
    ],
)
def test_what_cannot_be_recorded_stands_where_it_is_wrong_and_stays_typed(
    shop: Server, carla_bolts: str, fields: dict[str, str], status: int, field: str | None, sentence: str
) -> None:
    shop.person("Ana").receive(carla_bolts, 5)
    browser = open_as(shop, "Ana")

    page = browser.fill(f"/painel/estoque/{carla_bolts}", documento="NF 77", **fields)

    assert page.status == status
    shown = page.text if field is None else page.text[page.text.index(f'id="{field}-diz"') :][:200]
    assert sentence in shown
    assert page.forms[0].fields["documento"] == "NF 77"
    assert page.forms[0].fields["quantidade"] == fields["quantidade"]
    assert shop.person("Ana").movements() == [5]


def test_adjustments_go_both_ways(shop: Server, carla_bolts: str) -> None:
    browser = open_as(shop, "Ana")
    page = f"/painel/estoque/{carla_bolts}"

    browser.fill(page, tipo="ajuste_mais", quantidade="10", motivo="contagem")
    browser.fill(page, tipo="ajuste_menos", quantidade="4", motivo="quebra")

    assert shop.person("Ana").balance(carla_bolts) == 6
    assert "-4" in browser.open(page).text


def test_a_movement_is_reversed_once_with_its_reason(shop: Server, carla_bolts: str) -> None:
    shop.person("Ana").receive(carla_bolts, 5)
    browser = open_as(shop, "Ana")
    page = f"/painel/estoque/{carla_bolts}"
    (reversal,) = [link for link in browser.open(page).links if "/estorno/" in link]
    text = plain(browser.open(reversal).text)
    assert "entrada de +5 UN" in text
    assert "Ana" in text
    for other in ("m999", "x", f"m{2**70}"):
        assert "entrada de" not in browser.open(f"{page}/estorno/{other}").text

    scanned = browser.fill(reversal, motivo="7891000315507")
    done = browser.fill(reversal, motivo="digitei errado")
    again = browser.fill(reversal, motivo="digitei errado")

    assert (scanned.status, done.leads_to, again.status) == (400, page, 409)
    assert "Escreva o motivo" in scanned.text
    assert "digitei errado" in browser.open(page).text
    assert shop.person("Ana").balance(carla_bolts) == 0


def test_a_product_is_made_once_and_led_to(shop: Server) -> None:
    browser = open_as(shop, "Ana")
    assert NEW in browser.open("/painel/estoque").links
    form = browser.open(NEW).forms[0]
    typed = {"nome": "Café 500 g", "preco": "19,90", "estoque_minimo": "1.000", "codigo_barras": "7891000315507"}

    first = browser.send(NEW, {**form.fields, **typed})
    again = browser.send(NEW, {**form.fields, **typed})

    (made,) = (product for product in shop.person("Ana").get("/produtos").json or [] if product["nome"] == "Café 500 g")
    assert first.leads_to == again.leads_to == f"/painel/estoque/{made['id']}"
    assert (made["preco"], made["estoque_minimo"], made["unidade"]) == ("19.90", 1000, "UN")
    assert "Café 500 g foi cadastrado." in told(browser.open(first.leads_to or "").text)


def test_what_is_wrong_about_a_new_product_stands_beside_it_and_who_has_the_name_is_led_to(
    shop: Server, carla_bolts: str
) -> None:
    browser = open_as(shop, "Ana")
    wrong = browser.fill(NEW, nome="7891000315507", preco="1.5", estoque_minimo="dois")
    taken = browser.fill(NEW, nome=shop.person("Ana").product(carla_bolts)["nome"])

    assert (wrong.status, taken.status) == (400, 409)
    assert {f'id="{name}-diz">✕' in wrong.text for name in ("nome", "preco", "estoque_minimo")} == {True}
    assert f"/painel/estoque/{carla_bolts}" in taken.links


def test_whoever_only_sells_makes_no_product_and_changes_none(shop: Server, carla_bolts: str) -> None:
    browser = open_as(shop, "Vera")

    assert NEW not in browser.open("/painel/estoque").links
    assert browser.open(NEW).status == 403
    page = f"/painel/estoque/{carla_bolts}"
    assert f"{page}/alterar" not in browser.open(page).links
    assert browser.open(f"{page}/alterar").status == 403


CHANGED = {
    "nome": "Parafuso 12 mm",
    "unidade": "CX",
    "preco": "1.234,50",
    "custo": "0,40",
    "estoque_minimo": "20",
    "codigo_barras": "7891000315507",
    "sku": "PAR-12",
}


def test_a_product_is_changed_and_what_the_form_does_not_have_stays(shop: Server, carla_bolts: str) -> None:
    ana, page = shop.person("Ana"), f"/painel/estoque/{carla_bolts}"
    saved = {name: ana.product(carla_bolts)[name] for name in ("nome", "unidade")}
    further = {**saved, "codigos": [{"codigo": "96385074", "fator": 12}]}
    assert ana.ask("PUT", f"/produtos/{carla_bolts}", json=further, headers={"If-Match": "*"}).status_code == 200
    browser = open_as(shop, "Ana")
    assert f"{page}/alterar" in browser.open(page).links

    sent = browser.fill(f"{page}/alterar", **CHANGED)
    product = ana.get(f"/produtos/{carla_bolts}").json

    assert (sent.leads_to, told(browser.open(page).text)) == (page, "Gravado.")
    assert (product["nome"], product["unidade"], product["sku"]) == ("Parafuso 12 mm", "CX", "PAR-12")
    assert (product["preco"], product["custo"], product["estoque_minimo"]) == ("1234.50", "0.40", 20)
    assert (product["codigo_barras"], product["codigos"][0]["fator"]) == ("7891000315507", 12)
    again = browser.open(f"{page}/alterar").forms[0].fields
    assert {name: again[name] for name in CHANGED} == CHANGED
    browser.fill(f"{page}/alterar", preco="", custo="", sku="", estoque_minimo="", codigo_barras="")
    emptied = ana.get(f"/produtos/{carla_bolts}").json
    assert [emptied[name] for name in ("preco", "custo", "sku", "estoque_minimo", "codigo_barras")] == [None] * 5


def test_a_form_that_changes_nothing_leaves_no_trace(shop: Server, carla_bolts: str) -> None:
    browser, page = open_as(shop, "Ana"), f"/painel/estoque/{carla_bolts}"
    before = shop.person("Ana").product(carla_bolts)

    browser.fill(f"{page}/alterar")

    assert told(browser.open(page).text) == "Nada foi mudado."
    assert shop.person("Ana").product(carla_bolts) == before


def test_of_two_who_change_a_product_at_once_none_overwrites_the_other(shop: Server, carla_bolts: str) -> None:
    ana, bruno = open_as(shop, "Ana"), open_as(shop, "Bruno")
    page = f"/painel/estoque/{carla_bolts}/alterar"
    seen = ana.open(page).forms[0].fields
    bruno.fill(page, preco="9,90", estoque_minimo="7", sku="B-1")

    stale = ana.send(page, {**seen, "preco": "8,80", "nome": "Parafuso da Ana", "sku": "B-1"})
    fields = stale.forms[0].fields

    assert stale.status == 412
    assert "Outra pessoa mudou este produto" in stale.text
    assert (fields["nome"], fields["preco"], fields["estoque_minimo"]) == ("Parafuso da Ana", "8,80", "7")
    assert 'id="preco-diz">✕ A outra pessoa gravou “9,90”.' in stale.text
    assert 'id="estoque_minimo-diz">A outra pessoa gravou “7”. Antes: vazio.' in stale.text
    assert 'id="sku-diz">' not in stale.text
    assert shop.person("Ana").product(carla_bolts)["preco"] == "9.90"
    assert ana.send(page, fields).status == 302
    product = shop.person("Ana").product(carla_bolts)
    assert (product["nome"], product["preco"], product["estoque_minimo"]) == ("Parafuso da Ana", "8.80", 7)


def test_a_third_person_is_merged_with_what_the_second_left(shop: Server, carla_bolts: str) -> None:
    ana, bruno, carla = (open_as(shop, name) for name in ("Ana", "Bruno", "Carla"))
    page = f"/painel/estoque/{carla_bolts}/alterar"
    seen = ana.open(page).forms[0].fields
    bruno.fill(page, preco="9,90", sku="B-1")
    fields = ana.send(page, {**seen, "preco": "8,80", "estoque_minimo": "3"}).forms[0].fields
    carla.fill(page, sku="C-1", estoque_minimo="5")

    stale = ana.send(page, fields)
    merged = stale.forms[0].fields

    assert stale.status == 412
    assert (merged["preco"], merged["sku"], merged["estoque_minimo"]) == ("8,80", "C-1", "3")
    assert 'id="sku-diz">A outra pessoa gravou “C-1”. Antes: “B-1”.' in stale.text
    assert 'id="estoque_minimo-diz">✕ A outra pessoa gravou “5”.' in stale.text
    assert 'id="preco-diz">✕' not in stale.text
    assert ana.send(page, merged).status == 302
    product = shop.person("Ana").product(carla_bolts)
    assert (product["preco"], product["sku"], product["estoque_minimo"]) == ("8.80", "C-1", 3)


def test_a_change_that_is_sent_twice_is_made_once(shop: Server, carla_bolts: str) -> None:
    browser, page = open_as(shop, "Ana"), f"/painel/estoque/{carla_bolts}"
    fields = {**browser.open(f"{page}/alterar").forms[0].fields, "preco": "0,9"}

    sent = [browser.send(f"{page}/alterar", fields).leads_to for _ in range(2)]

    assert sent == [page, page]
    assert shop.person("Ana").product(carla_bolts)["versao"] == 2


def test_what_is_wrong_about_a_change_stands_beside_it_and_stays_typed(shop: Server, carla_bolts: str) -> None:
    shop.person("Ana").add("Prego")
    browser, page = open_as(shop, "Ana"), f"/painel/estoque/{carla_bolts}/alterar"

    wrong = browser.fill(page, nome="7891000315507", preco="1.5", estoque_minimo="dois", custo="x", sku="S")
    taken = browser.fill(page, nome="Prego")
    large = browser.fill(page, estoque_minimo="99.999.999.999.999.999.999")
    scanned = browser.fill(page, preco="96385074", custo="96385074", estoque_minimo="012345678905")
    dots = browser.fill(page.removesuffix("/alterar"), quantidade="99.999.999.999.999.999.999")

    assert [answer.status for answer in (large, dots, scanned)] == [400, 400, 400]
    assert scanned.text.count("✕ Parece um código de barras. Se é mesmo") == 3
    assert "✕ A quantidade passa do limite" in large.text
    assert "✕ A quantidade passa do limite" in dots.text
    assert (wrong.status, taken.status) == (400, 409)
    assert {f'id="{name}-diz">✕' in wrong.text for name in ("nome", "preco", "estoque_minimo", "custo")} == {True}
    assert (wrong.forms[0].fields["sku"], wrong.forms[0].fields["preco"]) == ("S", "1.5")
    assert "Abrir o que já existe" in taken.text
    assert shop.person("Ana").product(carla_bolts)["versao"] == 1


def test_a_product_is_deactivated_found_again_and_back_in_use(shop: Server, carla_bolts: str) -> None:
    browser, page = open_as(shop, "Ana"), f"/painel/estoque/{carla_bolts}"

    browser.fill(f"{page}/alterar", ativo="nao")

    assert "está desativado" in browser.open(page).text
    assert page not in browser.open("/painel/estoque").links
    listed = browser.open("/painel/estoque?situacao=inativos")
    assert page in listed.links
    assert "✕ desativado" in listed.text
    browser.fill(f"{page}/alterar", ativo="sim")
    assert page in browser.open("/painel/estoque").links


def test_a_change_that_was_typed_when_the_session_had_ended_comes_back(shop: Server, carla_bolts: str) -> None:
    browser, page = open_as(shop, "Ana"), f"/painel/estoque/{carla_bolts}/alterar"
    browser.fill(page, preco="5,00", sku="S")
    fields = browser.open(page).forms[0].fields
    browser.open("/logout")
    led = browser.send(page, {**fields, "preco": "", "nome": "Parafuso novo"}).leads_to or ""
    back = browser.fill(led, login="Ana", psw=PASSWORDS["Ana"]).leads_to or ""

    again = browser.open(back)

    assert browser.send(page, again.forms[0].fields).status == 302
    product = shop.person("Ana").product(carla_bolts)
    assert (product["nome"], product["preco"], product["sku"]) == ("Parafuso novo", None, "S")


def test_a_first_balance_of_a_list_can_be_reversed(shop: Server) -> None:
    ana = shop.person("Ana")
    rows = [{"nome": "Prego", "saldo_inicial": 100}]
    imported = ana.post("/produtos/importar", rows, key="lista")
    assert imported.status_code == 200, imported.text
    (product,) = (each for each in ana.get("/produtos").json or [] if each["nome"] == "Prego")
    browser = open_as(shop, "Ana")
    (reversal,) = [link for link in browser.open(f"/painel/estoque/{product['id']}").links if "/estorno/" in link]

    browser.fill(reversal, motivo="eram 10")

    assert ana.balance(product["id"]) == 0


def test_whoever_has_several_shops_chooses_one(shop: Server, carla_bolts: str) -> None:
    browser = open_as(shop, "Carla")
    page = f"/painel/estoque/{carla_bolts}"

    nowhere = browser.fill(page, quantidade="5", loja_id="")
    browser.fill(page, quantidade="5", loja_id=CENTRO)

    assert nowhere.status == 400
    assert 'id="loja_id-diz"' in nowhere.text
    text = re.sub(r"<[^>]+>", "", browser.open(page).text)
    assert re.search(r"Loja Centro\s*5", text)
    assert re.search(r"Matriz\s*0", text)
    assert MATRIZ


def test_a_seller_sees_no_form_and_can_send_none(shop: Server, carla_bolts: str) -> None:
    ana, vera = open_as(shop, "Ana"), open_as(shop, "Vera")
    page = f"/painel/estoque/{carla_bolts}"
    token = vera.open("/profile/senha").forms[0].fields["csrf_token"]

    assert vera.open(page).forms == []
    sent = vera.send(page, {"csrf_token": token, "tipo": "entrada", "quantidade": "5"})

    assert sent.status == 403
    assert shop.person("Ana").movements() == []
    assert ana.open(page).forms


def test_an_unknown_product_is_a_page_that_says_so(shop: Server) -> None:
    page = open_as(shop, "Vera").open("/painel/estoque/p999")

    assert (page.status, page.response.content_type) == (404, "text/html; charset=utf-8")
    assert "/" in page.links


# --- live ----------------------------------------------------------------------------------


def test_live_shows_the_newest_first_and_from_where_its_script_goes_on(shop: Server, carla_bolts: str) -> None:
    ana = shop.person("Ana")
    newest = [ana.receive(carla_bolts, quantity).json["seq"] for quantity in (11, 12)][-1]

    text = open_as(shop, "Vera").open("/painel/ao-vivo").text

    assert text.index("+12") < text.index("+11")
    assert f'data-newest="{newest}"' in text


def test_live_dates_its_movements_by_the_shop_s_days(shop: Server, carla_bolts: str) -> None:
    with time_machine.travel(datetime(2026, 11, 29, 21, tzinfo=UTC), tick=False) as clock:
        ana = shop.person("Ana")
        for quantity, wait_h in ((11, 5), (12, 2), (13, 0)):  # at 18:00, 23:00 and 01:00 in São Paulo
            ana.receive(carla_bolts, quantity)
            clock.shift(timedelta(hours=wait_h))
        text = open_as(shop, "Vera").open("/painel/ao-vivo").text

    shown = ('<li class="day">30/11/2026</li>', "+13", '<li class="day">29/11/2026</li>', "+12", "+11")
    assert [text.count(each) for each in shown] == [1] * 5
    assert sorted(shown, key=text.index) == list(shown)


def test_a_page_that_follows_costs_what_a_monitor_costs(shop: Server, carla_bolts: str) -> None:
    """Both are answered from memory, before Flask, with the same short answer where nothing is new."""
    shop.person("Ana").receive(carla_bolts, 5)
    browser = open_as(shop, "Vera")
    served: list[str] = []  # by Flask
    middleware: Any = shop.app.wsgi_app
    flask = middleware._application
    middleware._application = lambda environ, start: served.append(environ["PATH_INFO"]) or flask(environ, start)

    first = browser.ask("GET", "/inventario?depois=0&limite=200", headers={"Accept": "application/json"})
    tag = {"If-None-Match": first.response.headers["ETag"]}
    again = browser.ask("GET", "/inventario?depois=0&limite=200", headers=tag)
    monitor = shop.person("Vera").get("/inventario?depois=0&limite=200")

    assert (first.status, again.status, again.response.data) == (200, 304, b"")
    assert first.response.data == monitor.data
    assert first.response.headers["ETag"] == monitor.headers["ETag"]
    assert served == []


# --- people --------------------------------------------------------------------------------


def test_whoever_waits_is_announced_and_let_in(shop: Server) -> None:
    shop.register("Elisa", "uma frase boa")
    with shop.database.transaction() as session:
        session.connection().exec_driver_sql("UPDATE users SET state = 'pendente' WHERE username = 'Elisa'")
    browser = open_as(shop, "Carla")
    assert "1 pessoa aguarda aprovação" in browser.open("/painel/pessoas").text
    elisa = shop.person("Elisa")

    saved = browser.fill(f"/painel/pessoas/{elisa.id}", papel="gerente")

    assert saved.leads_to == "/painel/pessoas"
    assert shop.rows("SELECT role, state FROM users WHERE username = 'Elisa'") == [("gerente", "ativo")]
    assert "aguarda aprovação" not in told(browser.open("/painel/pessoas").text)


def test_of_many_people_one_is_found_by_a_part_of_the_name(shop: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(users, "AT_ONCE", 2)
    with shop.database.transaction() as session:
        session.connection().exec_driver_sql("UPDATE users SET state = 'pendente' WHERE username <> 'Carla'")
    shop.person("Carla").patch("/usuarios/u5", {"nome": "João Nascimento"})
    browser = open_as(shop, "Carla")

    first = browser.open("/painel/pessoas?busca=a")
    assert "2 pessoas ou mais aguardam aprovação" in first.text
    second = browser.open(next(link for link in first.links if "depois=" in link))
    found = browser.open("/painel/pessoas?busca=joao+nasc")
    nobody = browser.open("/painel/pessoas?busca=ninguem")

    assert [re.findall(r'/painel/pessoas/(u\d+)"', page.text) for page in (first, second, found, nobody)] == [
        ["u1", "u3"],
        ["u4", "u5"],
        ["u5"],
        [],
    ]
    assert "Ninguém assim." in nobody.text


def test_shops_are_given_and_taken(shop: Server) -> None:
    browser = open_as(shop, "Carla")
    ana = shop.person("Ana")
    page = browser.open(f"/painel/pessoas/{ana.id}")

    browser.send(f"/painel/pessoas/{ana.id}", {**page.forms[0].fields, "lojas": NORTE})

    assert [each["id"] for each in ana.get("/lojas").json] == [NORTE]


def test_the_last_administrador_stays_one(shop: Server) -> None:
    browser = open_as(shop, "Carla")

    page = browser.fill(f"/painel/pessoas/{shop.person('Carla').id}", papel="vendedor")

    assert page.status == 409
    assert 'role="alert"' in page.text
    assert shop.rows("SELECT role FROM users WHERE username = 'Carla'") == [("administrador",)]


def test_a_temporary_password_is_shown_once(shop: Server) -> None:
    browser = open_as(shop, "Carla")
    ana = shop.person("Ana")

    page = browser.fill(f"/painel/pessoas/{ana.id}", form=1, fazer="senha")

    (password,) = re.findall(r"<code>(.+?)</code>", page.text)
    assert re.search(r"e vale até \d\d/\d\d", page.text)
    assert page.response.headers["Cache-Control"] == "no-store"
    assert Browser(shop).fill("/login", login="Ana", psw=password).status == 302


@pytest.mark.parametrize("person", ["u999", "x", "u0", "u1'"])
def test_an_unknown_person_is_a_page_that_says_so(shop: Server, person: str) -> None:
    assert open_as(shop, "Carla").open(f"/painel/pessoas/{person}").status == 404


# --- nothing of what people type is taken for the page's own -----------------------------------


@pytest.mark.parametrize("evil", ["<script>alert(1)</script>", '"onload="alert(1)', "'><img src=x>", "𝒜çúcar 🐢"])
def test_what_people_type_shows_as_text_on_every_page(shop: Server, evil: str) -> None:
    carla, ana = shop.person("Carla"), shop.person("Ana")
    product = carla.add(evil).json["id"]
    ana.receive(product, 5, documento=evil, fornecedor=evil)
    carla.post("/lojas", {"nome": evil})
    browser = open_as(shop, "Carla")
    asked = {"busca": evil, "situacao": evil, "estado": evil}

    for path in ("/painel/estoque", f"/painel/estoque/{product}", "/painel/ao-vivo", "/painel/pessoas"):
        for text in (browser.open(path).text, browser.open(path, query_string=asked).text):
            assert "<script>alert" not in text
            assert "<img" not in re.sub(r'<img src="/recursos/', "", text)
            assert '"onload="' not in text


# --- situation -----------------------------------------------------------------------------


def test_situation_tells_how_the_server_is_and_checks_the_trail(shop: Server) -> None:
    browser = open_as(shop, "Carla")
    before = browser.open("/painel/situacao").text
    assert "nenhuma desde que o servidor ligou" in before
    assert "Este servidor não faz cópias." in before

    checked = browser.fill("/painel/situacao")
    after = browser.open("/painel/situacao").text

    assert checked.leads_to == "/painel/situacao"
    assert told(after) == "A trilha está inteira."
    assert re.search(r"✓ inteira, \d+ registros", after)
    head = shop.rows("SELECT max(id) FROM audit_entries")[0][0]
    assert f"{head}-" in after


@pytest.mark.sqlite
def test_situation_tells_what_was_changed_in_the_trail(shop: Server) -> None:
    with shop.database.transaction() as session:
        connection = session.connection()
        for (name,) in connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.exec_driver_sql(f"DROP TRIGGER {name}")
        connection.exec_driver_sql("UPDATE audit_entries SET tag = 'nothing:happened' WHERE id = 1")
    browser = open_as(shop, "Carla")

    browser.fill("/painel/situacao")

    text = browser.open("/painel/situacao").text
    assert "A trilha tem uma falha." in told(text)
    assert "✕" in text


@pytest.mark.sqlite
def test_copies_are_listed_with_age_and_size(shop: Server) -> None:
    folder = shop.folder / "copias"
    nightly = Nightly(Path(str(shop.place)), folder, keep=3, timezone=ZoneInfo("America/Sao_Paulo"))
    Services.of(shop.app).add(nightly)
    browser = open_as(shop, "Carla")
    assert "Ainda não há cópias" in browser.open("/painel/situacao").text

    assert nightly.run_if_due()
    text = browser.open("/painel/situacao").text
    assert "almoxarife-20" in text
    assert re.search(r"\d KB", text)
    assert "Falta a da última noite" not in text
    for copy in folder.glob("*.db"):
        os.utime(copy, (copy.stat().st_mtime - 40 * 3600,) * 2)
    assert "Falta a da última noite" in browser.open("/painel/situacao").text


def test_situation_tells_who_coordinates_how_the_nodes_are_and_what_happened(start: Open) -> None:
    shop = start(CLUSTER)
    browser, seen = open_as(shop, "Carla"), Cluster(shop)
    seen.show(led_by("n1", 1), led_by("n2", 2))
    text = browser.open("/painel/situacao").text
    assert "▼ n2 (temporário; o principal é n1)." in text
    assert [" ".join(re.sub("<[^>]+>", " ", row).split()) for row in re.findall(r'<tr><th scope="row".*', text)] == [
        "n1 (principal) reserva ✓ no ar 0 bytes",
        "n2 coordena ✓ no ar 0 bytes",
    ]
    newest_first = ["n2 assumiu como coordenador temporário, até n1 voltar.", "Eleição: n2 venceu."]
    assert re.findall(r"<dt>[^<]+</dt><dd>([^<]+)</dd>", text.partition("Nós do cluster")[2])[:2] == newest_first


def test_situation_says_in_portuguese_what_a_node_is_doing(start: Open) -> None:
    shop = start(CLUSTER)
    members = [
        member("n1", "leader"),
        member("n2", "replica", state="creating replica"),
        member("n3", "replica", state="x"),
    ]
    Cluster(shop).show(parse(cluster(*members)))

    text = open_as(shop, "Carla").open("/painel/situacao").text

    assert re.findall(r"[✓▼✕] ([^<]+)</span></td>", text) == ["no ar", "recebendo a cópia", "x"]


# --- messages ------------------------------------------------------------------------------


def test_a_message_goes_from_one_browser_to_another_and_back(shop: Server) -> None:
    ana, vera = open_as(shop, "Ana"), open_as(shop, "Vera")

    sent = ana.fill("/painel/mensagens", para="vera", texto="Chegou a carga.\nConfira <b>tudo</b>.")
    received = vera.open("/painel/mensagens")
    assert sent.leads_to == "/painel/mensagens?caixa=saida"
    assert "Confira &lt;b&gt;tudo&lt;/b&gt;." in received.text
    assert "ainda não lido" in ana.open("/painel/mensagens?caixa=saida").text

    read = received.forms[1]
    assert vera.send(read.action, {**read.fields, "fazer": "ler"}).status == 302
    assert "✓ lido em" in ana.open("/painel/mensagens?caixa=saida").text
    assert "/painel/mensagens?para=Ana" in vera.open("/painel/mensagens").links

    vera.send(read.action, {**read.fields, "fazer": "apagar"})
    assert "Nenhum recado." in vera.open("/painel/mensagens").text
    assert "Chegou a carga." in ana.open("/painel/mensagens?caixa=saida").text


def test_a_message_to_nobody_stays_typed(shop: Server) -> None:
    page = open_as(shop, "Ana").fill("/painel/mensagens", para="ninguém", texto="Alguém aí?")

    assert page.status == 404
    assert 'id="para-diz"' in page.text
    assert "Alguém aí?" in page.text


def test_nobody_reads_or_removes_another_s_message(shop: Server) -> None:
    ana, davi = open_as(shop, "Ana"), open_as(shop, "Davi")
    ana.fill("/painel/mensagens", para="vera", texto="Só para Vera")
    token = davi.open("/painel/mensagens").forms[0].fields["csrf_token"]

    for doing in ("ler", "apagar"):
        assert davi.send("/painel/mensagens/r1", {"csrf_token": token, "fazer": doing}).status == 404
    assert "Só para Vera" not in davi.open("/painel/mensagens").text
    assert "Só para Vera" in open_as(shop, "Vera").open("/painel/mensagens").text


def test_only_the_newest_of_many_messages_are_shown(shop: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(messages, "MAX_PAGE_SIZE", 2)
    monkeypatch.setattr(messages, "SHOWN", 3)
    ana = shop.person("Ana")
    for number in range(1, 6):
        assert ana.post("/mensagens", {"para": "Vera", "texto": f"recado {number}."}).status_code == 201

    text = open_as(shop, "Vera").open("/painel/mensagens").text

    assert re.findall(r"recado (\d)\.", text) == ["5", "4", "3"]


# --- sales ---------------------------------------------------------------------------------


def sell(shop: Server, name: str, amount: str, day: str, **more: object) -> str:
    sold = shop.person(name).post("/vendas", {"valor": amount, "ocorrido_em": f"{day}T15:00:00Z", **more})
    assert sold.status_code == 201, sold.text
    return str(sold.json["id"])


def plain(text: str) -> str:
    """What a reader sees, in one line."""
    return " ".join(re.sub(r"<[^>]+>", " ", text.partition("<main")[2]).split()).replace("R$ ", "R$ ")


def test_sales_are_added_up_ranked_and_drawn(shop: Server) -> None:
    sell(shop, "Vera", "100.00", "2026-01-17", loja_id=CENTRO)
    sell(shop, "Vera", "50.50", "2026-01-18", loja_id=CENTRO)
    sell(shop, "Ana", "200.00", "2026-01-18", loja_id=CENTRO)
    sell(shop, "Davi", "999.00", "2026-01-18", loja_id=NORTE)
    days = "de=2026-01-17&ate=2026-01-18"

    manager = open_as(shop, "Bruno").open(f"/painel/vendas?{days}").text

    text = plain(manager)
    assert "R$ 350,50 em 3 vendas" in text
    assert "1º Ana R$ 200,00 1 2º Vera R$ 150,50 2" in text
    assert "O maior: 18/01/2026, R$ 250,50." in text
    assert "<title>17/01/2026: R$\xa0100,00, 1 venda</title>" in manager
    assert manager.count("<rect") == 2 + 1
    for foreign in ("999", "Davi", "Loja Norte"):
        assert foreign not in manager


def test_products_are_ranked_by_what_was_paid_or_by_how_many_were_sold(shop: Server, carla_bolts: str) -> None:
    flour = shop.person("Carla").add("Farinha", unidade="KG").json["id"]
    for items in ([(flour, 1.25, "80.00"), (carla_bolts, 1500, "0.02")], [(carla_bolts, 2, "0.02")]):
        lines = [{"produto_id": product, "quantidade": number, "preco": price} for product, number, price in items]
        sold = shop.person("Vera").post("/vendas", {"itens": lines, "ocorrido_em": "2026-01-17T15:00:00Z"})
        assert sold.status_code == 201, sold.text
    browser = open_as(shop, "Bruno")

    page = browser.open("/painel/vendas?de=2026-01-17&ate=2026-01-17")
    by_total = plain(page.text)
    (quantities,) = [link for link in page.links if "ordem=quantidade" in link]
    sorted_page = browser.open(quantities)
    by_quantity = plain(sorted_page.text)

    farinha, bolts = "Farinha R$ 100,00 1,25 KG 1", "Parafuso 10mm R$ 30,04 1.502 UN 2"
    assert f"Lugar Nome Total Quantidade Vendas 1º {farinha} 2º {bolts}" in by_total
    assert f"Lugar Nome Total Quantidade Vendas 1º {bolts} 2º {farinha}" in by_quantity
    assert "de=2026-01-17" in quantities
    (of_vera,) = [link for link in sorted_page.links if "/painel/vendas?" in link and "vendedor=" in link]
    for shown in (sorted_page, browser.open(of_vera)):
        assert all("ordem=" in link for link in shown.links if "/painel/vendas?" in link)
    assert "Lugar Nome Total Vendas 1º Vera R$ 130,04 2" in by_quantity
    assert "ordem=" not in browser.open("/painel/vendas?de=2026-01-18&ate=2026-01-18&ordem=nome").text


def test_a_seller_sees_their_own_sales_and_no_ranking(shop: Server, carla_bolts: str) -> None:
    sell(shop, "Vera", "100.00", "2026-01-17")
    sell(shop, "Ana", "200.00", "2026-01-17")
    items = [{"produto_id": carla_bolts, "quantidade": 77, "preco": "2.50"}]
    shop.person("Ana").post("/vendas", {"itens": items, "ocorrido_em": "2026-01-17T17:30:00Z"})

    text = plain(open_as(shop, "Vera").open("/painel/vendas?tudo=1&ordem=quantidade").text)

    assert "R$ 100,00 em 1 venda" in text
    for foreign in ("200,00", "Ana", "77 UN", "Quantidade"):
        assert foreign not in text


def test_a_ranking_leads_to_one_seller_and_one_sale(shop: Server) -> None:
    sell(shop, "Vera", "100.00", "2026-01-17")
    sell(shop, "Ana", "200.00", "2026-01-17")
    browser = open_as(shop, "Bruno")
    page = browser.open("/painel/vendas?tudo=1")
    (alone,) = [link for link in page.links if f"vendedor={shop.person('Vera').id}" in link]

    text = browser.open(alone)

    assert "R$ 100,00 em 1 venda" in plain(text.text)
    (sale,) = [link for link in text.links if re.fullmatch(r"/painel/vendas/v\d+", link)]
    assert "Foi vendido só um valor" in browser.open(sale).text


def test_behind_a_product_and_an_hour_are_their_sales_and_a_seller_is_ranked_alone(
    shop: Server, carla_bolts: str
) -> None:
    vera = shop.person("Vera")
    items = [{"produto_id": carla_bolts, "quantidade": 3, "preco": "2.50"}]
    with_it = vera.post("/vendas", {"itens": items, "ocorrido_em": "2026-01-17T17:30:00Z"}).json["id"]
    at_noon, of_ana = sell(shop, "Vera", "100.00", "2026-01-17"), sell(shop, "Ana", "200.00", "2026-01-17")
    browser = open_as(shop, "Bruno")

    page = browser.open("/painel/vendas?de=2026-01-17&ate=2026-01-17")
    (product,) = [link for link in page.links if "produto=" in link]
    (noon,) = [link for link in page.links if "hora=12" in link]
    (vera_alone,) = [link for link in page.links if f"vendedor={vera.id}" in link]

    def sales_at(link: str) -> tuple[str, list[str]]:
        found = browser.open(link)
        return plain(found.text), [link[15:] for link in found.links if re.fullmatch(r"/painel/vendas/v\d+", link)]

    text, behind = sales_at(product)
    assert "Vendas com Parafuso 10mm , da primeira à última" in text
    assert behind == [with_it]
    text, behind = sales_at(noon)
    assert "Vendas das 12 h às 13 h, da primeira à última" in text
    assert behind == [at_noon, of_ana]

    alone = browser.open(vera_alone)
    text = plain(alone.text)
    assert "R$ 107,50 em 2 vendas Só as vendas de Vera . Ver as de todos" in text
    assert "Parafuso 10mm R$ 7,50 3 UN 1" in text
    assert "O maior: 17/01/2026, R$ 107,50." in text
    assert "Vendedores" not in text
    (noon,) = [link for link in alone.links if "hora=12" in link]
    assert sales_at(noon)[1] == [at_noon]


def test_a_sale_is_cancelled_once_with_its_reason(shop: Server, carla_bolts: str) -> None:
    shop.person("Ana").receive(carla_bolts, 10)
    items = [{"produto_id": carla_bolts, "quantidade": 3, "preco": "2.50"}]
    sale = shop.person("Vera").post("/vendas", {"itens": items}).json["id"]
    browser = open_as(shop, "Vera")
    page = f"/painel/vendas/{sale}"
    assert "Parafuso 10mm" in browser.open(page).text
    assert page in browser.open(f"/painel/estoque/{carla_bolts}").links

    without = browser.fill(page, motivo="")
    scanned = browser.fill(page, motivo="7891000315507")
    done = browser.fill(page, motivo="cliente desistiu")

    assert (without.status, scanned.status) == (400, 400)
    assert done.leads_to == page
    text = plain(browser.open(page).text)
    assert "Venda cancelada. O estoque voltou." in text
    assert "cliente desistiu" in text
    assert "Cancelar esta venda" not in text
    assert shop.person("Ana").balance(carla_bolts) == 10


def test_another_s_sale_and_another_shop_s_are_nobody_s_business(shop: Server) -> None:
    mine, far = sell(shop, "Ana", "5.00", "2026-01-17"), sell(shop, "Davi", "7.00", "2026-01-17")

    assert open_as(shop, "Vera").open(f"/painel/vendas/{mine}").status in {403, 404}
    assert open_as(shop, "Bruno").open(f"/painel/vendas/{far}").status in {403, 404}
    assert open_as(shop, "Bruno").open(f"/painel/vendas?tudo=1&loja={NORTE}").status == 403


@pytest.mark.parametrize("query", ["de=2026-02-02&ate=2026-02-01", "de=ontem", "loja=x", "vendedor=x", "rede=r99"])
def test_what_cannot_be_asked_of_sales_is_said(shop: Server, query: str) -> None:
    page = open_as(shop, "Bruno").open(f"/painel/vendas?{query}")

    assert page.status in {400, 403, 404}
    assert 'role="alert"' in page.text
    assert page.forms


def test_a_month_without_sales_is_zero(shop: Server) -> None:
    assert "R$ 0,00 em 0 vendas Últimas vendas Nenhuma venda nesses dias." in plain(
        open_as(shop, "Bruno").open("/painel/vendas").text
    )


def test_behind_a_total_are_its_days_its_sales_and_their_items(shop: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sales, "SHOWN", 2)
    for day in ("2026-01-17", "2026-01-18", "2026-01-18"):
        sell(shop, "Vera", "10.00", day, loja_id=CENTRO)
    sell(shop, "Davi", "999.00", "2026-01-18", loja_id=NORTE)
    browser = open_as(shop, "Bruno")
    page = browser.open("/painel/vendas?de=2026-01-17&ate=2026-01-18")

    (day,) = {link for link in page.links if "de=2026-01-18&ate=2026-01-18" in link}
    assert "R$ 20,00 em 2 vendas" in plain(browser.open(day).text)
    everything = browser.open(next(link for link in page.links if link.startswith("/painel/vendas/todas")))
    (following,) = [link for link in everything.links if "depois=" in link]
    both = [*everything.links, *browser.open(following).links]
    assert [link for link in both if re.fullmatch(r"/painel/vendas/v\d+", link)] == [
        f"/painel/vendas/v{number}" for number in (1, 2, 3)
    ]
    assert "999" not in everything.text


def test_the_menu_counts_what_is_not_read_yet(shop: Server) -> None:
    ana = shop.person("Ana")
    message = ana.post("/mensagens", {"para": "Vera", "texto": "Bom dia"}).json["id"]
    vera = open_as(shop, "Vera")

    assert re.search(r'Recados <span class="count">1<', vera.open("/profile").text)
    shop.person("Vera").post(f"/mensagens/{message}/leitura")
    assert 'class="count"' not in vera.open("/profile").text
    assert 'class="count"' not in open_as(shop, "Ana").open("/profile").text


def test_an_address_that_only_takes_forms_says_so_to_a_browser(shop: Server) -> None:
    page = Browser(shop).open("/useradd")
    assert (page.status, page.response.mimetype) == (405, "text/html")
    assert "Neste endereço não há o que ver" in page.text
    assert "POST" in page.response.headers["Allow"]
    assert shop.ask("GET", "/useradd", headers={"Accept": "*/*"}).json["codigo"] == "metodo-nao-permitido"


# --- without the database ------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/painel/situacao", "/profile", "/", "/login", "/nada"])
def test_while_the_database_is_away_a_page_says_so(shop: Server, monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    browser = open_as(shop, "Carla")

    def fail(*_: object) -> None:
        raise StoreUnavailable

    monkeypatch.setattr(Tokens, "identify", fail)
    page = browser.open(path)

    assert page.response.mimetype == "text/html"
    if path == "/nada":
        assert (page.status, "Não há nada neste endereço." in page.text) == (404, True)
        return
    assert (page.status, page.response.headers["Retry-After"]) == (503, "2")
    assert "O banco de dados não responde agora." in page.text
    assert path in page.links


def test_a_login_while_the_database_is_away_is_answered_by_a_page(
    shop: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = Browser(shop)
    form = browser.open("/login").forms[0]

    def fail(*_: object, **__: object) -> None:
        raise StoreUnavailable

    monkeypatch.setattr(Database, "transaction", fail)
    monkeypatch.setattr(Database, "reading", fail)
    page = browser.send("/login", {**form.fields, "login": "Carla", "psw": PASSWORDS["Carla"]})

    assert (page.status, page.response.mimetype) == (503, "text/html")
    assert "O banco de dados não responde agora." in page.text

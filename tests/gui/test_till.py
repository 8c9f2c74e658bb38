"""The till by keys alone: a scanner in any focus, Ctrl+Enter, and what a crash leaves open is offered again."""

import signal
from contextlib import closing
from decimal import Decimal
from pathlib import Path

import pytest

from almoxarife.clients.api.client import ApiClient
from almoxarife.clients.queue.outgoing import Owner, of_sale
from almoxarife.clients.queue.store import Outbox
from almoxarife.wire.accounts import Registration, Role, UserChange
from almoxarife.wire.catalog import ProductChange, ProductIn
from almoxarife.wire.sales import SaleIn
from almoxarife.wire.stores import ShopIn
from tests.gui.conftest import Open
from tests.gui.desk import Api, Window, wait_for
from tests.gui.steps import register_admin
from tests.gui.test_import import save_as
from tests.gui.test_layout import hidden, names, settle
from tests.gui.test_scanner import scan

GTIN, OTHER = "7891000315507", "7896032501010"
GOODS = (
    ("Cafe", GTIN, "19.90", "UN"),
    ("Acucar", OTHER, "5.49", "UN"),
    ("Queijo", None, "40.00", "KG"),
    ("Sacola", None, None, "UN"),
)
LINES = "Leia um código de barras ou digite o produto.\nPara três unidades, digite antes 3*."
"""What stands in the list while it is empty."""
QUANTITY, PRICE = "Quantidade do item  Ctrl+Q", "Preço de um (R$)"


@pytest.fixture
def cadastro(open_window: Open, api: Api) -> Window:
    """Admin before the open till."""
    cadastro = open_window("cadastro")
    register_admin(cadastro)
    stock_up(api)
    cadastro.shows("Produtos  4")
    cadastro.key("F12")
    cadastro.shows("Fechar venda")  # the form behind it has a field "Produto", too
    cadastro.focus_is("Produto")
    return cadastro


def stock_up(api: Api) -> None:
    admin = api.client()
    for number, (name, barcode, price, unit) in enumerate(GOODS):
        fields = {"nome": name, "codigo_barras": barcode, "preco": price, "unidade": unit}
        admin.create_product(ProductIn.model_validate(fields), key=f"p{number}")


def set_coffee(api: Api, *, is_active: bool, version: int) -> None:
    change = ProductChange(nome="Cafe", codigo_barras=GTIN, preco=Decimal("19.90"), ativo=is_active)
    api.client().change_product("p1", change, version=version)


def reais(text: str) -> str:
    return f"R$\N{NO-BREAK SPACE}{text}"


def sold(api: Api) -> list[Decimal]:
    return [sale.amount for sale in api.client().sales()]


def test_a_slow_scanner_in_a_field_for_money_sells_and_changes_no_money(cadastro: Window) -> None:
    cadastro.type("acu")
    cadastro.key("Return")
    cadastro.shows("1 | Acucar")
    for field in ("ctrl+b", "ctrl+t", "ctrl+q"):
        cadastro.key(field)
        cadastro.desk.run("xdotool", "key", "--delay", "60", *GTIN, "Return")
        cadastro.focus_is("Produto")
    cadastro.shows(f"2 | Cafe | 3 UN | {reais('19,90')} | {reais('59,70')}")
    cadastro.shows(f"1 | Acucar | 1 UN | {reais('5,49')} | {reais('5,49')}")
    cadastro.shows(reais("65,19"))


def test_a_scan_into_the_open_list_of_shops_sells_and_changes_no_shop(open_window: Open, api: Api) -> None:
    ApiClient(api.url).register(Registration(username="admin", password="1234"))
    api.client().create_shop(ShopIn(nome="Norte"))
    stock_up(api)
    cadastro = open_window("cadastro")
    cadastro.log_in()
    cadastro.shows("Produtos  4")
    cadastro.key("F12")
    cadastro.focus_is("Produto")
    cadastro.tab_to("Loja")
    cadastro.key("Down")
    wait_for("the list to open", lambda: cadastro.now("focus") is None)
    cadastro.key("Up")
    scan(cadastro, GTIN)
    cadastro.shows("1 | Cafe | 1 UN")
    cadastro.focus_is("Produto")
    cadastro.shows("[Todas as lojas]")


def test_lines_are_changed_and_removed_and_an_amount_is_sold_alone(cadastro: Window, api: Api, tmp_path: Path) -> None:
    for name in ("acu", "caf"):
        cadastro.type(name)
        cadastro.key("Return")
    cadastro.shows("2 | Cafe | 1 UN")
    cadastro.key("ctrl+q")
    cadastro.focus_is(QUANTITY)
    cadastro.type("1,5")
    cadastro.key("Return")
    cadastro.shows("✕ Informe um número inteiro maior que zero.")
    cadastro.key("ctrl+a")
    cadastro.type("4")
    cadastro.key("Return")
    cadastro.shows("2 | Cafe | 4 UN")
    cadastro.tab_to(LINES)
    cadastro.key("Up", "Delete")
    cadastro.shows("1 | Cafe | 4 UN")
    cadastro.focus_is("Produto")
    cadastro.type("acu")
    cadastro.key("Return")
    cadastro.shows("2 | Acucar")
    cadastro.key("Delete")
    cadastro.shows_no_more("2 | Acucar")
    cadastro.key("ctrl+Delete")
    cadastro.shows(f"⚠ Descartar esta venda de {reais('79,60')}?")
    cadastro.key("Escape")
    cadastro.focus_is("Produto")
    cadastro.key("ctrl+Delete")
    cadastro.focus_is("Descartar")
    cadastro.key("space")
    cadastro.shows("Leia um código de barras")

    cadastro.type("caf")
    cadastro.shows("Cafe | R$")
    cadastro.key("ctrl+Return")
    cadastro.shows("✕ O produto digitado ainda não está na venda")
    cadastro.key("ctrl+a", "BackSpace")
    cadastro.key("ctrl+g")
    cadastro.focus_is("Valor sem itens (R$)  Ctrl+G")
    cadastro.type("19,90")
    cadastro.key("ctrl+Return")
    cadastro.shows("✓ registrada no servidor")
    assert sold(api) == [Decimal("19.90")]
    cadastro.key("ctrl+e")
    receipt = save_as(cadastro, tmp_path / "recibo.pdf", title="Salvar recibo")
    cadastro.shows("✓ Recibo em")
    assert receipt.read_bytes().startswith(b"%PDF-")


def test_an_open_sale_survives_a_kill_and_is_closed_while_the_server_is_away(
    cadastro: Window, api: Api, open_window: Open
) -> None:
    cadastro.type("2*")
    cadastro.type("caf")
    cadastro.key("Return")
    cadastro.shows("1 | Cafe | 2 UN")
    cadastro.key("ctrl+t")
    cadastro.type("0,80")
    cadastro.shows(reais("39,00"))
    cadastro.process.send_signal(signal.SIGKILL)
    cadastro.process.wait(60)

    again = open_window("cadastro")
    again.log_in()
    again.shows("⚠ Esta venda ficou aberta")
    again.shows("1 | Cafe | 2 UN")
    again.shows(reais("39,00"))
    again.focus_is("Produto")
    api.signal(signal.SIGKILL)
    again.shows("Servidor fora do ar")
    again.key("ctrl+Return")
    again.shows("⚠ gravada neste computador, espera")
    again.shows("⇡ fila 1")
    api.start()
    again.shows("✓ registrada no servidor")
    assert sold(api) == [Decimal("39.00")]


def test_a_sale_of_what_was_deactivated_meanwhile_is_sent_once_more_and_not_typed_again(
    cadastro: Window, api: Api
) -> None:
    cadastro.type("caf")
    cadastro.key("Return")
    cadastro.shows("1 | Cafe | 1 UN")
    set_coffee(api, is_active=False, version=1)
    cadastro.key("ctrl+Return")
    cadastro.shows("✕ recusada: O produto “Cafe” está desativado.")
    set_coffee(api, is_active=True, version=2)
    cadastro.key("F9")
    cadastro.shows("Enviar de novo  Enter")
    cadastro.focus_is("")  # the list
    cadastro.key("Return")
    cadastro.shows("✓ Tudo foi enviado.")
    assert sold(api) == [Decimal("19.90")]
    cadastro.key("F12")
    cadastro.shows("✓ registrada no servidor")


def test_a_vendedor_sees_the_till_first_and_sells_whatever_is_scanned(open_window: Open, api: Api) -> None:
    for name in ("admin", "ana"):
        ApiClient(api.url).register(Registration(username=name, password="1234"))
    admin = api.client()
    ana = next(person for person in admin.users() if person.username == "ana")
    admin.change_user(ana.id, UserChange(papel=Role.SELLER))
    stock_up(api)
    cadastro = open_window("cadastro")
    cadastro.log_in("ana")
    cadastro.focus_is("Produto")
    cadastro.shows("Fechar venda  Ctrl+Enter")
    assert not names(cadastro) & {"F2 Entrada", "+ Novo  Ctrl+N"}
    cadastro.key("Escape")
    cadastro.shows("Produtos  4")
    scan(cadastro, GTIN)
    cadastro.shows("1 | Cafe | 1 UN")
    cadastro.key("F1")
    cadastro.shows("F12")


def test_every_control_of_the_till_is_visible_with_the_largest_text(cadastro: Window, api: Api) -> None:
    cadastro.type("sac")
    cadastro.key("Return")
    cadastro.key("ctrl+Return")
    cadastro.shows("✕ Informe o preço de Sacola.")
    for _ in range(9):
        cadastro.key("ctrl+plus")
    wait_for("the largest text for this screen", lambda: cadastro.preferences().get("texto_porcento") == 150)
    settle(cadastro, hidden)
    cadastro.type("0,05")
    cadastro.key("ctrl+Return")
    cadastro.shows("✓ registrada no servidor")
    settle(cadastro, hidden)
    cadastro.key("ctrl+k")
    cadastro.focus_is(f"Por que cancelar a venda de {reais('0,05')}?")
    cadastro.key("Return")
    cadastro.shows("✕ Informe o motivo.")
    settle(cadastro, hidden)
    with closing(Outbox(cadastro.client_dir)) as outbox:
        for number in range(10):  # which the server knows nothing of
            owner = Owner(f"u{90 + number} x", f"Vendedora {number}", api.url)
            key = outbox.put(of_sale(SaleIn(valor="1.00")), owner)
            outbox.acknowledge(outbox.find(key), f"v{90 + number}")
    cadastro.key("Escape", "shift+F12")
    cadastro.shows("Vendedora 9")
    settle(cadastro, hidden)
    settle(cadastro, lambda window: window.now("outside"))
    cadastro.key("Next", "Next", "Next")
    wait_for("the end of the slip", lambda: "Cabeça da auditoria:" in cadastro.now("in_sight"))

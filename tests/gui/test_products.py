"""Products are made, changed, deactivated and explained by keys alone."""

from decimal import Decimal

import pytest

from almoxarife.clients.api.client import ApiClient
from almoxarife.wire.accounts import PasswordChange, Registration
from almoxarife.wire.catalog import Product, ProductChange, ProductIn
from almoxarife.wire.stock import MovementIn
from tests.gui.conftest import Open
from tests.gui.desk import Api, Window, wait_for
from tests.gui.steps import create_bolts, register_admin, stored
from tests.gui.test_cadastro import to_the_list
from tests.gui.test_layout import cut, settle
from tests.gui.test_queue import log_in_as

GTIN, BOX = "7891000315507", "17891000315504"


@pytest.fixture
def cadastro(open_window: Open, api: Api) -> Window:
    cadastro = open_window("cadastro")
    register_admin(cadastro)
    return cadastro


@pytest.fixture
def admin(cadastro: Window, api: Api) -> ApiClient:
    return api.client()


def bolts(admin: ApiClient) -> Product:
    (product,) = admin.products(with_inactive=True).items or []
    return product


def edit_bolts(cadastro: Window) -> None:
    to_the_list(cadastro)
    cadastro.key("ctrl+p")
    cadastro.shows("Editar produto P00001")
    cadastro.focus_is("Nome")


def test_a_product_is_changed(cadastro: Window, admin: ApiClient) -> None:
    create_bolts(cadastro)
    edit_bolts(cadastro)
    cadastro.type("Parafuso 12mm")
    cadastro.key("Tab")
    cadastro.focus_is("Preço (R$)")
    cadastro.type("1,5")
    cadastro.key("Return")
    cadastro.focus_is("Custo (R$)")
    cadastro.key("Return")
    cadastro.focus_is("Código de barras (se houver)")
    cadastro.type("123")
    cadastro.key("ctrl+Return")
    cadastro.shows("✕ Código de barras inválido")
    cadastro.key("ctrl+a")
    cadastro.type("789 1000 315507")
    cadastro.key("ctrl+Return")

    cadastro.shows("P00001 | Parafuso 12mm")
    cadastro.shows("R$\N{NO-BREAK SPACE}1,50")
    assert bolts(admin).barcode == GTIN
    cadastro.shows_no_more("Editar produto P00001")


def test_a_box_a_short_code_and_a_cost_are_told_changed_and_kept(cadastro: Window, admin: ApiClient) -> None:
    cadastro.key("ctrl+n")
    cadastro.focus_is("Nome")
    cadastro.type("Cafe")
    cadastro.tab_to("Custo (R$)")
    cadastro.type("12,5")
    cadastro.tab_to("Código curto")
    cadastro.type("CAF-1")
    cadastro.tab_to("Caixas e outros códigos (código x12)")
    cadastro.type(BOX)
    cadastro.key("Return")
    cadastro.shows("⚠ É uma caixa? Escreva quantas vêm nela")
    cadastro.type(" x12")
    cadastro.key("Return")
    cadastro.shows("P00001 | Cafe")
    cafe = admin.product("p1")
    assert cafe is not None
    assert (cafe.cost, cafe.sku) == (Decimal("12.50"), "CAF-1")
    assert [(code.code, code.factor) for code in cafe.codes] == [(BOX, 12)]

    edit_bolts(cadastro)
    cadastro.shows("[12,50]")
    assert {"[CAF-1]", f"[{BOX} x12]"} <= set(cadastro.now("seen"))
    cadastro.type("Cafe forte")
    cadastro.tab_to("Caixas e outros códigos (código x12)")
    cadastro.key("ctrl+a")
    cadastro.type(f"{BOX} x0")
    cadastro.key("ctrl+Return")
    cadastro.shows("✕ Informe uma quantidade maior que zero.")
    cadastro.key("ctrl+a")
    cadastro.type(f"{GTIN}; {BOX} x24")
    cadastro.key("ctrl+Return")
    cadastro.shows("P00001 | Cafe forte")
    cafe = admin.product("p1")
    assert cafe is not None
    assert (cafe.cost, cafe.sku) == (Decimal("12.50"), "CAF-1")
    assert [(code.code, code.factor) for code in cafe.codes] == [(GTIN, 1), (BOX, 24)]


def test_what_somebody_else_changed_meanwhile_is_kept(cadastro: Window, admin: ApiClient) -> None:
    create_bolts(cadastro)
    edit_bolts(cadastro)
    cadastro.type("Parafuso sextavado")
    elsewhere = ProductChange(nome="Parafuso 10mm", preco="0.35", estoque_minimo=Decimal(20))
    admin.change_product("p1", elsewhere, version=1)
    cadastro.key("ctrl+Return")

    cadastro.shows("✕ Outra pessoa mudou este produto.")
    cadastro.shows("[Parafuso sextavado]", "[0,35]", "[20]")
    cadastro.key("ctrl+Return")
    cadastro.shows("P00001 | Parafuso sextavado")
    product = bolts(admin)
    assert (product.name, product.price, product.minimum_stock) == ("Parafuso sextavado", Decimal("0.35"), 20)


def test_a_deactivated_product_is_shown_on_demand_and_comes_back(cadastro: Window, admin: ApiClient) -> None:
    create_bolts(cadastro)
    edit_bolts(cadastro)
    cadastro.tab_to("Desativar")
    cadastro.key("space")
    cadastro.shows("Todos os produtos estão desativados.")
    assert not bolts(admin).active
    cadastro.shows_no_more("[Parafuso 10mm]")

    cadastro.key("ctrl+n")
    cadastro.focus_is("Nome")
    cadastro.type("PARAFUSO 10MM")
    cadastro.key("ctrl+Return")
    cadastro.shows("✕ Já existe Parafuso 10mm (P00001, desativado).")
    cadastro.focus_is("Abrir este")
    cadastro.key("space")
    cadastro.shows("Editar produto P00001")
    cadastro.key("Escape")
    cadastro.tab_to("Mostrar desativados", key="shift+Tab")
    cadastro.key("space")
    cadastro.shows("✕ desativado  0")

    to_the_list(cadastro)
    cadastro.key("Return")  # for a movement: it can only be opened
    cadastro.shows("Editar produto P00001")
    cadastro.tab_to("Reativar")
    cadastro.key("space")
    cadastro.shows_no_more("✕ desativado")
    assert bolts(admin).active


def test_a_product_that_exists_is_used_instead(cadastro: Window, admin: ApiClient) -> None:
    create_bolts(cadastro)
    cadastro.key("ctrl+n")
    cadastro.focus_is("Nome")
    cadastro.type("parafuso 10MM")
    cadastro.key("ctrl+Return")
    cadastro.shows("✕ Já existe Parafuso 10mm (P00001).")
    cadastro.focus_is("Usar este")
    cadastro.key("space")
    cadastro.focus_is("Quantidade")
    cadastro.shows("[Parafuso 10mm]")


def test_a_product_another_computer_has_just_made_is_found(open_window: Open, api: Api) -> None:
    cadastro = open_window("cadastro", poll_s=600)
    register_admin(cadastro)
    api.client().create_product(ProductIn(nome="Cola"), key="elsewhere")
    cadastro.key("ctrl+n")
    cadastro.focus_is("Nome")
    cadastro.type("cola")
    cadastro.key("ctrl+Return")
    cadastro.shows("✕ Já existe Cola (P00001).")
    cadastro.focus_is("Usar este")
    cadastro.key("space")
    cadastro.focus_is("Quantidade")


def test_a_product_never_goes_out_under_the_name_of_the_next_person(open_window: Open, api: Api) -> None:
    cadastro = open_window("cadastro", poll_s=600)  # the product is what finds out
    register_admin(cadastro)
    ApiClient(api.url).register(Registration(username="ana", password="1234"))
    cadastro.key("ctrl+n")
    cadastro.focus_is("Nome")
    cadastro.type("Cola")
    api.client().change_password(PasswordChange(senha_atual="1234", senha_nova="4321"))
    cadastro.key("ctrl+Return")
    cadastro.shows("Entre de novo")
    log_in_as(cadastro, "ana")

    cadastro.shows("Cadastre seu primeiro produto")
    cadastro.shows_no_more("[Cola]")
    assert api.client("ana").products().items == []


def test_names_that_differ_at_their_ends_are_whole_in_the_list_to_choose_from(
    cadastro: Window, admin: ApiClient
) -> None:
    name = "Detergente concentrado para roupas coloridas e delicadas"
    for number, weight in enumerate(("500 g", "1 kg")):
        admin.create_product(ProductIn(nome=f"{name} {weight}"), key=f"{number}")
    cadastro.shows("Produtos  2")
    cadastro.key("F2")
    cadastro.focus_is("Produto")
    cadastro.type("deterg")
    cadastro.shows(f"{name} 500 g | saldo 0", f"{name} 1 kg | saldo 0")
    assert cadastro.now("columns")["saldo"]["right"] <= cadastro.now("size")[0]
    settle(cadastro, cut)

    cadastro.key("ctrl+a", "BackSpace")
    admin.create_product(ProductIn(nome=name * 3), key="long")
    cadastro.shows("Produtos  3")
    cadastro.type("deterg")
    cadastro.shows("… | saldo 0")
    settle(cadastro, cut)
    assert cadastro.now("columns")["saldo"]["right"] <= cadastro.now("size")[0]


def test_why_the_balance_is_seven(cadastro: Window, admin: ApiClient) -> None:
    create_bolts(cadastro)
    admin.record_movement(MovementIn(produto_id="p1", quantidade=50, documento="NF 12", fornecedor="Moinho"), key="a")
    sold = {"produto_id": "p1", "tipo": "saida", "quantidade": 43, "motivo": "venda"}
    admin.record_movement(MovementIn.model_validate(sold), key="b")
    cadastro.shows("P00001 | Parafuso 10mm |  | 7")
    to_the_list(cadastro)
    cadastro.key("F11")

    cadastro.shows("Por que 7?  Parafuso 10mm (P00001)")
    cadastro.shows("✓ 2 movimentações: entraram 50, saíram 43 e sobram 7 UN, como na lista.")
    cadastro.shows("▼ saída | -43 | 7 | admin | venda")
    cadastro.shows("▲ entrada | +50 | 50 | admin | NF 12 · Moinho")
    admin.record_movement(MovementIn(produto_id="p1", quantidade=1), key="c")
    cadastro.shows("✓ 3 movimentações: entraram 51")
    cadastro.shows("Por que 8?")
    cadastro.key("Escape")
    cadastro.shows("P00001 | Parafuso 10mm |  | 8")


def test_what_was_registered_wrongly_is_reversed_later(cadastro: Window, admin: ApiClient, api: Api) -> None:
    create_bolts(cadastro)
    admin.record_movement(MovementIn(produto_id="p1", quantidade=40), key="a")
    admin.record_movement(MovementIn(produto_id="p1", quantidade=500), key="b")
    cadastro.shows("P00001 | Parafuso 10mm |  | 540")
    to_the_list(cadastro)
    cadastro.key("F11")

    cadastro.shows("✓ 2 movimentações")
    cadastro.tab_to("Estornar…")
    cadastro.key("space")
    cadastro.focus_is("Motivo do estorno")
    cadastro.shows("O estorno da entrada de +500 UN registra o contrário")
    cadastro.key("ctrl+Return")
    cadastro.shows("✕ Informe o motivo.")
    cadastro.key("Escape")
    cadastro.shows("✓ 2 movimentações")
    cadastro.tab_to("Estornar…")
    cadastro.key("space")
    cadastro.focus_is("Motivo do estorno")
    cadastro.type("um zero a mais")
    cadastro.key("Return")
    cadastro.shows("▼ estorno | -500 | 40 | admin | um zero a mais")
    cadastro.shows("✓ 3 movimentações: entraram 540, saíram 500 e sobram 40 UN, como na lista.")
    cadastro.shows_no_more("Estornar…")  # of what was reversed
    cadastro.key("End")
    cadastro.shows("Estornar…")
    cadastro.key("Escape")
    cadastro.shows("P00001 | Parafuso 10mm |  | 40")
    assert stored(api) == [(1, 40), (2, 500), (3, -500)]


def test_a_slip_of_a_key_is_asked_about_and_documents_stay(cadastro: Window, admin: ApiClient, api: Api) -> None:
    create_bolts(cadastro)
    cadastro.type("12")
    cadastro.key("Tab")
    cadastro.focus_is("Documento")
    cadastro.type("NF 77")
    cadastro.key("Return")
    cadastro.focus_is("Fornecedor")
    cadastro.type("Moinho")
    cadastro.key("Return")
    cadastro.shows("✓ +12 Parafuso 10mm")
    wait_for("the entry", lambda: stored(api) == [(1, 12)])
    cadastro.shows("[NF 77]", "[Moinho]")
    cadastro.focus_is("Produto")
    cadastro.close()


def test_ten_times_the_usual_needs_a_second_enter(
    open_window: Open, api: Api, admin: ApiClient, cadastro: Window
) -> None:
    admin.create_product(ProductIn(nome="Cola"), key="p")
    admin.record_movement(MovementIn(produto_id="p1", quantidade=12), key="e")
    cadastro.shows("Cola |  | 12")
    cadastro.key("F2")
    cadastro.focus_is("Produto")
    cadastro.type("cola")
    cadastro.key("Return")
    cadastro.focus_is("Quantidade")
    cadastro.has_heard()  # what is usual
    cadastro.type("1200")
    cadastro.key("Return")
    cadastro.shows("⚠ Confirma 1.200? O costume é 12.")
    cadastro.shows("Confirmar +1.200  Ctrl+Enter")
    assert stored(api) == [(1, 12)]
    cadastro.type("120")  # the number is selected: typing replaces it, and takes the doubt away
    cadastro.shows_no_more("Confirma 1.200?")
    cadastro.key("Return")
    cadastro.shows("✓ +120 Cola")
    cadastro.focus_is("Produto")
    cadastro.type("cola")
    cadastro.key("Return")
    cadastro.focus_is("Quantidade")
    cadastro.type("9999")
    cadastro.key("Return")
    cadastro.shows("⚠ Confirma 9.999?")
    cadastro.key("Return")
    cadastro.shows("✓ +9.999 Cola")
    assert stored(api) == [(1, 12), (2, 120), (3, 9999)]


def shown_names(cadastro: Window) -> list[str]:
    return [row.split(" | ")[1] for row in cadastro.now("seen") if row.startswith("P0000")]


def test_a_click_on_a_title_sorts(cadastro: Window, admin: ApiClient) -> None:
    for number, (name, price) in enumerate([("Cola", "9.90"), ("Arroz", "27.90"), ("Bolo", None)]):
        admin.create_product(ProductIn(nome=name, preco=price), key=f"p{number}")
    cadastro.shows("Produtos  3")
    assert shown_names(cadastro) == ["Arroz", "Bolo", "Cola"]
    x, y, width, _ = next(stop["box"] for stop in cadastro.now("stops") if stop["kind"] == "Treeview")
    for order in (["Bolo", "Cola", "Arroz"], ["Arroz", "Cola", "Bolo"], ["Arroz", "Bolo", "Cola"]):
        cadastro.desk.run(
            "xdotool", "mousemove", "--window", cadastro.id, str(x + width - 40), str(y + 14), "click", "1"
        )
        wait_for(f"the order {order}", lambda order=order: shown_names(cadastro) == order)

"""*Vendas*, by keys: totals between two days, who is first, an export, and a sale that is taken back."""

from decimal import Decimal
from uuid import uuid4

import pytest

from almoxarife.clients.api.client import ApiClient
from almoxarife.wire.accounts import Registration, UserChange
from almoxarife.wire.catalog import ProductIn
from almoxarife.wire.sales import SaleIn
from almoxarife.wire.stores import ChainIn, ShopChange
from tests.gui.conftest import Open
from tests.gui.desk import Api, wait_for
from tests.gui.test_layout import enlarge, is_whole


@pytest.fixture
def sold(two_shops: Api) -> ApiClient:
    """admin, after ana has sold 30 in Centro of a chain, and admin 20 in Matriz and two coffees in Centro."""
    ApiClient(two_shops.url).register(Registration(username="ana", password="1234"))
    admin = two_shops.client()
    matriz, centro = admin.shops()
    chain = admin.create_chain(ChainIn(nome="Rede Norte"))
    admin.change_shop(centro.id, ShopChange(nome="Centro", rede_id=chain.id), version=centro.version)
    ana = next(person for person in admin.users() if person.username == "ana")
    admin.change_user(ana.id, UserChange(nome="Ana Prado", lojas=[centro.id]))
    coffee = admin.create_product(ProductIn(nome="Café", preco="19.90"), key="cafe")
    sell(two_shops.client("ana"), centro.id, valor="30.00")
    sell(admin, matriz.id, valor="20.00")
    sell(admin, centro.id, itens=[{"produto_id": coffee.id, "quantidade": 2}], desconto="0.80")
    return admin


def sell(client: ApiClient, shop_id: str, **what: object) -> None:
    client.sell(SaleIn.model_validate({"loja_id": shop_id, **what}), key=uuid4().hex)


def test_a_manager_sees_who_sold_what_and_takes_a_sale_back(open_window: Open, sold: ApiClient) -> None:
    cadastro = open_window("cadastro")
    cadastro.log_in()
    cadastro.key("ctrl+u")
    cadastro.shows("R$\xa089,00 em 3 vendas")
    cadastro.shows("Melhor loja: Centro (R$\xa069,00) · Melhor vendedor: admin (R$\xa059,00)")
    cadastro.shows("1º | admin | R$\xa059,00 | 66,3 % | 2")
    cadastro.shows("2º | Ana Prado | R$\xa030,00 | 33,7 % | 1")
    cadastro.tab_to("")
    cadastro.key("Home")
    cadastro.shows("Ver as vendas  Enter")
    for tab, row in (
        ("Por produto", "1º | Café | R$\xa039,00 | 43,8 % | 2 UN | 1"),
        ("Por rede", "1º | Rede Norte | R$\xa069,00"),
    ):
        cadastro.tab_to(tab)
        cadastro.key("space")
        cadastro.shows(row)
        assert "Algo deu errado" not in cadastro.text  # what was selected is no row of this ranking
    cadastro.tab_to("Até")
    cadastro.key("ctrl+a")
    cadastro.type("31/02/2023")
    cadastro.key("Return")
    cadastro.shows("✕ Este dia não existe no calendário.")
    cadastro.key("ctrl+a", "Delete")
    cadastro.tab_to("Loja")
    cadastro.key("Down")
    wait_for("the shops to drop down", lambda: cadastro.now("focus") is None)
    cadastro.key("Down", "Return")
    cadastro.shows("R$\xa069,00 em 2 vendas")
    cadastro.shows("[Outros dias]")
    cadastro.tab_to("Uma a uma")
    cadastro.key("space")
    cadastro.shows("Centro | admin | 2 UN Café | R$\xa039,00 | ⚠ faltou saldo")
    cadastro.tab_to("")
    cadastro.key("Down")
    cadastro.shows("(desconto de R$\xa00,80)")
    cadastro.tab_to("Cancelar venda…")
    cadastro.key("space")
    cadastro.shows("O estoque dos itens volta.")
    cadastro.focus_is("Motivo do cancelamento")
    cadastro.key("ctrl+Return")
    cadastro.shows("✕ Informe o motivo.")
    cadastro.type("engano")
    cadastro.key("ctrl+Return")
    cadastro.shows("cancelada.")
    cadastro.shows("| ✕ cancelada")
    cadastro.shows("R$\xa030,00 em 1 venda")

    assert sold.sales_total().total == Decimal("50.00")
    assert [product.balance for product in sold.products().items or []] == [0]


def test_the_question_goes_with_whoever_does_not_cancel(open_window: Open, sold: ApiClient) -> None:
    cadastro = open_window("cadastro")
    cadastro.log_in()
    cadastro.key("ctrl+u")
    cadastro.shows("em 3 vendas")
    cadastro.tab_to("Uma a uma")
    cadastro.key("space")
    cadastro.shows("Centro | admin | 2 UN Café")
    cadastro.tab_to("")
    cadastro.key("Down")
    for leaves_by_button in (True, False):
        cadastro.tab_to("Cancelar venda…")
        cadastro.key("space")
        cadastro.shows("Não há como desfazer.")
        if leaves_by_button:
            cadastro.tab_to("Não cancelar")
        cadastro.key("space" if leaves_by_button else "Escape")
        cadastro.shows_no_more("Não há como desfazer.")
        cadastro.shows("(desconto de R$\xa00,80)")


def test_a_total_is_followed_down_to_its_sales_and_their_items(open_window: Open, sold: ApiClient) -> None:
    cadastro = open_window("cadastro")
    cadastro.log_in()
    cadastro.key("ctrl+u")
    cadastro.shows("1º | admin | R$\xa059,00")
    cadastro.tab_to("")
    cadastro.key("Home", "Return")
    cadastro.shows("Centro | admin | 2 UN Café | R$\xa039,00")
    cadastro.shows("R$\xa059,00 em 2 vendas")
    cadastro.shows("[admin]")
    cadastro.shows_no_more("| Ana Prado |")
    cadastro.key("Home", "Return")
    cadastro.shows("Café | 2 UN | R$\xa019,90 | R$\xa00,80 | R$\xa039,00")
    cadastro.key("Escape")
    cadastro.shows("Matriz | admin | valor avulso | R$\xa020,00")
    cadastro.key("Escape")
    cadastro.shows("2º | Ana Prado | R$\xa030,00 | 33,7 % | 1")
    cadastro.shows("[Todos]")


def test_a_seller_finds_their_own_sales_and_takes_one_of_today_back(open_window: Open, sold: ApiClient) -> None:
    ana = next(person for person in sold.users() if person.username == "ana")
    sold.change_user(ana.id, UserChange(papel="vendedor"))
    cadastro = open_window("cadastro")
    cadastro.log_in("ana")
    cadastro.shows("Fechar venda")
    cadastro.key("ctrl+u")
    cadastro.shows("Minhas vendas")
    cadastro.shows("R$\xa030,00 em 1 venda")
    for absent in ("Por produto", "| admin |"):
        cadastro.shows_no_more(absent)
    cadastro.tab_to("")
    cadastro.key("Home")
    cadastro.tab_to("Cancelar venda…")
    cadastro.key("space")
    cadastro.focus_is("Motivo do cancelamento")
    cadastro.type("engano")
    cadastro.key("Return")
    cadastro.shows("| ✕ cancelada")

    assert sold.sales_total().total == Decimal("59.00")


@pytest.mark.parametrize("larger", [0, 9], ids=["100%", "largest"])
def test_every_control_of_the_page_is_visible(open_window: Open, sold: ApiClient, larger: int) -> None:
    cadastro = open_window("cadastro")
    cadastro.activate()
    cadastro.focus_is("Usuário")
    enlarge(cadastro, larger)
    cadastro.log_in()
    cadastro.key("ctrl+u")
    cadastro.shows("em 3 vendas")
    is_whole(cadastro)
    cadastro.tab_to("Uma a uma")
    cadastro.key("space")
    cadastro.shows("2 UN Café")
    cadastro.tab_to("")
    cadastro.key("Down")
    cadastro.tab_to("Cancelar venda…")
    cadastro.key("space")
    cadastro.focus_is("Motivo do cancelamento")
    cadastro.key("ctrl+Return")
    cadastro.shows("✕ Informe o motivo.")
    is_whole(cadastro)

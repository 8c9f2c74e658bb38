"""Whoever has several shops says where things happen; whoever may only look gets no form; lists go out as files."""

import signal
from collections.abc import Iterator

import pytest

from almoxarife.clients.api.client import ApiClient
from almoxarife.tables.reader import read_table
from almoxarife.wire.accounts import Registration, Role, UserChange
from almoxarife.wire.catalog import ProductIn
from almoxarife.wire.stock import MovementIn
from almoxarife.wire.stores import ShopChange, ShopIn
from tests.gui.conftest import Open
from tests.gui.desk import PATIENCE_S, Api, wait_for
from tests.gui.relay import Relay
from tests.gui.test_cadastro import to_the_list
from tests.gui.test_import import save_as
from tests.gui.test_queue import log_in_as
from tests.server.processes import almoxarife


@pytest.fixture
def two_shops(api: Api) -> ApiClient:
    """admin sees Matriz with 5 bolts and Centro with 2."""
    ApiClient(api.url).register(Registration(username="admin", password="1234"))
    api.signal(signal.SIGTERM)
    api.process.wait(PATIENCE_S)
    assert almoxarife("shops", "create", "Centro", data=api.database.parent).returncode == 0
    api.start()
    admin = api.client()
    admin.create_product(ProductIn(nome="Parafuso 10mm"), key="p")
    for shop, quantity in (("l1", 5), ("l2", 2)):
        admin.record_movement(MovementIn(produto_id="p1", quantidade=quantity, loja_id=shop), key=shop)
    return admin


def test_the_shop_is_chosen_above_the_list_and_remembered(open_window: Open, api: Api, two_shops: ApiClient) -> None:
    cadastro = open_window("cadastro")
    cadastro.log_in()
    cadastro.shows("[Todas as lojas]")
    cadastro.shows("P00001 | Parafuso 10mm |  | 7")
    cadastro.focus_is("Produto")
    cadastro.type("paraf")
    cadastro.key("Return")
    cadastro.focus_is("Quantidade")
    cadastro.type("3")
    cadastro.key("Return")
    cadastro.shows("✕ Escolha em cima da lista a loja em que isto acontece.")
    cadastro.focus_is("Loja")
    cadastro.choose(down=-1)
    cadastro.shows("[Centro]")
    cadastro.shows("P00001 | Parafuso 10mm |  | 2")
    cadastro.shows("⇡ fila 0 · Centro")
    cadastro.shows_no_more("Escolha em cima da lista")
    cadastro.key("ctrl+Return")
    cadastro.shows("✓ +3 Parafuso 10mm")
    cadastro.shows("P00001 | Parafuso 10mm |  | 5")
    assert [m.shop_id for m in two_shops.movements().items or []] == ["l1", "l2", "l2"]

    to_the_list(cadastro)
    cadastro.key("F11")
    cadastro.shows("✓ 2 movimentações: entraram 5, saíram 0 e sobram 5 UN, como na lista.")
    cadastro.shows("| admin | Centro")
    cadastro.close()
    again = open_window("cadastro")
    again.log_in()
    again.shows("[Centro]")
    again.shows("P00001 | Parafuso 10mm |  | 5")

    (matriz, _) = two_shops.shops()
    two_shops.change_shop(matriz.id, ShopChange(nome="Matriz", ativa=False), version=matriz.version)
    again.key("F5")
    again.shows_no_more("[Centro]")  # of one shop there is no choice, and the closed one is not offered
    again.shows("⇡ fila 0 · Centro")


def test_a_day_is_closed_in_one_shop(open_window: Open, two_shops: ApiClient) -> None:
    """Nobody has done anything wrong by opening the page: it asks, and the focus is where the answer is missing."""
    cadastro = open_window("cadastro")
    cadastro.log_in()
    cadastro.shows("[Todas as lojas]")
    cadastro.key("shift+F12")
    cadastro.shows("Escolha a loja: cada uma fecha o seu dia.")
    cadastro.shows_no_more("✕ Escolha a loja")
    cadastro.focus_is("Loja")
    cadastro.key("F5")
    cadastro.shows("✕ Escolha a loja: cada uma fecha o seu dia.")
    cadastro.focus_is("Loja")
    cadastro.choose(down=-1)
    cadastro.shows("✓ Confere: o servidor tem o que este computador enviou.")


def test_a_day_is_closed_by_itself_once_the_server_is_back(open_window: Open, api: Api, two_shops: ApiClient) -> None:
    cadastro = open_window("cadastro")
    cadastro.log_in()
    cadastro.tab_to("Loja")
    cadastro.choose(down=-1)
    cadastro.shows("⇡ fila 0 · Centro")
    cadastro.key("F12")
    cadastro.shows("Fechar venda")
    api.signal(signal.SIGKILL)
    cadastro.key("ctrl+g")
    cadastro.type("12,50")
    cadastro.key("ctrl+Return")
    cadastro.shows("⇡ fila 1")
    cadastro.key("shift+F12")
    cadastro.shows("✕ ", "O fechamento confere com o servidor")
    api.start()
    cadastro.shows("✓ Confere: o servidor tem o que este computador enviou.")
    cadastro.shows("Aceitas pelo servidor", "1   R$\xa012,50")


@pytest.mark.parametrize(("page", "word"), [("ctrl+u", "Nenhuma venda nestes dias."), ("ctrl+m", "KG | ")])
def test_a_page_that_could_not_be_filled_is_filled_once_the_server_is_back(
    open_window: Open, api: Api, two_shops: ApiClient, page: str, word: str
) -> None:
    cadastro = open_window("cadastro")
    cadastro.log_in()
    cadastro.shows("P00001 | Parafuso 10mm |  | 7")
    api.signal(signal.SIGKILL)
    cadastro.key(page)
    cadastro.shows("✕ ")
    api.start()
    cadastro.shows(word)
    cadastro.shows_no_more("✕ ")


@pytest.fixture
def relay(api: Api, two_shops: ApiClient, monkeypatch: pytest.MonkeyPatch) -> Iterator[Relay]:
    """Between the windows and the API."""
    with Relay(api.port) as relay:
        monkeypatch.setattr(api, "url", relay.url)
        yield relay


def test_shops_that_arrive_after_the_page_can_be_chosen(open_window: Open, relay: Relay) -> None:
    relay.held.add("/lojas")
    cadastro = open_window("cadastro")
    cadastro.log_in()
    cadastro.shows("P00001 | Parafuso 10mm |  | 7")
    cadastro.key("shift+F12")
    cadastro.shows("Escolha a loja: cada uma fecha o seu dia.")
    cadastro.shows_no_more("[Todas as lojas]")
    relay.held.clear()
    cadastro.shows("[Todas as lojas]")
    cadastro.tab_to("Loja")
    cadastro.choose(down=-1)
    cadastro.shows("✓ Confere: o servidor tem o que este computador enviou.")


def test_the_next_person_is_not_offered_the_shops_of_the_one_before(
    open_window: Open, api: Api, two_shops: ApiClient, relay: Relay
) -> None:
    norte = two_shops.create_shop(ShopIn(nome="Norte"))
    ApiClient(api.url).register(Registration(username="ana", password="1234"))
    ana = next(p for p in two_shops.users() if p.username == "ana")
    two_shops.change_user(ana.id, UserChange(lojas=["l1", norte.id]))
    cadastro = open_window("cadastro")
    cadastro.log_in()
    cadastro.tab_to("Loja")
    cadastro.choose(down=-2)
    cadastro.shows("⇡ fila 0 · Centro")
    relay.held.add("/lojas")
    cadastro.key("ctrl+l")
    cadastro.shows("Entrar  (Enter)")
    log_in_as(cadastro, "ana")
    cadastro.shows("Registrar entrada  Ctrl+Enter")
    cadastro.shows_no_more("Centro")
    relay.held.clear()
    cadastro.shows("[Todas as lojas]")
    cadastro.tab_to("Loja")
    cadastro.choose(down=-1)
    cadastro.shows("⇡ fila 0 · Norte")


def test_whoever_may_only_look_gets_no_form(open_window: Open, api: Api, two_shops: ApiClient) -> None:
    ApiClient(api.url).register(Registration(username="vera", password="1234"))
    vera = next(p for p in two_shops.users() if p.username == "vera")
    two_shops.change_user(vera.id, UserChange(papel=Role.SELLER, lojas=["l1"]))
    cadastro = open_window("cadastro")
    cadastro.log_in("vera")
    cadastro.shows("Fechar venda")
    cadastro.key("Escape")
    cadastro.shows("P00001 | Parafuso 10mm |  | 5")
    two_shops.change_user(vera.id, UserChange(lojas=["l2"]))  # the window finds out by itself, and goes on there
    cadastro.shows("P00001 | Parafuso 10mm |  | 2")
    cadastro.shows("● Conectado", "⇡ fila 0 · Centro")
    cadastro.shows("peça a um administrador o papel de estoquista")
    cadastro.focus_is("Buscar  Ctrl+F")
    for absent in ("Registrar entrada", "+ Novo", "Importar", "Editar", "Loja"):
        cadastro.shows_no_more(absent)
    cadastro.key("F2", "ctrl+n", "ctrl+i", "ctrl+Return", "Escape")
    to_the_list(cadastro)
    cadastro.key("F11")
    cadastro.shows("Por que 2?")
    cadastro.key("Escape", "ctrl+l")
    cadastro.shows("Entrar  (Enter)")
    log_in_as(cadastro, "admin")
    cadastro.shows("Registrar entrada  Ctrl+Enter")
    cadastro.shows("+ Novo  Ctrl+N")


def test_the_list_goes_out_as_it_is_seen(open_window: Open, api: Api, two_shops: ApiClient, tmp_path) -> None:
    two_shops.create_product(ProductIn(nome="=Cola", preco="1.50"), key="c")
    cadastro = open_window("cadastro")
    cadastro.log_in()
    cadastro.shows("Produtos  2")
    cadastro.key("ctrl+f")
    cadastro.focus_is("Buscar  Ctrl+F")
    cadastro.type("cola")
    cadastro.shows("Produtos  1")
    cadastro.key("ctrl+e")
    saved = save_as(cadastro, tmp_path / "so cola.csv")
    cadastro.shows(f"✓ 1 linha gravada em {saved}")
    assert "'=Cola" in saved.read_text(encoding="utf-8-sig")
    assert [row.cells[1] for row in read_table(saved).rows] == ["=Cola"]

    cadastro.activate()
    cadastro.key("ctrl+f", "ctrl+a", "BackSpace")
    cadastro.shows("Produtos  2")
    to_the_list(cadastro)
    cadastro.key("Down", "F11")
    cadastro.shows("Por que 7?")
    cadastro.shows("como na lista")
    cadastro.key("ctrl+e")
    wait_for("the dialog", lambda: cadastro.desk.find("Exportar"))
    saved = save_as(cadastro, tmp_path / "parafuso.xlsx")
    cadastro.shows(f"✓ 2 linhas gravadas em {saved}")
    assert [row.cells[5] for row in read_table(saved).rows] == ["Centro", "Matriz"]
    cadastro.activate()
    cadastro.key("Escape")
    cadastro.shows("Registrar entrada  Ctrl+Enter")
    cadastro.shows_no_more("2 linhas gravadas")

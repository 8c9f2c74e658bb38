"""A scanner in every control of every screen, as they are sold and set up: nothing is registered that nobody meant."""

from decimal import Decimal
from pathlib import Path

import pytest

from almoxarife.clients.api.client import ApiClient
from almoxarife.wire.catalog import ProductIn
from almoxarife.wire.messages import Box
from tests.gui.conftest import Open
from tests.gui.desk import Api, Window
from tests.gui.steps import register_admin

GTIN = "7891000315507"
SCREENS = (
    "Venda > Cancelar…  Ctrl+K", "Buscar", "Novo produto", "Entrada", "Saída", "Ajuste", "Importar planilha", "Venda",
    "Fechamento do dia", "Vendas e totais", "Fila de envio", "Recados", "Minha conta", "Dia do usuário", "Usuários",
    "Lojas", "Unidades",
)  # fmt: skip


@pytest.fixture
def cadastro(open_window: Open, api: Api) -> Window:
    cadastro = open_window("cadastro")
    register_admin(cadastro)
    api.client().create_product(ProductIn(nome="Cafe", codigo_barras=GTIN, preco=Decimal("19.90")), key="p")
    cadastro.shows("Produtos  1")
    return cadastro


def test_no_scan_in_any_control_of_any_screen_registers_anything(cadastro: Window, api: Api) -> None:
    cadastro.key("F12")
    cadastro.focus_is("Produto")
    cadastro.now(f"read: {GTIN}")
    cadastro.shows("Cafe | 1 UN")
    cadastro.key("ctrl+Return")
    cadastro.shows("registrada no servidor")
    admin = api.client()  # five wrong passwords close the door to the next one: in *Minha conta* a scan is one
    before = everything(admin)
    read_in = {screen: cadastro.now(f"scan: {screen}") for screen in SCREENS}

    assert min(map(len, read_in.values())) > 1, read_in
    assert not any("Entrar  (Enter)" in names for names in read_in.values()), read_in
    assert everything(admin) == before
    cadastro.shows("eia de novo.")  # "Volte à lista e leia de novo.", or what had lost a digit
    assert cadastro.output == ""


def test_a_scan_at_the_button_that_imports_imports_nothing(cadastro: Window, api: Api, tmp_path: Path) -> None:
    (tmp_path / "lista.csv").write_text("Produto;Estoque\nPao;50\n", encoding="utf-8")
    admin = api.client()
    before = everything(admin)
    cadastro.key("ctrl+i")
    cadastro.focus_is("Arquivo")
    cadastro.type(str(tmp_path / "lista.csv"))
    cadastro.key("Return")
    cadastro.focus_is("Conferir  Ctrl+Enter")
    cadastro.key("Return")
    cadastro.focus_is("Importar 1 produto  Ctrl+Enter")

    cadastro.now(f"read: {GTIN}")

    cadastro.shows("mas esta tela não o usa")
    cadastro.focus_is("Importar 1 produto  Ctrl+Enter")
    assert everything(admin) == before


def everything(admin: ApiClient) -> list[object]:
    """That a person of the window can change."""
    lists = [admin.products().items, admin.movements().items, admin.sales(with_cancelled=True), admin.imports()]
    return [*lists, admin.units(), admin.shops(), admin.users(), admin.messages(Box.OUT).items]

"""What the cadastro shows of products is whole on the smallest screen, at the largest text, in reading order."""

from pathlib import Path

import pytest

from almoxarife.clients.api.client import ApiClient
from tests.gui.conftest import Open
from tests.gui.desk import Api, Window, wait_for
from tests.gui.steps import register_admin
from tests.gui.test_cadastro import to_the_list
from tests.gui.test_import import open_import
from tests.gui.test_layout import both_themes, cut, enlarge, hidden, names, settle, tabbed
from tests.gui.test_screenshots import pictures
from tests.gui.test_shops import two_shops

__all__ = ["two_shops"]


@pytest.fixture
def mixed_list(tmp_path: Path) -> Path:
    file = tmp_path / "lista.csv"
    long_name = "Um nome de produto comprido demais para caber em qualquer coluna " * 2
    file.write_text(f"Produto;Preço\n{long_name};1,00\nVinho;caro\n", encoding="utf-8")
    return file


def has(cadastro: Window, *wanted: str) -> None:
    """In both themes."""
    for _ in both_themes(cadastro):
        wait_for(f"{wanted}", lambda: names(cadastro) >= set(wanted))
        settle(cadastro, hidden)
        settle(cadastro, cut)


@pytest.mark.parametrize("larger", [0, 9], ids=["100%", "largest"])
def test_every_control_is_visible(open_window: Open, api: Api, mixed_list: Path, larger: int) -> None:
    cadastro = open_window("cadastro")
    register_admin(cadastro)
    enlarge(cadastro, larger)
    cadastro.shows("Cadastre seu primeiro produto")
    has(cadastro, "Novo produto  Ctrl+N", "Importar planilha  Ctrl+I", "Usar exemplo")

    open_import(cadastro, mixed_list)
    cadastro.shows("2 linhas lidas")
    cadastro.shows_no_more("Nada é gravado antes de você confirmar.")  # of no use now, and on a low screen in the way
    cadastro.key("ctrl+Return")
    cadastro.shows("⚠ 2 linhas: 1 novo, 1 recusado.")
    everything = ("Arquivo", "Escolher…", "Produto", "Unidade", "Código de barras", "Estoque mínimo", "Preço")
    has(cadastro, *everything, "Salvar recusados…  Ctrl+E", "Importar 1 produto  Ctrl+Enter", "Voltar  Esc")
    cadastro.tab_to("")
    cadastro.key("Home")
    cadastro.shows("Linha 3: Preço “caro”: escreva o valor assim: 19,90")
    has(cadastro, *everything, "Salvar recusados…  Ctrl+E", "Importar 1 produto  Ctrl+Enter", "Voltar  Esc")
    cadastro.key("ctrl+Return")
    cadastro.shows("✓ 1 produto importado.")
    cadastro.key("Escape")

    to_the_list(cadastro)
    cadastro.key("F11")
    cadastro.shows("Nenhuma movimentação ainda: o saldo é 0.")
    has(cadastro, "", "Exportar  Ctrl+E", "Voltar  Esc")
    cadastro.key("Escape", "ctrl+p")
    cadastro.shows("Editar produto P00001")
    cadastro.focus_is("Nome")
    cadastro.key("Delete", "ctrl+Return")
    cadastro.shows("✕ Digite o nome do produto.")
    has(cadastro, "Nome", "Preço (R$)", "Unidade", "Gravar  Ctrl+Enter", "Desativar", "Cancelar  Esc")


def test_the_choice_of_a_shop_and_the_till_have_room_at_the_largest_text(
    open_window: Open, api: Api, two_shops: ApiClient, tmp_path: Path
) -> None:
    """Large from the start: what is measured once is measured in this size."""
    (tmp_path / "cliente").mkdir()
    (tmp_path / "cliente" / "preferencias.json").write_text('{"texto_porcento": 150}', encoding="utf-8")
    cadastro = open_window("cadastro")
    cadastro.log_in()
    has(cadastro, "Loja", "Buscar  Ctrl+F", "+ Novo  Ctrl+N", "⇪ Importar  Ctrl+I", "Mostrar desativados")
    # What a screen of 1024×768 leaves to a window with a frame around it.
    cadastro.desk.run("xdotool", "windowsize", "--sync", cadastro.id, "990", "720")
    cadastro.key("F12")
    cadastro.shows("Fechar venda")
    cadastro.focus_is("Produto")
    cadastro.type("parafuso")
    cadastro.key("Return")
    cadastro.shows("1 item")
    has(cadastro, "Loja", "Quantidade do item  Ctrl+Q", "Preço de um (R$)", "Remover  Del", "Fechar venda  Ctrl+Enter")
    left, _, width, _ = next(stop["box"] for stop in cadastro.now("stops") if stop["text"] == "Produto")
    assert cadastro.now("columns")["subtotal"]["right"] <= left + width


def test_tab_goes_in_reading_order(open_window: Open, api: Api, mixed_list: Path) -> None:
    cadastro = open_window("cadastro")
    register_admin(cadastro)
    open_import(cadastro, mixed_list)
    cadastro.shows("2 linhas lidas")
    cadastro.key("ctrl+Return")
    cadastro.shows("⚠ 2 linhas: 1 novo, 1 recusado.")
    order = tabbed(cadastro, "Importar 1 produto  Ctrl+Enter")
    assert order[order.index("Voltar  Esc") :] == [
        "Voltar  Esc", "Arquivo", "Escolher…", "Letras", "Separador", "Títulos", "Decimais",
        "Produto", "Unidade", "Código de barras", "Estoque mínimo", "Preço",
        "Estoque", "Custo", "Código curto", "Código da caixa", "Qtd. na caixa", "Situação", "",
        "Salvar recusados…  Ctrl+E",
    ]  # fmt: skip
    cadastro.key("ctrl+Return")
    cadastro.shows("✓ 1 produto importado.")
    cadastro.key("Escape")
    to_the_list(cadastro)
    cadastro.key("ctrl+p")
    assert tabbed(cadastro, "Nome")[:11] == [
        "Nome", "Preço (R$)", "Custo (R$)", "Unidade", "Código de barras (se houver)", "Código curto", "Estoque mínimo",
        "Caixas e outros códigos (código x12)", "Gravar  Ctrl+Enter", "Desativar", "Cancelar  Esc",
    ]  # fmt: skip


def test_pictures_of_the_product_pages(open_window: Open, api: Api, mixed_list: Path, images: Path) -> None:
    cadastro = open_window("cadastro")
    register_admin(cadastro)
    cadastro.shows("Cadastre seu primeiro produto")
    pictures(cadastro, images / "primeiro-produto.png")
    cadastro.tab_to("Usar exemplo")
    cadastro.key("space")
    cadastro.shows("Produtos  10")
    open_import(cadastro, mixed_list)
    cadastro.shows("2 linhas lidas")
    cadastro.key("ctrl+Return")
    cadastro.shows("⚠ 2 linhas: 1 novo, 1 recusado.")
    pictures(cadastro, images / "importar.png")
    cadastro.key("Escape")
    to_the_list(cadastro)
    cadastro.key("F11")
    cadastro.shows("como na lista.")
    pictures(cadastro, images / "historico.png")

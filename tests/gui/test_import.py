"""A whole list of products from a spreadsheet, with the server as the judge and the person as the one who decides."""

import signal
import sqlite3
from contextlib import closing, suppress
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter

from almoxarife.tables.reader import read_table
from almoxarife.wire.accounts import PasswordChange
from tests.gui.conftest import Open
from tests.gui.desk import Api, Window, wait_for
from tests.gui.steps import register_admin

ROWS, BAD = 20_000, 137


@pytest.fixture
def cadastro(open_window: Open, api: Api) -> Window:
    cadastro = open_window("cadastro")
    register_admin(cadastro)
    return cadastro


@pytest.fixture(scope="module")
def long_list(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """20,000 products of which 137 cannot be: of each kind of mistake some."""
    file = tmp_path_factory.mktemp("planilha") / "produtos.xlsx"
    mistakes = [("", "UN", 1.5), ("Produto {n}", "TONEL", 1.5), ("Produto {n}", "UN", "caro"), ("Produto 0", "UN", 1)]
    every = ROWS // BAD
    with xlsxwriter.Workbook(file) as book:
        page = book.add_worksheet()
        page.write_row(0, 0, ["Descrição", "Unid.", "Preço de venda"])
        for n in range(ROWS):
            number = n // every
            is_bad = n % every == every - 1 and number < BAD
            name, unit, price = mistakes[number % len(mistakes)] if is_bad else ("Produto {n}", "UN", 1 + n / 100)
            page.write_row(n + 1, 0, [name.format(n=n), unit, price])
    return file


def open_import(cadastro: Window, file: Path) -> None:
    cadastro.key("ctrl+i")
    cadastro.focus_is("Arquivo")
    cadastro.key("ctrl+a")
    cadastro.type(str(file))
    cadastro.key("Return")


def products(api: Api) -> int:
    with closing(sqlite3.connect(f"file:{api.database}?mode=ro", uri=True)) as db:
        (count,) = db.execute("SELECT count(*) FROM products").fetchone()
    return int(count)


def test_twenty_thousand_products_of_which_137_cannot_be(
    cadastro: Window, api: Api, long_list: Path, tmp_path: Path
) -> None:
    open_import(cadastro, long_list)
    cadastro.shows("20.000 linhas lidas. Confira as colunas.")
    cadastro.shows("[A · Descrição]", "[B · Unid.]", "[C · Preço de venda]")
    cadastro.key("ctrl+Return")
    cadastro.shows("⚠ 20.000 linhas: 19.863 novos, 137 recusados.")
    assert products(api) == 0

    cadastro.key("ctrl+e")
    saved = save_as(cadastro, tmp_path / "recusados.xlsx")
    cadastro.shows(f"✓ 137 linhas gravadas em {saved}")
    refused = read_table(saved)
    assert refused.headings == ("Descrição", "Unid.", "Preço de venda", "Linha", "Motivo")
    assert len(refused.rows) == BAD
    assert {str(row.cells[-1]).partition(" ")[0] for row in refused.rows} == {"Digite", "Unidade:", "Preço", "É"}

    cadastro.activate()
    cadastro.focus_is("Importar 19.863 produtos  Ctrl+Enter")
    cadastro.key("Return")
    cadastro.shows("✓ 19.863 produtos importados. 137 ficaram de fora")
    assert products(api) == ROWS - BAD
    cadastro.focus_is("Concluir  Ctrl+Enter")
    cadastro.key("Return")
    cadastro.shows("Produtos  19.863")


def save_as(cadastro: Window, file: Path, *, title: str = "Exportar") -> Path:
    """In the system's own dialog."""
    wait_for("the dialog", lambda: cadastro.desk.find(title))

    def is_closed() -> bool:
        active = cadastro.desk.run("xdotool", "getactivewindow").strip()
        if active and not cadastro.desk.run("xdotool", "getwindowname", active).strip():
            cadastro.key("Return")  # the dialog's message, which has no title: half of a name was typed
        for dialog in cadastro.desk.find(title):
            cadastro.desk.run("xdotool", "windowactivate", dialog)
            if cadastro.desk.run("xdotool", "getactivewindow").strip() == dialog:
                cadastro.key("ctrl+a")
                cadastro.type(str(file))
                cadastro.key("Return")
                with suppress(AssertionError):  # it was typed before its field had the focus: once more
                    wait_for("the dialog's end", lambda: not cadastro.desk.find(title), within_s=10)
        return not cadastro.desk.find(title)

    wait_for("the dialog's end", is_closed)
    wait_for("the file", file.exists)
    return file


def test_a_check_that_is_cancelled_leaves_nothing(cadastro: Window, api: Api, tmp_path: Path) -> None:
    # Without units, which are asked for first: four seconds without an answer would end it before "Cancelar" does.
    names = "\n".join(f"Prego {n}" for n in range(ROWS))
    (tmp_path / "nomes.csv").write_text(f"Produto\n{names}\n", encoding="utf-8")
    open_import(cadastro, tmp_path / "nomes.csv")
    cadastro.shows("20.000 linhas lidas")
    api.signal(signal.SIGSTOP)
    cadastro.key("ctrl+Return")
    cadastro.shows("Conferindo no servidor…")
    cadastro.tab_to("Cancelar")
    cadastro.key("space")
    cadastro.shows("Cancelado: nada foi gravado.")
    api.signal(signal.SIGCONT)
    cadastro.key("Escape")
    cadastro.shows("Cadastre seu primeiro produto")
    assert products(api) == 0


def test_what_the_server_has_got_whole_is_cancelled_too_and_leaves_nothing(
    cadastro: Window, api: Api, tmp_path: Path
) -> None:
    (tmp_path / "um.csv").write_text("Produto;Estoque\nCafé;5\n", encoding="utf-8")
    open_import(cadastro, tmp_path / "um.csv")
    cadastro.shows("1 linha lida")
    cadastro.key("ctrl+Return")
    cadastro.shows("✓ 1 linha: 1 novo.")
    api.signal(signal.SIGSTOP)
    cadastro.key("ctrl+Return")
    cadastro.shows("o servidor já recebeu tudo.")
    cadastro.tab_to("Cancelar")
    cadastro.key("space")
    cadastro.shows("Cancelando… se o servidor já tiver gravado, a importação é desfeita.")
    api.signal(signal.SIGCONT)  # which of the two it takes first is its own affair
    cadastro.shows("Cancelado: ")
    cadastro.key("Escape")
    cadastro.shows("Produtos  0")
    assert [product.name for product in api.client().products().items or []] == []


def test_what_is_on_its_way_is_told_when_it_is_done_elsewhere(cadastro: Window, api: Api, tmp_path: Path) -> None:
    (tmp_path / "um.csv").write_text("Produto;Unidade\nCafé;UN\n", encoding="utf-8")
    open_import(cadastro, tmp_path / "um.csv")
    cadastro.shows("1 linha lida")
    cadastro.key("ctrl+Return")
    cadastro.shows("✓ 1 linha: 1 novo.")
    api.signal(signal.SIGSTOP)
    cadastro.key("ctrl+Return")
    cadastro.shows("o servidor já recebeu tudo.")
    cadastro.key("Escape")
    cadastro.shows("Produtos  0")
    api.signal(signal.SIGCONT)
    cadastro.shows("✓ 1 produto importado.")
    cadastro.shows("P00001 | Café")


def test_what_fails_on_its_way_is_told_elsewhere_too(cadastro: Window, api: Api, tmp_path: Path) -> None:
    (tmp_path / "um.csv").write_text("Produto;Unidade\nCafé;UN\n", encoding="utf-8")
    open_import(cadastro, tmp_path / "um.csv")
    cadastro.shows("1 linha lida")
    cadastro.key("ctrl+Return")
    cadastro.shows("✓ 1 linha: 1 novo.")
    api.signal(signal.SIGSTOP)
    cadastro.key("ctrl+Return")
    cadastro.shows("o servidor já recebeu tudo.")
    cadastro.key("Escape")
    cadastro.shows("Produtos  0")
    api.signal(signal.SIGKILL)
    cadastro.shows("Não se sabe se foi gravado.")


def test_a_session_that_ends_during_the_check_costs_nothing(open_window: Open, api: Api, tmp_path: Path) -> None:
    cadastro = open_window("cadastro", poll_s=600)  # the check is what finds out
    register_admin(cadastro)
    (tmp_path / "um.csv").write_text("Produto;Unidade\nCafé;UN\n", encoding="utf-8")
    open_import(cadastro, tmp_path / "um.csv")
    cadastro.shows("1 linha lida")
    api.client().change_password(PasswordChange(senha_atual="1234", senha_nova="4321"))
    cadastro.key("ctrl+Return")
    cadastro.shows("Entre de novo")
    cadastro.focus_is("Senha")
    cadastro.type("4321")
    cadastro.key("Return")
    cadastro.shows("✓ 1 linha: 1 novo.")


def test_a_lost_answer_is_asked_for_again_and_nothing_is_written_twice(
    cadastro: Window, api: Api, tmp_path: Path
) -> None:
    file = tmp_path / "dois.csv"
    file.write_text("Produto;Preço\nCafé;19,90\nChá;8,50\n", encoding="cp1252")
    open_import(cadastro, file)
    cadastro.shows("2 linhas lidas")
    cadastro.key("ctrl+Return")
    cadastro.shows("✓ 2 linhas: 2 novos.")
    api.signal(signal.SIGKILL)
    cadastro.key("ctrl+Return")
    cadastro.shows("⚠ Servidor fora do ar. Não se sabe se foi gravado.")
    api.start()
    cadastro.key("ctrl+Return")
    cadastro.shows("✓ 2 produtos importados.")
    assert products(api) == 2


def test_columns_are_chosen_by_hand_and_points_are_understood_when_told(
    cadastro: Window, api: Api, tmp_path: Path
) -> None:
    book = openpyxl.Workbook()
    for row in (["X", "Y"], ["Cola", "2.500"]):
        book.active.append(row)
    book.save(tmp_path / "estranha.xlsx")
    open_import(cadastro, tmp_path / "estranha.xlsx")
    cadastro.shows("1 linha lida")
    cadastro.focus_is("Produto")
    cadastro.choose(down=1)  # the list opens on "(não importar)"
    cadastro.shows("[A · X]")
    cadastro.tab_to("Preço")
    cadastro.choose(down=2)
    cadastro.shows("[B · Y]")
    cadastro.key("ctrl+Return")
    cadastro.shows("Preço “2.500”: não se sabe")
    cadastro.tab_to("Decimais", key="shift+Tab")
    cadastro.choose(down=2)
    cadastro.shows("[ponto: 19.90]")
    cadastro.key("ctrl+Return")
    cadastro.shows("✓ 1 linha: 1 novo.")
    cadastro.key("ctrl+Return")
    cadastro.shows("✓ 1 produto importado.")
    assert products(api) == 1


def test_how_a_file_is_read_is_changed_by_hand_and_remembered(cadastro: Window, api: Api, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("Cola;UM\nLixa;DOIS\n", encoding="utf-8")
    open_import(cadastro, tmp_path / "a.csv")
    cadastro.shows("1 linha lida.")
    cadastro.tab_to("Títulos", key="shift+Tab")
    cadastro.choose(down=1)
    cadastro.shows("2 linhas lidas. Não há títulos: diga o que é cada coluna.")
    cadastro.tab_to("Produto")
    cadastro.choose(down=1)
    cadastro.shows("[A]")
    cadastro.key("ctrl+Return")
    cadastro.shows("✓ 2 linhas: 2 novos.")

    cadastro.key("Escape")
    open_import(cadastro, tmp_path / "a.csv")
    cadastro.shows("2 linhas lidas. Não há títulos")
    cadastro.shows("[A]")


def test_a_file_that_is_no_spreadsheet_is_said_beside_the_field(cadastro: Window, tmp_path: Path) -> None:
    (tmp_path / "foto.xlsx").write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0")
    open_import(cadastro, tmp_path / "foto.xlsx")
    cadastro.shows("✕ É uma imagem. Escolha a planilha de onde ela veio")
    cadastro.focus_is("Arquivo")
    open_import(cadastro, tmp_path / "nada.csv")
    cadastro.shows("✕ Não foi possível abrir nada.csv")


def test_the_example_fills_an_empty_shop(cadastro: Window, api: Api) -> None:
    cadastro.shows("Cadastre seu primeiro produto")
    cadastro.tab_to("Usar exemplo")
    cadastro.key("space")
    cadastro.shows("Produtos  10")
    cadastro.shows("Café torrado 500 g | 7891000315507 | ▼ baixo  3")
    cadastro.shows("⇡ fila 0")
    assert products(api) == 10
    cadastro.shows_no_more("Cadastre seu primeiro produto")


def test_a_list_brings_the_stock_is_counted_again_and_undone(cadastro: Window, api: Api, tmp_path: Path) -> None:
    file = tmp_path / "estoque.csv"
    file.write_text("Código;Produto;Estoque;Custo\nC1;Cola;12;1,50\nF1;Fita;-2;0,50\n", "utf-8")
    open_import(cadastro, file)
    cadastro.shows("2 linhas lidas")
    cadastro.shows("[A · Código]", "[C · Estoque]", "[D · Custo]")
    cadastro.key("ctrl+Return")
    cadastro.shows("⚠ 2 linhas: 2 novos. 1 saldo inicial, 1 com aviso.")
    cadastro.key("ctrl+Return")
    cadastro.shows("✓ 2 produtos importados e 1 saldo registrado. 2 linhas: 2 gravadas.")
    assert balances(api) == {"Cola": 12}

    cadastro.tab_to("Desfazer a importação")
    cadastro.key("space")
    cadastro.shows("Desfazer tudo? Clique de novo")
    cadastro.key("space")
    cadastro.shows("✓ A importação foi desfeita")
    assert balances(api) == {"Cola": 0}
    for quantity in (12, 20):
        file.write_text(f"Código;Produto;Estoque\nC1;Cola;{quantity}\n", "utf-8")
        open_import(cadastro, file)
        cadastro.shows("1 linha lida")
        cadastro.key("ctrl+Return")
        if quantity == 12:
            cadastro.shows("1 linha: 1 novo. 1 saldo inicial.")
        else:
            cadastro.shows("1 linha: 1 igual. 1 saldo diferente do contado.")
            cadastro.tab_to("Ajustar 1 saldo para o contado na lista")
            cadastro.key("space")
            cadastro.shows("Importar 1 produto  Ctrl+Enter")
        cadastro.key("ctrl+Return")
        cadastro.shows("1 saldo registrado.")
        cadastro.key("Escape")
        assert balances(api) == {"Cola": quantity}


def balances(api: Api) -> dict[str, float]:
    with closing(sqlite3.connect(f"file:{api.database}?mode=ro", uri=True)) as db:
        rows = db.execute("SELECT p.name, b.quantity FROM balances b JOIN products p ON p.id = b.product_id").fetchall()
    return {name: quantity / 10_000 for name, quantity in rows}

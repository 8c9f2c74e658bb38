"""How a list is read: offered as understood, changed by a person, and remembered for the next file of its kind."""

from pathlib import Path

import pytest

from almoxarife.clients.desktop.cadastro.importing import reading
from almoxarife.clients.desktop.cadastro.importing import tasks as import_work
from almoxarife.clients.desktop.cadastro.importing.reading import Choice, kind_of, list_options, recall, remember
from almoxarife.clients.desktop.cadastro.importing.tasks import ImportTask, read_as_before
from almoxarife.clients.desktop.frame.preferences import PreferencesFile
from almoxarife.tables.cells import Dialect, Table, TableRow
from almoxarife.tables.doubts.shops import ShopNames
from almoxarife.tables.reader import read_table

TABLE = Table(("Produto", "Preço (R$)"), (TableRow(2, ("Café", "1,00")),), dialect=Dialect(None, "cp850", ";", True))


def test_what_can_be_read_otherwise_is_offered_as_it_was_understood():
    options = {option.name: option for option in list_options(TABLE, Choice({"decimais": "ponto"}))}

    assert set(options) == {"letras", "separador", "titulos", "decimais"}
    assert options["letras"].labels[options["letras"].current] == "DOS"
    assert options["separador"].labels[options["separador"].current] == "ponto e vírgula"
    assert options["decimais"].labels[options["decimais"].current] == "ponto: 19.90"


def test_a_workbook_of_several_sheets_offers_them():
    book = Table(("Produto",), TABLE.rows, dialect=Dialect(sheet="B", has_headings=True), sheets=("A", "B"))

    sheet, *others = list_options(book, Choice())
    assert (list(sheet.labels), sheet.current) == (["A", "B"], "B")
    assert [option.name for option in others] == ["titulos", "decimais"]


def test_what_is_said_of_the_letters_makes_the_columns_unknown_again():
    choice = Choice(columns={"nome": 1})

    assert choice.choose("decimais", "vírgula").columns == {"nome": 1}
    assert choice.choose("decimais", "vírgula").decimal_point is False
    again = choice.choose("separador", "|").choose("titulos", "não")
    assert again.columns is None
    assert again.dialect == Dialect(delimiter="|", has_headings=False)
    assert again.columns_of(TABLE) == {"nome": 0, "preco": 1}
    assert Choice(columns={"nome": 7}).columns_of(TABLE) == {"nome": 0, "preco": 1}


def test_a_kind_is_its_headings_or_its_width():
    assert kind_of(TABLE) == "produto|preco"
    assert kind_of(Table((), TABLE.rows)) == "sem títulos, 2"


def test_twenty_kinds_are_remembered_over_a_start(tmp_path):
    known = {}
    choice = Choice({"decimais": "ponto", "titulos": "não"}, {"nome": 1})
    for number in range(25):
        known = remember(known, f"tipo {number}", choice)
    PreferencesFile(tmp_path).remember(imports=known)

    imports = PreferencesFile(tmp_path).values.imports
    assert len(imports) == 20
    assert recall(imports, "tipo 24") == choice
    assert recall(imports, "tipo 0") == Choice()


@pytest.mark.parametrize("value", ["²", "-1", "99999", ""])
def test_what_cannot_be_true_is_not_believed(value):
    assert recall({"x": {"nome": value, "separador": "--", "letras": "rot13"}}, "x") == Choice()


def test_the_next_file_of_a_kind_is_read_like_the_last(tmp_path):
    file = tmp_path / "a.csv"
    file.write_text("Cola;1\nLixa;2\n", encoding="utf-8")
    first, choice = read_as_before(ImportTask("Lendo…"), file, Choice(), {})
    known = remember({}, choice.kind, choice.choose("titulos", "sim"))

    table, again = read_as_before(ImportTask("Lendo…"), file, Choice(), known)

    assert (first.headings, table.headings) == ((), ("Cola", "1"))
    assert again.chosen == {"titulos": "sim"}
    assert reading.kind_of(table) != again.kind == "sem títulos, 2"
    assert import_work.read_as_before(ImportTask("Lendo…"), tmp_path / "b.csv", Choice(), known).startswith("Não foi")


@pytest.mark.parametrize(
    ("headings", "shop", "stock"),
    [
        ("Estoque Centro;Estoque Norte", "Centro", 2),
        ("Estoque Centro;Estoque Norte", "Norte", 3),
        ("Estoque Loja Centro;Estoque Loja Norte", "Loja Norte", 3),
        ("Loja Centro;Loja Norte", "Norte", 3),
        ("Estoque Centro;Estoque Norte", "Loja Norte", 3),
        ("Estoque;Estoque Norte", "Norte", 3),
        ("Estoque;Estoque Norte", "Centro", 2),
        ("Estoque Centro;Estoque Norte", "Sul", None),
        ("Estoque Centro;Estoque Norte", "", None),
        ("Centro;Norte", "Norte", None),
        ("Estoque Centro;Loja Centro", "Centro", None),
        ("Estoque Vila Norte;Estoque Centro", "Norte", None),
        ("Saldo Nova Lapa;Saldo Pinheiros", "Lapa", None),
        ("Estoque Loja 1;Estoque Depósito 1", "Loja 1", 2),
        ("Estoque Filial 1;Estoque Filial 2", "Loja 1", None),
        ("Loja Centro;Depósito Centro", "Centro", 2),
        ("Em estoque [Centro];Em estoque [Norte]", "Norte", 3),
        ("Estoque (Centro);Estoque (Norte)", "Norte", 3),
        ("Centro - Estoque;Norte - Estoque", "Norte", 3),
        ("Centro – Saldo;Norte – Saldo", "Norte", 3),
        ("Centro (estoque);Norte (estoque)", "Norte", 3),
        ("Estoque | Centro;Estoque | Norte", "Norte", 3),
        ("EstoqueCentro;EstoqueNorte", "Norte", 3),
        ("Estoque Lj. 01;Estoque Lj. 02", "Loja 2", 3),
        ("Estoque atual - Loja Centro;Estoque atual - Loja Norte", "Norte", 3),
        ("Estoque Principal;Estoque Norte", "Principal", 2),
        ("Estoque Principal;Estoque Norte", "Sul", None),
        ("Estoque Principal;Estoque Norte", "Todas as lojas", None),
        ("Current Quantity Centro;Current Quantity Norte", "Sul", None),
        ("Contagem Centro;Contagem Norte", "Norte", 3),
        ("Inventário - Centro;Inventário - Norte", "Centro", 2),
        ("Disponível Norte;Reservado Norte", "Norte", 2),
        ("1;2", "Loja 2", None),
        ("Preço Centro;Preço Norte", "Norte", None),
    ],
)
def test_the_stock_of_the_chosen_shop_is_taken(tmp_path: Path, headings: str, shop: str, stock: int | None) -> None:
    (tmp_path / "lista.csv").write_text(f"Produto;Preço;{headings}\nCafé;19,90;10;3\nPão;1,00;20;0\n", encoding="utf-8")
    shops = ShopNames(("Centro", "Norte", "Principal", shop), shop)

    assert Choice().columns_of(read_table(tmp_path / "lista.csv"), shops).get("saldo_inicial") == stock


def test_prices_below_shops_are_not_their_stock(tmp_path: Path) -> None:
    rows = "Café;19,90;20,90\nPão;1,00;1,10\n"
    (tmp_path / "lista.csv").write_text(f"Produto;Loja Centro;Loja Norte\n{rows}", encoding="utf-8")

    assert Choice().columns_of(read_table(tmp_path / "lista.csv"), ShopNames(("Centro", "Norte"), "Norte")) == {
        "nome": 0
    }


@pytest.mark.parametrize(("shop", "stock"), [("Centro", 1), ("Norte", 3), ("Sul", None)])
def test_the_stock_is_below_the_name_of_its_shop(tmp_path: Path, shop: str, stock: int | None) -> None:
    above, below = "Produto;Centro;;Norte;", ";Estoque;Preço;Estoque;Preço"
    (tmp_path / "lista.csv").write_text(
        f"{above}\n{below}\nCafé;10;5,00;3;5,50\nPão;20;1,00;0;1,10\n", encoding="utf-8"
    )
    table = read_table(tmp_path / "lista.csv")

    assert table.headings == ("Produto", "Estoque Centro", "Preço Centro", "Estoque Norte", "Preço Norte")
    assert Choice().columns_of(table, ShopNames(("Centro", "Norte", "Sul"), shop)).get("saldo_inicial") == stock


@pytest.mark.parametrize(("shop", "stock"), [("Centro", 2), ("Norte", 3), ("Sul", None)])
@pytest.mark.parametrize(
    "headings", ["Código;Produto;Centro;Norte\n;;Estoque;Estoque", "Dados;;Centro;Norte\nCódigo;Produto;Saldo;Saldo"]
)
def test_one_column_is_below_the_name_of_each_shop(tmp_path: Path, headings: str, shop: str, stock: int | None) -> None:
    (tmp_path / "lista.csv").write_text(f"{headings}\n1;Café;10;3\n2;Pão;20;0\n", encoding="utf-8")
    columns = Choice().columns_of(read_table(tmp_path / "lista.csv"), ShopNames(("Centro", "Norte", "Sul"), shop))

    assert columns.get("saldo_inicial") == stock


@pytest.mark.parametrize(
    ("above", "headings"),
    [
        ("Relatório;;30/11", "Produto;Estoque;Estoque"),
        ("Bebidas;;Limpeza", "Produto;Estoque;Produto;Estoque"),
        ("Emitido por;Ana;Em;30/11", "Produto;Marca;Preço;Preço"),
    ],
)
def test_titles_above_headings_are_no_shops(tmp_path: Path, above: str, headings: str) -> None:
    text = f"{above}\n{headings}\nCafé;10;Chá;3\nPão;20;Mel;0\n"
    (tmp_path / "lista.csv").write_text(text, encoding="utf-8")

    assert read_table(tmp_path / "lista.csv").headings == tuple(headings.split(";"))


def test_a_shop_that_is_called_stock_takes_no_column_from_the_others(tmp_path: Path) -> None:
    (tmp_path / "lista.csv").write_text("Produto;Estoque\nCafé;10\nPão;20\n", encoding="utf-8")
    shops = ShopNames(("Estoque", "Norte"), "Norte")

    assert Choice().columns_of(read_table(tmp_path / "lista.csv"), shops) == {"nome": 0, "saldo_inicial": 1}


NORTE = ShopNames(("Norte",), "Norte")
STOCKS = "Produto;Preço;Estoque Centro;Estoque Norte\nCafé;19,90;10;3\nPão;1,00;20;-\n"


@pytest.mark.parametrize(
    ("shop", "columns"),
    [
        ("Centro", {"nome": 0, "saldo_inicial": 2}),
        ("Norte", {"nome": 0, "saldo_inicial": 3}),
        ("Sul", {"nome": 0}),
        ("", {"nome": 0}),
    ],
)
def test_a_remembered_column_is_not_the_stock_of_another_shop(tmp_path: Path, shop: str, columns: dict) -> None:
    (tmp_path / "lista.csv").write_text(STOCKS, encoding="utf-8")
    known = remember({}, "lista", Choice(columns={"nome": 0, "saldo_inicial": 2}, shop="Centro"))

    again = recall(known, "lista")

    assert again.columns_of(read_table(tmp_path / "lista.csv"), ShopNames((shop,), shop)) == columns


def test_a_remembered_column_that_is_only_a_shop_s_name_is_that_shop_s(tmp_path: Path) -> None:
    (tmp_path / "lista.csv").write_text("Produto;Centro;Norte\nCafé;10;3\nPão;20;0\n", encoding="utf-8")
    again = recall(remember({}, "lista", Choice(columns={"nome": 0, "saldo_inicial": 1}, shop="Centro")), "lista")
    table, shops = read_table(tmp_path / "lista.csv"), ("Centro", "Norte")

    assert again.columns_of(table, ShopNames(shops, "Centro")) == {"nome": 0, "saldo_inicial": 1}
    assert again.columns_of(table, ShopNames(shops, "Norte")) == {"nome": 0}


def test_a_remembered_column_of_no_shop_is_taken_for_each(tmp_path: Path) -> None:
    (tmp_path / "lista.csv").write_text("Produto;Estoque atual;Outro\nCafé;10;3\n", encoding="utf-8")
    known = remember({}, "lista", Choice(columns={"nome": 0, "saldo_inicial": 1}, shop="Centro"))

    assert recall(known, "lista").columns_of(read_table(tmp_path / "lista.csv"), NORTE)["saldo_inicial"] == 1

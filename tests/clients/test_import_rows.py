"""Columns of somebody's spreadsheet become rows for the server, and its report becomes lines of the spreadsheet."""

from decimal import Decimal

import pytest

from almoxarife.clients.desktop.cadastro.importing.rows import (
    CheckResult,
    Prepared,
    Refused,
    cells_of,
    column_labels,
    find_signs,
    nothing_good,
    prepare,
    read_report,
    refused_sheet,
    with_earlier,
)
from almoxarife.clients.desktop.cadastro.importing.words import summary
from almoxarife.tables.cells import LeftOut
from almoxarife.tables.columns import guess_columns
from almoxarife.tables.reader import Table, TableRow, read_table
from almoxarife.tables.writer import write_table
from almoxarife.wire.catalog import ImportReport
from almoxarife.wire.problem import FieldError

GTIN = "7891000315507"
NAMELESS = "Digite o nome do produto."
COLUMNS = {"nome": 0, "unidade": 1, "codigo_barras": 2, "estoque_minimo": 3, "preco": 4}


def table(*rows):
    return Table(("A",) * 5, tuple(TableRow(line, cells) for line, cells in enumerate(rows, start=2)))


def values(*cells, decimal_point=False):
    (only,) = prepare(table(cells), COLUMNS, decimal_point=decimal_point).values
    return only


def reason(*cells, decimal_point=False):
    (only,) = prepare(table(cells), COLUMNS, decimal_point=decimal_point).refused
    return only.reason


@pytest.mark.parametrize(
    ("headings", "columns"),
    [
        (
            ("Código", "Descrição", "Un.", "Código de Barras", "Estoque mínimo", "Preço (R$)"),
            {"nome": 1, "unidade": 2, "codigo_barras": 3, "estoque_minimo": 4, "preco": 5},
        ),
        (
            ("EAN", "PRODUTO*", "preco_venda", "UND", "Preço de custo"),
            {"codigo_barras": 0, "nome": 1, "preco": 2, "unidade": 3},
        ),
        (("Nome", "Descrição", "Valor unitário"), {"nome": 0, "preco": 2}),
        (("Custo", "Saldo"), {}),
    ],
)
def test_columns_are_guessed_from_their_headings(headings, columns):
    assert guess_columns(headings) == columns


def test_a_row_of_text_as_brazil_writes_it():
    assert values("Café", "kilo", "789 1000 315507", "1.000,5", "R$ 1.234,50") == {
        "nome": "Café", "unidade": "KG", "codigo_barras": GTIN, "estoque_minimo": 1000.5, "preco": "1234.50",
    }  # fmt: skip


def test_numbers_in_cells_become_name_code_and_amounts():
    assert values(Decimal(3000), "und.", Decimal(GTIN), Decimal(12), Decimal("4.785")) == {
        "nome": "3000", "unidade": "UN", "codigo_barras": GTIN, "estoque_minimo": 12, "preco": "4.79",
    }  # fmt: skip


def test_an_empty_cell_says_nothing():
    assert values("Café", "", "", "", "") == {"nome": "Café"}
    assert values("", "KG", "", "", "") == {"nome": "", "unidade": "KG"}  # the server says what is missing


def test_a_row_without_a_word_in_our_columns_is_no_product():
    prepared = prepare(
        Table(("A", "B"), (TableRow(2, ("", "x")), TableRow(3, ("Cola",)))), {"nome": 0}, decimal_point=False
    )

    assert [row.line for row in prepared.sources] == [3]
    assert [(one.row.line, one.reason) for one in prepared.left_out] == [(2, "Não tem nada nas colunas escolhidas.")]


def test_numbers_are_read_strictly_and_the_other_way_only_when_told():
    assert reason("Café", "", "", "", "19.90") == "Preço “19.90”: escreva o valor assim: 19,90"
    assert reason("Café", "", "", "1.5", "") == "Estoque mínimo “1.5”: escreva o número assim: 1,5"
    assert values("Café", "", "", "1,234.5", "19.90", decimal_point=True)["preco"] == "19.90"
    assert reason("Café", "", "", "", "19,90", decimal_point=True) == "Preço “19,90”: escreva o valor assim: 19.90"
    assert reason("Café", "", "", "", Decimal("-1")) == "Preço: não pode ser negativo."
    assert reason("Café", "", "", "", "-1,00") == "Preço: não pode ser negativo."
    assert values("Café", "", "", "", Decimal("0"))["preco"] == "0.00"


def test_the_report_is_told_by_the_lines_of_the_spreadsheet():
    prepared = prepare(
        table(
            ("Café", "", "", "", "caro"),
            ("Prego", "", "", "", ""),
            ("Cola", "XX", "", "", ""),
            ("Lixa", "", "", "", ""),
            ("PREGO", "", "", "", ""),
        ),
        COLUMNS,
        decimal_point=False,
    )
    unit, name = (
        FieldError(campo=field, mensagem=text) for field, text in (("unidade", "Use UN."), ("nome", NAMELESS))
    )
    again = FieldError(campo="nome", mensagem="Repete a linha 1.")
    lines = [
        {"linha": 1, "resultado": "novo"},
        {"linha": 2, "resultado": "recusado", "erros": [unit, name]},
        {"linha": 3, "resultado": "alterado", "id": "p3"},
        {"linha": 4, "resultado": "recusado", "repete": 1, "erros": [again]},
    ]
    report = ImportReport(gravado=False, novos=1, alterados=1, iguais=0, recusados=2, linhas=lines)

    result = read_report(prepared, report)

    assert [(one.row.line, one.reason) for one in result.refused] == [
        (2, "Preço “caro”: escreva o valor assim: 19,90, ou deixe a célula vazia."),
        (4, "Unidade: Use UN. Digite o nome do produto."),
        (6, "É o mesmo produto da linha 3."),
    ]
    assert [value["nome"] for value in result.good.values] == ["Prego", "Lixa"]
    assert [row.line for row in result.good.sources] == [3, 5]
    assert result.writes == 2


def test_columns_are_named_as_the_spreadsheet_names_them():
    wide = Table(("Produto", "", "Preço"), (TableRow(2, ("a", "b", "c", "d")),))

    assert column_labels(wide) == ["A · Produto", "B", "C · Preço", "D"]
    assert column_labels(Table(tuple("x" * 28), ()))[25:] == ["Z · x", "AA · x", "AB · x"]


def test_the_list_shows_what_the_chosen_columns_hold_as_it_is_understood():
    first = TableRow(2, ("Café", "", Decimal("1234.5"), "12"))
    texts = [first, TableRow(3, ("Chá", "UN", "5.8990", "1.500")), TableRow(4, ("Mel", "KG", "2.79000000", "0.5"))]
    table = Table(("Produto", "Un", "Preço", "Estoque"), (*texts, TableRow(5, ("Sal", "", "caro", "NULL"))))
    columns = {"nome": 0, "preco": 2, "unidade": 1, "codigo_barras": 9, "saldo_inicial": 3}

    signs = find_signs(table, columns, decimal_point=None)

    assert [cells_of(row, columns, signs) for row in table.rows] == [
        ["Café", "", "", "", "1.234,50", "12"],
        ["Chá", "UN", "", "", "5.8990", "1,5"],
        ["Mel", "KG", "", "", "2,79", "0,5"],
        ["Sal", "", "", "", "caro", ""],
    ]
    assert cells_of(texts[1], columns, find_signs(table, columns, decimal_point=False))[5] == "1.500"
    assert cells_of(texts[1], columns, {})[4:] == ["5.8990", "1.500"]


def test_the_verdict_in_one_line():
    refused = [Refused(TableRow(2, ()), "x")]

    assert summary(CheckResult(19_000, 800, 63, refused * 137, Prepared())) == (
        "20.000 linhas: 19.000 novos, 800 alterados, 63 iguais, 137 recusados."
    )
    assert summary(CheckResult(1, 0, 0, [], Prepared())) == "1 linha: 1 novo."
    left = [LeftOut(TableRow(2, ()), "x")]
    assert summary(CheckResult(1, 0, 0, [], Prepared(), left)) == "2 linhas: 1 novo, 1 deixada de fora."


def test_refused_rows_are_written_as_they_came_with_the_reason(tmp_path):
    source = Table(("Produto", "Preço"), (TableRow(5, ("Café", "caro", "sobra")), TableRow(9, (Decimal(3),))))
    refused = [Refused(row, f"Motivo {row.line}") for row in source.rows]

    write_table(tmp_path / "recusados.csv", refused_sheet(source, refused))

    again = read_table(tmp_path / "recusados.csv")
    assert again.headings == ("Produto", "Preço", "", "Linha", "Motivo")
    assert [row.cells for row in again.rows] == [
        ("Café", "caro", "sobra", "5", "Motivo 5"),
        ("3", "", "", "9", "Motivo 9"),
    ]


def test_a_second_verdict_keeps_what_the_first_refused():
    first, second = Refused(TableRow(2, ()), "a"), Refused(TableRow(9, ()), "b")

    remark = LeftOut(TableRow(3, ()), "x")

    both = with_earlier(CheckResult(1, 0, 0, [first], Prepared()), CheckResult(1, 0, 0, [second], Prepared(), [remark]))

    assert both.refused == [first, second]
    assert both.set_aside == [first, remark, second]
    assert nothing_good(Prepared(refused=[first])).writes == 0

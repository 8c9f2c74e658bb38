"""Columns of stock, cost and further codes: what they become, and what a person is told of them."""

from decimal import Decimal

import pytest

from almoxarife.clients.api.errors import ApiError
from almoxarife.clients.desktop.cadastro.importing.rows import prepare, read_report
from almoxarife.clients.desktop.cadastro.importing.undo import CANCELLED
from almoxarife.clients.desktop.cadastro.importing.words import (
    final_sum,
    not_undone,
    not_written,
    summary,
    written_sentence,
)
from almoxarife.tables.columns import guess_all_columns
from almoxarife.tables.reader import read_table
from almoxarife.wire.catalog import ImportReport

GTIN, OTHER, BOX = "7891000315507", "7894900011517", "17891000315504"


def understood(folder, text):
    file = folder / "lista.csv"
    file.write_text(text, encoding="utf-8")
    table = read_table(file)
    columns = guess_all_columns(table.headings, table.rows)
    return {field: table.headings[at] for field, at in columns.items()}, prepare(table, columns)


def test_an_export_brings_its_stock_its_costs_and_its_codes(tmp_path):
    columns, prepared = understood(
        tmp_path,
        "Código;Descrição;Unidade;Preço;Estoque;Preço de custo;Estoque minimo;GTIN/EAN;GTIN/EAN da embalagem;"
        "Unidade por Caixa\n"
        f"A1;Cola;UN;5,49;12,0000000000;3,3333;0,00;{GTIN};{BOX};12\n"
        f"A2;Corda;M;1,00;1.234,5000;;5,00;{OTHER};SEM GTIN;\n"
        "A3;Fita;UN;2,00;-3;0,50;;;;\n",
    )

    assert columns == {
        "nome": "Descrição", "unidade": "Unidade", "codigo_barras": "GTIN/EAN", "estoque_minimo": "Estoque minimo",
        "preco": "Preço", "sku": "Código", "saldo_inicial": "Estoque", "custo": "Preço de custo",
        "codigo_caixa": "GTIN/EAN da embalagem", "por_caixa": "Unidade por Caixa",
    }  # fmt: skip
    glue, rope, tape = prepared.values
    assert (glue["saldo_inicial"], glue["custo"], glue["sku"]) == (12, "3.33", "A1")
    assert glue["codigos"] == [{"codigo": BOX, "fator": 12}]
    assert (rope["saldo_inicial"], "codigos" in rope, "custo" in rope) == (1234.5, False, False)
    assert ("saldo_inicial" in tape, tape["custo"]) == (False, "0.50")
    assert [(one.row.line, "negativo" in one.reason) for one in prepared.remarks] == [(4, True)]


@pytest.mark.parametrize(
    ("text", "field", "heading"),
    [
        ("Produto;Qtd\nCola;3\n", "saldo_inicial", "Qtd"),
        ("Produto;Saldo atual\nCola;3\n", "saldo_inicial", "Saldo atual"),
        ("Produto;Quantidade;Estoque\nCola;3;4\n", "saldo_inicial", "Estoque"),
        ("Produto;Custo (R$)\nCola;3,00\n", "custo", "Custo (R$)"),
        ("Produto;Referência\nCola;R-1\nFita;R-2\n", "sku", "Referência"),
        ("Produto;Código\nCola;1\nFita;1\n", "sku", None),
        (f"Produto;Código\nCola;{GTIN}\nFita;{OTHER}\n", "codigo_barras", "Código"),
        (f"Produto;DUN-14\nCola;{BOX}\n", "codigo_caixa", None),
        (f"Produto;DUN-14;Fator\nCola;{BOX};6\n", "codigo_caixa", "DUN-14"),
        ("Produto;Estoque mínimo\nCola;3\n", "saldo_inicial", None),
    ],
)
def test_which_column_it_is(tmp_path, text, field, heading):
    columns, _ = understood(tmp_path, text)

    assert columns.get(field) == heading


def test_the_code_of_a_box_needs_to_say_how_many_are_in_it(tmp_path):
    _, prepared = understood(tmp_path, f"Produto;EAN;DUN;Fator\nCola;{GTIN};{BOX};\nFita;{OTHER};0{OTHER};1\nMel;;;2\n")

    assert [value.get("codigos") for value in prepared.values] == [None, None, None]
    assert [(one.row.line, "caixa" in one.reason) for one in prepared.remarks] == [(2, True)]


def test_a_quantity_that_is_none_refuses_its_row(tmp_path):
    _, prepared = understood(tmp_path, "Produto;Estoque\nCola;muito\nFita;3\n")

    assert [(one.row.line, one.reason.split(":")[0]) for one in prepared.refused] == [(2, "Estoque “muito”")]


def test_every_row_and_every_balance_is_in_the_sums(tmp_path):
    _, prepared = understood(tmp_path, "Produto;Estoque\nCola;1\nFita;x\nMel;-1\nSal;4\nLã;5\n")
    lines = [
        {"linha": 1, "resultado": "novo", "estoque": "inicial", "parecido": "p7"},
        {"linha": 2, "resultado": "alterado"},
        {"linha": 3, "resultado": "igual", "estoque": "ajuste", "saldo": 9},
        {"linha": 4, "resultado": "igual", "estoque": "inicial"},
    ]
    report = ImportReport.model_validate({
        "id": "i1", "gravado": True, "novos": 1, "alterados": 1, "iguais": 2, "recusados": 0, "linhas": lines,
        "saldos_iniciais": 2, "ajustes": 1,
    })  # fmt: skip

    result = read_report(prepared, report)

    assert (result.writes, result.adjusted) == (3, 1)
    assert summary(result) == (
        "5 linhas: 1 novo, 1 alterado, 2 iguais, 1 recusado. 2 saldos iniciais, 1 saldo diferente do contado,"
        " 1 com aviso, 1 nome parecido com outro."
    )
    assert [(one.row.line, one.reason.split(",")[0]) for one in result.set_aside if one.row.line != 3] == [
        (2, "Novo"), (4, "Importado sem o estoque"),
    ]  # fmt: skip
    assert "P00007" in result.similar[0].reason
    assert written_sentence(report) == "2 produtos importados e 2 saldos registrados."
    assert final_sum(report, result) == "5 linhas: 2 gravadas; 2 já estavam iguais, 1 recusada."
    assert "3 saldos registrados" in written_sentence(report, adjusts=True)
    assert prepared.values[2]["saldo_inicial"] == Decimal(4)


def test_a_cancel_says_no_more_than_what_the_server_answers():
    cancelled = ApiError("A importação foi cancelada.", status=409, code=CANCELLED)
    in_use = ApiError("Corrija um por um.", status=409, code="importacao-em-uso")
    away = ApiError("O servidor não responde.")

    assert not_written(cancelled)[0] == "Quiet"
    assert "só fica o que já foi vendido" in not_written(cancelled)[1]
    assert not_written(in_use) == ("Bad", "Corrija um por um.")
    assert "Não se sabe se foi gravado." in not_written(away)[1]
    assert not_undone(in_use, is_late=True) == "O servidor já tinha gravado a importação. Corrija um por um."
    assert not_undone(in_use, is_late=False) == "Corrija um por um."

"""The list of products goes out whole, and its file can be imported again."""

from pathlib import Path

import pytest

from almoxarife.clients.desktop.cadastro.exporting import product_sheet
from almoxarife.clients.desktop.cadastro.importing.rows import prepare
from almoxarife.clients.desktop.kit.file_dialogs import with_ending
from almoxarife.tables.columns import guess_columns
from almoxarife.tables.reader import read_table
from almoxarife.tables.writer import write_table
from tests.clients.things import product

GTIN = "7891000315507"
KINDS = {"Planilha do Excel": ".xlsx", "CSV": ".csv"}


@pytest.mark.parametrize("name", ["lista.xlsx", "lista.csv"])
def test_what_is_exported_is_understood_by_the_import(tmp_path, name):
    products = [
        product(
            "=Açúcar; cristal",
            "p2",
            balance="-3",
            barcode="7891000315507",
            minimum="1000.5",
            price="1234.50",
            unit="KG",
        ),
        product("Cola", "p10", active=False),
    ]

    assert write_table(tmp_path / name, product_sheet(products)) == 2

    table = read_table(tmp_path / name)
    assert [row.cells[0] for row in table.rows] == ["P00002", "P00010"]
    assert [row.cells[-1] for row in table.rows] == ["ativo", "desativado"]
    assert prepare(table, guess_columns(table.headings), decimal_point=False).values == [
        {
            "nome": "=Açúcar; cristal", "codigo_barras": GTIN, "unidade": "KG",
            "estoque_minimo": 1000.5, "preco": "1234.50",
        },
        {"nome": "Cola", "unidade": "UN"},
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("chosen", "kind", "file"),
    [
        ("produtos.xlsx", "Planilha do Excel", "produtos.xlsx"),
        ("produtos.xlsx", "CSV", "produtos.csv"),
        ("outro.xlsx", "CSV", "outro.xlsx"),
        ("outro", "CSV", "outro.csv"),
        ("lista 1.2", "Planilha do Excel", "lista 1.2.xlsx"),
        ("outro.CSV", "Planilha do Excel", "outro.CSV"),
        ("outro", "", "outro.xlsx"),
    ],
)
def test_the_ending_follows_what_was_typed_or_chosen(chosen, kind, file):
    assert with_ending(Path("/x", chosen), "produtos.xlsx", KINDS, kind) == Path("/x", file)

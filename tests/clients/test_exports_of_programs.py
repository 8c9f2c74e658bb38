"""Products of a shop, entered into programs that shops use, and exported by these programs themselves.

The products are made up for this test; the files are as the programs wrote them in November 2026: WooCommerce 10.5
within WordPress 6.9, Gestimag (a fork of Dolibarr, its exports as CSV in ISO-8859-1 and as TSV), Tryton 8.2 (exported
by its server, written as its client does), LibreOffice 7.4 and Gnumeric 1.12 (a workbook with a hidden row, a hidden
column, formulas and a sum below). Each row and cell is compared with what the program holds.
"""

from pathlib import Path
from typing import Any

import pytest

from almoxarife.clients.desktop.cadastro.importing.rows import prepare
from almoxarife.tables.cells import Table
from almoxarife.tables.columns import find_doubts, guess_all_columns
from almoxarife.tables.reader import read_table

LISTS = Path(__file__).parents[1] / "lists"

Product = tuple[str, str, str, str, float | None, float | None, str | None, str]
"""Short code, name, barcode, price, stock, minimum, cost, unit."""

PRODUCTS: list[Product] = [
    ("ACU-1", "Açúcar União refinado 1 kg", "7891000100103", "5.49", 120, 12, "4.10", "UN"),
    ("CAF-500", 'Café Três Corações "Extra Forte" 500g', "7896005800027", "18.90", 35, 6, "13.26", "PCT"),
    ("PAR;12", 'Parafuso sextavado 1/2" x 3; zincado', "", "0.35", 2500, 500, "0.13", "UN"),
    ("PDQ", "Pão de queijo, congelado, 1 kg", "78912359", "22.00", 14, None, "15.00", "KG"),
    ("GEL400", "Geladeira Frost Free 400 L", "7891129233454", "3299.90", 2, 1, "2750.00", "UN"),
    ("AGU-CX", "Água mineral 500 ml (caixa c/ 12)", "7896065878011", "19.99", 40, 10, "11.88", "CX"),
    ("TIN18", "Tinta acrílica 18 L – Branco Neve", "7891005301123", "1289.00", 0, 2, "990.50", "L"),
    ("CAN-VO1", "Caneca Vovó", "", "29.90", 7, None, None, "UN"),
    ("CAN-VO2", "Caneca Vovô", "", "29.90", 5, None, None, "UN"),
    ("00125", "Fio 2,5 mm² azul (metro)", "", "2.79", 87.5, 20, "1.95", "M"),
    ("CHI01", "Chiclete <Hortelã> & Menta", "012345678905", "1.00", 300, None, "0.60", "UN"),
    ("1234567890128", "Sabão em pó 1.6kg", "7891150037601", "27.99", 18, 5, "21.00", "UN"),
    ("VEL7", "Vela nº 7 - Ação de Graças", "", "1234.50", 1000, None, "1000.00", "PC"),
    ("BRINDE", "Brinde", "", "0.00", None, None, "0.00", "UN"),
]
NO_MORE_SOLD = ("Rádio de pilha modelo 1998 (fora de linha)", "Panetone Natal 2023")
SHIRTS = {"CAM-P-AZ": ("7898357410015", 4), "CAM-G-AZ": ("7898357410022", 0), "CAM-G-VM": ("7898357410039", 11)}


def read(name: str) -> tuple[Table, list[dict[str, Any]], dict[int, str]]:
    """The rows as they would be sent, and why each other one is not; together all of the file."""
    table = read_table(LISTS / name)
    columns = guess_all_columns(table.headings, table.rows)
    assert find_doubts(table, columns) == []
    prepared = prepare(table, columns)
    aside = {one.row.line: one.reason for one in (*prepared.refused, *prepared.left_out)}
    assert len(prepared.values) + len(aside) == len(table.rows) + len(table.left_out)
    return table, prepared.values, aside


def told(product: Product, *, without: tuple[str, ...]) -> dict[str, Any]:
    """As it is sent: what the program does not hold is not said."""
    sku, name, barcode, price, stock, minimum, cost, unit = product
    fields = {
        "nome": name, "preco": price, "saldo_inicial": stock, "sku": sku, "custo": cost, "estoque_minimo": minimum,
        "codigo_barras": barcode or None, "unidade": unit,
    }  # fmt: skip
    return {field: value for field, value in fields.items() if value is not None and field not in without}


def by_name(values: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    found = {row["nome"]: row for row in values}
    assert len(found) == len(values)
    return found


@pytest.mark.parametrize("name", ["woocommerce-10-pt.csv", "woocommerce-10-en.csv"])
def test_woocommerce(name: str) -> None:
    _, values, aside = read(name)
    found = by_name(values)

    for product in PRODUCTS:
        row = told(product, without=("custo", "unidade"))
        if product[0] == "00125":
            row["saldo_inicial"] = 87  # It keeps whole stocks alone.
        row["codigo_barras"] = OLDER_CODES.get(product[0], product[2])
        assert found.pop(product[1]) == {field: value for field, value in row.items() if value != ""}
    assert {row["sku"]: (row["codigo_barras"], row["saldo_inicial"]) for row in found.values()} == SHIRTS
    assert set(found) == {"Camiseta - P, Azul", "Camiseta - G, Azul", "Camiseta - G, Vermelho"}
    assert {line: reason.partition(":")[0].partition(",")[0] for line, reason in aside.items()} == {
        13: f"A planilha diz que não se vende mais (“{'Publicado' if 'pt' in name else 'Published'}",
        14: f"A planilha diz que não se vende mais (“{'Publicado' if 'pt' in name else 'Published'}",
        18: "Tem variações",
    }


OLDER_CODES = {"AGU-CX": "7896065878014", "TIN18": "7891005301122", "1234567890128": "7891150037605"}
"""WooCommerce was given these with a wrong check digit, and keeps them; the server offers the right ones."""


@pytest.mark.parametrize("name", ["dolibarr-fork-pt.csv", "dolibarr-fork-en.tsv"])
def test_dolibarr(name: str) -> None:
    _, values, aside = read(name)
    found = by_name(values)

    for product in PRODUCTS:
        row = told(product, without=("custo", "unidade"))
        row["sku"] = row["sku"].replace(";", "_")  # It takes no such sign.
        if product[0] == "TIN18":
            del row["saldo_inicial"]  # Nothing was ever moved.
        row["nome"] = LOST_BY_DOLIBARR[name].get(product[0], product[1])
        assert found.pop(row["nome"]) == row
    assert {row["sku"]: (row["codigo_barras"], row.get("saldo_inicial", 0)) for row in found.values()} == SHIRTS
    assert set(aside) == {13, 14}


LOST_BY_DOLIBARR = {
    "dolibarr-fork-pt.csv": {"TIN18": "Tinta acrílica 18 L ? Branco Neve"},
    "dolibarr-fork-en.tsv": {"CHI01": "Chiclete & Menta"},
}
"""ISO-8859-1 has no dash, and its TSV takes whatever looks like a tag away."""


@pytest.mark.parametrize("name", ["tryton-8-pt.csv", "tryton-8-en.csv"])
def test_tryton(name: str) -> None:
    _, values, aside = read(name)
    found = by_name(values)

    for product in PRODUCTS:
        row = told(product, without=("estoque_minimo",)) | {"unidade": OF_TRYTON.get(product[7], "UN")}
        row = {"saldo_inicial": 0, "custo": "0.00", **row}
        assert found.pop(product[1]) == row
    assert {row["sku"]: (row["codigo_barras"], row["saldo_inicial"]) for row in found.values()} == SHIRTS
    assert set(found) == {f"[{sku}] Camiseta" for sku in SHIRTS}, "without their codes they would be one product"
    assert len(aside) == len(NO_MORE_SOLD)


OF_TRYTON = {"KG": "KG", "M": "M"}
"""Its own units; the others were entered as units."""


@pytest.mark.parametrize(
    ("name", "tells_hidden"),
    [
        ("libreoffice-pt.csv", False),
        ("libreoffice.xls", True),
        ("libreoffice.xlsx", True),
        ("gnumeric-95.xls", True),
        ("gnumeric.ods", True),
    ],
)
def test_all_products_of_a_spreadsheet_are_read(name: str, *, tells_hidden: bool) -> None:
    table, values, aside = read(name)
    found = by_name(values)

    for product in PRODUCTS:
        row = found.pop(product[1])
        if product[2]:
            row["codigo_barras"] = row["codigo_barras"].lstrip("0")  # A number there, shown with zeros before it.
        assert row == told((*product[:2], product[2].lstrip("0"), *product[3:]), without=())
    assert {row["sku"]: (row["codigo_barras"], row["saldo_inicial"]) for row in found.values()} == SHIRTS
    assert sorted(aside) == [1, 15, 16, 23], "the title, what is no more sold, and the sum"
    assert [note for note in table.notes if "ocult" in note] == (
        [
            "Linhas ocultas ou filtradas na planilha também foram lidas: 1.",
            "Colunas ocultas na planilha também foram lidas: F.",
        ]
        if tells_hidden
        else []
    )

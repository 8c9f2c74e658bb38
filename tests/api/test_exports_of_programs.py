"""What other programs export goes through the window's reader into the server, and stands there as they held it."""

from pathlib import Path

import pytest

from almoxarife.clients.desktop.cadastro.importing.rows import prepare, read_report
from almoxarife.tables.columns import guess_all_columns
from almoxarife.tables.reader import read_table
from almoxarife.wire.catalog import ImportReport
from tests.api.cast import Person

LISTS = Path(__file__).parents[1] / "lists"


@pytest.mark.parametrize(
    ("name", "products", "aside"),
    [
        ("woocommerce-10-pt.csv", 14, {7, 8, 13, 14, 15, 18}),
        ("dolibarr-fork-pt.csv", 16, {11, 13, 14}),
        ("tryton-8-pt.csv", 17, {15, 18}),
        ("libreoffice.xls", 17, {1, 15, 16, 23}),
        ("gnumeric.ods", 17, {1, 15, 16, 23}),
    ],
)
def test_an_export_is_imported_whole_and_a_second_time_is_equal(
    ana: Person, name: str, products: int, aside: set[int]
) -> None:
    """Refused, and said: three wrong barcodes that WooCommerce keeps, and half a piece that Dolibarr has without its
    unit.
    """
    table = read_table(LISTS / name)
    prepared = prepare(table, guess_all_columns(table.headings, table.rows))

    checked = ana.post("/produtos/importar?simular=1", prepared.values)
    result = read_report(prepared, ImportReport.model_validate(checked.json))
    written = ana.post("/produtos/importar", result.good.values)

    assert (written.json["gravado"], written.json["novos"]) == (True, products)
    assert {one.row.line for one in (*result.refused, *result.left_out)} == aside
    assert products + len(aside) == len(table.rows) + len(table.left_out)
    stored = {product["nome"]: product for product in ana.get("/produtos").json}
    for row in result.good.values:
        product = stored.pop(str(row["nome"]))
        assert (product["preco"], product["saldo"]) == (row["preco"], row.get("saldo_inicial", 0))
        assert product["unidade"] == row.get("unidade", "UN")
        assert product.get("sku") == row["sku"]
        assert (product["codigo_barras"] or "").lstrip("0") == str(row.get("codigo_barras", "")).lstrip("0")
    assert stored == {}
    assert ana.post("/produtos/importar", result.good.values).json["iguais"] == products

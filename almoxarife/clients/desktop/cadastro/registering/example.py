"""*Usar exemplo*: ten products with stock, to try the program with."""

import json
from decimal import Decimal
from typing import NamedTuple

from almoxarife.clients.api.client import ApiClient
from almoxarife.clients.api.upload import Upload
from almoxarife.wire.catalog import ImportReport
from almoxarife.wire.stock import MovementIn

_DOCUMENT = "exemplo"


class _Item(NamedTuple):
    name: str
    unit: str
    barcode: str | None
    price: str
    minimum: int
    quantity: str


ITEMS = (
    _Item("Açúcar cristal 1 kg", "UN", "7896032501010", "5.49", 20, "40"),
    _Item("Arroz agulhinha 5 kg", "UN", "7896006711117", "27.90", 10, "18"),
    _Item("Café torrado 500 g", "UN", "7891000315507", "19.90", 12, "3"),
    _Item("Detergente neutro 500 ml", "UN", None, "2.60", 24, "72"),
    _Item("Feijão carioca 1 kg", "UN", None, "8.75", 20, "52"),
    _Item("Mangueira de jardim 1/2 pol.", "M", None, "4.10", 10, "37.5"),
    _Item("Óleo de soja 900 ml", "UN", "7891107101621", "7.99", 12, "4"),
    _Item("Pão de queijo congelado", "KG", None, "32.00", 5, "12.25"),
    _Item("Parafuso sextavado 10 mm", "UN", None, "0.35", 500, "1250"),
    _Item("Sabão em pó 1,6 kg", "PCT", None, "21.50", 6, "9"),
)


def make(api: ApiClient, key: str) -> ImportReport:
    """Create the products, all or none. Raises ApiError."""
    rows = [
        {"nome": i.name, "unidade": i.unit, "codigo_barras": i.barcode, "estoque_minimo": i.minimum, "preco": i.price}
        for i in ITEMS
    ]
    return api.import_products(Upload(json.dumps(rows).encode()), simulate=False, key=key)


def entries(report: ImportReport, shop_id: str | None) -> list[tuple[MovementIn, str]]:
    """The entries that give the products their stock, each with the product's name."""
    return [
        (
            MovementIn.model_validate(
                {
                    "produto_id": row.id,
                    "quantidade": Decimal(item.quantity),
                    "loja_id": shop_id,
                    "documento": _DOCUMENT,
                }
            ),
            item.name,
        )
        for row, item in zip(report.rows, ITEMS, strict=True)
    ]

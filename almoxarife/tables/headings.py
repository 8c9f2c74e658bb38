"""What people and programs call the columns of a list of products.

Beside what shops write by hand: the exports of Bling, Tiny and Olist, Omie, Nex, MarketUP, InvenTree,
WooCommerce and Square.
"""

from collections.abc import Callable, Sequence

from almoxarife.wire.fields import fold

NAME, UNIT, BARCODE, MINIMUM, PRICE = "nome", "unidade", "codigo_barras", "estoque_minimo", "preco"

KNOWN: dict[str, tuple[tuple[str, ...], ...]] = {
    BARCODE: (
        (
            "codigo de barras", "cod de barras", "cod barras", "codigo barras", "barras", "ean", "gtin", "gtin/ean",
            "ean/gtin", "ean13", "ean 13", "gtin 13", "codigo ean", "codigo gtin", "codigo ean/gtin", "codigo gtin/ean",
            "cean", "barcode", "upc", "gtin upc ean or isbn", "gtin upc ean ou isbn", "upc/ean",
            "upc/ean/gtin", "codigo de barras/ean", "codigo de barras gtin",
        ),
    ),
    MINIMUM: (
        (
            "estoque minimo", "minimo", "est minimo", "est min", "estoque min", "qtd minima", "quantidade minima",
            "qtde minima", "ponto de pedido", "minimum stock", "low stock amount", "limite de estoque baixo",
            "quantidade em estoque baixo",
        ),
    ),
    PRICE: (
        ("preco de venda", "preco venda", "valor de venda", "valor venda", "vlr venda", "preco varejo",
         "preco unitario de venda"),
        ("preco", "valor unitario", "preco unitario", "valor", "price", "regular price", "preco normal", "vlr unit"),
        ("pricing min", "default price", "sale price"),
    ),
    UNIT: (
        ("unidade", "un", "und", "unid", "um", "unidade comercial", "unidade de venda", "units", "unit"),
        ("unidade de medida", "medida", "sigla unidade", "unit of measure", "units of measure"),
    ),
    NAME: (
        (
            "nome", "produto", "nome do produto", "nome produto", "descricao", "descricao do produto",
            "descricao produto", "mercadoria", "name", "item name", "product", "product name", "part name",
            "titulo", "produtos",
        ),
        ("item", "title", "nome do item", "descricao completa", "description", "descricao curta"),
    ),
}  # fmt: skip
"""From the surest field to the vaguest; within one, from the surest words. A heading is taken by the first field."""

_OTHERS = frozenset({
    "id", "codigo", "cod", "sku", "referencia", "ref", "ncm", "cest", "cfop", "origem", "marca", "categoria", "grupo",
    "subgrupo", "fornecedor", "estoque", "saldo", "quantidade", "qtd", "qtde", "custo", "obs", "observacao",
    "observacoes", "situacao", "ativo", "tipo", "localizacao", "peso", "type", "category", "stock", "ipn", "token",
    "preco de custo", "preco custo", "estoque atual", "estoque maximo", "peso liquido", "peso bruto", "in stock",
})  # fmt: skip
"""Headings that say nothing to the import, but tell a row of headings from a row of products."""


_SEPARATORS = str.maketrans("_.-,;", "     ")


def plain(heading: str) -> str:
    """ "Preço (R$)*" as "preco": what stands in brackets, and signs, do not name the column."""
    text = fold(heading).partition("(")[0].translate(_SEPARATORS)
    return " ".join(text.strip("*:# ").split())


def guess_columns(headings: Sequence[str], is_empty: Callable[[int], bool] = lambda _: False) -> dict[str, int]:
    """The column of each field that can be told by its heading; an empty column only where there is no other."""
    folded = [plain(heading) for heading in headings]
    found: dict[str, int] = {}
    for name, tiers in KNOWN.items():
        columns = [at for words in tiers for at, heading in enumerate(folded) if heading in words]
        columns = [at for at in columns if at not in found.values()]
        column = next((at for at in columns if not is_empty(at)), columns[0] if columns else None)
        if column is not None:
            found[name] = column
    return found


def count_known(cells: Sequence[object]) -> int:
    """How many cells of a row are headings of products."""
    words = {plain(cell) for cell in cells if isinstance(cell, str) and len(cell) < 60}
    return len(words & _ALL)


_ALL = _OTHERS | {word for tiers in KNOWN.values() for words in tiers for word in words}

"""What people and programs call the columns of a list of products.

Beside what shops write by hand: the exports of Bling, Tiny and Olist, Omie, Nex, MarketUP, InvenTree,
WooCommerce, Square and Loyverse.
"""

import re
from collections.abc import Callable, Collection, Sequence

from almoxarife.wire.fields import fold

NAME, UNIT, BARCODE, MINIMUM, PRICE = "nome", "unidade", "codigo_barras", "estoque_minimo", "preco"
STOCK, COST, SKU, BOX, PER_BOX = "saldo_inicial", "custo", "sku", "codigo_caixa", "por_caixa"

Headings = dict[str, tuple[tuple[str, ...], ...]]

KNOWN: Headings = {
    BARCODE: (
        (
            "codigo de barras", "cod de barras", "cod barras", "codigo barras", "barras", "ean", "gtin", "gtin/ean",
            "ean/gtin", "ean13", "ean 13", "gtin 13", "codigo ean", "codigo gtin", "codigo ean/gtin",
            "codigo gtin/ean",
            "cean", "barcode", "upc", "gtin upc ean or isbn", "gtin upc ean ou isbn", "upc/ean",
            "upc/ean/gtin", "codigo de barras/ean", "codigo de barras gtin", "cod barra", "codigo de barra",
            "codigo barra",
            "codigo ean 13", "codigo ean13", "cod ean", "ean/upc", "codigo universal de produto", "codigo universal",
            "codigo de barras do produto", "barcodes", "bar code", "codbarras", "codigobarras",
        ),
    ),
    MINIMUM: (
        (
            "estoque minimo", "minimo", "est minimo", "est min", "estoque min", "qtd minima", "quantidade minima",
            "qtde minima", "ponto de pedido", "minimum stock", "low stock amount", "limite de estoque baixo",
            "quantidade em estoque baixo", "stock alert count",
        ),
    ),
    PRICE: (
        ("preco de venda", "preco venda", "valor de venda", "valor venda", "vlr venda", "preco varejo",
         "preco unitario de venda", "vl venda", "p venda", "pr venda", "preco de venda varejo",
         "valor de venda varejo",
         "preco de venda unitario", "preco a vista", "preco final", "preco de venda final", "preco ao consumidor",
         "vuncom", "preco venda varejo"),
        ("preco", "vlr unitario", "vl unitario", "vlr", "precos", "preco unit", "unit price", "valor unitario",
         "preco unitario", "valor", "price", "regular price", "preco normal", "vlr unit"),
        ("pricing min", "default price", "sale price"),
    ),
    UNIT: (
        ("unidade", "un", "und", "unid", "um", "ucom", "un medida", "unid medida", "sigla", "un venda",
         "unidade comercial", "unidade de venda", "units", "unit"),
        ("unidade de medida", "medida", "sigla unidade", "unit of measure", "units of measure"),
    ),
    NAME: (
        (
            "nome", "produto", "nome do produto", "nome produto", "descricao", "descricao do produto",
            "descricao produto", "mercadoria", "name", "item name", "product", "product name", "part name",
            "titulo", "produtos", "xprod", "desc prod", "desc produto", "descr produto", "descricao da mercadoria",
            "nome da mercadoria", "descricao do item", "nome completo", "denominacao", "artigo", "nm produto",
            "ds produto",
        ),
        ("item", "title", "nome do item", "descricao completa", "description", "descricao curta"),
    ),
}  # fmt: skip
"""From the surest field to the vaguest; within one, from the surest words. A heading is taken by the first field."""

STOCK_AND_CODES: Headings = {
    BOX: (
        (
            "codigo da caixa", "codigo de barras da caixa", "cod barras caixa", "ean da caixa", "ean caixa",
            "gtin da caixa", "gtin caixa", "gtin/ean da embalagem", "ean da embalagem", "gtin da embalagem",
            "codigo da embalagem", "codigo de barras da embalagem", "dun", "dun14", "dun 14",
        ),
    ),
    PER_BOX: (
        (
            "unidades por caixa", "unidade por caixa", "quantidade por caixa", "qtd por caixa", "qtde por caixa",
            "itens por caixa", "pecas por caixa", "unidades por embalagem", "quantidade por embalagem",
            "qtd embalagem", "itens p/ caixa", "qtd p/ caixa", "unidades p/ caixa",
            "qtde embalagem", "fator", "fator de conversao",
        ),
    ),
    COST: (
        (
            "preco de custo", "preco custo", "custo", "valor de custo", "valor custo", "vlr custo", "custo unitario",
            "preco de compra", "preco compra", "valor de compra", "cost", "unit cost", "cost price",
            "default unit cost", "purchase price",
        ),
        ("custo medio", "ultimo custo", "custo atual"),
    ),
    STOCK: (
        (
            "estoque", "estoque atual", "saldo", "saldo atual", "saldo em estoque", "saldo estoque",
            "estoque inicial",
            "saldo inicial", "est atual", "quantidade em estoque", "qtd em estoque", "qtde em estoque", "qtd estoque",
            "qtde estoque", "quantidade estoque", "estoque disponivel", "stock", "stock quantity", "current quantity",
            "total stock", "quantity on hand", "qcom", "qtd atual", "qtde atual", "est", "saldo de estoque",
            "estoque fisico", "on hand", "contagem", "quantidade contada",
        ),
        ("quantidade", "qtd", "qtde", "quant", "quantity", "qty", "disponivel", "in stock"),
    ),
    SKU: (
        ("sku", "codigo sku", "codigo interno", "cod interno", "codigo do produto", "codigo produto", "cod produto",
         "ipn"),
        ("codigo", "cod", "codigo do item", "code", "referencia", "ref"),
    ),
}  # fmt: skip
"""What else a list of products may bring, from the surest field to the vaguest."""

_OTHERS = frozenset({
    "id", "codigo", "cod", "sku", "referencia", "ref", "ncm", "cest", "cfop", "origem", "marca", "categoria", "grupo",
    "subgrupo", "fornecedor", "estoque", "saldo", "quantidade", "qtd", "qtde", "custo", "obs", "observacao",
    "observacoes", "situacao", "ativo", "tipo", "localizacao", "peso", "type", "category", "stock", "ipn", "token",
    "preco de custo", "preco custo", "estoque atual", "estoque maximo", "peso liquido", "peso bruto", "in stock",
})  # fmt: skip
"""Headings that say nothing to the import, but tell a row of headings from a row of products."""


_SEPARATORS = str.maketrans("_.-,;", "     ")
_OF_A_SHOP = re.compile(r"(current quantity|stock alert count) .+")
"""Square names the shop behind."""


def plain(heading: str) -> str:
    """ "Preço (R$)*" as "preco": what stands in brackets, and signs, do not name the column."""
    text = fold(heading).partition("(")[0].translate(_SEPARATORS)
    text = " ".join(text.strip("*:# ").split())
    return _OF_A_SHOP.sub(r"\1", text)


def guess_columns(
    headings: Sequence[str],
    is_empty: Callable[[int], bool] = lambda _: False,
    *,
    known: Headings = KNOWN,
    taken: Collection[int] = (),
) -> dict[str, int]:
    """The column of each field that can be told by its heading; an empty column only where there is no other.

    ``taken`` columns hold something else.
    """
    folded = [plain(heading) for heading in headings]
    found: dict[str, int] = {}
    for name, tiers in known.items():
        columns = [at for words in tiers for at, heading in enumerate(folded) if heading in words]
        columns = [at for at in columns if at not in found.values() and at not in taken]
        column = next((at for at in columns if not is_empty(at)), columns[0] if columns else None)
        if column is not None:
            found[name] = column
    return found


def count_known(cells: Sequence[object]) -> int:
    """How many cells of a row are headings of products."""
    words = {plain(cell) for cell in cells if isinstance(cell, str) and len(cell) < 60}
    return len(words & _ALL)


_ALL = _OTHERS | {word for tiers in (*KNOWN.values(), *STOCK_AND_CODES.values()) for words in tiers for word in words}

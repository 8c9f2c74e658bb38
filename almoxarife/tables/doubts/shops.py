"""Tells the stock of one shop by its heading: "Estoque Centro", "Loja Centro", "Em estoque [Centro]".

A heading must name the shop in full: "Estoque Nova Lapa" is not that of the shop Lapa, "Depósito 1" not that of Loja 1.
"""

from collections.abc import Sequence

from almoxarife.tables import notation
from almoxarife.tables.cells import Table, as_text
from almoxarife.tables.headings import STOCK, STOCK_AND_CODES, plain
from almoxarife.wire.fields import fold

SHOPS = {"loja", "filial", "matriz", "deposito", "almoxarifado", "galpao"}
STOCKS = {"estoque", "saldo", "quantidade"}
_NO_BALANCES = frozenset(
    {
        *("maximo", "ideal", "desejado", "desejada", "previsto", "futuro", "reservado", "reserva"),
        *("transito", "vendido", "vendida", "vendas", "venda", "pedido", "pedida", "comprado", "comprada"),
        *("compra", "anterior", "devedor", "credor", "minimo", "caixa", "cx", "embalagem", "emb", "pacote"),
        *("pct", "fardo", "por", "p/", "inicial", "entrada", "entradas", "saida", "saidas", "valor", "custo"),
        *("preco", "dias", "produzir", "produzida", "perda", "perdas", "devolvida", "devolvido", "sugerido"),
        *("sugerida", "consumo", "media", "medio", "atacado", "repor", "reposicao"),
    }
)
"""Words in headings of quantities that are no balance of a shop."""
OF_ALL_SHOPS = frozenset(
    {
        *("fisico", "fiscal", "disponivel", "contabil", "virtual", "real", "total", "geral", "atual", "bloqueado"),
        *("principal", "cheio", "final", "produto", "produtos", "estoque", "hoje", "un", "und", "kg", "pecas"),
        *("sistema", "contada", "contado", "contagem", "apurada", "apurado", "inventario"),
    }
)
"""Words in headings of quantities that are not those of one of several shops."""
_OF_ALL = STOCKS | {word for tier in STOCK_AND_CODES[STOCK] for word in tier}
_SIGNS = str.maketrans("_.-,;:*#[]()/", " " * 13)
_JOINERS = {"de", "do", "da", "dos", "das", "em", "no", "na"}
_MAX_STOCK_WORDS = 3
_SAMPLE_ROWS = 500


def is_of_a_shop(word: str) -> bool:
    """Whether a plain heading such as "estoque centro" or "loja 2" means the stock of one of several shops."""
    first, *others = word.split() or [""]
    if word in _OF_ALL and first not in SHOPS:
        return False
    return first in STOCKS | SHOPS and bool(others) and _NO_BALANCES.isdisjoint(others) and "$" not in word


def find_stock_of(shop: str, table: Table) -> int | None:
    """The only column with the stock of this shop; None if there is none, or several."""
    name = _without_kind(_split(shop))
    found = [at for at, heading in enumerate(table.headings) if name in _find_shops(heading) and _has_stock(table, at)]
    return found[0] if name and len(found) == 1 else None


def names_a_shop(heading: str) -> bool:
    """Whether the heading is that of the stock of one shop among others, also "Em estoque [Centro]"."""
    phrase = plain(heading)
    if is_of_a_shop(phrase) and not OF_ALL_SHOPS.issuperset(phrase.split()[1:]):
        return True
    whole = plain(" ".join(_split(heading)))
    return any(
        not OF_ALL_SHOPS.issuperset(rest)
        and (whole not in _OF_ALL or whole == plain(" ".join(stock)) or rest[-1].isdigit())
        for stock, rest in _take_stock(heading)
    )


def _find_shops(heading: str) -> list[str]:
    """The names that the heading may give to the shop whose stock is below it."""
    words = _split(heading)
    is_place = len(words) > 1 and words[0] in SHOPS and _NO_BALANCES.isdisjoint(words) and "$" not in heading
    return [_without_kind(rest) for _, rest in _take_stock(heading)] + ([_without_kind(words)] if is_place else [])


def _take_stock(heading: str) -> list[tuple[list[str], list[str]]]:
    """The first words of a heading that mean a stock, and the others, in each way there is."""
    words = _split(heading)
    if "$" in heading or not _NO_BALANCES.isdisjoint(words):
        return []
    return [
        (words[:count], words[count:])
        for count in range(1, min(_MAX_STOCK_WORDS, len(words) - 1) + 1)
        if SHOPS.isdisjoint(words[:count]) and plain(" ".join(words[:count])) in _OF_ALL
    ]


def _split(text: str) -> list[str]:
    return [word for word in fold(text).translate(_SIGNS).split() if word not in _JOINERS]


def _without_kind(words: Sequence[str]) -> str:
    """The name without "loja" before it, nor "filial" if it is no number: Filial 1 may be another than Loja 1."""
    words = list(words)
    while len(words) > 1 and (words[0] == "loja" or (words[0] == "filial" and not words[1].isdigit())):
        del words[0]
    return " ".join(words)


def _has_stock(table: Table, at: int) -> bool:
    """Whether the column holds numbers, of which some may be missing or in words ("-", "esgotado")."""
    texts = [as_text(cell) for row in table.rows[:_SAMPLE_ROWS] for cell in row.cells[at : at + 1] if cell != ""]
    numbers = sum(map(notation.is_number, texts))
    return numbers > 0 and 2 * numbers >= len(texts)

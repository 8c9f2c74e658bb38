"""Tells what a heading says of one shop: "Estoque Centro", "Centro (saldo)", "Loja 2", "Preço Norte", or only "Centro".

A heading must name the shop in full: "Estoque Nova Lapa" is not that of the shop Lapa, "Depósito 1" not that of Loja 1.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache

from almoxarife.tables import notation
from almoxarife.tables.cells import Table, as_text
from almoxarife.tables.headings import KNOWN, STOCK_AND_CODES, TEXT_HEADINGS, count_known, plain
from almoxarife.tables.vocabulary.fields import PRICE, STOCK
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
        *("sugerida", "consumo", "media", "medio", "atacado", "repor", "reposicao", "max", "min", "semanas", "meses"),
        *("caixas", "comprar"),
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
_PRICES = {word for tier in KNOWN[PRICE] for word in tier} - {"venda"}
_SIGNS = re.compile(r"[^\w$%]|_")
_HUMP = re.compile(r"(?<=[a-zà-ÿ])(?=[A-ZÀ-Þ])")
_DECIMALS = re.compile(r"[.,]\d{1,2}$", re.ASCII)
_JOINERS = {"de", "do", "da", "dos", "das", "em", "no", "na"}
_SHORT = {"lj": "loja", "fil": "filial", "dep": "deposito"}
_PLACES = {"unidade", "un", "pdv", "ponto", "shopping", "loja", "filial"}
"""Words around a shop's name that do not tell what the column holds of it."""
_MAX_STOCK_WORDS = 3
_MAX_KINDS = 2
_MAX_LENGTH = 200
"""Characters of a heading; a longer text names no shop."""
_SAMPLE_ROWS = 500


class Subject(Enum):
    """What the column holds of the shop that its heading names."""

    STOCK = "estoque"
    PRICE = "preço"
    UNTOLD = "não diz"
    """The heading is the shop's name alone."""


@dataclass(frozen=True)
class ShopNames:
    """The names of the chain's shops, as far as they are known, and that of the shop that gets the stock."""

    every: tuple[str, ...] = ()
    chosen: str = ""


NO_SHOPS = ShopNames()


def is_of_a_shop(word: str) -> bool:
    """Whether a plain heading such as "estoque centro" or "loja 2" means the stock of one of several shops."""
    first, *others = word.split() or [""]
    if word in _OF_ALL and first not in SHOPS:
        return False
    return first in STOCKS | SHOPS and bool(others) and _NO_BALANCES.isdisjoint(others) and "$" not in word


def find_stock_of(shop: str, table: Table) -> int | None:
    """The only column with the stock of this shop; None if there is none, or several."""
    found = [at for at, heading in enumerate(table.headings) if _is_stock_of(shop, heading, _list_texts(table, at))]
    return found[0] if len(found) == 1 else None


def names_a_shop(heading: str, shops: Collection[str] = ()) -> bool:
    """Whether the heading is that of the stock of one shop among others, also "Em estoque [Centro]".

    ``shops``: names of shops that are known, which may stand alone in a heading.
    """
    if find_named(heading, shops) not in {None, Subject.PRICE}:
        return True
    phrase = plain(heading)
    if is_of_a_shop(phrase) and not OF_ALL_SHOPS.issuperset(phrase.split()[1:]):
        return True
    whole = plain(" ".join(_split(heading)))
    return any(
        not OF_ALL_SHOPS.issuperset(rest)
        and (whole not in _OF_ALL or whole == plain(" ".join(stock)) or rest[-1].isdigit())
        for stock, rest in _take_stock(heading)
    )


def find_named(heading: str, shops: Collection[str]) -> Subject | None:
    """What the heading says of one of these shops; None if it names none of them in full."""
    subjects = (subject for shop in shops if (subject := _find_subject(shop, heading)) is not None)
    return next(subjects, None)


def is_of_another(heading: str, shops: ShopNames) -> bool:
    """Whether the heading names the stock of a known shop that is not the chosen one."""
    others = [shop for shop in shops.every if shop != shops.chosen]
    is_chosen = _find_subject(shops.chosen, heading) is not None
    return not is_chosen and find_named(heading, others) in {Subject.STOCK, Subject.UNTOLD}


def is_like_a_shop(heading: str, shops: Collection[str]) -> bool:
    """Whether the heading is a part of one shop's name that the others lack: "Centro" of "Casa Silva Centro"."""
    words = set(_split(heading))
    names = [set(_split(shop)) for shop in shops]
    shared = set.intersection(*names) if len(names) > 1 else set()
    own = [word for word in words - shared - SHOPS if not word.isdigit()]
    is_known = count_known([heading]) > 0 or plain(heading) in TEXT_HEADINGS or OF_ALL_SHOPS.issuperset(words)
    return bool(own) and not is_known and any(words <= name for name in names)


def are_mostly_numbers(texts: Sequence[str]) -> bool:
    """Whether the texts are numbers, of which some may be missing or in words ("-", "esgotado")."""
    numbers = sum(map(notation.is_number, texts))
    return numbers > 0 and 2 * numbers >= len(texts)


def have_decimals(texts: Sequence[str]) -> bool:
    """Whether some texts may be prices."""
    return any("$" in text or _DECIMALS.search(text) for text in texts)


def _list_texts(table: Table, at: int) -> list[str]:
    return [as_text(cell) for row in table.rows[:_SAMPLE_ROWS] for cell in row.cells[at : at + 1] if cell != ""]


def _is_stock_of(shop: str, heading: str, texts: Sequence[str]) -> bool:
    """Whether this shop's stock is below the heading: it says so, or is "Loja" and the name, above whole numbers."""
    if not are_mostly_numbers(texts):
        return False
    if _find_subject(shop, heading) is Subject.STOCK:
        return True
    words = _split(heading)
    is_place = len(words) > 1 and words[0] in SHOPS and _NO_BALANCES.isdisjoint(words) and "$" not in heading
    return is_place and not have_decimals(texts) and _without_kind(words) == _without_kind(_split(shop))


def _find_subject(shop: str, heading: str) -> Subject | None:
    """What the heading says of this shop; None if it does not name it in full."""
    name, words = _without_kind(_split(shop)), _split(heading)
    if not name or not set(name) <= set(words) or len(heading) > _MAX_LENGTH or " ".join(name) in _OF_ALL:
        return None
    for rest in _list_rests(words, name):
        phrase = plain(" ".join(rest))
        if "$" not in heading and _NO_BALANCES.isdisjoint(rest) and phrase in _OF_ALL:
            return Subject.STOCK
        if len(words) - len(rest) == 1 and name[0].isdigit() and not _PLACES.issuperset(rest):
            continue  # "Preço 2" is another price, not that of Loja 2
        if OF_ALL_SHOPS.union(_PLACES).issuperset(rest) and "estoque" not in rest:
            return Subject.UNTOLD
        if phrase in _PRICES:
            return Subject.PRICE
    return None


def _list_rests(words: Sequence[str], name: Sequence[str]) -> Iterator[Sequence[str]]:
    """What is left of a heading without the shop's name at its end or beginning, and without "Loja" before the name.

    A name that is only a number, as of "Loja 1", is none without that word, but at the end.
    """
    for kinds in range(_MAX_KINDS, -1, -1):
        width = len(name) + kinds
        if width > len(words) or (width == 1 and len(words) == 1 and name[0].isdigit()):
            continue
        if _without_kind(words[-width:]) == name:
            yield words[:-width]
        if _without_kind(words[:width]) == name and not (width == 1 and name[0].isdigit()):
            yield words[width:]


def _take_stock(heading: str) -> list[tuple[Sequence[str], Sequence[str]]]:
    """The first words of a heading that mean a stock, and the others, in each way there is."""
    words = _split(heading)
    if "$" in heading or not _NO_BALANCES.isdisjoint(words):
        return []
    return [
        (words[:count], words[count:])
        for count in range(1, min(_MAX_STOCK_WORDS, len(words) - 1) + 1)
        if SHOPS.isdisjoint(words[:count]) and plain(" ".join(words[:count])) in _OF_ALL
    ]


@lru_cache(maxsize=1024)
def _split(text: str) -> tuple[str, ...]:
    """The words of a heading or of a shop's name, each in one form: "Lj. 01" is "loja 1"."""
    words = _SIGNS.sub(" ", fold(_HUMP.sub(" ", text[:_MAX_LENGTH]))).split()
    words = [(word.lstrip("0") or word) if word.isdigit() else _SHORT.get(word, word) for word in words]
    return tuple(word for word in words if word not in _JOINERS)


def _without_kind(words: Sequence[str]) -> tuple[str, ...]:
    """The name without "loja" before it, nor "filial" if it is no number: Filial 1 may be another than Loja 1."""
    at = 0
    while at + 1 < len(words) and (words[at] == "loja" or (words[at] == "filial" and not words[at + 1].isdigit())):
        at += 1
    return tuple(words[at:])

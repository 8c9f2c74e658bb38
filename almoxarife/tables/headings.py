"""Recognises the columns of a list by their headings, however these are written: "Preço (R$)*" is "preco"."""

import re
from collections.abc import Callable, Collection, Iterator, Sequence

from almoxarife.tables.vocabulary.fields import BARCODE, COST, MINIMUM, NAME, PRICE, SKU, STOCK, UNIT
from almoxarife.tables.vocabulary.products import (
    FURTHER,
    KINDS_OF_PRODUCT,
    MONEY,
    NOT_SOLD,
    OTHERS,
    PRODUCT,
    SOLD,
    Headings,
)
from almoxarife.tables.vocabulary.texts import PEOPLE, TEXTS
from almoxarife.wire.fields import fold

_SEPARATORS = str.maketrans("_.-,;:*#[]'\"“”", " " * 14)
_OTHER_MONEY = re.compile(
    r"(?<!com |sem )(?<!c/ )(?<!e )centavos|\b(?:us ?\$|u\$s?|usd|eur|euros?|d[oó]lar(?:es)?)(?!\w)|€", re.IGNORECASE
)
_OF_A_SHOP = re.compile(r"(current quantity|stock alert count|quantidade atual) .+")
"""Square's headings that end with the shop's name."""
_IN_BRACKETS = re.compile(r" *\[[^\]]*\]$")
"""The shop's name after Loyverse's headings, as in "In stock [Centro]"."""
_HUMP = re.compile(r"(?<=[a-zà-ÿ])(?=[A-ZÀ-Þ])")
"""The place between two words of camel case, as in "precoVenda"."""
_MAX_WORD_LENGTH = 24
_MAX_HEADING_LENGTH = 200
"""Characters of a heading of which other forms are tried. They are slow to find in a long text."""
_BRACKETS = str.maketrans("()", "  ")
_DBASE = re.compile(r",[BCDFGILMNTY](?:,\d{1,3}){0,2}$")
"""The type and width of a column, as LibreOffice writes them behind the names of a .dbf file: "PRECO,N,12,2"."""
_BOXES = {"caixa", "caixas", "cx", "cxs", "fardo", "fardos", "fd", "embalagem", "emb", "display"}
_OTHER_AMOUNTS = {
    *("atacado", "total", "minimo", "maximo", "medio", "ideal", "anterior", "antigo", "antiga", "prazo", "cartao"),
    *("promocional", "promocao", "promo", "oferta", "compra", "custo", "lucro", "margem", "frete", "desconto"),
    *("vendido", "vendida", "vendidos", "vendidas", "vendas", "comprado", "comprada", "comprados", "compradas"),
    *("pedido", "pedida", "pedidos", "pedidas", "reservado", "reservada", "reservados", "reservadas", "virtual"),
    *("entrada", "entradas", "saida", "saidas", "dias", "semanas", "meses"),
}
"""Words in brackets behind "Preço" or "Estoque" that make it another amount, as those of boxes do."""
_PERIODS = {"dia", "semana", "mes", "por", "ao"}
"""They do so alone, as in "Quantidade (mês)"; "Estoque (dia 30/11)" is that of a day."""
_CONDITIONS = {"frete", "desconto", "lucro", "margem", "cartao", "prazo"}
_ONLY_EXPLAIN = {"com", "sem", "c/", "s/", "incluso", "inclusa", "incluido", "incluida", "apos", "ou"}
"""Words beside which ``_CONDITIONS`` make no other amount: "Preço (sem desconto)", "Preço (à vista ou cartão)"."""
_PER_UNIT = re.compile(r" *\(?R\$ ?/ ?([^\W\d_]+)\)?", re.IGNORECASE)
"""What the price is of, as in "Preço R$/kg"."""
_NUMBER = re.compile(r"(?:\d{1,3} ?[-.):]|1 ?º) ?(?=[^\W\d])", re.ASCII)
"""The number of a column, as in "1 - Produto". "2º Preço" is another price than the first."""
_VAGUE = re.compile(r"( (principal|atual|cheio|real|final|produto|1)|(?<= minimo) ideal)+$")
"""Words that are dropped from an unknown heading, as from "Preço de venda 1". Not "ideal" in "Estoque ideal"."""
_SHORT = {
    short: word
    for word, shorts in {
        "valor": "vr vlr vl valores", "produto": "prod producto", "preco": "prc pco precos precio precios",
        "estoque": "est estq estoq", "nome": "nombre", "artigo": "articulo", "atual": "actual",
        "codigo": "cod cd codigos",
        "quantidade": "qtd qtde qt qte quant qntd cantidad", "unidade": "un und unid unidad", "minimo": "min minima",
        "venda": "vda vnd venta", "saldo": "sld sdo", "custo": "cust costo coste", "sigla": "sg",
        "descricao": "descr descripcion discriminacao discr especificacao", "maximo": "max maxima", "barras": "barra",
        "": "de do da dos das del em r$ rs reais",
    }.items()
    for short in shorts.split()
}  # fmt: skip
"""Abbreviations in headings, and words without meaning for the column."""


def plain(heading: str) -> str:
    """The heading in its normal form, in which it is looked up: "Preço (R$)*" is "preco".

    "Estoque (R$)" and "R$ unit." are amounts of money: "valor estoque", "valor unit". "Preço (US$)" is not in reais.
    """
    found = _find_phrase(heading)
    if found in _AMOUNTS_AND_COUNTS and (money := _OTHER_MONEY.search(heading)):
        return f"{found} {money[0].lower()}"
    if "$" in heading and found not in _AMOUNTS_AND_TEXTS and MONEY in fold(heading):
        return f"valor {found}" if found else MONEY
    return found


def _find_phrase(heading: str) -> str:
    text = _plain(heading)
    if len(heading) > _MAX_HEADING_LENGTH:
        return text
    if "(" in heading and (whole := _join_brackets(heading, text)):
        return whole
    if text in _ALL:
        return text
    return next((other for other in map(_plain, _other_forms(heading, text)) if other in _ALL), text)


def _join_brackets(heading: str, text: str) -> str:
    """ "preco custo" of "Preço (custo)", and "preco caixa", which is no "preco"; empty if the brackets only explain."""
    whole = _plain(heading.translate(_BRACKETS))
    words = set(whole.split()) - set(text.split())
    if not words.isdisjoint(_ONLY_EXPLAIN):
        words -= _CONDITIONS
    is_counted = text in _STOCKS and text != "quantidade"
    others = _OTHER_AMOUNTS if is_counted else _OTHER_AMOUNTS | _BOXES
    is_another = not words.isdisjoint(others) or (bool(words) and words <= _PERIODS)
    return whole if whole in _ALL or (is_another and text in _AMOUNTS) else ""


def _other_forms(heading: str, text: str) -> Iterator[str]:
    per_unit = _PER_UNIT.sub(r"/\1", heading) if "$" in heading else heading
    forms = (
        f"preco{per_unit}" if per_unit.startswith("/") else per_unit,
        _without_number(heading),
        _HUMP.sub(" ", heading),
        _of_the_product(heading),
        _IN_BRACKETS.sub("", heading),
        _DBASE.sub("", heading),
        _VAGUE.sub("", text),
    )
    yield from (form for form in forms if form not in {heading, text})
    if "/" in heading and _plain(spaced := heading.replace("/", " ")) in _AMOUNTS:
        yield spaced  # such as "Preço/Custo"
    yield from _split(text)


def _without_number(heading: str) -> str:
    found = _NUMBER.match(heading)
    return heading[found.end() :] if found else heading


def _split(word: str) -> Iterator[str]:
    """The ways to split a heading without spaces into known words: "VLRVENDA" as "vlr venda"."""
    if word in _WORDS:
        yield word
    if not word.isalpha() or len(word) > _MAX_WORD_LENGTH:
        return
    for at in range(2, len(word) - 1):
        if word[:at] in _WORDS:
            yield from (f"{word[:at]} {rest}" for rest in _split(word[at:]))


def _of_the_product(heading: str) -> str:
    """Drop the path that ERP exports put around a field: "Modelo de produto/Preço", "Unidade/Nome do registro"."""
    way = heading.split("/")
    if len(way) > 1 and _plain(way[0]) in _PRODUCTS:
        way = way[1:]
    if len(way) > 1 and _plain(way[-1]) in _NAMES:
        way = way[:-1]
    return "/".join(way)


def _plain(heading: str) -> str:
    return _OF_A_SHOP.sub(r"\1", _join_words(heading))


def _join_words(heading: str) -> str:
    text = fold(heading)
    if text == MONEY:
        return text
    text = text.replace("(es)", "es").replace("(s)", "s").partition("(")[0].translate(_SEPARATORS).replace(" / ", "/")
    return " ".join(filter(None, (_SHORT.get(word, word) for word in text.split())))


def _are_plain(fields: Headings) -> Headings:
    return {name: tuple(tuple(dict.fromkeys(map(_plain, words))) for words in tiers) for name, tiers in fields.items()}


KNOWN, STOCK_AND_CODES = _are_plain(PRODUCT), _are_plain(FURTHER)
IS_SOLD, IS_NOT_SOLD = _are_plain(SOLD), _are_plain(NOT_SOLD)
_PRODUCTS = set(map(_plain, ("produto", "modelo", "modelo de produto", "product", "product template", "template")))
_NAMES = set(map(_plain, ("nome", "name", "nome do registro", "record name", "nome exibido", "display name")))


def guess_columns(
    headings: Sequence[str],
    is_unfit: Callable[[str, int], bool] = lambda _name, _at: False,
    *,
    known: Headings = KNOWN,
    taken: Collection[int] = (),
) -> dict[str, int]:
    """The column of each field that its heading identifies.

    If several fit, a column for which ``is_unfit`` is false is preferred (it is true for an empty column, for example),
    then the one that comes first in ``known``: "Preço" before "Preço real", "Estoque" before "Quantidade atual X".
    ``taken``: columns that are used for something else.
    """
    folded = [plain(heading) for heading in headings]
    exact_first = sorted(range(len(folded)), key=lambda at: folded[at] not in _exact_forms(headings[at]))
    found: dict[str, int] = {}
    for name, tiers in known.items():
        columns = [at for words in tiers for at in exact_first if folded[at] in words]
        columns = [at for at in columns if at not in found.values() and at not in taken]
        column = next((at for at in columns if not is_unfit(name, at)), columns[0] if columns else None)
        if column is not None:
            found[name] = column
    return found


def _exact_forms(heading: str) -> tuple[str, str]:
    """Without and with what it says in brackets."""
    return _join_words(heading), _join_words(heading.translate(_BRACKETS))


def count_known(cells: Sequence[object]) -> int:
    """How many cells of a row are known headings."""
    texts = {cell for cell in cells if isinstance(cell, str) and len(cell) < 60}
    return len({plain(text) for text in texts} & _ALL)


def joined(above: Sequence[str], below: Sequence[str]) -> list[str]:
    """Join headings of two rows, as "Preço" over "Custo" and "Venda". An empty cell repeats the one to its left."""
    width = max(len(above), len(below))
    names, over = [], ""
    for at in range(width):
        over = above[at] if at < len(above) and above[at] else over
        under = below[at] if at < len(below) else ""
        both = next((name for name in (f"{over} {under}", f"{over.rstrip('s')} {under}") if plain(name) in _ALL), None)
        own = above[at] if at < len(above) else ""
        known = next((name for name in (under, own) if plain(name) in _ALL), under or own)
        is_of_a_shop = _is_over_several(above, at) and plain(over) in _STOCKS and not {under, plain(under)} & _NO_SHOPS
        names.append(both if both and over and under else f"{over} {under}" if is_of_a_shop else known)
    return names


def add_places(names: Sequence[str], above: Sequence[str], below: Sequence[str], *, are_sure: bool) -> list[str]:
    """The ``names`` with the shop in those that come again, unless each has a list; if not sure, only in stocks."""
    words, overs, over = [plain(name) for name in names], [], ""
    groups: dict[str, list[str]] = {}
    for at, word in enumerate(words):
        over = above[at] if at < len(above) and above[at] else over
        overs.append(over if "".join(below[at : at + 1]) and plain(over) not in _ALL else "")
        groups.setdefault(overs[at], []).append(word)
    places = [{over for over, group in groups.items() if word in group} for word in words]
    known = _ALL if are_sure else _STOCKS
    named = [word in known and len(own) > 1 and "" not in own for word, own in zip(words, places, strict=True)]
    below_shops = {word for at, over in enumerate(overs) if named[at] for word in groups[over]}
    are_shops = below_shops.isdisjoint(set().union(*KNOWN[NAME]))
    return [f"{name} {overs[at]}" if named[at] and are_shops else name for at, name in enumerate(names)]


def _is_over_several(above: Sequence[str], at: int) -> bool:
    """Whether the heading at this place, or left of it, is that of several columns."""
    return any(0 < place < len(above) + 1 and not "".join(above[place : place + 1]) for place in (at, at + 1))


def join_shops(above: Sequence[str], below: Sequence[str]) -> list[str]:
    """Join "Estoque" with "Centro" and "Norte" below it; empty if the row below has other words, too."""
    names = [*above, *[""] * (len(below) - len(above))]
    over = ""
    for at, word in enumerate(below):
        over = names[at] or over
        if word and plain(over) not in _OVER_SHOPS:
            return []
        names[at] = names[at] if not word or (names[at] and plain(word) in _UNITS) else f"{over} {word}"
    return names


_FIELDS = [tier for fields in (KNOWN, STOCK_AND_CODES) for tiers in fields.values() for tier in tiers]
_ALL = (set(map(_plain, OTHERS)) | {word for tier in _FIELDS for word in tier}) - {MONEY, *KINDS_OF_PRODUCT}
"""All known headings, without those that may also be cells: kinds of products, and "R$" in a separate column."""
_TEXTS = set[str]().union(*KNOWN[NAME], *KNOWN[BARCODE], *STOCK_AND_CODES[SKU])
_AMOUNTS_AND_TEXTS = _TEXTS.union(*KNOWN[PRICE], *STOCK_AND_CODES[COST])
"""Headings of amounts of money and of texts: "R$" in them does not change their meaning."""
_AMOUNTS_AND_COUNTS = (_ALL | {MONEY}) - _TEXTS
_STOCKS = set[str]().union(*STOCK_AND_CODES[STOCK])
_OVER_SHOPS = _STOCKS.union(*KNOWN[PRICE])
_AMOUNTS = _OVER_SHOPS.union(*STOCK_AND_CODES[COST], *KNOWN[MINIMUM])
_UNITS = {word for tier in KNOWN[UNIT] for word in tier} | {"", MONEY, "kg", "g", "l", "ml", "m", "pc", "cx", "por kg"}
"""Words below a heading that tell its unit."""
_WORDS = {word for phrase in _ALL for word in phrase.split() if len(word) > 1} | set(_SHORT)

PEOPLE_HEADINGS = frozenset(map(plain, PEOPLE))
TEXT_HEADINGS = PEOPLE_HEADINGS | frozenset(map(plain, TEXTS))
"""Headings of texts that are not names of products."""
_NO_SHOPS = TEXT_HEADINGS - {"loja", "filial", "deposito"} | _ALL | _UNITS

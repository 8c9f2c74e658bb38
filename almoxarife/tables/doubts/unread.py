"""Finds columns that hold a price, a stock or a barcode under a heading that is not known.

Nothing tells which of "Estoque Centro" and "Estoque Norte" the shop needs: the person is asked to choose.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from almoxarife.tables import notation
from almoxarife.tables.cells import Table, TableRow, as_text
from almoxarife.tables.doubts.shops import (
    NO_SHOPS,
    OF_ALL_SHOPS,
    SHOPS,
    ShopNames,
    Subject,
    are_mostly_numbers,
    find_named,
    have_decimals,
    is_like_a_shop,
    is_of_a_shop,
    is_of_another,
    names_a_shop,
)
from almoxarife.tables.headings import TEXT_HEADINGS, count_known, plain
from almoxarife.tables.vocabulary.fields import BARCODE, NAME, PRICE, STOCK
from almoxarife.tables.vocabulary.products import KINDS_OF_PRODUCT
from almoxarife.wire.codes.gtin import clean_code, is_gtin
from almoxarife.wire.fields import fold

_PRICES = {"preco", "valor"}
_NO_PRICES = frozenset(
    {
        *("total", "estoque", "custo", "compra", "ipi", "icms", "pis", "cofins", "iss", "frete", "desconto"),
        *("seguro", "imposto", "tributos", "fob", "entrada", "saida", "pago", "parcela", "saldo", "lucro"),
        *("margem", "st", "bc", "base"),
    }
)
"""Words in headings of amounts that are no price of one piece."""
_BOXES = frozenset({"caixa", "embalagem", "master", "fardo", "display", "dun", "dun14", "pacote", "fornecedor"})
"""Words in headings of codes that are not those of one piece."""
_MATERIALS = {"material", "ingrediente", "insumo"}
_MAX_ALIKE_ROWS = 3
"""With no more rows, what they are made of may be different for each: "Algodão", "Linho", "Seda" below "Material"."""
_SAMPLE_ROWS = 500
"""Rows that are looked at."""
_MIN_GTINS = 2
_MIN_SHARE = 0.8
_SHOWN = 4


def find_gtins(names: Sequence[str], rows: Sequence[TableRow], taken: Collection[int]) -> int | None:
    """The only column with barcodes, whose heading is not known; None if there is none, or several."""
    found = [at for at, name in enumerate(names) if at not in taken and _has_gtins(name, rows, at)]
    return found[0] if len(found) == 1 else None


@dataclass(frozen=True)
class _Column:
    """A column that is not read."""

    at: int
    heading: str
    word: str
    """The heading in its normal form."""
    texts: Sequence[str]
    """Its cells that are not empty, in the first rows."""

    @property
    def has_amounts(self) -> bool:
        return are_mostly_numbers(self.texts)


def find_unread(
    table: Table, columns: Mapping[str, int], label: Callable[[int], str], shops: ShopNames = NO_SHOPS
) -> list[str]:
    """Sentences about columns that are not read, or of which one had to be chosen. ``label`` names a column."""
    unread = [
        _Column(at, heading, plain(heading), _list_texts(table.rows, at))
        for at, heading in enumerate(table.headings)
        if at not in columns.values()
    ]
    found = [
        _tell_prices(table, unread, columns, shops),
        _tell_stocks(table, unread, columns, label, shops),
        _tell_rows_of_shops(table, columns, shops),
        _tell_barcodes(table, unread, columns),
    ]
    return [sentence for sentence in found if sentence]


def _tell_prices(table: Table, unread: Sequence[_Column], columns: Mapping[str, int], shops: ShopNames) -> str:
    """A sentence about prices: those of single shops, of which the program knows none, or others that are not read."""
    amounts = [column for column in unread if column.has_amounts]
    of_shops = [column for column in amounts if find_named(column.heading, shops.every) is Subject.PRICE]
    chosen = columns.get(PRICE, len(table.headings))
    is_chosen = chosen < len(table.headings) and find_named(table.headings[chosen], shops.every) is Subject.PRICE
    if of_shops or is_chosen:
        places = sorted([*(column.at for column in of_shops), *([chosen] if is_chosen else [])])
        source = "escolha em Preço de qual coluna ele vem" if PRICE not in columns else "confira a coluna em Preço"
        return f"Há preços por loja ({_list(table, places)}), e aqui o preço é um só para todas: {source}."
    prices = [column.at for column in amounts if _is_price(column)]
    if PRICE in columns or not prices:
        return ""
    return f"O preço não é lido: para importá-lo, escolha em Preço uma coluna ({_list(table, prices)})."


def _tell_stocks(
    table: Table, unread: Sequence[_Column], columns: Mapping[str, int], label: Callable[[int], str], shops: ShopNames
) -> str:
    """A sentence if columns that are not read may be the stock of shops."""
    stocks = [column for column in unread if _may_be_stock(column, columns, shops)]
    if not stocks:
        return ""
    listed = _list(table, [column.at for column in stocks])
    if STOCK not in columns:
        is_vague = any(have_decimals(column.texts) and _is_untold(column, shops) for column in stocks)
        unless = " Se forem preços, aqui ele é um só para todas as lojas: escolha um em Preço." if is_vague else ""
        return f"O estoque não é lido: escolha em Estoque a coluna da loja que o recebe ({listed}).{unless}"
    chosen = "".join(table.headings[columns[STOCK] : columns[STOCK] + 1])
    is_of_all = len(stocks) == 1 and OF_ALL_SHOPS.issuperset(stocks[0].word.split()[1:])
    if is_of_all and not _is_untold(stocks[0], shops) and not names_a_shop(chosen, shops.every):
        return ""
    return (
        f"Estoque: está escolhida a coluna {label(columns[STOCK])}, e há a de outras lojas ou depósitos ({listed})."
        " Confira qual é a da loja que o recebe."
    )


def _may_be_stock(column: _Column, columns: Mapping[str, int], shops: ShopNames) -> bool:
    subject = find_named(column.heading, shops.every)
    if subject is Subject.STOCK:
        return any(map(notation.is_number, column.texts))
    if not column.has_amounts or subject is Subject.PRICE:
        return False
    is_named = subject is Subject.UNTOLD or is_like_a_shop(column.heading, shops.every)
    return is_named or is_of_a_shop(column.word) or (STOCK not in columns and names_a_shop(column.heading))


def _is_untold(column: _Column, shops: ShopNames) -> bool:
    """Whether the heading is a shop's name alone, or a part of it."""
    subject = find_named(column.heading, shops.every)
    return subject is Subject.UNTOLD or (subject is None and is_like_a_shop(column.heading, shops.every))


def _tell_rows_of_shops(table: Table, columns: Mapping[str, int], shops: ShopNames) -> str:
    """A sentence if the rows are of several shops, or of another than the one that gets the stock."""
    if STOCK not in columns:
        return ""
    places = [at for at, heading in enumerate(table.headings) if plain(heading) in SHOPS]
    named = {at: set(_list_texts(table.rows, at)) for at in places}
    several = [at for at in places if len(named[at]) > 1]
    if len(several) == 1:
        return f"Há linhas de várias lojas ({_list(table, several)}): deixe só as da loja que recebe o estoque."
    above = _list_titles(table, shops)
    texts = [*(text for at in places for text in named[at]), table.dialect.sheet or "", *above]
    others = [text for text in texts if is_of_another(text, shops)]
    if others and shops.chosen:
        return f"Parece a lista de outra loja (“{others[0]}”), e o estoque vai para “{shops.chosen}”. Confira a loja."
    return ""


def _list_titles(table: Table, shops: ShopNames) -> list[str]:
    """The texts beside the list, each once; not headings, nor rows that name the chosen shop, too, as of columns."""
    found: dict[str, None] = {}
    for one in table.left_out:
        texts = [text for text in map(as_text, one.row.cells) if text and text not in found]
        if not count_known(one.row.cells) and all(find_named(text, [shops.chosen]) is None for text in texts):
            found.update(dict.fromkeys(texts))
    return list(found)


def _tell_barcodes(table: Table, unread: Sequence[_Column], columns: Mapping[str, int]) -> str:
    codes = [column.at for column in unread if _has_gtins(column.heading, table.rows, column.at)]
    if BARCODE in columns or not codes:
        return ""
    return f"Há códigos de barras que não são lidos ({_list(table, codes)})."


def list_unused(
    table: Table, read: Collection[int], label: Callable[[int], str], *, name_at: int | None = None
) -> list[str]:
    """The headings of columns that are not read, or their labels: those with something that the names do not say.

    A heading that several columns have stands with the label.

    ``read``: the columns that are. ``name_at``: that of the product's name.
    """
    width = max([len(table.headings), *(len(row.cells) for row in table.rows)])
    unread = [at for at in range(width) if at not in read]
    head, rest = table.rows[:_SAMPLE_ROWS], table.rows[_SAMPLE_ROWS:]
    filled = [at for at in unread if _list_texts(head, at)]
    unused = {at for at in filled if not all(_is_in_name(row, name_at, at) for row in head)}
    waiting = [at for at in unread if at not in filled]
    for row in rest:
        if found := [at for at in waiting if at < len(row.cells) and row.cells[at] != ""]:
            unused.update(found)
            waiting = [at for at in waiting if at not in unused]
    return [name_column(table.headings, at, label) for at in sorted(unused)]


def name_column(headings: Sequence[str], at: int, label: Callable[[int], str]) -> str:
    """The heading, with the label where others have the same one; the label alone where there is none."""
    heading = "".join(headings[at : at + 1])
    if not heading:
        return label(at)
    return heading if headings.count(heading) == 1 else f"{heading} ({label(at)})"


def _is_in_name(row: TableRow, name_at: int | None, at: int) -> bool:
    """Whether the cell is empty, or the product's name has its words, as "Camiseta Azul P" the color and the size."""
    if at >= len(row.cells) or row.cells[at] == "":
        return True
    name = as_text(row.cells[name_at]) if name_at is not None and name_at < len(row.cells) else ""
    return f" {fold(as_text(row.cells[at]))} " in f" {fold(name)} "


def find_guessed(table: Table, columns: Mapping[str, int], label: Callable[[int], str]) -> list[str]:
    """Sentences about columns that were taken by their cells, or whose heading may mean something else."""
    doubts = []
    for name, field in ((NAME, "Produto"), (BARCODE, "Código de barras")):
        at = columns.get(name, len(table.headings))
        heading = table.headings[at] if at < len(table.headings) else ""
        is_kind = plain(heading) in _MATERIALS and len(table.rows) <= _MAX_ALIKE_ROWS
        if heading and (is_kind or (not count_known([heading]) and plain(heading) not in KINDS_OF_PRODUCT)):
            doubts.append(f"{field}: está escolhida a coluna {label(at)} (“{heading}”). Confira se é essa.")
    if not columns and table.headings and not count_known(table.headings):
        shown = _list(table, [at for at, heading in enumerate(table.headings) if heading])
        doubts.append(
            f"Nenhum título é conhecido. Se a primeira linha ({shown}) for um produto, escolha “não há” em Títulos."
        )
    return doubts


def _has_gtins(heading: str, rows: Sequence[TableRow], at: int) -> bool:
    is_known = count_known([heading]) or not _BOXES.isdisjoint(plain(heading).split())
    return not is_known and _are_gtins(_list_texts(rows, at))


def _is_price(column: _Column) -> bool:
    word = column.word
    says_more = fold(column.heading).startswith("preco (")  # as "Preço (30% de desconto)" does
    others = {"total"} if says_more else _NO_PRICES
    if count_known([word]) or word in TEXT_HEADINGS or not others.isdisjoint(word.split()):
        return False
    is_named = word.partition(" ")[0] in _PRICES or "$" in column.heading
    return is_named or any("$" in text for text in column.texts)


def _are_gtins(texts: Sequence[str]) -> bool:
    found = sum(is_gtin(clean_code(text)) for text in texts if text[:1].isdigit())
    return found >= _MIN_GTINS and found >= _MIN_SHARE * len(texts)


def _list_texts(rows: Sequence[TableRow], at: int) -> list[str]:
    return [as_text(cell) for row in rows[:_SAMPLE_ROWS] for cell in row.cells[at : at + 1] if cell != ""]


def _list(table: Table, places: Sequence[int]) -> str:
    names = ", ".join(f"“{table.headings[at]}”" for at in places[:_SHOWN])
    return names + (" …" if len(places) > _SHOWN else "")

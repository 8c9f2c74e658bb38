"""Finds columns that hold a price, a stock or a barcode under a heading that is not known.

Nothing tells which of "Estoque Centro" and "Estoque Norte" the shop needs: the person is asked to choose.
"""

from collections.abc import Callable, Collection, Mapping, Sequence

from almoxarife.tables import notation
from almoxarife.tables.cells import Table, TableRow, as_text
from almoxarife.tables.doubts.shops import OF_ALL_SHOPS, SHOPS, is_of_a_shop, names_a_shop
from almoxarife.tables.headings import BARCODE, KINDS_OF_PRODUCT, NAME, PRICE, STOCK, TEXT_HEADINGS, count_known, plain
from almoxarife.wire.codes.gtin import clean_code, is_gtin

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


def find_unread(table: Table, columns: Mapping[str, int], label: Callable[[int], str]) -> list[str]:
    """Sentences about columns that are not read, or of which one had to be chosen. ``label`` names a column."""
    words = [plain(heading) for heading in table.headings]
    numbers = [
        at for at in range(len(words)) if at not in columns.values() and _are_amounts(_list_texts(table.rows, at))
    ]
    doubts = []
    prices = [at for at in numbers if _is_price(table.headings[at], words[at], _list_texts(table.rows, at))]
    if PRICE not in columns and prices:
        doubts.append(f"O preço não é lido: para importá-lo, escolha em Preço uma coluna ({_list(table, prices)}).")
    stocks = [
        at for at in numbers if is_of_a_shop(words[at]) or (STOCK not in columns and names_a_shop(table.headings[at]))
    ]
    if stocks and STOCK not in columns:
        doubts.append(
            f"O estoque não é lido: escolha em Estoque a coluna da loja que o recebe ({_list(table, stocks)})."
        )
    elif stocks and (
        len(stocks) > 1
        or not OF_ALL_SHOPS.issuperset(words[stocks[0]].split()[1:])
        or names_a_shop("".join(table.headings[columns[STOCK] : columns[STOCK] + 1]))
    ):
        doubts.append(
            f"Estoque: está escolhida a coluna {label(columns[STOCK])}, e há a de outras lojas ou depósitos"
            f" ({_list(table, stocks)}). Confira qual é a da loja que o recebe."
        )
    shops = [at for at, word in enumerate(words) if word in SHOPS and len(set(_list_texts(table.rows, at))) > 1]
    if STOCK in columns and len(shops) == 1:
        doubts.append(f"Há linhas de várias lojas ({_list(table, shops)}): deixe só as da loja que recebe o estoque.")
    if BARCODE not in columns:
        unread = [at for at in range(len(words)) if at not in columns.values()]
        if codes := [at for at in unread if _has_gtins(table.headings[at], table.rows, at)]:
            doubts.append(f"Há códigos de barras que não são lidos ({_list(table, codes)}).")
    return doubts


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


def _is_price(heading: str, word: str, texts: Sequence[str]) -> bool:
    if count_known([word]) or word in TEXT_HEADINGS or not _NO_PRICES.isdisjoint(word.split()):
        return False
    return word.partition(" ")[0] in _PRICES or "$" in heading or any("$" in text for text in texts)


def _are_amounts(texts: Sequence[str]) -> bool:
    return bool(texts) and all(map(notation.is_number, texts))


def _are_gtins(texts: Sequence[str]) -> bool:
    found = sum(is_gtin(clean_code(text)) for text in texts if text[:1].isdigit())
    return found >= _MIN_GTINS and found >= _MIN_SHARE * len(texts)


def _list_texts(rows: Sequence[TableRow], at: int) -> list[str]:
    return [as_text(cell) for row in rows[:_SAMPLE_ROWS] for cell in row.cells[at : at + 1] if cell != ""]


def _list(table: Table, places: Sequence[int]) -> str:
    names = ", ".join(f"“{table.headings[at]}”" for at in places[:_SHOWN])
    return names + (" …" if len(places) > _SHOWN else "")

"""Guesses which column holds which field, by the headings, and if several columns fit, by their cells."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation

from almoxarife.tables import headings, notation
from almoxarife.tables.cells import Table, TableRow, as_text
from almoxarife.tables.doubts.shops import NO_SHOPS, ShopNames
from almoxarife.tables.doubts.unread import find_gtins, find_guessed, find_unread
from almoxarife.tables.headings import (
    IS_NOT_SOLD,
    IS_SOLD,
    KNOWN,
    PEOPLE_HEADINGS,
    STOCK_AND_CODES,
    TEXT_HEADINGS,
    plain,
)
from almoxarife.tables.non_product_rows import SUM, find_reason
from almoxarife.tables.product_cells import LABELS, MAX_SKU_LENGTH, TAG, Signs, Unreadable, is_sold, read_value
from almoxarife.tables.vocabulary.fields import (
    BARCODE,
    BOX,
    COST,
    MINIMUM,
    NAME,
    PER_BOX,
    PRICE,
    SKU,
    STATUS,
    STOCK,
    UNIT,
)
from almoxarife.tables.vocabulary.products import KINDS_OF_PRODUCT
from almoxarife.wire.codes.gtin import clean_code, is_gtin, means_no_code

Columns = Mapping[str, int]
"""The column of each field, by the field's wire name. Fields without a column are absent."""

_MAX_NAME_LENGTH = 200
_PLACE_HEADINGS = set(map(plain, ("Endereço", "Bairro", "Cidade", "CEP")))
"""Of people, and of shelves."""
_SUPPLIER_HEADINGS = {"fornecedor", "fabricante", "marca"}
"""Beside them, telephones and addresses are not those of the names."""
_DATE_HEADINGS = set(
    map(plain, ("Data", "Data da venda", "Data venda", "Data da compra", "Emissão", "Data de emissão", "Dia"))
)
_SALE_HEADINGS = set(map(plain, (
    "Cliente", "Vendedor", "Pedido", "Nº do pedido", "Número do pedido", "Nota fiscal", "NF", "Cupom", "Entrada",
    "Saída", "Entradas", "Saídas", "Qtd vendida", "Quantidade vendida", "Forma de pagamento", "Pagamento",
)))  # fmt: skip
_MOVE_HEADINGS = set(map(plain, ("Tipo", "Movimento", "Movimentação", "Operação", "Tipo de movimento", "E/S")))
_REPORT_HEADINGS = [set(map(plain, words)) for words in (
    ("Vencimento", "Pago", "Valor pago", "Data de pagamento", "Parcela", "Credor", "Favorecido"),
    ("% Part.", "% Acum.", "% Participação", "Participação", "% Acumulado", "Curva ABC", "Classe ABC", "Curva",
     "Ranking", "Acumulado"),
)]  # fmt: skip
_SIZES = {"pp", "p", "m", "g", "gg", "xg", "xgg", "eg", "egg", "g1", "g2", "g3", *map(str, range(33, 56))}
_SIZES_IN_ROWS = "Ponha cada tamanho numa linha, com a sua quantidade."
_PERSON_NAME_HEADINGS = {"nome", "name", "nome completo"}
_CENTAVOS_HEADINGS = {"", "ct", "cts", "c", "cent", "cents", "centavo", "centavos", ","}
_TWO_DIGITS = re.compile(r"\d\d", re.ASCII)
_LAST_ROWS = 5
"""Rows in which the sum of a list is looked for."""
_COUNT = re.compile(r"\d{1,3}(\.\d{3})*|\d+", re.ASCII)
_DATE = re.compile(r"\d{1,4}[/.-]\d{1,2}[/.-]\d{1,4}\b.*", re.ASCII)
_BOUGHT = "compra"
"""A word in headings of purchase prices and quantities."""
_SOLD = "venda"
_BALANCE = "saldo"
"""Of goods, or what a customer owes. "Estoque" and "Quantidade" are of goods."""
_MOVE_SECOND_LIST = "Ponha-a abaixo da primeira, ou em outra aba."
_UNITS_OR_STOCK = {word for tier in STOCK_AND_CODES[STOCK] for word in tier}
_MIN_SHARE = 0.8
_MIN_SHARE_ABOVE = 0.25
"""The share of rows that would cost their price or more, from which "Compra" is a quantity."""
_SAMPLE_ROWS = 500
"""Rows whose amounts are compared."""
_MIN_ROWS = 4
"""Rows needed to recognise a column by its cells."""


def guess_columns(names: Sequence[str], rows: Sequence[TableRow] = ()) -> dict[str, int]:
    """The columns that could be identified, by field, without those of stock, further codes and status."""

    def is_unfit(name: str, at: int) -> bool:
        texts = _texts(rows, at)
        is_count = name == UNIT and _are_numbers_of_units(names[at], texts)
        return bool(rows) and (not texts or is_count or (name == NAME and _are_no_names(texts)))

    columns = headings.guess_columns(names, is_unfit)
    if UNIT in columns and _are_numbers_of_units(names[columns[UNIT]], _texts(rows, columns[UNIT])):
        del columns[UNIT]
    if NAME in columns:
        texts = _texts(rows, columns[NAME])
        is_kind = plain(names[columns[NAME]]) in KINDS_OF_PRODUCT
        if _are_numbers(texts) or (is_kind and _are_no_names(texts)):
            del columns[NAME]
    if NAME not in columns and PRICE in columns and len(rows) >= _MIN_ROWS:
        texts_at = [at for at in range(len(names)) if at not in columns.values() and _may_be_names(names[at], rows, at)]
        columns.update({NAME: texts_at[0]} if len(texts_at) == 1 else {})
    return columns


def guess_all_columns(names: Sequence[str], rows: Sequence[TableRow] = ()) -> dict[str, int]:
    """All columns that could be identified, by field; stock, further codes and status only if their cells fit."""
    rows = [row for row in rows if not find_reason([cell for cell in row.cells if cell != ""])]
    columns = guess_columns(names, rows)
    further = headings.guess_columns(names, known=STOCK_AND_CODES, taken=columns.values())
    if SKU in further and BARCODE not in columns and _are_mostly_gtins(_texts(rows, further[SKU])):
        columns[BARCODE] = further[SKU]  # Nex writes the shop's own code if there is no barcode.
    if BARCODE not in columns:
        columns.update(_find_barcodes(names, rows, {*columns.values(), *further.values()}))
    _drop_unfit(columns, further, names, rows)
    if PRICE in columns and _find_centavos(columns[PRICE], names, rows):
        del columns[PRICE]
    return {**columns, **further, **_guess_status(names, rows)}


def _find_centavos(at: int, names: Sequence[str], rows: Sequence[TableRow]) -> int | None:
    """The column of the centavos right of a price in whole reais, as of "19" and "90"; None if there is none."""
    rows = [row for row in rows if not row.problem]
    beside = at + 1
    word = plain(names[beside]) if beside < len(names) else ""
    if word not in _CENTAVOS_HEADINGS or not _are_counts(_texts(rows, at)):
        return None
    texts = _texts(rows, beside)
    are_all = len(texts) >= len(_texts(rows, at)) and all(map(_TWO_DIGITS.fullmatch, texts))
    usual = sum(text.endswith(("0", "5", "9")) for text in texts)
    are_all = are_all and 2 * usual >= len(texts)  # unlike the numbers of groups: "01", "02"
    is_named = word not in {"", "c"}
    return beside if are_all and (is_named or any(text.startswith("0") for text in texts)) else None


def _drop_unfit(
    columns: dict[str, int], further: dict[str, int], names: Sequence[str], rows: Sequence[TableRow]
) -> None:
    """Remove the fields of stock, codes and costs whose cells are something else."""
    found = {name: _texts(rows, at) for name, at in further.items()}
    if SKU in further and (all(map(is_gtin, found[SKU])) or not _are_short_codes(found[SKU])):
        del further[SKU]
    for fields in (columns, further):
        for name in fields.keys() & {MINIMUM, COST, STOCK}:
            if _are_no_amounts(_texts(rows, fields[name])):
                del fields[name]
    if COST in further and _may_be_count(names[further[COST]]) and _are_bought(columns, further[COST], rows):
        del further[COST]
    if not {BOX, PER_BOX} <= further.keys() or all(map(means_no_code, found[BOX])):
        further.pop(BOX, None), further.pop(PER_BOX, None)


def find_doubts(table: Table, columns: Columns, shops: ShopNames = NO_SHOPS) -> list[str]:
    """Sentences about uncertain guesses, for the person to check.

    One for each field that also fits another column with different values, and one each if the list seems to be of
    another kind, has columns of sizes or has a second list beside it.
    """
    if not table.headings:
        return []
    words = [plain(heading) for heading in table.headings]
    doubts = []
    if other := _find_other_kind(table, words, columns):
        doubts.append(other)
    if sizes := _find_sizes(table, words):
        doubts.append(f"Há uma coluna para cada tamanho ({', '.join(sizes)}), que não é lida. {_SIZES_IN_ROWS}")
    if beside := _find_second_list(table, words, columns):
        return [
            *doubts,
            f"Há outra lista ao lado, a partir da coluna {letters_of(beside)}, que não é lida. {_MOVE_SECOND_LIST}",
        ]
    if split := list(_find_split_price(table, columns)):
        doubts += split
    else:
        doubts += find_unread(table, columns, letters_of, shops)
    doubts += find_guessed(table, columns, letters_of)
    return [
        *doubts,
        *_find_sums_of_rows(table, columns),
        *_find_quantities(table, words, columns),
        *_find_rivals(table, words, columns),
    ]


def _find_split_price(table: Table, columns: Columns) -> Iterator[str]:
    """A sentence if the price stands in two columns, its centavos in the second."""
    found = headings.guess_columns(table.headings).get(PRICE) if PRICE not in columns else None
    beside = None if found is None else _find_centavos(found, table.headings, table.rows)
    if found is not None and beside is not None:
        yield (
            f"O preço está em duas colunas ({letters_of(found)} e {letters_of(beside)}), reais e centavos, e não é"
            " lido: junte-as numa só na planilha."
        )


def _find_sums_of_rows(table: Table, columns: Columns) -> Iterator[str]:
    """A sentence if the list ends with the sum of its prices: they may be those of all pieces of a row together."""
    at = columns.get(PRICE)
    others = [plain(name) for other, name in enumerate(table.headings) if other != at]
    if at is None or STOCK not in columns or any("total" in name for name in others):
        return
    sums = [row for row in table.rows[-_LAST_ROWS:] if find_reason([cell for cell in row.cells if cell != ""]) == SUM]
    if not sums:
        return
    signs = Signs(notation.detect(_texts(table.rows, at)), None)
    total = next((amount for row in sums if (amount := _read_amount(row, at, signs))), None)
    if total is None:
        return
    rows = [row for row in table.rows if row not in sums]
    known = [price for row in rows if (price := _read_amount(row, at, signs))]
    are_many = not {"0", "1"}.issuperset(_texts(rows, columns[STOCK]))
    if are_many and len(known) > 1 and sum(known) == total:
        yield (
            f"“{''.join(table.headings[at : at + 1])}” está somado no fim da lista: pode ser o valor de cada linha, e"
            " não o preço de uma unidade. Confira."
        )


def _find_quantities(table: Table, words: Sequence[str], columns: Columns) -> Iterator[str]:
    """A sentence if the cost, and perhaps the price, may be numbers of goods bought and sold."""
    bought, sold = columns.get(COST, len(words)), columns.get(PRICE, len(words))
    if bought < len(words) and _may_be_count(table.headings[bought]) and _are_counts(_texts(table.rows, bought)):
        amounts = (bought, sold) if words[sold : sold + 1] == [_SOLD] else (bought,)
        names = " e ".join(f"“{table.headings[at]}”" for at in amounts)
        yield f"{names}: pode ser a quantidade, e não o valor. Confira."


def _find_rivals(table: Table, words: Sequence[str], columns: Columns) -> Iterator[str]:
    """A sentence for each field that also fits another column with different values."""
    for name, tiers in {**KNOWN, **STOCK_AND_CODES}.items():
        at = columns.get(name, len(words))
        tier = next((tier for tier in tiers if at < len(words) and words[at] in tier), ())
        rivals = [
            other
            for other, word in enumerate(words)
            if other == at or (word in tier and other not in columns.values() and _differ(table.rows, at, other))
        ]
        if len(rivals) > 1 and (name != SKU or len({words[rival] for rival in rivals}) == 1):
            letters = ", ".join(map(letters_of, rivals))
            yield f"{LABELS[name]} pode ser mais de uma coluna ({letters}): está escolhida a {letters_of(at)}."


def _find_other_kind(table: Table, words: Sequence[str], columns: Columns) -> str:
    """A sentence if the list seems to be of people, of sales or of bills, whose rows would become products."""
    titles = list(zip(table.headings, words, strict=True))
    people = [heading for heading, word in titles if word in PEOPLE_HEADINGS]
    are_names = NAME not in columns or words[columns[NAME]] in _PERSON_NAME_HEADINGS
    owed = {STOCK} if STOCK in columns and words[columns[STOCK]] == _BALANCE else set()
    is_sure = len(people) > 1 or (owed and not _PLACE_HEADINGS.issuperset(map(plain, people)))
    is_sure = is_sure and (NAME not in columns or _SUPPLIER_HEADINGS.isdisjoint(words))
    if is_sure and are_names and columns.keys() <= {NAME, SKU, STATUS, *owed}:
        return f"Parece uma lista de pessoas ({', '.join(people[:3])}), e não de produtos."
    dates = [heading for heading, word in titles if word in _DATE_HEADINGS]
    sales = [heading for heading, word in titles if word in _SALE_HEADINGS]
    moves = [titles[at][0] for at, word in enumerate(words) if word in _MOVE_HEADINGS and _are_moves(table.rows, at)]
    sales += moves
    kinds = [[heading for heading, word in titles if word in known] for known in _REPORT_HEADINGS]
    report = dates[:1] + sales[:2] if dates and sales else max(kinds, key=len)[:3]
    if len(report) > 1:
        return f"Parece um relatório ({', '.join(report)}), e não a lista de produtos: confira o que será importado."
    return ""


def _are_moves(rows: Sequence[TableRow], at: int) -> bool:
    """Whether the cells say "Saída", or only "Entrada", and so each row is a movement: a menu has "Entrada" too."""
    texts = [text.casefold() for text in _texts(rows[:_SAMPLE_ROWS], at)]
    is_entry = [text.startswith("entrada") for text in texts]
    return (bool(texts) and all(is_entry)) or any(text.startswith(("saída", "saida")) for text in texts)


def _find_sizes(table: Table, words: Sequence[str]) -> list[str]:
    """The headings that are sizes, with quantities below them, if there are several."""
    found = [at for at, word in enumerate(words) if word in _SIZES and _are_counts(_texts(table.rows, at))]
    return [table.headings[at] for at in found] if len(found) > 1 else []


def _find_second_list(table: Table, words: Sequence[str], columns: Columns) -> int:
    """Where the same headings begin again, with other products below them; 0 if they do not."""
    name_at = columns.get(NAME, len(words))
    known = [at for at in columns.values() if at < len(words)]
    for other in range(name_at + 1, len(words)):
        again = [at for at in known if words[at] == "".join(words[at + other - name_at : at + other - name_at + 1])]
        if name_at in again and len(again) > 1 and _differ(table.rows, name_at, other):
            return min(again) + other - name_at
    return 0


def letters_of(at: int) -> str:
    """The column's name in a spreadsheet: "A" to "Z", then "AA"."""
    above, within = divmod(at, 26)
    return (letters_of(above - 1) if above else "") + chr(ord("A") + within)


def _find_barcodes(names: Sequence[str], rows: Sequence[TableRow], taken: Collection[int]) -> dict[str, int]:
    """The column with barcodes under a heading that means codes, such as "ISBN", or under an unknown one."""
    words = {word for tier in STOCK_AND_CODES[SKU] for word in tier}
    codes = (at for at, name in enumerate(names) if plain(name) in words and at not in taken)
    found = next((at for at in codes if _are_mostly_gtins(_texts(rows, at))), None)
    found = find_gtins(names, rows, taken) if found is None else found
    return {} if found is None else {BARCODE: found}


def _guess_status(names: Sequence[str], rows: Sequence[TableRow]) -> dict[str, int]:
    """The column of the status. A column in which no product would be sold is not taken: it means something else."""
    for known in (IS_SOLD, IS_NOT_SOLD):
        at = headings.guess_columns(names, known=known).get(STATUS)
        texts = _texts(rows, at) if at is not None else []
        if at is not None and texts and (len(texts) < len(rows) or any(is_sold(names[at], text) for text in texts)):
            return {STATUS: at}
    return {}


def _differ(rows: Sequence[TableRow], one: int, other: int) -> bool:
    for row in rows:
        first, second = row.cells[one : one + 1], row.cells[other : other + 1]
        if second not in {(), ("",)} and first != second:
            return True
    return False


def _are_no_names(texts: Sequence[str]) -> bool:
    """Whether the texts cannot be product names: numbers, codes, few words repeated, or long descriptions."""
    if _are_numbers(texts) or (len(texts) > 1 and not any(any(map(str.isalpha, text)) for text in texts)):
        return True
    if len(texts) < _MIN_ROWS:
        return False
    many = _MIN_SHARE * len(texts)
    codes = sum(" " not in text and any(c.isdigit() for c in text) for text in texts)
    pages = sum(len(text) > _MAX_NAME_LENGTH or (TAG.search(text) is not None or "\\n" in text) for text in texts)
    return codes >= many or 2 * pages > len(texts) or 2 * len(set(texts)) <= len(texts)


def _may_be_names(name: str, rows: Sequence[TableRow], at: int) -> bool:
    """Whether a column under an unknown heading, such as "Insumo", has a name of its own for each product."""
    texts = _texts(rows, at)
    is_known = headings.count_known([name]) or plain(name) in TEXT_HEADINGS
    has_letters = all(sum(map(str.isalpha, text)) > 1 for text in texts)
    return not is_known and len(texts) == len(rows) == len(set(texts)) and has_letters and not _are_no_names(texts)


def _may_be_count(heading: str) -> bool:
    """Whether the heading is "Compra", which may mean the price or the quantity. "Compra (R$)" is the price."""
    return plain(heading) == _BOUGHT and "$" not in heading


def _are_bought(columns: Columns, at: int, rows: Sequence[TableRow]) -> bool:
    """Whether a column under "Compra" says how much is bought, and not the cost.

    It has no centavos, while the prices have, and in many rows it is not below the price.
    """
    if not _are_counts(_texts(rows, at)):
        return False
    if PRICE not in columns:
        return True
    prices = _texts(rows, columns[PRICE])
    signs = Signs(notation.detect(prices), None)
    sample = rows[:_SAMPLE_ROWS]
    pairs = [(_read_amount(row, at, signs), _read_amount(row, columns[PRICE], signs)) for row in sample]
    known = [(bought, price) for bought, price in pairs if bought and price]
    above = sum(bought >= price for bought, price in known)
    return not _are_counts(prices) and above >= max(1, _MIN_SHARE_ABOVE * len(known))


def _read_amount(row: TableRow, at: int, signs: Signs) -> Decimal | None:
    try:
        return Decimal(str(read_value(PRICE, row.cells[at], signs))) if at < len(row.cells) else None
    except (Unreadable, InvalidOperation):
        return None


def _are_numbers_of_units(name: str, texts: Sequence[str]) -> bool:
    return plain(name) in _UNITS_OR_STOCK and _are_numbers(texts)


def _are_counts(texts: Sequence[str]) -> bool:
    """Whether the texts are whole numbers without a sign of money."""
    return bool(texts) and all(map(_COUNT.fullmatch, texts))


def _are_numbers(texts: Sequence[str]) -> bool:
    """Whether the texts are row numbers or codes, and so not names."""
    return len(texts) > 1 and all(map(notation.is_number, texts))


def _are_no_amounts(texts: Sequence[str]) -> bool:
    """Whether the texts are words or dates, such as "Sim" below "Estoque baixo", and so not amounts."""
    return bool(texts) and all(_DATE.fullmatch(text) or not any(map(str.isdigit, text)) for text in texts)


def _texts(rows: Sequence[TableRow], at: int) -> list[str]:
    return [as_text(cell) for row in rows for cell in row.cells[at : at + 1] if cell != ""]


def _are_mostly_gtins(texts: Sequence[str]) -> bool:
    return 2 * sum(is_gtin(clean_code(text)) for text in texts) >= len(texts) > 0


def _are_short_codes(texts: Sequence[str]) -> bool:
    """Whether the texts are short codes, each on one row only: a repeated one is the number of a group."""
    return bool(texts) and len(set(texts)) == len(texts) and all(len(text) <= MAX_SKU_LENGTH for text in texts)

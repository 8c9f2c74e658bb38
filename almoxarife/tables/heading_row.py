"""Finds the row of headings in a file, leaves out the rows that are not products, and marks damaged ones."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from almoxarife.brazil import format_number
from almoxarife.tables import notation
from almoxarife.tables.cells import Cell, Dialect, LeftOut, RawTable, Table, TableRow, TableUnreadable, as_text, shown
from almoxarife.tables.headings import (
    STOCK_AND_CODES,
    TEXT_HEADINGS,
    add_places,
    count_known,
    guess_columns,
    join_shops,
    joined,
    plain,
)
from almoxarife.tables.non_product_rows import without_page
from almoxarife.tables.text.delimited import HEADING_WITHIN
from almoxarife.tables.text.widths import check_width, mark_broken_rows
from almoxarife.tables.vocabulary.fields import COST, MINIMUM, NAME, PRICE, STOCK, UNIT
from almoxarife.wire.catalog import MAX_IMPORT_ROWS

_ABOVE_HEADINGS = "Está acima dos títulos."
_REPEATED_HEADINGS = "Repete os títulos."
_REPEATED_TITLE = "Repete o que está acima dos títulos."
_SECOND_ROW = "Faz parte dos títulos."
_RULING = "É só um traço."
_RULE = re.compile(r"[-=_*.+~: ]+")
_MIN_RULE_LENGTH = 3
_PRICE = re.compile(r"(?:R\$ ?)?\d{1,3}(?:\.?\d{3})*,\d\d|R\$ ?\d+(?:\.\d\d)?", re.ASCII | re.IGNORECASE)
_TRANSPOSED = (
    "Os produtos estão nas colunas, e não nas linhas. Na planilha, copie a tabela, use Colar especial, Transpor, e"
    " tente de novo."
)
_MAX_FIELDS = 20
_MIN_HEADINGS = 2
_OTHER_HEADINGS = "Parece outra linha de títulos."
_BELOW_OTHERS = "Está abaixo de outros títulos (linha {}). Ponha essa lista em outra aba ou em outro arquivo."
_EMPTY = "A planilha está vazia: a primeira linha deve ter os títulos, e as outras, os produtos."


def make_table(raw: RawTable, has_headings: bool | None) -> Table:
    """The table below the row of headings. Raises TableUnreadable if it has no rows.

    ``has_headings`` None: to be detected. Rows above the headings, and their repetitions, are left out. In a list of
    one column, only a known word is a heading.
    """
    rows = raw.rows
    if has_headings is None and _are_columns(rows):
        raise TableUnreadable(_TRANSPOSED)
    at = _find_headings(rows)
    if has_headings is None:
        has_headings = at is not None and not _is_product(rows, at)
    elif has_headings and rows:
        at = at or 0
    if not rows or (has_headings and at is not None and at + 1 == len(rows)):
        raise TableUnreadable(_EMPTY)
    if not has_headings or at is None:
        return Table((), _require_rows(tuple(rows)), dialect=Dialect(has_headings=False))
    titles, has_second = _read_headings(rows, at)
    left_out, above = _sort_above(raw, at, titles)
    left_out_below, below = _sort_below(raw, at, titles, has_second=has_second)
    below = mark_broken_rows([*above, *below], raw.widths, raw.widths.get(rows[at].line, 0))
    left_out += left_out_below
    return Table(tuple(titles), _require_rows(tuple(below)), tuple(left_out), Dialect(has_headings=True))


def _sort_below(
    raw: RawTable, at: int, titles: Sequence[str], *, has_second: bool
) -> tuple[list[LeftOut], list[TableRow]]:
    """The rows below the headings that are left out, and the others. Those of another list have a problem."""
    rows = raw.rows
    left_out: list[LeftOut] = []
    below: list[TableRow] = []
    repeated = {_folded(row): _REPEATED_TITLE for row in rows[:at]} | {_folded(rows[at]): _REPEATED_HEADINGS}
    if has_second:
        repeated[_folded(rows[at + 1])] = _SECOND_ROW
    first_words = {key[0] for key in repeated}
    titles_above = set(map(_text_without_page, rows[:at]))
    other_headings: TableRow | None = None
    """The headings of another list below the first."""
    fields, last_line = _list_fields(titles), rows[at].line
    for row in rows[at + 1 :]:
        first = row.cells[0]
        may_repeat = isinstance(first, str) and plain(first) in first_words
        reason = _find_reason(row, titles_above) or (repeated.get(_folded(row), "") if may_repeat else "")
        reason = reason or _find_heading_reason(row, titles)
        if not reason and row.line > last_line + 1 and _are_headings_of_another_kind(row, fields):
            reason = _OTHER_HEADINGS
        last_line = row.line
        if reason in {_REPEATED_HEADINGS, _OTHER_HEADINGS}:
            other_headings = row if reason == _OTHER_HEADINGS else None
            if len(titles) > 1 and _ends_with_title(below, row):
                left_out.append(LeftOut(below.pop(), _ABOVE_HEADINGS))
        if reason:
            left_out.append(LeftOut(row, reason))
        elif other_headings is not None:
            below.append(replace(row, problem=_BELOW_OTHERS.format(other_headings.line)))
        else:
            below.append(check_width(row, rows[at], raw))
    return left_out, below


def _ends_with_title(above: Sequence[TableRow], headings: TableRow) -> bool:
    """Whether the last row is the title of the headings below it, and no product: it alone has only one cell."""
    return (
        bool(above)
        and above[-1].line == headings.line - 1
        and [len(row.cells) > 1 for row in above[-2:]] in ([False], [True, False])
    )


def _find_reason(row: TableRow, titles_above: set[str]) -> str:
    """Why a row is left out by itself: it repeats the title, as on another page, or is a ruling; else empty."""
    is_title = _text_without_page(row) in titles_above
    return _REPEATED_TITLE if is_title else _RULING if _is_ruling(row) else ""


def _read_headings(rows: list[TableRow], at: int) -> tuple[list[str], bool]:
    """The headings, and whether they continue in the row below.

    Two rows are joined if that gives more known headings than one of them has.
    """
    own = list(map(as_text, rows[at].cells))
    for other in (at + 1, at - 1):
        if 0 <= other < len(rows) and abs(rows[other].line - rows[at].line) == 1 and _are_words(rows[other]):
            words = list(map(as_text, rows[other].cells))
            above, below = (own, words) if other > at else (words, own)
            both = joined(above, below)
            if count_known(both) > count_known(own) and (other < at or _continues_headings(own, words, both)):
                return add_places(both, above, below, are_sure=True), other > at
            if other > at and (over_shops := join_shops(own, words)):
                return over_shops, True
            if other < at and (placed := add_places(own, above, own, are_sure=False)) != own:
                return placed, False
    return own, False


def _continues_headings(own: list[str], below: list[str], both: list[str]) -> bool:
    """Whether the row below continues the headings, and is not a product.

    It does if it completes a heading, or if its cells below known headings are all empty. A product has values there,
    even if its unit "UN" or status "Ativo" is also a known heading.
    """
    is_joined = any(name not in {*own, *below} for name in both)
    return is_joined or not any(word and count_known([title]) for title, word in zip(own, below, strict=False))


def _are_columns(rows: Sequence[TableRow]) -> bool:
    """Whether the headings stand in the first column, one below the other, and nowhere else."""
    firsts = [row.cells[0] for row in rows[: _MAX_FIELDS + 1]]
    if not 1 < len(firsts) <= _MAX_FIELDS or not all(count_known([first]) for first in firsts):
        return False
    names = guess_columns([as_text(first) for first in firsts])
    is_wide = all(len(row.cells) > 1 and not count_known(row.cells[1:]) for row in rows)
    return NAME in names and is_wide and len(set(firsts)) == len(firsts)


def _sort_above(raw: RawTable, at: int, titles: Sequence[str]) -> tuple[list[LeftOut], list[TableRow]]:
    """The titles above the headings, and the rows of another list there.

    Where that list has other fields, each of its rows has a problem.
    """
    left_out: list[LeftOut] = []
    above: list[TableRow] = []
    other_headings: TableRow | None = None
    for row in raw.rows[:at]:
        if other_headings is None or len(row.cells) == 1 or _are_headings(row):
            left_out.append(LeftOut(row, _ABOVE_HEADINGS))
        elif _have_same_fields(other_headings, titles):
            above.append(check_width(row, other_headings, raw))
        else:
            above.append(replace(row, problem=_BELOW_OTHERS.format(other_headings.line)))
        other_headings = row if _are_headings(row) else other_headings
    return left_out, above


def _find_heading_reason(row: TableRow, titles: Sequence[str]) -> str:
    """Why a row below the headings is left out as a row of headings itself; empty for any other row."""
    if not _are_headings(row):
        return ""
    return _REPEATED_HEADINGS if _have_same_fields(row, titles) else _OTHER_HEADINGS


def _are_headings_of_another_kind(row: TableRow, fields: Mapping[int, str]) -> bool:
    """Whether a row apart from those above it has only words of headings, also where this list has its amounts."""
    texts = [(at, cell) for at, cell in enumerate(row.cells) if cell != ""]
    if len(texts) < _MIN_HEADINGS or not all(isinstance(cell, str) for _, cell in texts):
        return False
    has_no_amount = any(fields.get(at) in {PRICE, STOCK, COST, MINIMUM} for at, _ in texts)
    return has_no_amount and all(count_known([cell]) or plain(shown(cell)) in TEXT_HEADINGS for _, cell in texts)


def _have_same_fields(row: TableRow, titles: Sequence[str]) -> bool:
    """Whether headings in ``row``, such as "Descrição" and "Valor", name the fields of ``titles`` in the same order."""
    texts = [shown(cell) for cell in row.cells]
    own, fields = _list_fields(texts), _list_fields(titles)
    return all(not text or own.get(at) == fields.get(at) for at, text in enumerate(texts))


def _list_fields(texts: Sequence[str]) -> dict[int, str]:
    """The field of each column whose heading is known."""
    known = guess_columns(texts)
    known |= guess_columns(texts, known=STOCK_AND_CODES, taken=known.values())
    return {at: name for name, at in known.items()}


def _has_digits_as_below(texts: Sequence[str], below: Sequence[TableRow]) -> bool:
    """Whether most texts have digits, and all cells below those texts have digits, too."""
    places = [at for at, text in enumerate(texts) if any(map(str.isdigit, text))]
    if 2 * len(places) <= len([text for text in texts if text]):
        return False
    cells = [as_text(cell) for row in below for at in places for cell in row.cells[at : at + 1] if cell != ""]
    return bool(cells) and all(any(map(str.isdigit, cell)) for cell in cells)


def _are_headings(row: TableRow) -> bool:
    """Whether all the cells are known headings, of a name and of something else. A unit alone is a product's."""
    for cell in row.cells:
        if not isinstance(cell, str) or any(map(str.isdigit, cell)):
            return False  # at the first cell of most rows
    texts = [shown(cell) for cell in row.cells]
    filled = {text for text in texts if text}
    if len(filled) < 2 or count_known(list(filled)) < len(filled):
        return False
    own = guess_columns(texts)
    return NAME in own and bool((own | guess_columns(texts, known=STOCK_AND_CODES)).keys() - {NAME, UNIT})


def _are_words(row: TableRow) -> bool:
    texts = [cell for cell in row.cells if cell != ""]
    return len(texts) > 1 and all(isinstance(cell, str) and not notation.is_number(cell) for cell in texts)


def _folded(row: TableRow) -> tuple[str, ...]:
    return tuple(plain(cell) if isinstance(cell, str) else repr(cell) for cell in row.cells)


def _text_without_page(row: TableRow) -> str:
    """The row without a page number, for comparison. Cells are joined, because fixed columns may cut a word."""
    return without_page("".join(map(as_text, row.cells)))


def _is_ruling(row: TableRow) -> bool:
    """Whether the row is a line drawn with characters, such as "-----"."""
    texts = [cell if isinstance(cell, str) else "0" for cell in row.cells if cell != ""]
    return all(map(_RULE.fullmatch, texts)) and any(len(text) >= _MIN_RULE_LENGTH for text in texts)


def _require_rows(rows: tuple[TableRow, ...]) -> tuple[TableRow, ...]:
    """Return the rows. Raises TableUnreadable if there are none or too many."""
    if len(rows) > MAX_IMPORT_ROWS:
        raise too_many()
    if not rows:
        raise TableUnreadable(_EMPTY)
    return rows


def _find_headings(rows: list[TableRow]) -> int | None:
    """The first row with the most known headings, or the first one of two or more cells, if there is any."""
    first = rows[:HEADING_WITHIN]
    known = [count_known(row.cells) for row in first]
    if max(known, default=0) > 1 or known[:1] == [1]:
        return known.index(max(known))
    return next((at for at, row in enumerate(first) if sum(cell != "" for cell in row.cells) > 1), None)


def _is_product(rows: list[TableRow], at: int) -> bool:
    """Whether the row taken for headings is a product: it has numbers, or texts that later rows repeat."""
    texts = tuple(cell if isinstance(cell, str) else "" for cell in rows[at].cells)
    if _has_price_as_below(rows[at], rows[at + 1 : at + 50]):
        return True  # such as "Item" and "20,00": a product's name may be a known heading
    if guess_columns([text for text in texts if count_known([text])]).keys() - {UNIT}:
        return False
    if any(isinstance(cell, Decimal) for cell in rows[at].cells) or any(map(notation.is_number, texts)):
        return True
    if not count_known(texts) and _has_digits_as_below(texts, rows[at + 1 : at + 50]):
        return True  # such as "Café 5" and "00": the comma of "5,00" was taken for the delimiter
    others = [row.cells for row in rows[at + 1 : at + 50] if row.cells != rows[at].cells]
    if not count_known(texts) and not TEXT_HEADINGS.intersection(map(plain, texts)) and _reads_as_below(texts, others):
        return True
    columns = [(column, text) for column, text in enumerate(texts) if text]
    return any(cells[column : column + 1] == (text,) for column, text in columns for cells in others)


def _has_price_as_below(row: TableRow, below: Sequence[TableRow]) -> bool:
    """Whether a cell is an amount with centavos, and so are all cells below it: no heading is one."""
    places = [at for at, cell in enumerate(row.cells) if isinstance(cell, str) and _PRICE.fullmatch(cell)]
    return any(
        all(isinstance(cell, Decimal) or notation.is_number(shown(cell)) for cell in cells)
        for at in places
        if (cells := [cell for other in below for cell in other.cells[at : at + 1] if cell != ""])
    )


def _reads_as_below(texts: Sequence[str], below: Sequence[Sequence[Cell]]) -> bool:
    """Whether the row has words, as all rows below it, and in a column as many words or digits as most of them."""
    columns = [at for at, text in enumerate(texts) if text]
    cells = {at: [as_text(cell) for row in below for cell in row[at : at + 1] if cell != ""] for at in columns}
    begun = [at for at in columns if _begins_heading(texts[at])]
    if len(begun) > 1 or begun[:1] == columns[:1]:
        return False  # such as "Nome da planta"
    if not all(cells.values()) or any(notation.is_number(cell) for column in cells.values() for cell in column):
        return False
    if all(text.isupper() for text in texts if text) and not all(map(str.isupper, cells[columns[0]])):
        return False
    return any(_is_phrase(texts[at]) and 2 * sum(map(_is_phrase, cells[at])) >= len(cells[at]) for at in columns)


def _begins_heading(text: str) -> bool:
    first = text.partition(" ")[0]
    return count_known([first]) > 0 or plain(first) in TEXT_HEADINGS


def _is_phrase(text: str) -> bool:
    return " " in text or any(map(str.isdigit, text))


def too_many() -> TableUnreadable:
    return TableUnreadable(f"A planilha tem mais de {format_number(MAX_IMPORT_ROWS)} linhas. Divida-a em partes.")

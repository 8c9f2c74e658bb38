"""Marks rows of a text that have more or fewer cells than the headings: a delimiter or a line break parted them."""

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from almoxarife.tables import notation
from almoxarife.tables.cells import Cell, RawTable, TableRow
from almoxarife.tables.text import delimited

_WHOLE, _CENTAVOS = re.compile(r"\d{1,9}", re.ASCII), re.compile(r"\d\d", re.ASCII)
_BROKEN_ROW = "Esta linha parece ter sido quebrada em duas. Junte-as na planilha, ou salve-a como .xlsx."
_MAX_SHARE_OF_BROKEN_ROWS = 0.25
_OTHER_DELIMITER = "A linha tem outro separador que os títulos. Use o mesmo em toda a planilha, ou salve-a como .xlsx."


def check_width(row: TableRow, heading: TableRow, raw: RawTable) -> TableRow:
    """Mark a row with more cells than headings: one of its texts contained the delimiter."""
    width = raw.widths.get(heading.line)
    if width is None or row.problem:
        return row
    if len(row.cells) == 1 and width > 1 and _has_another_delimiter(row.cells[0], raw.delimiter, width):
        return replace(row, problem=_OTHER_DELIMITER)
    is_cut = raw.delimiter == "," and len(heading.cells) < len(row.cells) <= width and _has_cut_amount(row)
    if len(row.cells) <= width and not is_cut:
        return row
    problem = (
        f"A linha tem {len(row.cells)} colunas e os títulos são {len(heading.cells) if is_cut else width}. Ponha entre"
        " aspas o texto ou o preço que tem o separador, ou salve a planilha como .xlsx."
    )
    return replace(row, problem=problem)


def mark_broken_rows(rows: list[TableRow], widths: dict[int, int], width: int) -> list[TableRow]:
    """Mark pairs of rows that are one row, split by a line break.

    Such pairs are few. Together they are as wide as the headings, and the second row has words in columns of numbers
    or starts with a small letter.
    """
    narrow = {row.line for row in rows if widths.get(row.line, width) < width}
    if not narrow or len(narrow) > _MAX_SHARE_OF_BROKEN_ROWS * len(rows):
        return rows
    numbers = _number_columns([row for row in rows if row.line not in narrow], width)
    broken: set[int] = set()
    for one, two in pairwise(rows):
        first, second = widths[one.line], widths[two.line]
        is_pair = two.line == one.line + 1 and one.line in narrow and first + second - 1 == width
        if is_pair and one.line not in broken and _goes_on(one, first, two, numbers):
            broken |= {one.line, two.line}
    return [replace(row, problem=row.problem or _BROKEN_ROW) if row.line in broken else row for row in rows]


def _goes_on(one: TableRow, width: int, two: TableRow, numbers: list[int]) -> bool:
    """Whether the second row is the rest of the first one, which has ``width`` cells with the empty ones."""
    text = two.cells[0]
    if width == 1 and isinstance(text, str) and text[:1].islower():
        return True
    own = [*one.cells, *[""] * (width - len(one.cells))]
    return not _fits(two.cells, numbers) and _fits((*own[:-1], "", *two.cells[1:]), numbers)


def _number_columns(rows: list[TableRow], width: int) -> list[int]:
    """The columns that hold only numbers in ``rows``."""
    places = (
        (at, [cell for row in rows for cell in row.cells[at : at + 1] if isinstance(cell, str) and cell])
        for at in range(width)
    )
    return [at for at, texts in places if texts and all(map(notation.is_number, texts))]


def _fits(cells: Sequence[Cell], numbers: list[int]) -> bool:
    texts = [cells[at] for at in numbers if at < len(cells)]
    return all(text == "" or (isinstance(text, str) and notation.is_number(text)) for text in texts)


def _has_another_delimiter(cell: Cell, delimiter: str, width: int) -> bool:
    others = [other for other in delimited.DELIMITERS if other not in {delimiter, ","}]
    return isinstance(cell, str) and any(cell.count(other) == width - 1 for other in others)


def _has_cut_amount(row: TableRow) -> bool:
    """Whether an amount such as "12,90" was split at its comma into two cells."""
    texts = [cell if isinstance(cell, str) else "" for cell in row.cells]
    return any(_WHOLE.fullmatch(one) and _CENTAVOS.fullmatch(two) for one, two in pairwise(texts))

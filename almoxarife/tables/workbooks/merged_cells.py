"""Repeats the value of a merged cell in the rows over which it reaches, where it is clear that it is theirs, too."""

from collections.abc import Sequence
from dataclasses import replace

from almoxarife.tables import notation
from almoxarife.tables.cells import MERGED, Cell, MergedCell, Table, TableRow, TableUnreadable, Unusable, as_text
from almoxarife.tables.headings import STOCK_AND_CODES, guess_columns
from almoxarife.tables.vocabulary.fields import BARCODE, BOX, COST, MINIMUM, NAME, PRICE, SKU, STOCK
from almoxarife.tables.workbooks.xlsx_parts import TOO_LARGE

_CODES = {BARCODE, BOX, SKU}
_SHARED = {PRICE, COST, MINIMUM}
"""Fields of numbers that several products may have in common."""
_MAX_REPEATED = 500_000


def repeat_merged(table: Table, merged: Sequence[MergedCell]) -> Table:
    """Repeat texts and prices. A stock, or a number of something unknown, is ``Unusable``: one row has it, or none.

    A title such as "BEBIDAS" gets nothing from a note that stands beside the list.
    A code is left out of the other rows. Only merged cells that begin in a row of the table count.
    """
    known = guess_columns(table.headings)
    known |= guess_columns(table.headings, known=STOCK_AND_CODES, taken=known.values())
    fields = {at: name for name, at in known.items()}
    waiting = sorted((one for one in merged if one.last > one.first), key=lambda one: one.first, reverse=True)
    open_cells: dict[int, tuple[int, Cell]] = {}
    """The last line, and what the rows below the first have, by column."""
    rows, count = [], 0
    for row in sorted(table.rows, key=lambda row: row.line) if waiting else ():
        open_cells = {at: one for at, one in open_cells.items() if one[0] >= row.line}
        count += len(open_cells)
        if count > _MAX_REPEATED:
            raise TableUnreadable(TOO_LARGE)
        is_name_alone = [at for at, cell in enumerate(row.cells) if cell != ""] == [known.get(NAME)]
        beside = {at: one for at, one in open_cells.items() if at in fields} if is_name_alone else open_cells
        rows.append(_fill(row, beside))
        while waiting and waiting[-1].first <= row.line:
            one = waiting.pop()
            cell = row.cells[one.at] if one.first == row.line and one.at < len(row.cells) else ""
            if (repeated := _of_others(fields.get(one.at, ""), cell)) != "":
                open_cells[one.at] = (one.last, repeated)
    return replace(table, rows=tuple(rows)) if rows else table


def _of_others(field: str, cell: Cell) -> Cell:
    """What the rows below the first have of a merged cell."""
    if cell == "" or field in _CODES or isinstance(cell, Unusable):
        return "" if field in _CODES else cell
    is_number = field == STOCK or notation.is_number(as_text(cell))
    return Unusable(as_text(cell), MERGED) if is_number and field not in _SHARED else cell


def _fill(row: TableRow, open_cells: dict[int, tuple[int, Cell]]) -> TableRow:
    empty = {at: cell for at, (_, cell) in open_cells.items() if row.cells[at : at + 1] in {(), ("",)}}
    if not empty or row.problem:
        return row
    width = max(len(row.cells), max(empty) + 1)
    cells = [*row.cells, *[""] * (width - len(row.cells))]
    return replace(row, cells=tuple(empty.get(at, cell) for at, cell in enumerate(cells)))

"""Products in sizes and colours, each in a row of its own: "Camiseta" and "P" are "Camiseta P".

Square, Shopify and Nuvemshop export them so, and the latter two name the product in its first row alone.
WooCommerce, Bling and Tiny have a row for "Camiseta" too, to which the others belong: that is nothing that is sold.
"""

from collections.abc import Sequence
from dataclasses import replace

from almoxarife.tables.cells import Cell, LeftOut, Table, TableRow, as_text
from almoxarife.tables.headings import NAME, STOCK, STOCK_AND_CODES, guess_columns, plain
from almoxarife.wire.fields import fold

_WHOLE = {"variation name", "nome variacao"}
"""Says all of it."""
_PARTS = {f"{name} {at}" for name in ("valor variacao", "option value") for at in (1, 2, 3)} | {
    f"option{at} value" for at in (1, 2, 3)
}
_OWNER = {"handle", "identificador url"}
_NONE = {"regular", "normal", "default", "default title", "padrao", "unico", "unica"}
"""What these programs write where there is one alone."""
_PARENT = {"codigo pai", "sku pai", "ascendente", "parent", "parent sku"}
_KEYS = {"id", "sku", "codigo"}
_HAS_VARIATIONS = "Tem variações, que estão em linhas próprias."


def with_variations(table: Table) -> Table:
    words = [plain(heading) for heading in table.headings]
    table = _without_parents(table, words)
    columns = [at for at, word in enumerate(words) if word in _WHOLE][:1]
    columns = columns or [at for at, word in enumerate(words) if word in _PARTS]
    name_at = guess_columns(table.headings).get(NAME)
    if not columns or name_at is None:
        return table
    owner_at = next((at for at, word in enumerate(words) if word in _OWNER), None)
    owner, name = "", ""
    rows = []
    for row in table.rows:
        if row.problem:
            rows.append(row)
            continue
        belongs_to = _text(row.cells, owner_at)
        if _text(row.cells, name_at) or not belongs_to or belongs_to != owner:
            owner, name = belongs_to, _text(row.cells, name_at)
        values = [value for at in columns if (value := _text(row.cells, at)) and fold(value) not in _NONE]
        cells = [*row.cells, *[""] * (name_at + 1 - len(row.cells))]
        if name:
            cells[name_at] = " ".join([name, *(value for value in values if not name.endswith(f" {value}"))])
        rows.append(replace(row, cells=tuple(cells)))
    return replace(table, rows=tuple(rows))


def _without_parents(table: Table, words: Sequence[str]) -> Table:
    """What other rows name as the product that they belong to is one itself only where it has a stock."""
    parent_at = next((at for at, word in enumerate(words) if word in _PARENT), None)
    named = {_shown(row, parent_at).removeprefix("id:") for row in table.rows} - {""}
    if not named:
        return table
    keys = [at for at, word in enumerate(words) if word in _KEYS]
    stock_at = guess_columns(table.headings, known=STOCK_AND_CODES).get(STOCK)
    parents = {
        row.line
        for row in table.rows
        if not _shown(row, parent_at) and any(_shown(row, at) in named for at in keys)
        if _shown(row, stock_at).strip("0,.") == ""
    }
    rows = tuple(row for row in table.rows if row.line not in parents)
    left_out = (LeftOut(row, _HAS_VARIATIONS) for row in table.rows if row.line in parents)
    return replace(table, rows=rows, left_out=(*table.left_out, *left_out))


def _shown(row: TableRow, at: int | None) -> str:
    return as_text(row.cells[at]) if at is not None and at < len(row.cells) and not row.problem else ""


def _text(cells: Sequence[Cell], at: int | None) -> str:
    cell = cells[at] if at is not None and at < len(cells) else ""
    return cell if isinstance(cell, str) else ""

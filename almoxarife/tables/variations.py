"""Products in sizes and colours, each in a row of its own: "Camiseta" and "P" are "Camiseta P".

Square, Shopify and Nuvemshop export them so, and the latter two name the product in its first row alone.
"""

from collections.abc import Sequence
from dataclasses import replace

from almoxarife.tables.cells import Cell, Table
from almoxarife.tables.headings import NAME, guess_columns, plain
from almoxarife.wire.fields import fold

_WHOLE = {"variation name", "nome variacao"}
"""Says all of it."""
_PARTS = {f"{name} {at}" for name in ("valor variacao", "option value") for at in (1, 2, 3)} | {
    f"option{at} value" for at in (1, 2, 3)
}
_OWNER = {"handle", "identificador url"}
_NONE = {"regular", "normal", "default", "default title", "padrao", "unico", "unica"}
"""What these programs write where there is one alone."""


def with_variations(table: Table) -> Table:
    words = [plain(heading) for heading in table.headings]
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


def _text(cells: Sequence[Cell], at: int | None) -> str:
    cell = cells[at] if at is not None and at < len(cells) else ""
    return cell if isinstance(cell, str) else ""

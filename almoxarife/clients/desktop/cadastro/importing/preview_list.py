"""The list of *Importar produtos*: first a preview of the file, after the check the refused and skipped rows."""

from collections.abc import Mapping, Sequence
from typing import Any

from almoxarife.clients.desktop.cadastro.importing import rows
from almoxarife.clients.desktop.cadastro.importing.rows import CheckResult, Refused
from almoxarife.clients.desktop.kit.theme import Theme
from almoxarife.clients.desktop.kit.virtual_list import Column, Row, VirtualList
from almoxarife.clients.desktop.kit.widgets import Label, say
from almoxarife.tables.cells import LeftOut, Table, TableRow
from almoxarife.tables.columns import Columns
from almoxarife.tables.product_cells import Signs

_PREVIEW = 200

COLUMNS = (
    Column("linha", "Linha", 56, anchor="e"),
    Column("nome", "Produto", 240),
    Column("unidade", "Un.", 56, gives_way=1),
    Column("codigo_barras", "Barras", 140, gives_way=3),
    Column("estoque_minimo", "Mínimo", 74, anchor="e", gives_way=2),
    Column("preco", "Preço", 84, anchor="e", gives_way=4),
    Column("saldo_inicial", "Estoque", 84, anchor="e", gives_way=5),
    Column("resultado", "Resultado", 320, stretches=True),
)


def as_listed(
    row: TableRow, columns: Columns, signs: Mapping[str, Signs], reason: str, *, is_written: bool = False
) -> Row:
    cells = (str(row.line), *rows.cells_of(row, columns, signs), reason)
    return Row(str(row.line), cells, () if is_written or not reason else ("refused",))


class PreviewList:
    """The list, and below it the full reason of the selected row."""

    def __init__(self, parent: Any, theme: Theme) -> None:
        self._aside: Sequence[Refused | LeftOut] = ()
        self._list = VirtualList(
            parent, COLUMNS, theme, colours=lambda t: {"refused": t.danger}, selection_changed=self._tell_reason
        )
        self.frame = self._list.frame
        self.reason = Label(parent, justify="left")

    def show(
        self, table: Table | None, result: CheckResult | None, columns: Columns, *, decimal_point: bool | None
    ) -> None:
        """Show the refused and skipped rows of the result, or else the first rows as they are understood."""
        signs = {} if table is None else rows.find_signs(table, columns, decimal_point)
        self._aside = result.set_aside if result is not None else ()
        if self._aside:
            good = {row.line for row in result.good.sources} if result is not None else set()
            listed = [
                as_listed(one.row, columns, {}, one.reason, is_written=one.row.line in good) for one in self._aside
            ]
        else:
            listed = [
                as_listed(row, columns, signs, "") for row in (table.rows[:_PREVIEW] if table is not None else ())
            ]
        self._list.show(listed, first=0)
        self._list.select(None)
        self._tell_reason("")

    def _tell_reason(self, line: str) -> None:
        reason = next((one.reason for one in self._aside if str(one.row.line) == line), "")
        say(self.reason, "Bad", f"Linha {line}: {reason}" if reason else "")
        if reason:
            self.reason.grid()
        else:
            self.reason.grid_remove()

"""Comboboxes to choose which column of the spreadsheet holds which field; the guess can be corrected here."""

from collections.abc import Callable
from typing import Any

from almoxarife.clients.desktop.cadastro.importing import rows
from almoxarife.clients.desktop.kit.widgets import Combobox, Frame, Label
from almoxarife.tables.columns import Columns
from almoxarife.tables.product_cells import LABELS
from almoxarife.tables.reader import Table
from almoxarife.tables.vocabulary.fields import NAME

_NONE = "(não importar)"
_IN_A_LINE = 6


class ColumnChoice:
    """``changed`` is called when a person chooses."""

    def __init__(self, parent: Any, *, changed: Callable[[], None]) -> None:
        self._changed = changed
        self.frame = Frame(parent)
        self._boxes = {name: self._build(at, label) for at, (name, label) in enumerate(LABELS.items())}
        self.enable(is_enabled=False)

    @property
    def columns(self) -> dict[str, int]:
        """The chosen columns: index by field."""
        return {name: box.current() - 1 for name, box in self._boxes.items() if box.current() > 0}

    def use(self, table: Table, columns: Columns) -> None:
        labels = rows.column_labels(table)
        for name, box in self._boxes.items():
            box.configure(values=[_NONE, *labels])
            box.set(labels[columns[name]] if name in columns else _NONE)

    def enable(self, *, is_enabled: bool) -> None:
        for box in self._boxes.values():
            box.configure(state="readonly" if is_enabled else "disabled")

    def focus_name(self) -> None:
        self._boxes[NAME].focus_set()

    def _build(self, at: int, label: str) -> Any:
        cell = Frame(self.frame)
        cell.columnconfigure(0, weight=1)
        line, place = divmod(at, _IN_A_LINE)
        cell.grid(
            row=line, column=place, sticky="ew", padx=(0 if place == 0 else 8, 0), pady=(0 if line == 0 else 6, 0)
        )
        self.frame.columnconfigure(place, weight=1)  # not uniform: large labels need all the room there is
        Label(cell, text=label).grid(row=0, column=0, sticky="w")
        box = Combobox(cell, width=6, values=[_NONE])
        box.set(_NONE)
        box.grid(row=1, column=0, sticky="ew", pady=(2, 0))
        box.bind("<<ComboboxSelected>>", lambda _: self._chosen(box))
        return box

    def _chosen(self, box: Any) -> None:
        box.selection_clear()
        self._changed()

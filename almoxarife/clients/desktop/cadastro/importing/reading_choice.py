"""Comboboxes with the options for reading the file, to correct what was detected."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from almoxarife.clients.desktop.cadastro.importing.reading import OPTIONS, Option
from almoxarife.clients.desktop.kit.widgets import Combobox, Frame, Label


class ReadingChoice:
    """``chosen`` is called with (option, value)."""

    def __init__(self, parent: Any, *, chosen: Callable[[str, str], None]) -> None:
        self._chosen = chosen
        self.frame = Frame(parent)
        self._labels: dict[str, Mapping[str, str]] = {}
        self._built = {name: self._build(at, name, label) for at, (name, label) in enumerate(OPTIONS.items())}
        self.use(())

    def use(self, options: Sequence[Option]) -> None:
        """Show the options that the file has."""
        self._labels = {option.name: option.labels for option in options}
        for cell, _ in self._built.values():
            cell.grid_remove()
        for place, option in enumerate(options):
            cell, box = self._built[option.name]
            box.configure(values=list(option.labels.values()))
            box.set(option.labels.get(option.current, ""))
            cell.grid(column=place, padx=(0 if place == 0 else 8, 0))

    def enable(self, *, is_enabled: bool) -> None:
        for _, box in self._built.values():
            box.configure(state="readonly" if is_enabled else "disabled")

    def _build(self, at: int, name: str, label: str) -> tuple[Any, Any]:
        cell = Frame(self.frame)
        cell.columnconfigure(0, weight=1)
        cell.grid(row=0, column=at, sticky="ew")
        # Aligned with the comboboxes of the columns below.
        self.frame.columnconfigure(at, weight=1, uniform="columns")
        Label(cell, text=label).grid(row=0, column=0, sticky="w")
        box = Combobox(cell, width=6)
        box.grid(row=1, column=0, sticky="ew", pady=(2, 0))
        box.bind("<<ComboboxSelected>>", lambda _: self._was_chosen(name, box))
        return cell, box

    def _was_chosen(self, name: str, box: Any) -> None:
        box.selection_clear()
        value = next(value for value, label in self._labels[name].items() if label == box.get())
        self._chosen(name, value)

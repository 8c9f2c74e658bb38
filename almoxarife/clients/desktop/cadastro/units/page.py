"""*Unidades*: an administrator adds units, and removes those that no product uses."""

import tkinter as tk
from collections.abc import Sequence

from almoxarife.clients.api.errors import ApiError
from almoxarife.clients.desktop.cadastro.footer import Footer
from almoxarife.clients.desktop.cadastro.pages import Page
from almoxarife.clients.desktop.frame.shell import Shell
from almoxarife.clients.desktop.kit.forms import FormInvalid, checked
from almoxarife.clients.desktop.kit.virtual_list import Column, Row, VirtualList
from almoxarife.clients.desktop.kit.widgets import Button, Checkbutton, Field, Frame, Label, on_enter, stack
from almoxarife.wire.catalog import UnitIn, UnitOut
from almoxarife.wire.codes.units import Unit

_COLUMNS = (
    Column("sigla", "Sigla", 80),
    Column("nome", "Nome", 200, stretches=True),
    Column("decimais", "Quantidades", 150),
)
_PANEL_PX = 280
_STANDARD = frozenset(unit.value for unit in Unit)


def row_of(unit: UnitOut) -> Row:
    counted = "com decimais" if unit.takes_decimals else "inteiras"
    return Row(unit.code, (unit.code, unit.name, counted))


class UnitsPage(Page):
    def __init__(self, shell: Shell) -> None:
        super().__init__(shell, "Unidades")
        self._listing = self.reading = self.new_call("unidades")
        self._change = self.new_call("unidade")
        self._is_busy = False
        self._build()

    def opened(self) -> None:
        self._code.focus(select=True)
        self.refresh()

    def closed(self) -> None:
        super().closed()
        self._is_busy = False
        self._foot.say("Quiet", "")

    def refresh(self) -> None:
        self._listing.ask(
            lambda api: api.units(),
            then=self._show,
            failed=lambda error: self._foot.say_not_loaded(error.message),
        )

    def submit(self) -> None:
        if self._is_busy:
            return
        for field in self._fields.values():
            field.show_error(None)
        values = {"sigla": self._code.text, "nome": self._name.text, "decimais": bool(self._decimals.get())}
        try:
            unit = checked(UnitIn, values)
        except FormInvalid as invalid:
            self._show_errors(invalid.errors)
            return
        self._is_busy = True
        self._change.ask(lambda api: api.create_unit(unit), then=self._was_made, failed=self._failed)

    # --- building ---------------------------------------------------------------------

    def _build(self) -> None:
        theme, body = self._theme, self.body
        body.columnconfigure(0, weight=1)
        body.rowconfigure(0, weight=1)
        self._list = VirtualList(body, _COLUMNS, theme, selection_changed=self._selection_changed)
        self._list.frame.grid(row=0, column=0, sticky="nsew")
        side = self._side = Frame(body)
        side.grid(row=0, column=1, sticky="nsew", padx=(16, 0))
        side.columnconfigure(0, weight=1)
        self._code, self._name = Field(side, "Sigla"), Field(side, "Nome")
        self._fields = {"sigla": self._code, "nome": self._name}
        self._decimals = tk.BooleanVar(master=side, value=False)
        decimals = Checkbutton(side, text="Aceita decimais (peso, medida)", variable=self._decimals)
        main = Button(side, text="Acrescentar  Ctrl+Enter", style="Main.TButton", command=self.submit)
        self._remove = Button(side, text="Retirar a escolhida", command=self._ask_to_remove)
        title = Label(side, text="Nova unidade", style="Strong.TLabel")
        order = [
            (title, 0), (self._code.frame, 8), (self._name.frame, 8), (decimals, 8), (main, 14), (self._remove, 6),
        ]  # fmt: skip
        stack(order)
        on_enter(self._code.entry, self._name.focus)
        on_enter(self._name.entry, self.submit)
        self._foot = Footer(body, home=lambda: self._code.entry)
        self._foot.frame.grid(row=1, column=0, columnspan=2, sticky="ew", pady=(8, 0))
        self._selection_changed("")
        self._restyle()
        theme.on_change(self._restyle)

    def _restyle(self) -> None:
        self._side.columnconfigure(0, minsize=self._theme.px(_PANEL_PX))

    # --- responses --------------------------------------------------------------------

    def _show(self, units: Sequence[UnitOut]) -> None:
        self._foot.loaded()
        self._list.show([row_of(unit) for unit in units])
        self._selection_changed(self._list.selected or "")

    def _selection_changed(self, code: str) -> None:
        """The standard units cannot be removed."""
        self._remove.state(["!disabled" if code and code not in _STANDARD else "disabled"])

    def _was_made(self, unit: UnitOut) -> None:
        self._is_busy = False
        self._code.text = self._name.text = ""
        self._decimals.set(False)
        self._foot.say("Good", f"{unit.code} ({unit.name}) já pode ser usada.")
        self._code.focus()
        self.refresh()

    def _ask_to_remove(self) -> None:
        code = self._list.selected or ""
        self._foot.ask("Warn", f"Retirar a unidade {code}?", yes=("Retirar", lambda: self._take_away(code)))

    def _take_away(self, code: str) -> None:
        self._change.ask(lambda api: api.remove_unit(code), then=lambda _: self._was_removed(code), failed=self._failed)

    def _was_removed(self, code: str) -> None:
        self._foot.say("Good", f"{code} foi retirada.")
        self._list.select(None)
        self.refresh()

    def _failed(self, error: ApiError) -> None:
        self._is_busy = False
        errors = {wrong.field: wrong.message for wrong in error.errors or ()}
        if errors:
            self._show_errors(errors)
        else:
            self._foot.say("Bad", error.message)

    def _show_errors(self, errors: dict[str, str]) -> None:
        for name, field in self._fields.items():
            field.show_error(errors.get(name))
        first = next((field for name, field in self._fields.items() if name in errors), self._code)
        first.focus(select=True)

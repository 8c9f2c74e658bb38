"""The last line of *Importar produtos*: progress bar and buttons."""

import tkinter as tk
from collections.abc import Callable
from typing import Any

from almoxarife.brazil import format_number
from almoxarife.clients.desktop.cadastro.importing.tasks import ImportTask
from almoxarife.clients.desktop.kit.widgets import Button, Checkbutton, Frame, Progressbar

_UNDO = "Desfazer a importação"
_SURE = "Desfazer tudo? Clique de novo"


class ImportFooter:
    """``undo`` is called after the second click on its button, ``adjusted`` when the checkbox is changed."""

    def __init__(
        self,
        parent: Any,
        *,
        cancel: Callable[[], None],
        save: Callable[[], None],
        undo: Callable[[], None],
        submit: Callable[[], None],
        adjusted: Callable[[], None],
    ) -> None:
        self.frame = Frame(parent)
        self.frame.columnconfigure(0, weight=1)
        self._undo = undo
        self._is_sure = False
        self._adjusts = tk.BooleanVar(master=parent, value=False)
        self._bar = Progressbar(self.frame, maximum=100)
        self._adjust = Checkbutton(self.frame, variable=self._adjusts, command=adjusted)
        self._stop = Button(self.frame, text="Cancelar", command=cancel)
        self._take_back = Button(self.frame, text=_UNDO, command=self._asked_to_undo)
        self._save = Button(self.frame, text="Salvar recusados…  Ctrl+E", command=save)
        self.main = Button(self.frame, style="Main.TButton", command=submit)
        self._bar.grid(row=0, column=0, sticky="ew", padx=(0, 12))
        self._adjust.grid(row=0, column=0, sticky="w")
        for column, button in enumerate((self._stop, self._take_back, self._save), start=1):
            button.grid(row=0, column=column, padx=(0, 8))
        self.main.grid(row=0, column=4)

    @property
    def adjusts(self) -> bool:
        return bool(self._adjusts.get())

    def start_over(self) -> None:
        """Reset the checkbox, for another list."""
        self._adjusts.set(False)

    def show(self, *, is_busy: bool, can_undo: bool, can_save: bool, adjustments: int) -> None:
        self._is_sure = False
        self._take_back.configure(text=_UNDO)
        noun = "saldo" if adjustments == 1 else "saldos"
        self._adjust.configure(text=f"Ajustar {format_number(adjustments)} {noun} para o contado na lista")
        for widget, is_shown in (
            (self._bar, is_busy),
            (self._stop, is_busy),
            (self._take_back, can_undo and not is_busy),
            (self._save, can_save and not is_busy),
            (self._adjust, adjustments > 0 and not is_busy),
        ):
            widget.grid() if is_shown else widget.grid_remove()

    def tick(self, task: ImportTask) -> None:
        self._bar.configure(mode="determinate" if task.percent is not None else "indeterminate")
        if task.percent is not None:
            self._bar.configure(value=task.percent)
        else:
            self._bar.step(7)
        self._stop.state(["!disabled" if task.can_stop else "disabled"])

    def rest(self) -> None:
        self._bar.stop()

    def _asked_to_undo(self) -> None:
        if self._is_sure:
            self._undo()
        else:
            self._is_sure = True
            self._take_back.configure(text=_SURE)

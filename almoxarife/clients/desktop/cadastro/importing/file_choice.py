"""The field for the file to import, which can be typed, pasted or chosen in a dialog."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from almoxarife.clients.desktop.kit.file_dialogs import ask_which
from almoxarife.clients.desktop.kit.widgets import Button, Field, on_enter
from almoxarife.files import typed_path

_HINT = "XLSX, XLS, ODS ou CSV, com os títulos na primeira linha. Nada é gravado antes de você confirmar."
_ENDINGS = (".xlsx", ".xls", ".ods", ".csv", ".txt", ".xml", ".htm", ".html", ".mht")


class FileChoice:
    """``chosen`` is called when the file is to be read, ``retyped`` at each change of the text."""

    def __init__(self, parent: Any, *, chosen: Callable[[], None], retyped: Callable[[], None]) -> None:
        self._chosen = chosen
        self.field = Field(parent, "Arquivo", hint=_HINT)
        self.frame = self.field.frame
        Button(self.frame, text="Escolher…", command=self._choose).grid(row=1, column=1, padx=(8, 0), pady=(2, 0))
        on_enter(self.field.entry, chosen)
        self.field.variable.trace_add("write", lambda *_: retyped())

    def find(self) -> Path | None:
        """The file; None if the field is empty, which is then shown as an error."""
        text = self.field.text.strip(' "')
        self.field.show_error(None if text else "Escolha o arquivo, ou escreva onde ele está.")
        if not text:
            self.field.focus()
        return typed_path(text) if text else None

    def show_hint(self, *, is_shown: bool) -> None:
        """On a low screen its room is a row of the list."""
        self.field.show_state("Quiet", _HINT if is_shown else "")

    def forget(self) -> None:
        self.field.text = ""
        self.field.show_error(None)

    def refuse(self, reason: str) -> None:
        self.field.show_error(reason)
        self.field.focus(select=True)

    @property
    def stem(self) -> str:
        """The file's name without folder and suffix."""
        return Path(self.field.text).stem

    def _choose(self) -> None:
        file = ask_which(self.frame, title="Escolher a planilha", kind="Planilhas", endings=_ENDINGS)
        if file is not None:
            self.field.text = str(file)
            self._chosen()

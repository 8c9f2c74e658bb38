"""Saves a slip as PDF: asks for the file, writes it in the background and reports the result."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from almoxarife.clients.desktop.cadastro.selling.papers.pdf import NotPrinted, SlipLine, write_pdf
from almoxarife.clients.desktop.frame.background import Background
from almoxarife.clients.desktop.kit.file_dialogs import ask_where

KINDS = {"PDF": ".pdf"}


class PdfSaver:
    """``tell`` is called with (success, sentence)."""

    def __init__(self, parent: Any, *, background: Background, tell: Callable[[bool, str], None]) -> None:
        self._parent = parent
        self._background = background
        self._tell = tell

    def save(self, title: str, name: str, entries: Sequence[SlipLine]) -> None:
        """Ask for the file and write it. ``name``: the proposed file name, without suffix."""
        file = ask_where(self._parent, title=f"Salvar {title.lower()}", name=f"{name}.pdf", kinds=KINDS)
        if file is not None:
            self._background.run(lambda: _write(file, title, entries), then=lambda result: self._tell(*result))


def _write(file: Path, title: str, entries: Sequence[SlipLine]) -> tuple[bool, str]:
    """For a worker thread."""
    try:
        write_pdf(file, title, entries)
    except NotPrinted as error:
        return False, str(error)
    return True, f"{title} em {file}"

"""The system's dialogs to open and to save a file, in Portuguese."""

import tkinter as tk
from collections.abc import Mapping
from pathlib import Path
from tkinter import filedialog
from typing import Any

import platformdirs


def ask_where(parent: Any, *, title: str, name: str, kinds: Mapping[str, str]) -> Path | None:
    """Ask for the file to write; None if the dialog was cancelled.

    ``kinds``: names and suffixes, {"CSV": ".csv"}, the default first. The dialog itself asks
    before an existing file is overwritten.
    """
    kind = tk.StringVar(master=parent, value=next(iter(kinds)))
    chosen = filedialog.asksaveasfilename(
        parent=parent,
        title=title,
        initialdir=_usual_folder(parent),
        initialfile=name,
        filetypes=[(label, f"*{ending}") for label, ending in kinds.items()],
        typevariable=kind,
    )
    return with_ending(Path(chosen), name, kinds, kind.get()) if chosen else None


def ask_which(parent: Any, *, title: str, kind: str, endings: tuple[str, ...]) -> Path | None:
    """Ask for the file to read; None if the dialog was cancelled."""
    chosen = filedialog.askopenfilename(
        parent=parent,
        title=title,
        initialdir=_usual_folder(parent),
        filetypes=[(kind, [f"*{ending}" for ending in endings])],
    )
    return Path(chosen) if chosen else None


def with_ending(chosen: Path, proposed: str, kinds: Mapping[str, str], kind: str) -> Path:
    """Keep a suffix that was typed; use the chosen kind's if there is none or the proposed name was not changed."""
    ending = kinds.get(kind, next(iter(kinds.values())))
    if chosen.suffix.lower() not in kinds.values():
        return chosen.with_name(chosen.name + ending)
    return chosen.with_suffix(ending) if chosen.name == proposed else chosen


def _usual_folder(parent: Any) -> Path:
    parent.tk.call("msgcat::mclocale", "pt")
    documents = platformdirs.user_documents_path()
    return documents if documents.is_dir() else Path.home()

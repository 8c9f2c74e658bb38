"""Which file to read or to write: the system's own dialog, in Portuguese."""

import tkinter as tk
from collections.abc import Mapping
from pathlib import Path
from tkinter import filedialog
from typing import Any

import platformdirs


def ask_where(parent: Any, *, title: str, name: str, kinds: Mapping[str, str]) -> Path | None:
    """The file to write, or None when the person thought better of it.

    ``kinds``: their names and endings, {"CSV": ".csv"}, the usual one first. An existing
    file is asked about in the dialog itself.
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
    """The file to read."""
    chosen = filedialog.askopenfilename(
        parent=parent,
        title=title,
        initialdir=_usual_folder(parent),
        filetypes=[(kind, [f"*{ending}" for ending in endings])],
    )
    return Path(chosen) if chosen else None


def with_ending(chosen: Path, proposed: str, kinds: Mapping[str, str], kind: str) -> Path:
    """The ending that was typed; that of the kind chosen in the dialog where none was, or the proposal was left."""
    ending = kinds.get(kind, next(iter(kinds.values())))
    if chosen.suffix.lower() not in kinds.values():
        return chosen.with_name(chosen.name + ending)
    return chosen.with_suffix(ending) if chosen.name == proposed else chosen


def _usual_folder(parent: Any) -> Path:
    parent.tk.call("msgcat::mclocale", "pt")
    documents = platformdirs.user_documents_path()
    return documents if documents.is_dir() else Path.home()

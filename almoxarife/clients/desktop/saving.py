"""Where a file goes: the system's own dialog, in Portuguese."""

from pathlib import Path
from tkinter import filedialog
from typing import Any

import platformdirs


def ask_where(parent: Any, *, title: str, name: str, kind: str) -> Path | None:
    """The file to write, or None when the person thought better of it. ``kind``: "JSON", "CSV" …

    An existing file is asked about in the dialog itself.
    """
    parent.tk.call("msgcat::mclocale", "pt")
    documents = platformdirs.user_documents_path()
    ending = Path(name).suffix
    chosen = filedialog.asksaveasfilename(
        parent=parent,
        title=title,
        initialdir=documents if documents.is_dir() else Path.home(),
        initialfile=name,
        defaultextension=ending,
        filetypes=[(kind, f"*{ending}")],
    )
    return Path(chosen) if chosen else None

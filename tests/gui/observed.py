"""Runs one of the two programs and writes down, several times a second, what its window shows.

``python observed.py cadastro|monitor SNAPSHOT``: the program is the real one in a process
of its own; the snapshot says what a person would see, so that a test can wait for it.
A file SNAPSHOT with the ending ``.fault`` makes it stumble once, over a fault of its own; one with
``.freeze`` makes its window stand still for a second.
"""

import json
import sys
import time
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from tkinter import Misc, ttk
from typing import Any

from almoxarife.clients.desktop.frame.commands import Command
from almoxarife.clients.desktop.kit import focus

PLAIN = {"Button", "Checkbutton", "Entry", "Frame", "Label", "Listbox", "Radiobutton", "Scrollbar"}
"""Tk's own widgets, grey in every theme."""
EVERY_MS = 60
TICK_MS = 5
LEAST_PAUSE_MS = 10
WIDTHS: dict[tuple[str, str], int] = {}
BUTTONS = {"TButton", "TCheckbutton", "TRadiobutton", "Toolbutton"}


class Waiting:
    """How long this thread has been ready and another one had the processor: no fault of the window's."""

    def __init__(self) -> None:
        path = Path("/proc/thread-self/schedstat")
        self._file = path.open("rb", buffering=0) if path.exists() else None

    def so_far_ms(self) -> float:
        if self._file is None:
            return 0.0
        self._file.seek(0)
        return int(self._file.read().split()[1]) / 1e6


class Observer:
    def __init__(self, root: Any, file: Path) -> None:
        self.root = root
        self.file = file
        self.written = ""
        self.waiting = Waiting()
        self.last_tick = self.now_ms()
        self.pauses: list[tuple[float, float]] = []

    def start(self) -> None:
        self.tick()
        self.observe()

    def now_ms(self) -> float:
        """On a clock that stands still while other processes keep this one from running."""
        return time.perf_counter() * 1000 - self.waiting.so_far_ms()

    def tick(self) -> None:
        self.measure()
        self.root.after(TICK_MS, self.tick)

    def measure(self) -> None:
        """A tick that comes late tells a pause of the window."""
        now = self.now_ms()
        late_ms = now - self.last_tick - TICK_MS
        self.last_tick = now
        if late_ms > LEAST_PAUSE_MS:
            self.pauses.append((time.time(), round(late_ms, 1)))

    def observe(self) -> None:
        self.measure()
        order = self.file.with_suffix(".fault")
        if order.exists():
            order.unlink()
            self.root.after(1, lambda: 1 / 0)
        order = self.file.with_suffix(".freeze")
        if order.exists():
            order.unlink()
            self.root.after(1, lambda: time.sleep(1))
        seen = json.dumps(self.snapshot(), ensure_ascii=False)
        if seen != self.written:
            self.written = seen
            draft = self.file.with_suffix(".tmp")
            draft.write_text(seen, encoding="utf-8")
            draft.replace(self.file)
        # What is measured is the program, not this.
        self.last_tick = self.now_ms()
        self.root.after(EVERY_MS, self.observe)

    def snapshot(self) -> dict[str, Any]:
        # Most pages and panels are hidden, and with them all that is in them.
        widgets = list(viewable(self.root))
        focused = focus.focused(self.root)
        return {
            "title": self.root.title(),
            "size": [self.root.winfo_width(), self.root.winfo_height()],
            "seen": [text for w in widgets for text in texts(w)],
            "focus": describe(focused) if focused is not None else None,
            "stops": [describe(w) for w in focus.stops_among(widgets)],
            "plain": sorted({w.winfo_class() for w in known(self.root) if is_plain(w)}),
            "cut": [text for w in widgets for text in cut(w)],
            "in_sight": [text for w in widgets if w.winfo_class() == "TLabel" and is_in_sight(w) for text in texts(w)],
            "outside": [text for w in widgets for text in texts(w) if is_outside(w)],
            "columns": {name: edges for w in widgets if w.winfo_class() == "Treeview" for name, edges in columns(w)},
            "pauses": self.pauses[-1000:],
        }


def viewable(widget: Any) -> Iterator[Any]:
    """What is drawn below this one: first what stands in it, from the lowest to the topmost, then what is in those."""
    children = [child for child in widget.winfo_children() if child.winfo_viewable()]
    yield from children
    for child in children:
        yield from viewable(child)


def known(widget: Any) -> Iterator[Any]:
    """Everything below this one, as tkinter knows it without asking Tk."""
    for child in list(widget.children.values()):
        yield child
        yield from known(child)


def remembered_class(widget: Any) -> str:
    """A widget's class never changes."""
    known_class: str | None = getattr(widget, "known_class", None)
    if known_class is None:
        known_class = widget.known_class = str(widget.tk.call("winfo", "class", str(widget)))
    return known_class


def is_plain(widget: Any) -> bool:
    """Left as Tk makes it; a text is dressed where it has the ground of a field."""
    if widget.winfo_class() == "Text":
        return str(widget.cget("background")) != ttk.Style(widget).lookup("TEntry", "fieldbackground")
    return widget.winfo_class() in PLAIN


def texts(widget: Any) -> list[str]:
    kind = widget.winfo_class()
    if kind in BUTTONS | {"TLabel"}:
        return [str(widget.cget("text"))]
    if kind == "TEntry":
        return [f"[{'•' * len(widget.get()) if widget.cget('show') else widget.get()}]"]
    if kind == "Text":
        return [f"[{widget.get('1.0', 'end-1c')}]"]
    if kind == "TCombobox":
        return [f"[{widget.get()}]"]
    if kind == "Treeview":
        rows = [widget.item(item, "values") for item in widget.get_children()]
        return [" | ".join(str(cell) for cell in row) for row in rows if any(row)]
    if kind == "Menu":
        entries = range((widget.index("end") or 0) + 1)
        return [f"{widget.entrycget(n, 'label').strip()} [{widget.entrycget(n, 'state')}]" for n in entries]
    return []


def columns(tree: Any) -> Iterator[tuple[str, dict[str, int]]]:
    """The columns of a list by name, with the place of their right edge in the window."""
    root = tree.winfo_toplevel()
    right, top = tree.winfo_rootx() - root.winfo_rootx() + 2, tree.winfo_rooty() - root.winfo_rooty()
    shown = [str(name) for name in tree.cget("displaycolumns")]
    for name in tree.cget("columns") if shown == ["#all"] else shown:
        width = tree.column(name, "width")
        right += width
        yield str(name), {"right": right, "top": top, "width": width}


def cut(widget: Any) -> Iterator[str]:
    """What this widget has too little room to say."""
    kind = widget.winfo_class()
    if kind in BUTTONS | {"TLabel"}:
        wanted, has = (
            (widget.winfo_reqwidth(), widget.winfo_reqheight()),
            (widget.winfo_width(), widget.winfo_height()),
        )
        if str(widget.cget("text")) and any(w > h + 1 for w, h in zip(wanted, has, strict=True)):
            yield str(widget.cget("text"))
    elif kind == "Treeview" and "headings" in str(widget.cget("show")):
        for name, edges in columns(widget):
            title = widget.heading(name, "text")
            if heading_width(widget, title) > edges["width"]:
                yield title


def heading_width(tree: Any, title: str) -> int:
    """Tk opens the font anew for each measuring."""
    font = str(tree.tk.call("font", "configure", "TkHeadingFont"))
    if (font, title) not in WIDTHS:
        WIDTHS[font, title] = int(tree.tk.call("font", "measure", "TkHeadingFont", title))
    return WIDTHS[font, title]


def is_outside(widget: Any) -> bool:
    """Whether some of it is beyond the lower edge of what it stands in, where nothing can be scrolled."""
    bottom, above = widget.winfo_rooty() + widget.winfo_height(), widget.master
    while above is not None and above.winfo_class() != "Canvas":
        if bottom > above.winfo_rooty() + above.winfo_height() + 1:
            return True
        above = above.master
    return False


def is_in_sight(widget: Any) -> bool:
    """All of it, as far as what it stands in has been scrolled."""
    top, bottom = widget.winfo_rooty(), widget.winfo_rooty() + widget.winfo_height()
    above = widget.master
    while above is not None:
        if top < above.winfo_rooty() - 1 or bottom > above.winfo_rooty() + above.winfo_height() + 1:
            return False
        above = above.master
    return True


def describe(widget: Any) -> dict[str, Any]:
    root = widget.winfo_toplevel()
    x, y = widget.winfo_rootx() - root.winfo_rootx(), widget.winfo_rooty() - root.winfo_rooty()
    kind = widget.winfo_class()
    text = str(widget.cget("text")) if kind in BUTTONS else ""
    above = label_of(widget)
    return {
        "widget": str(widget),
        "kind": kind,
        "text": text or above,
        "value": widget.get() if kind in {"TEntry", "TCombobox"} else "",
        "box": [x, y, widget.winfo_width(), widget.winfo_height()],
    }


def label_of(widget: Any) -> str:
    if widget.master is None:
        return "(window)"
    siblings = [s for s in widget.master.winfo_children() if s.winfo_class() == "TLabel"]
    return str(siblings[0].cget("text")) if siblings else ""


def main(program: str, file: Path) -> int:
    from almoxarife.clients.desktop.frame.shell import Shell

    original = Shell.run

    def run(self: Shell, commands: list[Command]) -> None:
        Observer(self.root, file).start()
        original(self, commands)

    Misc.winfo_class = remembered_class  # type: ignore[method-assign]
    Shell.run = run  # type: ignore[method-assign]
    return import_module(f"almoxarife.clients.desktop.{program}").main()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], Path(sys.argv[2])))

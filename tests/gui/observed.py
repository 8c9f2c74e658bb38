"""Runs one of the two programs and tells, whenever it is asked, what its window shows.

``python observed.py cadastro|monitor ADDRESS``: the program is the real one in a process
of its own; what it tells is what a person would see, so that a test can wait for it.
"""

import os
import socket
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from importlib import import_module
from multiprocessing.connection import Connection
from tkinter import READABLE, Misc, ttk
from typing import Any

from almoxarife.clients.desktop.frame.background import Background
from almoxarife.clients.desktop.frame.commands import Command
from almoxarife.clients.desktop.kit import focus
from tests.waiting import Waiting

PLAIN = {"Button", "Checkbutton", "Entry", "Frame", "Label", "Listbox", "Radiobutton", "Scrollbar"}
"""Tk's own widgets, grey in every theme."""
TICK_MS = 5
LEAST_PAUSE_MS = 10
WIDTHS: dict[tuple[str, str], int] = {}
BUTTONS = {"TButton", "TCheckbutton", "TRadiobutton", "Toolbutton"}
SCANS = (
    # milliseconds a key, what is typed, and the keys that end it
    (5, "7891000315507", ("Return",)),
    (40, "[E496385074", ("Return", "Return")),
    (120, "9638507", ("Return", "Return")),
)
"""A code that a product has, codes that none has in all lengths, and one that lost a digit."""
SIGNS = {"]": "bracketright", "[": "bracketleft"}


class Calls(Background):
    """Counts what the server has been asked and the window has not heard yet."""

    under_way = 0

    def run(self, *call: Any, **how: Any) -> None:
        Calls.under_way += 1
        super().run(*call, **how)

    def _deliver(self, task: Any) -> None:
        Calls.under_way -= 1
        super()._deliver(task)


class Observer:
    """What a test asks is answered once the window has dealt with all that was typed before."""

    def __init__(self, root: Any, listener: socket.socket, commands: list[Command]) -> None:
        self.root = root
        self.commands = commands
        self.time_ms = 0
        self.waiting: Waiting | None = None
        """Of a window whose pauses are timed: to look there takes as long as most answers."""
        self.last_tick = 0.0
        self.pauses: list[float] = []
        self.answers: dict[str, Callable[[], Any]] = {
            "size": lambda: [root.winfo_width(), root.winfo_height()],
            "place": lambda: [root.winfo_rootx(), root.winfo_rooty(), root.winfo_width(), root.winfo_height()],
            "focus": self.focus,
            "seen": lambda: [text for w in viewable(root) for text in texts(w)],
            "stops": lambda: [describe(w) for w in focus.stops_among(list(viewable(root)))],
            "plain": lambda: sorted({w.winfo_class() for w in known(root) if is_plain(w)}),
            "cut": lambda: [text for w in viewable(root) for text in cut(w)],
            "marked": lambda: [describe(w)["text"] for w in viewable(root) if is_marked(w)],
            "in_sight": self.labels_in_sight,
            "outside": lambda: [text for w in viewable(root) for text in texts(w) if is_outside(w)],
            "columns": self.columns,
            "calls": lambda: Calls.under_way,
            "pauses": lambda: self.pauses,
            "time pauses": self.time_pauses,
            "stumble": lambda: root.after(1, lambda: 1 / 0),
            "freeze": lambda: root.after(1, lambda: time.sleep(1)),
        }
        root.tk.createfilehandler(listener, READABLE, lambda *_: self.connect(listener.accept()[0]))

    def connect(self, asking: socket.socket) -> None:
        connection = Connection(asking.detach())
        self.root.tk.createfilehandler(connection, READABLE, lambda *_: self.hear(connection))

    def hear(self, asking: Connection) -> None:
        try:
            question = asking.recv()
        except EOFError:
            self.root.tk.deletefilehandler(asking)
            return
        self.root.after_idle(lambda: self.answer(asking, question))

    def answer(self, asking: Connection, question: str) -> None:
        self.measure()
        kind, _, about = question.partition(": ")
        if kind == "read":
            asking.send(self.scan(5, about, ("Return",)))
        else:
            asking.send(self.scan_everywhere(*about.split(" > ")) if kind == "scan" else self.answers[question]())
        # What is measured is the program, not this.
        self.last_tick = self.now_ms()

    def now_ms(self) -> float:
        """On a clock that stands still while others keep the program, or the screen it draws on, from running."""
        waited_s = self.waiting.so_far_s() if self.waiting else 0
        return (time.perf_counter() - waited_s) * 1000

    def time_pauses(self) -> None:
        """From now on."""
        self.waiting = Waiting("self", *os.environ["TEST_DESK_PIDS"].split())
        self.pauses.clear()
        self.last_tick = self.now_ms()
        self.tick()

    def tick(self) -> None:
        self.measure()
        self.root.after(TICK_MS, self.tick)

    def measure(self) -> None:
        """A tick that comes late tells a pause of the window."""
        if self.waiting is None:
            return
        now = self.now_ms()
        late_ms = now - self.last_tick - TICK_MS
        self.last_tick = now
        if late_ms > LEAST_PAUSE_MS:
            self.pauses.append(round(late_ms, 1))

    def focus(self) -> dict[str, Any] | None:
        focused = focus.focused(self.root)
        return None if focused is None else describe(focused)

    def scan_everywhere(self, command: str, *buttons: str) -> list[str]:
        """Read codes in each control of the screen that the command opens and these buttons change; and their names."""
        stops = self.open_screen(command, buttons)
        names = [describe(stop)["text"] for stop in stops]
        for stop in stops:
            for scan in SCANS:
                if not stop.winfo_exists():
                    break  # The button of a notice that has been taken back.
                if not stop.winfo_viewable():
                    self.open_screen(command, buttons)
                stop.focus_force()
                self.root.update()
                self.scan(*scan)
        return names

    def open_screen(self, command: str, buttons: tuple[str, ...]) -> list[Any]:
        next(one for one in self.commands if one.label == "Limpar, cancelar ou voltar").act()
        next(one for one in self.commands if one.label == command).act()
        self.settle()
        for button in buttons:
            found = next((w for w in viewable(self.root) if button in texts(w)), None)
            if found is not None:
                found.invoke()
                self.settle()
        return focus.stops_among(list(viewable(self.root)))

    def scan(self, gap_ms: int, line: str, ends: tuple[str, ...]) -> None:
        self.time_ms += 1000
        for key in (*(SIGNS.get(sign, sign) for sign in line), *ends):
            self.time_ms += gap_ms
            at = focus.focused(self.root) or self.root
            self.root.tk.call("event", "generate", str(at), "<Key>", "-keysym", key, "-time", self.time_ms)
        self.root.update()

    def settle(self) -> None:
        """Until the server has answered all that was asked."""
        end = time.monotonic() + 20
        self.root.update()
        while Calls.under_way and time.monotonic() < end:
            time.sleep(0.002)
            self.root.update()

    def labels_in_sight(self) -> list[str]:
        labels = (w for w in viewable(self.root) if w.winfo_class() == "TLabel")
        return [text for w in labels if is_in_sight(w) for text in texts(w)]

    def columns(self) -> dict[str, dict[str, int]]:
        trees = (w for w in viewable(self.root) if w.winfo_class() == "Treeview")
        return {name: edges for tree in trees for name, edges in columns(tree)}


def viewable(widget: Any) -> Iterator[Any]:
    """What is drawn below this one: first what stands in it, from the lowest to the topmost, then what is in those.

    Most pages and panels are hidden, and with them all that is in them.
    """
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
    elif kind == "Treeview":
        yield from cut_cells(widget)


def cut_cells(tree: Any) -> Iterator[str]:
    """Of a list without titles."""
    shown = dict(columns(tree))
    if sum(edges["width"] for edges in shown.values()) > tree.winfo_width() - 4:  # within its border
        yield f"the last column, {list(shown)[-1]}"
    # Tk leaves four pixels on each side, besides the style's padding.
    padding = tree.tk.splitlist(ttk.Style(tree).lookup("Treeview.Cell", "padding"))
    sides = 2 * (int(str(padding[0])) + 4)
    for item in tree.get_children():
        for name, text in tree.set(item).items():
            if int(tree.tk.call("font", "measure", "TkDefaultFont", text)) > shown[name]["width"] - sides:
                yield str(text)


def heading_width(tree: Any, title: str) -> int:
    """Tk opens the font anew for each measuring."""
    font = str(tree.tk.call("font", "configure", "TkHeadingFont"))
    if (font, title) not in WIDTHS:
        WIDTHS[font, title] = int(tree.tk.call("font", "measure", "TkHeadingFont", title))
    return WIDTHS[font, title]


def is_marked(widget: Any) -> bool:
    """Whether a part of it looks selected: what is typed next would replace that."""
    if widget.winfo_class() != "TEntry" or not widget.selection_present():
        return False
    look, state = partial(ttk.Style(widget).lookup, str(widget.cget("style")) or "TEntry"), widget.state()
    return bool(look("selectbackground", state) != look("fieldbackground", state))


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


def main(program: str, address: str) -> int:
    """``address`` is a name that only Linux knows: the path of a socket may not be long."""
    from almoxarife.clients.desktop.frame import shell
    from almoxarife.clients.desktop.frame.shell import Shell

    shell.Background = Calls  # type: ignore[misc]
    original = Shell.run

    def run(self: Shell, commands: list[Command]) -> None:
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(f"\0{address}")
            listener.listen()
            Observer(self.root, listener, commands)
            original(self, commands)

    Misc.winfo_class = remembered_class  # type: ignore[method-assign]
    Shell.run = run  # type: ignore[method-assign]
    return import_module(f"almoxarife.clients.desktop.{program}").main()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2]))

"""Keyboard focus: which widgets Tab stops at, and keeping Tab inside an overlay."""

import tkinter as tk
from collections.abc import Iterable
from typing import Any

_STOPS = frozenset({"TEntry", "TButton", "TCombobox", "TCheckbutton", "TRadiobutton", "Toolbutton", "Treeview"})


def focused(root: tk.Tk) -> Any:
    """The widget with the focus; None if it is in another program or in the list of an open combobox."""
    try:
        return root.focus_get()
    except KeyError:  # Tk created that list itself, so tkinter has no object for it.
        return None


def inside(widget: Any) -> list[Any]:
    """All descendants of a widget."""
    children = widget.winfo_children()
    return [*children, *(inner for child in children for inner in inside(child))]


def stops(container: Any) -> list[Any]:
    """The widgets inside ``container`` that can take the focus now, in reading order."""
    return stops_among(w for w in inside(container) if w.winfo_viewable())


def stops_among(viewable: Iterable[Any]) -> list[Any]:
    """``stops`` for widgets that are known to be visible."""
    return sorted(filter(_takes_focus, viewable), key=lambda w: (w.winfo_rooty() // 8, w.winfo_rootx()))


def keep_tab_inside(container: Any) -> None:
    """Make Tab cycle inside an overlay. Call it after all its widgets have been created.

    A widget that has a Tab of its own keeps it.
    """
    for widget in inside(container):
        if not widget.bind("<Tab>"):
            widget.bind("<Tab>", lambda event: _move(container, event.widget, 1))
        widget.bind("<Shift-Tab>", lambda event: _move(container, event.widget, -1))
        try:
            widget.bind("<ISO_Left_Tab>", lambda event: _move(container, event.widget, -1))
        except tk.TclError:
            continue  # X11's name for Shift+Tab, unknown to other systems


def _move(container: Any, at: Any, step: int) -> str:
    order = stops(container)
    if order:
        position = order.index(at) if at in order else -1
        order[(position + step) % len(order)].focus_set()
    return "break"


def _takes_focus(widget: Any) -> bool:
    if widget.winfo_class() == "Text":  # a Tk widget: it has no ttk state
        return str(widget.cget("takefocus")) != "0"
    if widget.winfo_class() not in _STOPS or str(widget.cget("takefocus")) == "0":
        return False
    return not widget.instate(["disabled"])

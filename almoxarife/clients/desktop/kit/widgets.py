"""The widgets of both windows. Use these instead of ``tkinter.ttk``, whose widgets look broken in the dark theme."""

import re
import tkinter as tk
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from typing import Any

import ttkbootstrap

from almoxarife.clients.desktop.kit.theme import Theme

# ttkbootstrap is only partly annotated; with Any, strict mypy accepts the calls.
Button: Any = ttkbootstrap.Button
Checkbutton: Any = ttkbootstrap.Checkbutton
Combobox: Any = ttkbootstrap.Combobox
Frame: Any = ttkbootstrap.Frame
Label: Any = ttkbootstrap.Label
Progressbar: Any = ttkbootstrap.Progressbar
Radiobutton: Any = ttkbootstrap.Radiobutton
Scrollbar: Any = ttkbootstrap.Scrollbar
Separator: Any = ttkbootstrap.Separator
Treeview: Any = ttkbootstrap.Treeview

__all__ = [
    "Button",
    "Checkbutton",
    "Choice",
    "Combobox",
    "Entry",
    "Field",
    "Frame",
    "Label",
    "Progressbar",
    "Radiobutton",
    "Scrollbar",
    "SecretField",
    "Separator",
    "Tabs",
    "TextArea",
    "Treeview",
    "on_enter",
    "say",
    "shortened",
    "show_if",
    "show_while_needed",
    "stack",
]

_CONTROL_MASK = 0x4
_BREAKS = re.compile(r"\s*[\t\n\v\f\r\x1c-\x1f\x85\u2028\u2029]+\s*")
_SIGN = {"Bad": "✕ ", "Good": "✓ ", "Warn": "⚠ ", "Quiet": ""}


def say(label: Any, kind: str, text: str, *, suffix: str = "") -> None:
    """Set a label's text in the colour of ``kind`` and with its sign, so that colour is not the only cue."""
    label.configure(text=f"{_SIGN[kind]}{text}" if text else "", style=f"{kind}{suffix}.TLabel")


def show_if(condition: object, widget: Any, **grid_options: Any) -> None:
    """Show a widget, or hide it so that it keeps its place. ``grid_options``: the place of one that has none yet."""
    if condition:
        widget.grid(**grid_options)
    else:
        widget.grid_remove()


def show_while_needed(bar: Any, *, row: int, column: int) -> Callable[[Any, Any], None]:
    """A ``yscrollcommand`` that shows the scroll bar only while not everything fits."""

    def scrolled(first: Any, last: Any) -> None:
        bar.set(first, last)
        show_if(float(first) > 0 or float(last) < 1, bar, row=row, column=column, sticky="ns")

    return scrolled


def stack(widgets: Iterable[tuple[Any, int]], *, first_row: int = 0) -> None:
    """Place widgets below one another in their parent, each with the space above it, and in the order of Tab."""
    for row, (widget, above_px) in enumerate(widgets, first_row):
        widget.grid(row=row, column=0, sticky="ew", pady=(above_px, 0))
        widget.lift()  # Tab follows the stacking order


def shortened(text: str, room_px: int, measure: Callable[[str], int]) -> str:
    """The text, cut to ``room_px`` with "…" if necessary."""
    if measure(text) <= room_px:
        return text
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        if measure(f"{text[:middle].rstrip()}…") <= room_px:
            low = middle
        else:
            high = middle - 1
    return f"{text[:low].rstrip()}…"


def on_enter(widget: Any, act: Callable[[], object]) -> None:
    """Bind Enter without Ctrl: <Return> alone would also match Ctrl+Enter, which is a command of the window."""

    def handle(event: Any) -> str | None:
        if event.state & _CONTROL_MASK:
            return None
        act()
        return "break"

    widget.bind("<Return>", handle)
    widget.bind("<KP_Enter>", handle)


_WIDE = {0xFF10 + digit: str(digit) for digit in range(10)} | {0xFF0C: ",", 0xFF0E: ".", 0x2212: "-"}
"""Digits as East Asian programs write them, and the signs of numbers."""
_NO_NUMBER = re.compile(r"[^\W\dxX]")
"""A letter; "x" stands in "7891000315507 x12"."""


def one_line(text: str, *, is_secret: bool = False) -> str:
    """Pasted text without line breaks and control characters; a number with plain digits and signs.

    A copied spreadsheet cell ends with a line break. A name keeps its own digits and dashes, or a search would miss it.
    """
    if is_secret:
        return re.sub(r"[\r\n]+", "", text)
    if _BREAKS.search(text):
        text = _BREAKS.sub(" ", text.strip())
    text = "".join(c for c in text if unicodedata.category(c) not in {"Cc", "Cf"})
    return text if _NO_NUMBER.search(text.replace("R$", "")) else text.translate(_WIDE)


def Entry(parent: Any, **options: Any) -> Any:  # noqa: N802  # used like the class that it wraps
    """A single-line entry that cleans pasted text (``one_line``)."""
    entry = ttkbootstrap.Entry(parent, **options)
    is_secret = bool(options.get("show"))

    def paste(event: Any, selection: str) -> str:
        if (
            not (text := _find_selection(entry, selection))
            or entry.instate(["readonly"])
            or entry.instate(["disabled"])
        ):
            return "break"
        if selection == "PRIMARY":
            entry.icursor(f"@{event.x}")
        elif entry.selection_present():
            entry.delete("sel.first", "sel.last")
        entry.insert("insert", one_line(text, is_secret=is_secret))
        entry.xview("insert")
        return "break"

    entry.bind("<<Paste>>", lambda event: paste(event, "CLIPBOARD"))
    entry.bind("<<PasteSelection>>", lambda event: paste(event, "PRIMARY"))
    return entry


def _find_selection(widget: Any, selection: str) -> str:
    try:
        return str(widget.selection_get(selection=selection))
    except tk.TclError:  # no selection, or it is no text
        return ""


class Choice:
    """A label, and below it a combobox to choose one of the texts of ``offer``; ``chosen`` is called when one is."""

    def __init__(self, parent: Any, label: str, *, width: int = 20, chosen: Callable[[], None] = lambda: None) -> None:
        self.frame = Frame(parent)
        self.frame.columnconfigure(0, weight=1)
        self._variable = tk.StringVar(master=parent)
        self.box = Combobox(self.frame, textvariable=self._variable, state="readonly", width=width)
        Label(self.frame, text=label).grid(row=0, column=0, sticky="w")
        self.box.grid(row=1, column=0, sticky="ew", pady=(2, 0))
        self.box.bind("<<ComboboxSelected>>", lambda _: self._was_chosen(chosen))

    @property
    def text(self) -> str:
        return self._variable.get()

    @text.setter
    def text(self, value: str) -> None:
        self._variable.set(value)

    def offer(self, texts: Iterable[str]) -> None:
        self.box.configure(values=[*texts])

    def _was_chosen(self, chosen: Callable[[], None]) -> None:
        self.box.selection_clear()  # or the text would look like a selected row
        chosen()


class Tabs:
    """Buttons side by side, one of which is pressed. ``chosen`` is called with its key when a person presses one."""

    def __init__(self, parent: Any, labels: Mapping[str, str], *, chosen: Callable[[str], None]) -> None:
        """``labels``: by key; the first is pressed at the beginning."""
        self.frame = Frame(parent)
        self._key = tk.StringVar(master=parent, value=next(iter(labels)))
        for column, (key, label) in enumerate(labels.items()):
            Radiobutton(
                self.frame,
                text=label,
                value=key,
                variable=self._key,
                style="Mode.Toolbutton",
                command=lambda: chosen(self.key),
            ).grid(row=0, column=column, padx=(8 * column, 0))

    @property
    def key(self) -> str:
        return self._key.get()

    @key.setter
    def key(self, value: str) -> None:
        self._key.set(value)


class TextArea:
    """Several lines of text; read-only if ``is_closed``. Tab moves the focus, Enter inserts a line break."""

    def __init__(self, parent: Any, theme: Theme, label: str = "", *, height: int, is_closed: bool = False) -> None:
        self.frame = Frame(parent)
        name = Label(self.frame, text=label)
        self.note = Label(self.frame, style="Quiet.TLabel")
        if label:
            name.grid(row=0, column=0, sticky="w")
            self.note.grid(row=0, column=1, columnspan=2, sticky="e")
        self.changed: Callable[[], None] = lambda: None
        self._theme = theme
        self._is_closed = is_closed
        self.widget: Any = tk.Text(
            self.frame, height=height, width=20, wrap="word", undo=not is_closed, autoseparators=True, relief="flat",
            borderwidth=0, highlightthickness=2, font="TkTextFont", padx=6, pady=4,
        )  # fmt: skip
        bar = Scrollbar(self.frame, orient="vertical", bootstyle="secondary", command=self.widget.yview)
        self.widget["yscrollcommand"] = show_while_needed(bar, row=1, column=2)
        self.widget.grid(row=1, column=0, columnspan=2, sticky="nsew", pady=(2 if label else 0, 0))
        self.frame.columnconfigure(0, weight=1)
        self.frame.rowconfigure(1, weight=1)
        self.widget.bind("<Tab>", lambda _: self._leave(self.widget.tk_focusNext()))
        for key in ("<Shift-Tab>", "<ISO_Left_Tab>"):
            with suppress(tk.TclError):  # the second is X11's name for it
                self.widget.bind(key, lambda _: self._leave(self.widget.tk_focusPrev()))
        self.widget.bind("<Control-a>", lambda _: self._select_all())
        self.widget.bind("<<Modified>>", lambda _: self._tell_change())
        if is_closed:
            self.widget.configure(state="disabled", cursor="")
            self.widget.bind("<Up>", lambda _: self.widget.yview_scroll(-1, "units"))
            self.widget.bind("<Down>", lambda _: self.widget.yview_scroll(1, "units"))
        theme.on_change(self._restyle)
        self._restyle()

    @property
    def text(self) -> str:
        return str(self.widget.get("1.0", "end-1c"))

    @text.setter
    def text(self, value: str) -> None:
        self.widget.configure(state="normal")
        self.widget.delete("1.0", "end")
        self.widget.insert("1.0", value)
        self.widget.edit_reset()
        if self._is_closed:
            self.widget.configure(state="disabled")

    def show_error(self, *, is_wrong: bool) -> None:
        tokens = self._theme.tokens
        self.widget.configure(highlightbackground=tokens.danger if is_wrong else tokens.border)

    def focus(self) -> None:
        self.widget.focus_set()

    def _select_all(self) -> str:
        self.widget.tag_add("sel", "1.0", "end-1c")
        return "break"

    def _leave(self, to: Any) -> str:
        if to is not None:
            to.focus_set()
        return "break"

    def _tell_change(self) -> None:
        if self.widget.edit_modified():
            self.widget.edit_modified(False)
            self.changed()

    def _restyle(self) -> None:
        t = self._theme.tokens
        self.widget.configure(
            background=t.field, foreground=t.text, insertbackground=t.text, selectbackground=t.selection,
            selectforeground=t.on_selection, highlightthickness=2,
            highlightbackground=t.border, highlightcolor=t.focus,
        )  # fmt: skip


class Field:
    """A label, an entry and, below it, a note: a hint or an error message."""

    def __init__(self, parent: Any, label: str, *, secret: bool = False, hint: str = "") -> None:
        self.frame = Frame(parent)
        self.variable = tk.StringVar(master=parent)
        self._hint = hint
        self.label = Label(self.frame, text=label)
        self.entry = Entry(self.frame, textvariable=self.variable, show="•" if secret else "")
        self.note = Label(self.frame, text=hint, style="Quiet.TLabel", justify="left")
        self.label.grid(row=0, column=0, columnspan=2, sticky="w")
        self.entry.grid(row=1, column=0, sticky="ew", pady=(2, 0))
        self.frame.columnconfigure(0, weight=1)
        self.frame.bind("<Configure>", self._wrap)
        self._show_note(hint)

    @property
    def text(self) -> str:
        return self.variable.get()

    @text.setter
    def text(self, value: str) -> None:
        self.variable.set(value)

    def show_error(self, message: str | None) -> None:
        """Mark the field as invalid and show the message; None clears both."""
        self.entry.state(["invalid" if message else "!invalid"])
        say(self.note, "Bad" if message else "Quiet", message or self._hint)
        self._show_note(message or self._hint)

    def show_state(self, kind: str, text: str) -> None:
        """Show a note about what is typed so far, without marking the field as invalid."""
        self.entry.state(["!invalid"])
        say(self.note, kind, text)
        self._show_note(text)

    def show_question(self, text: str) -> None:
        """Ask to confirm an unusual value; the field is not marked as invalid."""
        say(self.note, "Warn", text)
        self._show_note(text)

    def focus(self, *, select: bool = False) -> None:
        self.entry.focus_set()
        if select:
            self.entry.selection_range(0, "end")
        self.entry.icursor("end")

    def _show_note(self, text: str) -> None:
        show_if(text, self.note, row=2, column=0, columnspan=2, sticky="w")

    def _wrap(self, event: Any) -> None:
        self.note.configure(wraplength=max(80, event.width))


_LOCK_MASK = 0x2


class SecretField(Field):
    """A password field with a button to show it and a warning when Caps Lock is on.

    The button also shows and hides the fields in ``shown_with``. Tab goes to the first of them past the button, which
    Enter would press, and Shift+Tab comes back to it.
    """

    def __init__(self, parent: Any, label: str, *, shown_with: tuple[Field, ...] = ()) -> None:
        super().__init__(parent, label, secret=True)
        self._together = (self, *shown_with)
        self._eye = Button(self.frame, text="Mostrar", style="Flat.TButton", command=self._toggle, width=8)
        self._eye.grid(row=1, column=1, padx=(4, 0))
        self.entry.bind("<Tab>", self._pass_button)
        self._caps = Label(self.frame, style="Warn.TLabel", text="⇪ Caps Lock está ligado")
        self.entry.bind("<KeyPress>", self._watch_caps, add="+")
        self.entry.bind("<FocusOut>", lambda _: self._caps.grid_remove(), add="+")

    def _toggle(self) -> None:
        is_hidden = bool(self.entry.cget("show"))
        for field in self._together:
            field.entry.configure(show="" if is_hidden else "•")
        self._eye.configure(text="Ocultar" if is_hidden else "Mostrar")

    def _pass_button(self, event: Any) -> str | None:
        _, *others = self._together
        following = next((field for field in others if field.frame.winfo_viewable()), None)
        if following is None:
            return None
        following.focus(select=True)
        return "break"

    def _watch_caps(self, event: Any) -> None:
        # The event's state is from before this key, which may be Caps Lock itself.
        is_on = bool(event.state & _LOCK_MASK) != (event.keysym == "Caps_Lock")
        show_if(is_on, self._caps, row=3, column=0, columnspan=2, sticky="w")

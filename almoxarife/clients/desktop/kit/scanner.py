"""A barcode scanner is a keyboard that types too fast for a person and ends with Enter.

Whatever field has the focus, the digits fall into it; when they turn out to be a barcode
they are taken out again, and the barcode goes to where it is wanted.
"""

import tkinter as tk
from collections.abc import Callable
from typing import Any

from almoxarife.wire.codes.gtin import is_gtin

FASTEST_HAND_MS = 30.0
"""A person needs more from key to key, on the mean."""
_TAG = "AlmoxarifeLeitor"
_LONGEST_GAP_MS = 100
_ENDS = {"Return", "KP_Enter"}


class KeyRun:
    """The digits of one breath; ``first_at_ms`` and the rest by the clock of the keyboard's events."""

    def __init__(self) -> None:
        self._digits = ""
        self._first_ms = self._last_ms = 0

    @property
    def has_begun(self) -> bool:
        """Its first digit has just been typed."""
        return len(self._digits) == 1

    def type(self, character: str, at_ms: int) -> None:
        """ "" for a key that writes nothing, like Shift: it neither adds nor ends."""
        if not character:
            return
        is_digit = character.isascii() and character.isdigit()
        if not is_digit or at_ms - self._last_ms > _LONGEST_GAP_MS:
            self._digits = ""
        if is_digit:
            self._first_ms = self._first_ms if self._digits else at_ms
            self._digits += character
        self._last_ms = at_ms

    def end(self, at_ms: int) -> str | None:
        """The barcode that Enter closes, if it is one; a new run begins."""
        digits, self._digits = self._digits, ""
        if not is_gtin(digits):
            return None
        return digits if (at_ms - self._first_ms) / len(digits) < FASTEST_HAND_MS else None


class Scanner:
    """Listens before any field does. ``scanned`` hears the barcode while ``is_listening``."""

    def __init__(self, root: tk.Misc, *, is_listening: Callable[[], bool], scanned: Callable[[str], None]) -> None:
        self._root = root
        self._is_listening = is_listening
        self._scanned = scanned
        self._run = KeyRun()
        self._put_back: Callable[[], None] = lambda: None
        root.bind_class(_TAG, "<Key>", self._typed)
        root.bind_all("<FocusIn>", self._come_first, add="+")

    def _come_first(self, event: "tk.Event[tk.Misc]") -> None:
        """The tag goes before a widget's own: those end the handling of Enter."""
        widget: Any = event.widget  # Tk's own inner widgets come as mere names.
        if not isinstance(widget, str) and _TAG not in widget.bindtags():
            widget.bindtags((_TAG, *widget.bindtags()))

    def _typed(self, event: "tk.Event[tk.Misc]") -> str | None:
        if not self._is_listening():
            return None
        if event.keysym not in _ENDS:
            self._run.type(event.char, event.time)
            if event.char and self._run.has_begun:
                self._put_back = _remember(event.widget)
            return None
        barcode = self._run.end(event.time)
        if barcode is None:
            return None
        self._put_back()
        self._scanned(barcode)
        return "break"


def _remember(widget: Any) -> Callable[[], None]:
    """How to bring the field back to what it holds now, before the first digit falls into it."""
    if widget.winfo_class() not in {"TEntry", "TCombobox"}:
        return lambda: None
    text, cursor = widget.get(), widget.index("insert")

    def put_back() -> None:
        if str(widget.cget("state")) == "readonly":
            widget.set(text)
            return
        widget.delete(0, "end")
        widget.insert(0, text)
        widget.icursor(cursor)

    return put_back

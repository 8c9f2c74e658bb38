"""Recognises the input of a barcode scanner, which is a keyboard that types fast and ends with Enter or Tab.

The digits go into whatever field has the focus. If they turn out to be a barcode, typed faster than a
person can, the field gets its former text back and the barcode goes to a callback. Wireless scanners
may be as slow as a person, so forms also check their fields for barcodes (``find_gtin``, ``split_scan``).
"""

import re
import tkinter as tk
from collections.abc import Callable
from typing import Any

from almoxarife.wire.codes.scanned import find_gtin, is_code_long

FASTEST_HAND_MS = 30.0
"""Mean time between keys: a person needs more."""
SLOWEST_SCANNER_MS = 200.0
"""Outside of fields, where typing has no effect, a barcode is a scan at up to this mean time between keys."""
_TAG = "AlmoxarifeLeitor"
_MAX_GAP_MS, _MAX_GAP_OUTSIDE_MS = 100, 500
_FIELDS = {"TEntry", "TCombobox", "TSpinbox", "Text", "Entry"}
_ENDS = {"Return", "KP_Enter", "Tab", "Linefeed"}
_SECOND_END_MS, _SECOND_END_GAPS = 40, 2.5
"""Some scanners send CR and LF: a second Enter within this time, or so many times the usual gap, is ignored."""

_BEFORE = r"(?:[\[\]][A-Za-z]|[^\w\s\]\x00-\x1f])?"
_OF_A_SCANNER = re.compile(rf"\]|{_BEFORE}[0-9]{{0,40}}|{_BEFORE}[0-9]{{8,40}}[^0-9]{{1,4}}")
"""Input that may be the beginning of a scan; anything else was typed by a person and starts a new run."""


class KeyRun:
    """A run of keys without a long gap between them. Times are those of the keyboard events."""

    def __init__(self) -> None:
        self._line = ""
        self._first_ms = self._last_ms = 0
        self.gap_ms = 0.0
        """Mean time between the keys of the run that ended last."""

    @property
    def has_begun(self) -> bool:
        """Whether the first key of a run has just been typed."""
        return len(self._line) == 1

    def type(self, character: str, at_ms: int, *, is_field: bool = True) -> None:
        """``character`` is "" for keys like Shift, which are ignored. ``is_field``: typing has an effect there."""
        if not character:
            return
        gap = _MAX_GAP_MS if is_field else _MAX_GAP_OUTSIDE_MS
        line = character if at_ms - self._last_ms > gap else self._line + character
        if not _OF_A_SCANNER.fullmatch(line):
            line = character if _OF_A_SCANNER.fullmatch(character) else ""
        if len(line) == 1:
            self._first_ms = at_ms
        self._line = line
        self._last_ms = at_ms

    def end(self, at_ms: int, *, is_field: bool = True) -> str | None:
        """Enter was pressed: return the barcode if the run was a scan, else None. A new run begins.

        Returns "" for a scan that lost a digit, outside of fields: nobody types so many digits there.
        """
        line, self._line = self._line, ""
        barcode = find_gtin(line)
        if barcode is None and not is_field and is_code_long("".join(filter(str.isdigit, line))):
            barcode = ""
        if barcode is None:
            return None
        self.gap_ms = (at_ms - self._first_ms) / len(line)
        return barcode if self.gap_ms < (FASTEST_HAND_MS if is_field else SLOWEST_SCANNER_MS) else None


class Scanner:
    """Sees every key before the widget with the focus does, and calls ``scanned`` with each barcode.

    While ``is_wanted()`` is false, the digits stay in the field, but the Enter is swallowed, so that it submits
    nothing and presses no button. ``ignored`` is then called with a barcode scanned outside of all fields, or
    with "" if it was incomplete. Nothing is examined while ``is_listening()`` is false.
    """

    def __init__(
        self,
        root: tk.Misc,
        *,
        is_listening: Callable[[], bool],
        scanned: Callable[[str], None],
        is_wanted: Callable[[], bool],
        ignored: Callable[[str], None],
    ) -> None:
        self._root = root
        self._is_listening = is_listening
        self._is_wanted = is_wanted
        self._scanned = scanned
        self._ignored = ignored
        self._run = KeyRun()
        self._put_back: Callable[[], None] = lambda: None
        self._scanned_at_ms = -_SECOND_END_MS
        self._second_end_ms: float = _SECOND_END_MS
        root.bind_class(_TAG, "<Key>", self._typed)
        root.bind_all("<FocusIn>", self._come_first, add="+")

    def _come_first(self, event: "tk.Event[tk.Misc]") -> None:
        """Put our bind tag before the widget's own, whose handlers of Enter return "break"."""
        if isinstance(event.widget, str) and ".popdown." not in event.widget:
            return  # a widget of Tk's own file dialog, which tkinter knows only by name
        widget = str(event.widget)
        tags = self._root.tk.splitlist(self._root.tk.call("bindtags", widget))
        if _TAG not in tags:
            self._root.tk.call("bindtags", widget, (_TAG, *tags))

    def _typed(self, event: "tk.Event[tk.Misc]") -> str | None:
        if not self._is_listening():
            return None
        is_field = _is_field(event.widget)
        if event.keysym not in _ENDS:
            self._run.type(event.char, event.time, is_field=is_field)
            if event.char and self._run.has_begun:
                self._put_back = self._remember(event.widget)
            return None
        barcode = self._run.end(event.time, is_field=is_field)
        if barcode is None:
            return "break" if 0 <= event.time - self._scanned_at_ms < self._second_end_ms else None
        self._scanned_at_ms = event.time
        self._second_end_ms = max(_SECOND_END_MS, _SECOND_END_GAPS * self._run.gap_ms)
        if barcode and self._is_wanted():
            self._put_back()
            self._scanned(barcode)
        elif not is_field:
            self._ignored(barcode)
        return "break"

    def _remember(self, widget: Any) -> Callable[[], None]:
        """Return a function that restores the widget to its state before the first digit."""
        if isinstance(widget, str):
            box = widget.partition(".popdown.")[0]
            return lambda: self._root.tk.call("ttk::combobox::Unpost", box)
        return _remember_text(widget)


def _is_field(widget: Any) -> bool:
    if isinstance(widget, str):  # the list of an open combobox, which tkinter knows only by name
        return False
    return widget.winfo_class() in _FIELDS and str(widget.cget("state")) != "readonly"


def _remember_text(widget: Any) -> Callable[[], None]:
    """Return a function that restores the field's text and cursor. Called before the first digit is inserted."""
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

"""A barcode scanner is a keyboard that types too fast for a person and ends with Enter or Tab.

Whatever field has the focus, the digits fall into it; when they turn out to be a barcode
they are taken out again, and the barcode goes to where it is wanted. Wireless ones type as
slowly as a hand: the fields themselves ask ``find_gtin`` what they have got.
"""

import re
import tkinter as tk
from collections.abc import Callable
from typing import Any

from almoxarife.wire.codes.scanned import find_gtin, is_code_long

FASTEST_HAND_MS = 30.0
"""A person needs more from key to key, on the mean."""
SLOWEST_SCANNER_MS = 200.0
"""Where typing writes nothing, a barcode with its Enter is a scan at any speed, and no key that presses a button."""
_TAG = "AlmoxarifeLeitor"
_LONGEST_GAP_MS, _LONGEST_GAP_OUTSIDE_MS = 100, 500
_FIELDS = {"TEntry", "TCombobox", "TSpinbox", "Text", "Entry"}
_ENDS = {"Return", "KP_Enter", "Tab", "Linefeed"}
_SECOND_END_MS, _SECOND_END_GAPS = 40, 2.5
"""Some end with two keys, CR and LF, the second as soon as each before it; no hand is so fast."""

_BEFORE = r"(?:[\[\]][A-Za-z]|[^\w\s\]\x00-\x1f])?"
_OF_A_SCANNER = re.compile(rf"\]|{_BEFORE}[0-9]{{0,40}}|{_BEFORE}[0-9]{{8,40}}[^0-9]{{1,4}}")
"""What may have been typed by one so far. Words that a person has typed just before are none of it."""


class KeyRun:
    """What is typed in one breath; ``first_at_ms`` and the rest by the clock of the keyboard's events."""

    def __init__(self) -> None:
        self._line = ""
        self._first_ms = self._last_ms = 0
        self.gap_ms = 0.0
        """From key to key, of what ended last."""

    @property
    def has_begun(self) -> bool:
        """Its first sign has just been typed."""
        return len(self._line) == 1

    def type(self, character: str, at_ms: int, *, is_field: bool = True) -> None:
        """ "" for a key that writes nothing, like Shift: it neither adds nor ends.

        ``is_field``: typing writes something there.
        """
        if not character:
            return
        gap = _LONGEST_GAP_MS if is_field else _LONGEST_GAP_OUTSIDE_MS
        line = character if at_ms - self._last_ms > gap else self._line + character
        if not _OF_A_SCANNER.fullmatch(line):
            line = character if _OF_A_SCANNER.fullmatch(character) else ""
        if len(line) == 1:
            self._first_ms = at_ms
        self._line = line
        self._last_ms = at_ms

    def end(self, at_ms: int, *, is_field: bool = True) -> str | None:
        """The barcode that Enter closes, if it is one; a new run begins.

        "" for what has lost a digit on the way, where typing writes nothing: so many are no hand's either.
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
    """Listens before any field does. ``scanned`` hears the barcode while ``is_listening`` and it ``is_wanted``.

    Where it is not, it stays in its field, but its Enter sends nothing off and presses no button: ``ignored`` hears
    of one that was read outside of all fields, "" of one that was not read whole.
    """

    def __init__(
        self,
        root: tk.Misc,
        *,
        is_listening: Callable[[], bool],
        scanned: Callable[[str], None],
        is_wanted: Callable[[], bool] = lambda: True,
        ignored: Callable[[str], None] = lambda _: None,
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
        """The tag goes before a widget's own: those end the handling of Enter."""
        if isinstance(event.widget, str) and ".popdown." not in event.widget:
            return  # A field of the dialog that asks for a file: Tk has made it, it comes as a mere name.
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
        """How to bring back what was there before the first digit."""
        if isinstance(widget, str):
            box = widget.partition(".popdown.")[0]
            return lambda: self._root.tk.call("ttk::combobox::Unpost", box)
        return _remember_text(widget)


def _is_field(widget: Any) -> bool:
    if isinstance(widget, str):  # The list of an open combobox, which Tk has made: it comes as a mere name.
        return False
    return widget.winfo_class() in _FIELDS and str(widget.cget("state")) != "readonly"


def _remember_text(widget: Any) -> Callable[[], None]:
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

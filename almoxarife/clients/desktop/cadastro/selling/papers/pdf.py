"""Writes slips for 80 mm printers as PDF: receipts and closing slips.

They are no fiscal documents, and each says so.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from io import BytesIO
from pathlib import Path
from typing import Any

from almoxarife.files import disk_reason, write_atomically

NOT_FISCAL = "NÃO É DOCUMENTO FISCAL"
_WIDTH_PT = 80 * 72 / 25.4
_MARGIN_PT = 12
_GAP_PT = 6
_DIGITS_PER_EM = 1.7
"""How many hexadecimal digits fit into a width equal to the font size."""
_MAX_PAGE_PT = 14_000
"""PDF readers limit the length of a page to 14,400 points."""
_DASHES = str.maketrans({"−": "-", "\u2010": "-", "\u2011": "-"})
"""Replacements for characters that the standard PDF fonts lack."""


class Style(Enum):
    """(font, font size, line height), sizes in points."""

    TITLE = ("Helvetica-Bold", 11, 14)
    TOTAL = ("Helvetica-Bold", 13, 18)
    STRONG = ("Helvetica-Bold", 8, 11)
    PLAIN = ("Helvetica", 8, 11)


@dataclass(frozen=True)
class SlipLine:
    """One entry of a slip: ``left`` is wrapped; ``right`` is at the end of its first line."""

    left: str
    right: str = ""
    style: Style = Style.PLAIN
    is_centred: bool = False
    follows_rule: bool = False
    """A line is drawn above it."""


class NotPrinted(Exception):
    """The file was not written. The message says what to do."""


def write_pdf(file: Path, title: str, entries: Sequence[SlipLine]) -> None:
    """Write the file atomically. Raises NotPrinted."""
    try:
        write_atomically(file, make_pdf(title, entries))
    except PermissionError as error:
        raise NotPrinted(f"Não foi possível gravar {file.name}. Se outro programa o tem aberto, feche-o.") from error
    except OSError as error:
        raise NotPrinted(f"Não foi possível gravar {file.name} ({disk_reason(error)}).") from error


def make_pdf(title: str, entries: Sequence[SlipLine]) -> bytes:
    """Return the PDF. Pages are as long as their contents."""
    from reportlab.pdfgen.canvas import Canvas  # type: ignore[import-untyped]  # slow to import, and seldom needed

    buffer = BytesIO()
    canvas = Canvas(buffer)
    canvas.setTitle(title)
    canvas.setCreator("Almoxarife")
    for page in _pages([_Laid(entry) for entry in entries]):
        height = 2 * _MARGIN_PT + sum(laid.height for laid in page)
        canvas.setPageSize((_WIDTH_PT, height))
        top = height - _MARGIN_PT
        for laid in page:
            laid.draw(canvas, top)
            top -= laid.height
        canvas.showPage()
    canvas.save()
    return buffer.getvalue()


class _Laid:
    """An entry that has been wrapped into lines."""

    def __init__(self, entry: SlipLine) -> None:
        from reportlab.lib.utils import simpleSplit  # type: ignore[import-untyped]
        from reportlab.pdfbase.pdfmetrics import stringWidth  # type: ignore[import-untyped]

        self._entry = entry
        self._font, self._size, self._leading = entry.style.value
        self._right = _printable(entry.right)
        taken = stringWidth(self._right, self._font, self._size) + _GAP_PT if self._right else 0
        room = _WIDTH_PT - 2 * _MARGIN_PT - taken
        words = _with_short_words(_printable(entry.left), round(room / self._size * _DIGITS_PER_EM))
        self._lines: list[str] = simpleSplit(words, self._font, self._size, room) or [""]

    @property
    def height(self) -> float:
        return float(len(self._lines) * self._leading + (_GAP_PT * 2 if self._entry.follows_rule else 0))

    def draw(self, canvas: Any, top: float) -> None:
        if self._entry.follows_rule:
            canvas.setLineWidth(0.5)
            canvas.line(_MARGIN_PT, top - _GAP_PT, _WIDTH_PT - _MARGIN_PT, top - _GAP_PT)
            top -= _GAP_PT * 2
        canvas.setFont(self._font, self._size)
        for number, line in enumerate(self._lines, start=1):
            base = top - number * self._leading + (self._leading - self._size)
            if self._entry.is_centred:
                canvas.drawCentredString(_WIDTH_PT / 2, base, line)
            else:
                canvas.drawString(_MARGIN_PT, base, line)
            if number == 1 and self._right:
                canvas.drawRightString(_WIDTH_PT - _MARGIN_PT, base, self._right)


def _pages(entries: Sequence[_Laid]) -> list[list[_Laid]]:
    pages: list[list[_Laid]] = [[]]
    used = 0.0
    for entry in entries:
        if pages[-1] and used + entry.height > _MAX_PAGE_PT - 2 * _MARGIN_PT:
            pages.append([])
            used = 0.0
        pages[-1].append(entry)
        used += entry.height
    return pages


def _with_short_words(text: str, max_length: int) -> str:
    """Split words that are longer than a line, such as a hash."""
    return re.sub(rf"(\S{{{max_length}}})(?=\S)", r"\1 ", text)


def _printable(text: str) -> str:
    """Replace characters that the standard fonts lack by a question mark; they would be black squares."""
    return text.translate(_DASHES).encode("cp1252", "replace").decode("cp1252")

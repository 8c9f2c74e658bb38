"""A slip of 80 mm, as the printers at tills take it, written as PDF: receipts and the closing of a day.

None of it is a fiscal document, and each says so.
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
_NARROW = 1.7
"""Characters on the breadth of the size of a font, where they are hexadecimal digits."""
_LONGEST_PT = 14_000
"""A page may not be longer."""
_DASHES = str.maketrans({"−": "-", "\u2010": "-", "\u2011": "-"})
"""What the fonts that every reader has do not know, and what stands for it."""


class Style(Enum):
    """Font, its size, and the distance of lines, in points."""

    TITLE = ("Helvetica-Bold", 11, 14)
    TOTAL = ("Helvetica-Bold", 13, 18)
    STRONG = ("Helvetica-Bold", 8, 11)
    PLAIN = ("Helvetica", 8, 11)


@dataclass(frozen=True)
class SlipLine:
    """One entry of a slip: ``left``, broken where it is too long, and ``right`` at the end of its first line."""

    left: str
    right: str = ""
    style: Style = Style.PLAIN
    is_centred: bool = False
    follows_rule: bool = False
    """A line is drawn above it."""


class NotPrinted(Exception):
    """Nothing was written. The sentence says what to do."""


def write_paper(file: Path, title: str, entries: Sequence[SlipLine]) -> None:
    """The file appears whole or not at all. Raises NotPrinted."""
    try:
        write_atomically(file, make_pdf(title, entries))
    except PermissionError as error:
        raise NotPrinted(f"Não foi possível gravar {file.name}. Se outro programa o tem aberto, feche-o.") from error
    except OSError as error:
        raise NotPrinted(f"Não foi possível gravar {file.name} ({disk_reason(error)}).") from error


def make_pdf(title: str, entries: Sequence[SlipLine]) -> bytes:
    """As many pages as it takes; each as long as what is on it."""
    from reportlab.pdfgen.canvas import Canvas  # type: ignore[import-untyped]  # A fifth of a second, and most starts print nothing.

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
    """An entry, broken into lines."""

    def __init__(self, entry: SlipLine) -> None:
        from reportlab.lib.utils import simpleSplit  # type: ignore[import-untyped]
        from reportlab.pdfbase.pdfmetrics import stringWidth  # type: ignore[import-untyped]

        self._entry = entry
        self._font, self._size, self._leading = entry.style.value
        self._right = _printable(entry.right)
        taken = stringWidth(self._right, self._font, self._size) + _GAP_PT if self._right else 0
        room = _WIDTH_PT - 2 * _MARGIN_PT - taken
        words = _with_short_words(_printable(entry.left), round(room / self._size * _NARROW))
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
        if pages[-1] and used + entry.height > _LONGEST_PT - 2 * _MARGIN_PT:
            pages.append([])
            used = 0.0
        pages[-1].append(entry)
        used += entry.height
    return pages


def _with_short_words(text: str, longest: int) -> str:
    """A word that no line has room for, like a hash, goes on in the next one."""
    return re.sub(rf"(\S{{{longest}}})(?=\S)", r"\1 ", text)


def _printable(text: str) -> str:
    """In the characters of the fonts: what they lack becomes a question mark rather than a black square."""
    return text.translate(_DASHES).encode("cp1252", "replace").decode("cp1252")

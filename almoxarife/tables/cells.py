"""The cells and rows of a table. A cell is a text, a number, or ``Unusable``."""

import html
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from decimal import Decimal
from html.entities import name2codepoint
from typing import NamedTuple

from almoxarife.brazil import format_number

MAX_CELL = 32_767
"""Excel's limit of characters in a cell. A longer text is an embedded picture or page, never a product's name."""


@dataclass(frozen=True)
class Unusable:
    """A cell that is not empty but has no usable value: an error, a formula without result, lost letters."""

    shown: str
    reason: str


Cell = str | Decimal | Unusable
"""Text as typed ("" if the cell is empty), or a number of a spreadsheet."""


class TableUnreadable(Exception):
    """The file cannot be read; the message tells the person what to do instead."""


class Cancelled(Exception):
    """The person cancelled the reading."""


@dataclass(frozen=True)
class TableRow:
    line: int
    """The row's number in the spreadsheet program, from 1. A cell of several lines counts as one row."""
    cells: tuple[Cell, ...]
    problem: str = ""
    """Why its cells could not be separated; if set, no cell of the row may be used."""
    is_hidden: bool = False


@dataclass
class RawTable:
    """The rows of a file before its row of headings is found."""

    rows: list[TableRow] = field(default_factory=list)
    widths: dict[int, int] = field(default_factory=dict)
    """The number of cells by line, with empty ones at the end, for text files; empty for workbooks."""
    has_more_columns: bool = False
    """Whether a row has more than ``MAX_COLUMNS`` cells; the others were not read."""
    delimiter: str = ""
    is_swapped: bool = False
    """Whether apostrophes and quotes were exchanged, because the file quotes with apostrophes."""


class MergedCell(NamedTuple):
    """A cell of one column that reaches over several rows: only the first of them has its value."""

    at: int
    first: int
    """The line of its first row, as ``last`` is that of its last one."""
    last: int


@dataclass(frozen=True)
class LeftOut:
    row: TableRow
    reason: str


@dataclass(frozen=True)
class Dialect:
    """How a file is written and must be read. Fields that are None are detected."""

    sheet: str | None = None
    encoding: str | None = None
    delimiter: str | None = None
    has_headings: bool | None = None


@dataclass(frozen=True)
class Table:
    """A file's content. Each row that is not empty is the row of headings, in ``rows``, or in ``left_out``."""

    headings: tuple[str, ...]
    rows: tuple[TableRow, ...]
    left_out: tuple[LeftOut, ...] = ()
    dialect: Dialect = Dialect()
    sheets: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


ERROR = "a célula mostra um erro da planilha. Corrija-o na planilha e salve-a de novo."
CURRENCY = "a planilha mostra o valor em outra moeda. Escreva-o em reais."
NO_RESULT = (
    "a célula tem uma fórmula sem resultado. Abra a planilha no Excel ou no LibreOffice, salve-a e tente de novo."
)
MERGED = (
    "a célula está mesclada com as de cima, e não se sabe de qual linha é o valor. Desfaça a mesclagem na planilha e"
    " escreva-o na sua linha."
)
ASKED_LETTERS = (
    "há “?” no lugar de letras que se perderam quando a planilha foi salva. Salve-a de novo como .xlsx ou CSV UTF-8."
)
LOST_LETTERS = (
    "os acentos não podem ser lidos. Escolha outra codificação, ou corrija-os na planilha e salve-a como .xlsx."
)

_ERRORS = frozenset({
    "#N/D", "#REF!", "#NOME?", "#VALOR!", "#DIV/0!", "#NULO!", "#NÚM!", "#NUM!", "#N/A", "#NAME?", "#VALUE!", "#NULL!",
    "#SPILL!", "#DESPEJAR!", "#CALC!", "#ERROR!", "#ERRO!", "#GETTING_DATA", "#OBTENDO_DADOS", "#FIELD!", "#CAMPO!",
    "#BLOCKED!", "#BLOQUEADO!", "#CONNECT!", "#CONECTAR!", "#UNKNOWN!", "#DESCONHECIDO!", "#BUSY!", "#OCUPADO!",
})  # fmt: skip
_ERROR_NUMBER = re.compile(r"(Err|Erro):\d{3}")
_LOST = re.compile("[\ufffd\x80-\x9f]")
_ASKED = re.compile(r"[^\W\d_]\?+[^\W\d_]")
"""A question mark within a word: a program replaced a letter that its encoding lacks."""
HELD_QUOTE = "\ue000"
"""Stands for a quotation mark that a text has as &quot; until its cells are separated: it is no quote around one."""
_NAMED = {name for name, code in name2codepoint.items() if code <= 0xFF or 0x2010 <= code <= 0x2122} | {"apos"}
"""References as exports of pages have them. Others may be the end of a cell, as in "MAR&LT;9,00" and "Luz&sol;9,00"."""
_KEPT = set(";,|\t\r\n")
"""Signs that may part cells. They stay references of HTML."""
_ASKED_BESIDE = re.compile(r"[^\W\d_]\?|\?[^\W\d_]")
_FORMULA = re.compile(r"=[+-]?(?:\$?[A-Z]{1,3}\$?\d|[A-ZÀ-Ý][A-ZÀ-Ý.0-9_]*\()", re.IGNORECASE)
"""A formula that was saved as text, without its result."""
_ENTITY = re.compile(r"&(?:#\d{1,7}|#x[0-9a-fA-F]{1,6}|[A-Za-z]{2,8}[1-4]{0,2});")
"""A character reference of HTML, such as &eacute;"""


def clean(text: str) -> Cell:
    """Remove outer white space, line breaks and invisible characters. Errors and formulas become ``Unusable``."""
    text = text[:MAX_CELL]
    if "&" in text and ";" in text:
        text = _ENTITY.sub(lambda found: html.unescape(found[0]), text)
    if not (text.isascii() and text.isprintable()):
        if not text.isprintable():  # accents are, so that most texts are not looked at letter by letter
            text = "".join(map(_visible, text))
        text = " ".join(text.split())
        if _LOST.search(text):
            return Unusable(text, LOST_LETTERS)
    text = text.strip()
    if "?" in text and _ASKED.search(text) and "://" not in text:
        return Unusable(text, ASKED_LETTERS)
    if text.startswith(("#", "Err")) and (text.upper() in _ERRORS or _ERROR_NUMBER.fullmatch(text)):
        return Unusable(text, ERROR)
    return text


def unescape_letters(text: str) -> str:
    """Resolve HTML's character references. Call it before the text is split at semicolons: "Caf&eacute;" has one."""
    return _ENTITY.sub(lambda found: _unescape(found[0]), text)


def _unescape(reference: str) -> str:
    if reference[1] != "#" and reference[1:-1] not in _NAMED:
        return reference
    sign = html.unescape(reference)
    if sign == '"':
        return HELD_QUOTE
    return sign if len(sign) == 1 and sign not in _KEPT and (sign.isprintable() or sign == "\u00a0") else reference


def is_formula(text: str) -> bool:
    return text.startswith("=") and _FORMULA.match(text) is not None


def doubt_question_marks(rows: list[TableRow]) -> list[TableRow]:
    """If the file has lost letters within words, mark cells with a "?" at the end of a word as unusable, too."""
    if not any(isinstance(cell, Unusable) and cell.reason == ASKED_LETTERS for row in rows for cell in row.cells):
        return rows
    return [replace(row, cells=tuple(map(_doubt_question_mark, row.cells))) for row in rows]


def _doubt_question_mark(cell: Cell) -> Cell:
    is_lost = isinstance(cell, str) and _ASKED_BESIDE.search(cell) is not None
    return Unusable(str(cell), ASKED_LETTERS) if is_lost else cell


def _visible(character: str) -> str:
    category = unicodedata.category(character)
    if category == "Cf":
        return ""
    return " " if category == "Cc" and not "\x80" <= character <= "\x9f" else character


def trimmed(cells: Iterable[Cell]) -> tuple[Cell, ...]:
    """Drop the empty cells at the end of a row, of which some programs write hundreds."""
    kept = list(cells)
    while kept and kept[-1] == "":
        kept.pop()
    return tuple(kept)


def shown(cell: Cell) -> str:
    """The cell as text, numbers in Brazilian notation."""
    if isinstance(cell, Unusable):
        return cell.shown
    return cell if isinstance(cell, str) else format_number(cell)


def as_text(cell: Cell) -> str:
    """The text of a cell that the spreadsheet kept as a number, such as a barcode or a name of digits."""
    return format(cell.normalize(), "f") if isinstance(cell, Decimal) else shown(cell)

"""Reading a person's spreadsheet, CSV or XLSX, as rows of text and numbers.

The file comes from anywhere: it may be broken, huge, or made to harm. It is read in a
stream, within bounds, and every way it can fail ends in one sentence for the person.
"""

import csv
import warnings
import zipfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

# openpyxl parses with it where it is there; without it a few lines of XML could fill the memory.
import defusedxml  # type: ignore[import-untyped]  # noqa: F401

from almoxarife.brazil import format_number
from almoxarife.files import disk_reason
from almoxarife.wire.catalog import MAX_IMPORT_ROWS

Cell = str | Decimal
"""Text as it was typed, "" where there is none, or a number of a spreadsheet."""

MAX_FILE_BYTES = 64 * 2**20
MAX_UNPACKED_BYTES = 400 * 2**20
MAX_COLUMNS = 100
_HEADING_WITHIN = 10
_EVERY = 200
"""Rows between two looks at the clock of progress."""
_FLOAT_DECIMALS = 6
"""A spreadsheet computes in binary: 19.9 may arrive as 19.900000000000002."""
_DELIMITERS = ";,\t"
_HEAD_TEXT, _HEAD_CHARACTERS = 100_000, 2_000
_FORMULA_STARTS = ("=", "+", "-", "@")


class TableUnreadable(Exception):
    """The sentence says what to do instead."""


class Cancelled(Exception):
    """A person does not want to go on."""


@dataclass(frozen=True)
class TableRow:
    line: int
    """As the spreadsheet program counts, from 1."""
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Table:
    headings: tuple[str, ...]
    rows: tuple[TableRow, ...]


def read_table(file: Path, *, progress: Callable[[float], None] = lambda _: None) -> Table:
    """The first row with two or more cells is taken for the headings, the rest for rows; empty ones are left out.

    ``progress`` hears how far it got, 0 to 1, and may raise Cancelled. Raises TableUnreadable.
    """
    try:
        if file.stat().st_size > MAX_FILE_BYTES:
            raise TableUnreadable(f"O arquivo passa de {MAX_FILE_BYTES // 2**20} MB. Divida-o em partes.")
        lines = _lines_of_xlsx(file, progress) if _is_xlsx(file) else _lines_of_csv(file, progress)
        return _table(lines)
    except OSError as error:
        raise TableUnreadable(f"Não foi possível abrir {file.name} ({disk_reason(error)}).") from error


def _table(lines: Iterable[TableRow]) -> Table:
    waiting: list[TableRow] = []
    headings: TableRow | None = None
    rows: list[TableRow] = []
    for row in lines:
        if headings is None:
            waiting.append(row)
            if sum(cell != "" for cell in row.cells) > 1 or len(waiting) == _HEADING_WITHIN:
                headings, rows = _split(waiting)
        else:
            rows.append(row)
        if len(rows) > MAX_IMPORT_ROWS:
            most = format_number(MAX_IMPORT_ROWS)
            raise TableUnreadable(f"A planilha tem mais de {most} linhas. Divida-a em partes.")
    if headings is None and waiting:
        headings, rows = _split(waiting)
    if headings is None or not rows:
        raise TableUnreadable("A planilha está vazia: a primeira linha deve ter os títulos, e as outras, os produtos.")
    return Table(tuple(_as_text(cell) for cell in headings.cells), tuple(rows))


def _split(rows: list[TableRow]) -> tuple[TableRow, list[TableRow]]:
    """A title above the headings is passed over; in a list of one column the first row is the heading."""
    at = next((number for number, row in enumerate(rows) if sum(cell != "" for cell in row.cells) > 1), 0)
    return rows[at], rows[at + 1 :]


def _trimmed(values: Iterable[Cell]) -> tuple[Cell, ...]:
    """Without the empty cells at the end: many a program writes hundreds."""
    cells = list(values)
    while cells and cells[-1] == "":
        cells.pop()
    return tuple(cells)


def _as_text(cell: Cell) -> str:
    return cell if isinstance(cell, str) else format(cell.normalize(), "f")


# --- XLSX ---------------------------------------------------------------------------


def _is_xlsx(file: Path) -> bool:
    with file.open("rb") as opened:
        start = opened.read(8)
    if start.startswith(b"\xd0\xcf\x11\xe0"):
        raise TableUnreadable("É uma planilha antiga (.xls) ou com senha. Salve-a como .xlsx, sem senha.")
    if start.startswith(b"%PDF"):
        raise TableUnreadable("É um PDF. Abra a planilha de origem e salve-a como .xlsx ou .csv.")
    return start.startswith(b"PK")


def _lines_of_xlsx(file: Path, progress: Callable[[float], None]) -> Iterator[TableRow]:
    try:
        with zipfile.ZipFile(file) as archive:
            names = set(archive.namelist())
            unpacked = sum(item.file_size for item in archive.infolist())
    except (zipfile.BadZipFile, NotImplementedError) as error:
        raise TableUnreadable(_NOT_A_TABLE) from error
    if "xl/workbook.xml" not in names:
        raise TableUnreadable(_NOT_A_TABLE)
    if unpacked > MAX_UNPACKED_BYTES:
        raise TableUnreadable("A planilha é grande demais. Deixe só a lista de produtos e tente de novo.")
    return _lines_of_workbook(file, progress)


_NOT_A_TABLE = "O arquivo não é uma planilha que se possa ler. Salve-o de novo como .xlsx ou .csv."


def _lines_of_workbook(file: Path, progress: Callable[[float], None]) -> Iterator[TableRow]:
    import openpyxl  # It takes a third of a second, and most days nobody imports anything.

    with warnings.catch_warnings():
        # "Data validation extension is not supported" and its like: nothing that a row of products needs.
        warnings.simplefilter("ignore")
        try:
            # Closed at the end, or Windows would keep the person from deleting the file.
            with closing(openpyxl.load_workbook(file, read_only=True, data_only=True, keep_links=False)) as book:
                yield from _lines_of_sheet(book, progress)
        except (Cancelled, TableUnreadable, GeneratorExit, MemoryError):
            raise
        except Exception as error:  # A damaged workbook fails in a dozen ways, none of them documented.
            raise TableUnreadable(_NOT_A_TABLE) from error


def _lines_of_sheet(book: Any, progress: Callable[[float], None]) -> Iterator[TableRow]:
    """Of the sheet that was in front when it was saved."""
    sheet = next((sheet for sheet in [book.active, *book.worksheets] if hasattr(sheet, "iter_rows")), None)
    if sheet is None:
        return
    expected = sheet.max_row or 0
    # What a file says of its own size may be wrong, and rows beyond it would be lost.
    sheet.reset_dimensions()
    for line, values in enumerate(sheet.iter_rows(values_only=True, max_col=MAX_COLUMNS), start=1):
        if line % _EVERY == 0:
            progress(min(1.0, line / expected) if expected else 0.0)
        cells = _trimmed(map(_cell, values))
        if cells:
            yield TableRow(line, cells)


def _cell(value: object) -> Cell:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "sim" if value else "não"
    if isinstance(value, int):
        return Decimal(value)
    if isinstance(value, float):
        return Decimal(repr(round(value, _FLOAT_DECIMALS)))
    if isinstance(value, datetime):
        return value.strftime("%d/%m/%Y %H:%M")
    if isinstance(value, date):
        return value.strftime("%d/%m/%Y")
    return str(value).strip()


# --- CSV ----------------------------------------------------------------------------


def _lines_of_csv(file: Path, progress: Callable[[float], None]) -> Iterator[TableRow]:
    text = _decode(file.read_bytes())
    first = text.lstrip("\n").partition("\n")[0].strip()
    delimiter = _delimiter(text)
    reader = csv.reader(StringIO(text, newline=""), delimiter=delimiter)
    total = max(1, text.count("\n"))
    before = 0
    try:
        for number, values in enumerate(reader):
            line, before = before + 1, reader.line_num
            if number % _EVERY == 0:
                progress(min(1.0, before / total))
            cells = _trimmed(_unguarded(value.strip()) for value in values[:MAX_COLUMNS])
            if cells and not (line == 1 and first.startswith("sep=")):
                yield TableRow(line, cells)
    except csv.Error as error:
        raise TableUnreadable(f"A linha {reader.line_num} não pode ser lida. Confira as aspas.") from error


def _unguarded(text: str) -> str:
    """Without the apostrophe that keeps a spreadsheet from taking the text for a formula."""
    return text[1:] if text.startswith("'") and text[1:2] in _FORMULA_STARTS else text


def _decode(content: bytes) -> str:
    """UTF-8, what Excel calls Unicode text, or the Windows code page of Brazil."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", errors="replace")
    if b"\0" in content[:4096]:
        raise TableUnreadable(_NOT_A_TABLE)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def _delimiter(text: str) -> str:
    """The one that cuts most of the first lines into as many columns; a semicolon where none does, as in Brazil."""
    if text.startswith("sep=") and len(text) > 4 and text[4] in _DELIMITERS:
        return text[4]
    head = [line[:_HEAD_CHARACTERS] for line in text[:_HEAD_TEXT].splitlines()[:_HEADING_WITHIN]]

    def agreement(delimiter: str) -> int:
        columns = Counter(len(row) for row in csv.reader(head, delimiter=delimiter) if len(row) > 1)
        return max(columns.values(), default=0)

    return max(_DELIMITERS, key=agreement)

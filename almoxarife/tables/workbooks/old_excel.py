"""Reads workbooks of Excel up to 2003 (.xls), which many programs still write.

xlrd reads the whole file into memory. The format is not compressed, so the file's size bounds the memory.
"""

import io
import math
import struct
from collections.abc import Callable, Iterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import xlrd  # type: ignore[import-untyped]
from xlrd.compdoc import SIGNATURE, CompDoc, CompDocError  # type: ignore[import-untyped]

from almoxarife.tables.cells import ERROR, Cell, MergedCell, TableRow, TableUnreadable, Unusable, clean, trimmed
from almoxarife.tables.text.encodings import NOT_A_TABLE
from almoxarife.tables.workbooks.code_formats import read_code_format, show_code
from almoxarife.tables.workbooks.xlsx import MAX_COLUMNS, as_date, as_number
from almoxarife.tables.workbooks.xlsx_parts import LOCKED, TOO_LARGE

MAX_BYTES = 16 * 2**20
_FORMATS_WITHIN = 4 * 2**20
"""Formats are read only up to this size of file: formats of millions of empty cells would take too long."""
_ROWS_AT_ONCE = 500
_MAX_GLOBALS = 100_000
"""Limit of styles, formats and names: Excel itself allows a few thousand, and each takes a kilobyte of memory."""
_END_OF_PART, _RECORD = 0x0A, struct.Struct("<HH")

_TOO_LARGE = (
    f"A planilha antiga (.xls) passa de {MAX_BYTES // 2**20} MB. Abra-a no Excel ou no LibreOffice, salve-a como"
    " .xlsx e tente de novo."
)
_DAMAGED = (
    "A planilha antiga (.xls) está danificada. Abra-a no Excel ou no LibreOffice, salve-a como .xlsx e tente de novo."
)
_NO_WORKBOOK = f"{NOT_A_TABLE[:-1]}: é um arquivo antigo do Office, mas não uma planilha."
_FAULTS = (
    xlrd.XLRDError, CompDocError, struct.error, ValueError, IndexError, KeyError, TypeError, AttributeError,
    AssertionError, OverflowError, ZeroDivisionError,
)  # fmt: skip
"""The exceptions of xlrd for damaged files."""


class OldWorkbook:
    """A ``Book`` of this format. Raises TableUnreadable."""

    has_more_columns = False

    def __init__(self, file: Path) -> None:
        if file.stat().st_size > MAX_BYTES:
            raise TableUnreadable(_TOO_LARGE)
        content = file.read_bytes()
        if "EncryptedPackage".encode("utf-16-le") in content:
            raise TableUnreadable(LOCKED)
        if _has_too_many_globals(content):
            raise TableUnreadable(TOO_LARGE)
        self._has_formats = len(content) <= _FORMATS_WITHIN
        try:
            self._open(content)
        except _FAULTS as error:
            raise TableUnreadable(_reason(error)) from error
        self.hidden_columns: dict[str, set[int]] = {}
        self.merged: dict[str, list[MergedCell]] = {}
        self._codes: dict[int, str] = {}
        self.sheets = tuple(self._book.sheet_names())
        self.active = self.sheets[0] if self.sheets else ""

    def _open(self, content: bytes) -> None:
        """Open with the formats of cells, unless they are damaged or the file is too large for them."""
        try:
            # xlrd prints its warnings: they are discarded
            self._book = xlrd.open_workbook(
                file_contents=content, on_demand=True, ragged_rows=True, formatting_info=self._has_formats,
                logfile=io.StringIO(),
            )  # fmt: skip
        except _FAULTS:
            if not self._has_formats:
                raise
            self._has_formats = False
            self._open(content)

    def close(self) -> None:
        self._book.release_resources()

    def rows(self, sheet: str, progress: Callable[[float], None]) -> Iterator[TableRow]:
        """The rows of a sheet, without empty ones. ``progress`` is called with 0 to 1. Raises TableUnreadable."""
        if sheet not in self.sheets:
            return
        progress(0.0)
        try:
            page = self._book.sheet_by_name(sheet)
        except _FAULTS as error:
            raise TableUnreadable(_reason(error)) from error
        self.has_more_columns = self.has_more_columns or page.ncols > MAX_COLUMNS
        columns = page.colinfo_map.items()
        self.hidden_columns[sheet] = {at for at, column in columns if column.hidden and at < MAX_COLUMNS}
        self.merged[sheet] = [MergedCell(at, first + 1, end) for first, end, at, _ in page.merged_cells]
        hidden = {at for at, row in page.rowinfo_map.items() if row.hidden}
        for at in range(page.nrows):
            if at % _ROWS_AT_ONCE == 0:
                progress(at / page.nrows)
            cells = trimmed(self._value(cell) for cell in page.row(at)[:MAX_COLUMNS])
            if cells:
                yield TableRow(at + 1, cells, is_hidden=at in hidden)

    def _value(self, cell: Any) -> Cell:
        if cell.ctype == xlrd.XL_CELL_TEXT:
            return clean(cell.value)
        if cell.ctype == xlrd.XL_CELL_NUMBER:
            pattern = self._code_format(cell.xf_index) if self._has_formats and cell.value >= 0 else ""
            is_code = pattern and cell.value.is_integer()
            return show_code(Decimal(cell.value), pattern) if is_code else _number(cell.value)
        if cell.ctype == xlrd.XL_CELL_DATE:
            return self._date(cell.value)
        if cell.ctype == xlrd.XL_CELL_BOOLEAN:
            return "sim" if cell.value else "não"
        if cell.ctype == xlrd.XL_CELL_ERROR:
            return Unusable(xlrd.error_text_from_code.get(cell.value, "#?"), ERROR)
        return ""

    def _code_format(self, look: int) -> str:
        """The pattern of a style that shows codes; empty for any other style."""
        found = self._codes.get(look)
        if found is None:
            try:
                text = self._book.format_map[self._book.xf_list[look].format_key].format_str
            except (IndexError, KeyError):  # many programs write no list of styles
                text = ""
            found = self._codes[look] = read_code_format(text)
        return found

    def _date(self, number: float) -> Cell:
        """Read a date. A number that is no valid date makes only this cell unusable."""
        try:
            moment: datetime = xlrd.xldate_as_datetime(number, self._book.datemode)
        except _FAULTS:
            return _number(number)
        return as_date(moment)


def _has_too_many_globals(content: bytes) -> bool:
    """Count the global records before xlrd loads them into memory."""
    mem, at, size = content, 0, len(content)
    if content.startswith(SIGNATURE):
        try:
            container = CompDoc(content, logfile=io.StringIO())
            found = container.locate_named_stream("Workbook")
            mem, at, size = found if found[0] else container.locate_named_stream("Book")
        except _FAULTS:
            return False  # opening the file reports this fault
    if not mem:
        return False
    end = min(len(mem), at + size) - _RECORD.size
    for _ in range(_MAX_GLOBALS):
        if at > end:
            return False
        kind, length = _RECORD.unpack_from(mem, at)
        if kind == _END_OF_PART:
            return False
        at += _RECORD.size + length
    return True


def _number(number: float) -> Cell:
    return as_number(Decimal(repr(number))) if math.isfinite(number) else Unusable("#NÚM!", ERROR)


def _reason(error: Exception) -> str:
    message = str(error).casefold()
    if "encrypted" in message or "password" in message:
        return LOCKED
    return _NO_WORKBOOK if "find workbook" in message else _DAMAGED

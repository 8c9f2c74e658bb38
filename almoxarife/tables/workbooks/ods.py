"""Reads ODS spreadsheets of LibreOffice, as a stream and with the limits of XLSX.

The format writes repeated cells and rows once with a count of up to a million, so the count is checked
before they are expanded.
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from decimal import Decimal, InvalidOperation

from almoxarife.tables.cells import (
    ERROR,
    MAX_CELL,
    NO_RESULT,
    Cell,
    MergedCell,
    TableRow,
    TableUnreadable,
    Unusable,
    clean,
    trimmed,
)
from almoxarife.tables.text.encodings import NOT_A_TABLE
from almoxarife.tables.workbooks.code_formats import is_code
from almoxarife.tables.workbooks.xlsx import (
    DAMAGED,
    MAX_CELLS,
    MAX_COLUMNS,
    MAX_ROWS,
    Workbook,
    as_date,
    as_number,
)
from almoxarife.tables.workbooks.xlsx_parts import LOCKED, MAX_CHARACTERS, TOO_LARGE, Attributes

_CONTENT = "content.xml"
_ELEMENTS_OF_A_CELL = 8
_MANIFEST = 2**16
_MAX_REPEATED = 60_000
"""Limit of repetitions of a row that is not empty: more than a list may have."""
_CELLS = {"table-cell", "covered-table-cell"}
_NUMBERS = {"float", "currency", "percentage"}


class OdsWorkbook(Workbook):
    def rows(self, sheet: str, progress: Callable[[float], None]) -> Iterator[TableRow]:
        reader = _Sheet(sheet)
        item = self._parts[_CONTENT]
        for read in self._feed(item, reader.start, reader.end, reader.text, reader.most_elements):
            progress(min(1.0, read / max(1, item.file_size)))
            yield from reader.take()
        yield from reader.take()
        self.has_more_columns = self.has_more_columns or reader.has_more_columns
        self.hidden_columns[sheet], self.merged[sheet] = reader.hidden_columns, reader.merged

    def _open(self) -> None:
        if self._has_password():
            raise TableUnreadable(LOCKED)
        names = _Names()
        for _ in self._feed(self._parts[_CONTENT], names.start, None, None, names.most_elements):
            pass
        if not names.is_spreadsheet:
            raise TableUnreadable(NOT_A_TABLE)
        self.sheets = tuple(names.all)
        self.active = next(iter(names.all), "")

    def _has_password(self) -> bool:
        item = self._parts.get("meta-inf/manifest.xml")
        if item is None:
            return False
        try:
            with self._archive.open(item) as part:
                return b"encryption-data" in part.read(_MANIFEST)
        except DAMAGED:
            return False


class _Names:
    """Collects the names of the sheets, in order, and the active one, which some files do not have."""

    def __init__(self) -> None:
        self.all: dict[str, None] = {}
        self.is_spreadsheet = False
        self._cells = 0

    def most_elements(self) -> int:
        return _ELEMENTS_OF_A_CELL * self._cells

    def start(self, name: str, attributes: Attributes) -> None:
        if name in _CELLS:
            self._cells += 1
        elif name == "table":
            self.all[attributes.get("table:name", "")] = None
        elif name == "spreadsheet":
            self.is_spreadsheet = True


class _Sheet:
    def __init__(self, wanted: str) -> None:
        self.has_more_columns = False
        self.hidden_columns: set[int] = set()
        self.merged: list[MergedCell] = []
        self._column = 0
        self._wanted = wanted
        self._is_within = self._is_text = self._is_note = self._is_hidden = False
        self._rows: list[TableRow] = []
        self._row: dict[int, Cell] = {}
        self._line = self._repeated_row = 1
        self._at = self._seen = self._count = self._total = self._length = 0
        self._attributes: Attributes = {}
        self._pieces: list[str] = []

    def most_elements(self) -> int:
        return _ELEMENTS_OF_A_CELL * self._seen

    def take(self) -> list[TableRow]:
        rows, self._rows = self._rows, []
        return rows

    def start(self, name: str, attributes: Attributes) -> None:
        if name in _CELLS:
            self._seen += 1
            self._attributes, self._pieces, self._length = attributes, [], 0
        elif name == "p":
            self._is_text = not self._is_note
            self.text(" " if self._pieces else "")
        elif name in {"s", "tab", "line-break"}:
            self.text(" ")
        elif name == "annotation":
            self._is_note = True
        elif name == "table-row":
            self._row, self._at = {}, 0
            self._repeated_row = _times(attributes, "table:number-rows-repeated")
            self._is_hidden = attributes.get("table:visibility", "visible") != "visible"
        elif name == "table-column" and self._is_within:
            first = self._column
            self._column += _times(attributes, "table:number-columns-repeated")
            if attributes.get("table:visibility", "visible") != "visible":
                self.hidden_columns.update(range(first, min(self._column, MAX_COLUMNS)))
        elif name == "table":
            self._is_within, self._line = attributes.get("table:name", "") == self._wanted, 1
            self._column = 0

    def end(self, name: str) -> None:
        if name == "p":
            self._is_text = False
        elif name == "annotation":
            self._is_note = False
        elif name in _CELLS:
            self._end_cell()
        elif name == "table-row":
            self._end_row()
        elif name == "table":
            self._is_within = False

    def text(self, text: str) -> None:
        if self._is_text and self._is_within and self._length <= MAX_CELL:
            self._pieces.append(text)
            self._length += len(text)

    def _end_cell(self) -> None:
        first = self._at
        self._at += _times(self._attributes, "table:number-columns-repeated")
        cell = self._value("".join(self._pieces)) if self._is_within else ""
        if cell == "":
            return
        self.has_more_columns = self.has_more_columns or self._at > MAX_COLUMNS
        if (down := _times(self._attributes, "table:number-rows-spanned")) > 1:
            self.merged.append(MergedCell(first, self._line, self._line + down - 1))
        self._row.update((at, cell) for at in range(first, min(self._at, MAX_COLUMNS)))
        self._total += self._length
        if self._total > MAX_CHARACTERS:
            raise TableUnreadable(TOO_LARGE)

    def _end_row(self) -> None:
        first = self._line
        self._line += self._repeated_row
        if not self._row:
            return
        width = max(self._row) + 1
        self._count += width * self._repeated_row
        if self._repeated_row > _MAX_REPEATED or self._count > MAX_CELLS or self._line > MAX_ROWS + 1:
            raise TableUnreadable(TOO_LARGE)
        cells = trimmed(self._row.get(at, "") for at in range(width))
        self._rows += (TableRow(line, cells, is_hidden=self._is_hidden) for line in range(first, self._line))

    def _value(self, text: str) -> Cell:
        attributes = self._attributes
        kind = attributes.get("office:value-type", "")
        if attributes.get("calcext:value-type") == "error":
            return Unusable(text, ERROR)
        if kind in _NUMBERS:
            number = _number(attributes.get("office:value", ""))
            return clean(text) if isinstance(number, Decimal) and is_code(number, text.strip()) else number
        if kind == "date":
            return _date(attributes.get("office:date-value", ""), text)
        if kind == "boolean":
            return "sim" if attributes.get("office:boolean-value") == "true" else "não"
        if not kind and not text and "table:formula" in attributes:
            return Unusable("", NO_RESULT)
        return clean(text or attributes.get("office:string-value", ""))


def _date(text: str, shown: str) -> Cell:
    """Read a date. A year that Python does not support, usually a typing error, makes only this cell unusable."""
    try:
        return as_date(datetime.fromisoformat(text))
    except ValueError:
        return clean(shown or text)


def _number(text: str) -> Cell:
    try:
        number = Decimal(text) if len(text) < 32 else Decimal(repr(float(text)))
    except InvalidOperation:
        raise TableUnreadable(NOT_A_TABLE) from None
    return as_number(number) if number.is_finite() and abs(number.adjusted()) <= 300 else clean(text)


def _times(attributes: Attributes, name: str) -> int:
    times = int(attributes.get(name, "1"))
    if not 1 <= times <= MAX_ROWS:
        raise TableUnreadable(TOO_LARGE)
    return times

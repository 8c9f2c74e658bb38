"""Reads workbooks in Excel 2003's XML format, a single file named .xml or .xls."""

import io
from collections.abc import Callable, Iterator
from datetime import datetime
from decimal import Decimal, InvalidOperation
from xml.parsers import expat

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
from almoxarife.tables.workbooks.code_formats import read_code_format, show_code
from almoxarife.tables.workbooks.xlsx import MAX_CELLS, MAX_COLUMNS, MAX_ROWS, as_date, as_number, refuse_doctype
from almoxarife.tables.workbooks.xlsx_parts import TOO_LARGE, Attributes

_CHUNK = 2**16
_NAMESPACE = b"urn:schemas-microsoft-com:office:spreadsheet"
OTHER_XML = (
    "É um XML, como o de uma nota fiscal, e não uma planilha. Exporte a lista de produtos como .xlsx ou .csv e tente"
    " de novo."
)


def is_xml(head: bytes) -> bool:
    start = head.replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
    return start.startswith(b"<?xml") or start[:20].startswith(b"<Workbook")


class XmlWorkbook:
    """A ``Book`` of this format. Raises TableUnreadable."""

    def __init__(self, content: bytes, progress: Callable[[float], None]) -> None:
        if _NAMESPACE not in content[:8192].replace(b"\0", b""):
            raise TableUnreadable(OTHER_XML)
        reader = _Reader()
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler = reader.start
        parser.EndElementHandler = reader.end
        parser.CharacterDataHandler = reader.text
        parser.StartDoctypeDeclHandler = refuse_doctype
        source = io.BytesIO(content)
        try:
            while chunk := source.read(_CHUNK):
                progress(source.tell() / len(content))
                parser.Parse(chunk, False)
            parser.Parse(b"", True)
        except (expat.ExpatError, ValueError, LookupError) as error:
            raise TableUnreadable(NOT_A_TABLE) from error
        self._rows = reader.sheets
        self.hidden_columns, self.merged = reader.hidden_columns, reader.merged
        self.has_more_columns = reader.has_more_columns
        self.sheets = tuple(reader.sheets)
        self.active = next((name for name, rows in reader.sheets.items() if rows), "")

    def close(self) -> None:
        pass

    def rows(self, sheet: str, progress: Callable[[float], None]) -> Iterator[TableRow]:
        progress(1.0)
        yield from self._rows.get(sheet, ())


class _Reader:
    def __init__(self) -> None:
        self.sheets: dict[str, list[TableRow]] = {}
        self.hidden_columns: dict[str, set[int]] = {}
        self.merged: dict[str, list[MergedCell]] = {}
        self.has_more_columns = False
        self._rows: list[TableRow] = []
        self._cells: dict[int, Cell] = {}
        self._hidden: set[int] = set()
        self._merged: list[MergedCell] = []
        self._line = self._column = self._at = self._across = self._length = self._count = 0
        self._pieces: list[str] = []
        self._kind = self._style = self._code_format = ""
        self._codes: dict[str, str] = {}
        """The pattern of each style that shows codes."""
        self._is_data = self._is_comment = self._has_formula = self._is_hidden = False

    def start(self, name: str, attributes: Attributes) -> None:
        name = name.rpartition(":")[2]
        values = {label.rpartition(":")[2]: value for label, value in attributes.items()}
        if name == "Style":
            self._style = values.get("ID", "")
        elif name == "NumberFormat" and (pattern := read_code_format(values.get("Format", ""))):
            self._codes[self._style] = pattern
        elif name == "Worksheet":
            self._rows = self.sheets.setdefault(values.get("Name", ""), [])
            self._hidden = self.hidden_columns.setdefault(values.get("Name", ""), set())
            self._merged = self.merged.setdefault(values.get("Name", ""), [])
            self._line = self._column = 0
        elif name == "Column":
            first = _place(values, self._column + 1)
            self._column = first + max(0, int(values.get("Span", "0")))
            if values.get("Hidden") == "1":
                self._hidden.update(range(first - 1, min(self._column, MAX_COLUMNS)))
        elif name == "Row":
            self._line = _place(values, self._line + 1)
            self._cells, self._at, self._across = {}, -1, 0
            self._is_hidden = values.get("Hidden") == "1"
        elif name == "Cell":
            self._begin_cell(values)
        elif name == "Comment":
            self._is_comment = True
        elif name == "Data" and not self._is_comment:
            self._kind, self._is_data = values.get("Type", "String"), True

    def end(self, name: str) -> None:
        name = name.rpartition(":")[2]
        if name == "Data":
            self._is_data = False
        elif name == "Comment":
            self._is_comment = False
        elif name == "Cell":
            self._end_cell()
        elif name == "Row" and self._cells:
            self._end_row()

    def text(self, text: str) -> None:
        if self._is_data and self._length <= MAX_CELL:
            self._pieces.append(text)
            self._length += len(text)

    def _begin_cell(self, values: dict[str, str]) -> None:
        self._at = _place(values, self._at + self._across + 2) - 1
        self._across = max(0, int(values.get("MergeAcross", "0")))
        if (down := int(values.get("MergeDown", "0"))) > 0:
            self._merged.append(MergedCell(self._at, self._line, self._line + down))
        self._pieces, self._kind, self._length = [], "", 0
        self._has_formula = "Formula" in values
        self._code_format = self._codes.get(values.get("StyleID", ""), "")

    def _end_cell(self) -> None:
        cell = self._value("".join(self._pieces))
        if cell != "" and self._at >= MAX_COLUMNS:
            self.has_more_columns = True
        elif cell != "":
            self._cells[self._at] = cell

    def _end_row(self) -> None:
        width = max(self._cells) + 1
        self._count += width
        if self._count > MAX_CELLS or self._line > MAX_ROWS:
            raise TableUnreadable(TOO_LARGE)
        cells = trimmed(self._cells.get(at, "") for at in range(width))
        self._rows.append(TableRow(self._line, cells, is_hidden=self._is_hidden))

    def _value(self, text: str) -> Cell:
        if self._kind == "Error":
            return Unusable(text, ERROR)
        if self._has_formula and not text and self._kind != "String":
            return Unusable("", NO_RESULT)
        if self._kind == "Number" and text.strip():
            return _number(text, self._code_format)
        if self._kind == "Boolean":
            return "sim" if text.strip() == "1" else "não"
        if self._kind == "DateTime" and text:
            return _date(text)
        return clean(text)


def _number(text: str, code_format: str) -> Cell:
    try:
        number = Decimal(text.strip())
    except InvalidOperation:
        return clean(text)
    if code_format and number.is_finite() and 0 <= number == number.to_integral_value():
        return show_code(number, code_format)
    return as_number(number) if number.is_finite() and abs(number.adjusted()) <= 300 else clean(text)


def _date(text: str) -> Cell:
    try:
        return as_date(datetime.fromisoformat(text))
    except ValueError:
        return clean(text)


def _place(attributes: Attributes, following: int) -> int:
    place = int(attributes.get("Index", following))
    if not 1 <= place <= MAX_ROWS:
        raise TableUnreadable(TOO_LARGE)
    return place

"""Reads XLSX workbooks as a stream, with limits on everything that can grow.

Some programs write workbooks that Excel opens and most libraries do not, and a few kilobytes can
unpack into gigabytes. So parts are found regardless of case and slashes, names are compared without
their namespace, and all that grows is counted while it is read.
Errors and formulas without a result become ``Unusable`` cells.
"""

import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from pathlib import Path
from xml.parsers import expat

from almoxarife.brazil import format_number
from almoxarife.tables.cells import (
    CURRENCY,
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
from almoxarife.tables.workbooks.code_formats import show_code
from almoxarife.tables.workbooks.xlsx_parts import (
    MAX_CHARACTERS,
    TOO_LARGE,
    Attributes,
    Relations,
    Strings,
    Styles,
    WorkbookParts,
    clean_escaped,
    part_of,
)

MAX_UNPACKED_BYTES = 200 * 2**20
MAX_ROWS, MAX_COLUMNS = 2**20, 1000
MAX_CELLS = 2_000_000
_MAX_PLACES, _MAX_PLACES_OF_A_ROW = 2_500_000, 16_384
"""Limits of cells in the file, with the empty ones, which some programs write because of their style."""
_FREE_BYTES, _MAX_RATIO = 30 * 2**20, 100
"""Beyond so many bytes, a part that unpacks to more than a hundred times its size is taken for a ZIP bomb."""
_FEW_ELEMENTS, _ELEMENTS_OF_A_CELL, _ELEMENTS_OF_A_STRING = 200_000, 5, 20
"""Limits of XML elements, as each takes a microsecond: a fixed number, and so many more per cell or string."""
_MAX_DIRECTORY_BYTES = 2**20
_CHUNK = 2**16
_DOWN = re.compile(r"([A-Z]{1,3})(\d{1,7}):[A-Z]{1,3}(\d{1,7})", re.ASCII)
"""The place of a merged cell."""
_TRUE = {"1", "true"}
_FLOAT_DECIMALS = 6
"""Decimals to round to, since spreadsheets store binary numbers: 19.9 may arrive as 19.900000000000002."""

_EPOCH, _EPOCH_1904 = datetime(1899, 12, 30), datetime(1904, 1, 1)  # noqa: DTZ001 - a spreadsheet knows no zones.


class Workbook:
    """A ``Book`` of this format. Raises TableUnreadable."""

    def __init__(self, file: Path) -> None:
        check_directory(file)
        try:
            self._archive = zipfile.ZipFile(file)
        except (zipfile.BadZipFile, NotImplementedError, ValueError) as error:
            raise TableUnreadable(NOT_A_TABLE) from error
        self._unpacked = 0
        self.hidden_columns: dict[str, set[int]] = {}
        self.merged: dict[str, list[MergedCell]] = {}
        self.has_more_columns = False
        self.sheets: tuple[str, ...] = ()
        self.active = ""
        self._parts = {part_of(item.filename): item for item in self._archive.infolist()}
        try:
            self._open()
        except TableUnreadable:
            self._archive.close()
            raise

    def close(self) -> None:
        self._archive.close()

    def rows(self, sheet: str, progress: Callable[[float], None]) -> Iterator[TableRow]:
        """The rows of a sheet, without empty ones. ``progress`` is called with 0 to 1."""
        reader = _Sheet(self._strings, self._styles, self._epoch)
        item = self._parts.get(self._sheets.get(sheet, ""))
        if item is None:
            return
        for read in self._feed(item, reader.start, reader.end, reader.text, reader.most_elements):
            progress(min(1.0, read / max(1, item.file_size)))
            yield from reader.take()
        yield from reader.take()
        self.has_more_columns = self.has_more_columns or reader.has_more_columns
        self.hidden_columns[sheet], self.merged[sheet] = reader.hidden_columns, reader.merged

    def _open(self) -> None:
        if "xl/workbook.xml" not in self._parts:
            raise TableUnreadable(NOT_A_TABLE)
        parts, targets = WorkbookParts(), Relations()
        self._read("xl/_rels/workbook.xml.rels", targets.start)
        self._read("xl/workbook.xml", parts.start)
        self._epoch = _EPOCH_1904 if parts.is_of_1904 else _EPOCH
        self._sheets = {name: targets.sheets[key] for name, key in parts.sheets if key in targets.sheets}
        self.sheets = tuple(self._sheets)
        active_path = parts.sheets[parts.active][0] if 0 <= parts.active < len(parts.sheets) else ""
        self.active = active_path if active_path in self._sheets else next(iter(self._sheets), "")
        strings, styles = Strings(), Styles()
        self._read(targets.strings, strings.start, strings.end, strings.text, lambda: len(strings.all))
        self._read(targets.styles, styles.start)
        self._strings, self._styles = strings.all, styles

    def _read(
        self,
        part: str,
        start: Callable[[str, Attributes], None],
        end: Callable[[str], None] | None = None,
        text: Callable[[str], None] | None = None,
        count: Callable[[], int] = lambda: 0,
    ) -> None:
        """Parse a part. ``count`` returns how many strings it has had so far, for the limit."""
        item = self._parts.get(part)
        if item is not None:
            for _ in self._feed(item, start, end, text, lambda: _ELEMENTS_OF_A_STRING * count()):
                pass

    def _feed(
        self,
        item: zipfile.ZipInfo,
        start: Callable[[str, Attributes], None],
        end: Callable[[str], None] | None,
        text: Callable[[str], None] | None,
        most_elements: Callable[[], int],
    ) -> Iterator[int]:
        """Parse a part; yields how many of its bytes were read."""
        self._count(0, item.file_size, item.compress_size)  # first by the size that the ZIP declares
        parser = expat.ParserCreate()
        parser.buffer_text = True
        elements = 0

        def begin(name: str, attributes: Attributes) -> None:
            nonlocal elements
            elements += 1
            start(name.rpartition(":")[2], attributes)

        parser.StartElementHandler = begin
        if end is not None:
            parser.EndElementHandler = lambda name: end(name.rpartition(":")[2])
        if text is not None:
            parser.CharacterDataHandler = text
        parser.StartDoctypeDeclHandler = refuse_doctype
        read = 0
        try:
            with self._archive.open(item) as part:
                while chunk := part.read(_CHUNK):
                    read += len(chunk)
                    self._count(len(chunk), read, item.compress_size)
                    parser.Parse(chunk, False)
                    if elements > _FEW_ELEMENTS + most_elements():
                        raise TableUnreadable(TOO_LARGE)
                    yield read
            parser.Parse(b"", True)
        except DAMAGED as error:
            raise TableUnreadable(NOT_A_TABLE) from error

    def _count(self, more: int, read: int, packed: int) -> None:
        self._unpacked += more
        made_to_grow = read > _FREE_BYTES and read > packed * _MAX_RATIO
        if made_to_grow or max(read, self._unpacked) > MAX_UNPACKED_BYTES:
            raise TableUnreadable(TOO_LARGE)


DAMAGED = (
    expat.ExpatError, zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError,
    KeyError, IndexError,
)  # fmt: skip
"""The exceptions for damaged or encrypted parts."""


def check_directory(file: Path) -> None:
    """Raises TableUnreadable for a ZIP whose directory is too long, before ``zipfile`` loads it into memory."""
    with file.open("rb") as opened:
        size = opened.seek(0, 2)
        opened.seek(max(0, size - 70_000))
        tail = opened.read()
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or int.from_bytes(tail[at + 12 : at + 16], "little") > _MAX_DIRECTORY_BYTES:
        raise TableUnreadable(NOT_A_TABLE)


def refuse_doctype(*_: object) -> None:
    """Handles a DOCTYPE, which could define entities that expand a line to megabytes. Raises TableUnreadable."""
    raise TableUnreadable(NOT_A_TABLE)


class _Sheet:
    def __init__(self, strings: list[Cell], styles: Styles, epoch: datetime) -> None:
        self.has_more_columns = self._is_hidden = False
        self.hidden_columns: set[int] = set()
        self.merged: list[MergedCell] = []
        self._strings, self._styles, self._epoch = strings, styles, epoch
        self._rows: list[TableRow] = []
        self._line = self._seen = self._count = self._places = self._places_of_row = 0
        self._cells: dict[int, Cell] = {}
        self._columns: dict[str, int] = {}
        self._at = -1
        self._pieces: list[str] = []
        self._is_text = self._is_spoken = self._has_formula = False
        self._length = self._total = 0
        self._kind = self._style = ""

    def most_elements(self) -> int:
        return _ELEMENTS_OF_A_CELL * (self._places + self._seen)

    def take(self) -> list[TableRow]:
        rows, self._rows = self._rows, []
        return rows

    def start(self, name: str, attributes: Attributes) -> None:
        if name == "c":
            self._kind, self._style = attributes.get("t", "n"), attributes.get("s", "")
            self._pieces, self._length, self._has_formula = [], 0, False
            place = attributes.get("r")
            self._at = self._column(place) if place else self._at + 1
            self._places += 1
            self._places_of_row += 1
            if self._places > _MAX_PLACES or self._places_of_row > _MAX_PLACES_OF_A_ROW:
                raise TableUnreadable(TOO_LARGE)
        elif name in {"v", "t"}:
            self._is_text = not self._is_spoken
        elif name == "f":
            self._has_formula = True
        elif name == "rPh":
            self._is_spoken = True
        elif name == "row":
            self._begin_row(attributes.get("r"))
            self._is_hidden = attributes.get("hidden") in _TRUE
        elif name == "mergeCell" and (found := _DOWN.fullmatch(attributes.get("ref", ""))):
            self.merged.append(MergedCell(self._column(found[1]), int(found[2]), int(found[3])))
        elif name == "col" and attributes.get("hidden") in _TRUE:
            first, last = int(attributes.get("min", "1")), int(attributes.get("max", "1"))
            self.hidden_columns.update(range(max(first, 1) - 1, min(last, MAX_COLUMNS)))

    def end(self, name: str) -> None:
        if name in {"v", "t"}:
            self._is_text = False
        elif name == "c":
            self._end_cell()
        elif name == "rPh":
            self._is_spoken = False
        elif name == "row" and self._cells:
            self._end_row()

    def text(self, text: str) -> None:
        if self._is_text and self._length <= MAX_CELL:
            self._pieces.append(text)
            self._length += len(text)

    def _begin_row(self, place: str | None) -> None:
        self._line = int(place) if place else self._line + 1
        self._seen += 1
        self._cells, self._at, self._places_of_row = {}, -1, 0
        if self._seen > MAX_ROWS or not 0 < self._line <= MAX_ROWS:
            raise TableUnreadable(TOO_LARGE)

    def _end_cell(self) -> None:
        cell = self._value("".join(self._pieces))
        if cell == "":
            return
        if self._at >= MAX_COLUMNS:
            self.has_more_columns = True
            return
        self._cells[self._at] = cell
        self._total += self._length if isinstance(cell, str) and self._kind != "s" else 0
        if self._total > MAX_CHARACTERS:
            raise TableUnreadable(TOO_LARGE)

    def _end_row(self) -> None:
        width = max(self._cells) + 1
        self._count += width
        if self._count > MAX_CELLS:
            raise TableUnreadable(TOO_LARGE)
        cells = trimmed(self._cells.get(at, "") for at in range(width))
        self._rows.append(TableRow(self._line, cells, is_hidden=self._is_hidden))

    def _column(self, place: str) -> int:
        letters = place.rstrip("0123456789")
        found = self._columns.get(letters)
        if found is None:
            found = 0
            for letter in letters[:4].upper():
                found = found * 26 + ord(letter) - ord("A") + 1
            found = self._columns[letters] = found - 1
            if found < 0:
                raise TableUnreadable(NOT_A_TABLE)
        return found

    def _value(self, text: str) -> Cell:
        kind = self._kind
        if kind == "s":
            return self._strings[int(text)] if text else ""
        if kind == "e":
            return Unusable(text, ERROR)
        if self._has_formula and not text and kind != "str":
            return Unusable("", NO_RESULT)
        if kind == "n":
            return self._number(text) if text else ""
        if kind == "b":
            return "sim" if text.strip() in {"1", "true"} else "não"
        if kind == "d" and text:
            return as_date(datetime.fromisoformat(text))
        return clean_escaped(text)

    def _number(self, text: str) -> Cell:
        try:
            number = Decimal(text.strip()) if len(text) < 32 else Decimal(repr(float(text)))
        except InvalidOperation:
            raise TableUnreadable(NOT_A_TABLE) from None
        if not number.is_finite() or abs(number.adjusted()) > 300:
            return clean(text)
        if self._style in self._styles.dates and 0 <= number < 2_958_466:
            return as_date(self._epoch + timedelta(days=float(number)))
        if self._style in self._styles.currencies:
            return Unusable(f"{self._styles.currencies[self._style]} {format_number(as_number(number))}", CURRENCY)
        if self._style in self._styles.codes and number >= 0 and number == number.to_integral_value():
            return show_code(number, self._styles.codes[self._style])
        return as_number(number)


def as_number(number: Decimal) -> Decimal:
    return number if number == number.to_integral_value() else Decimal(repr(round(float(number), _FLOAT_DECIMALS)))


def as_date(moment: datetime) -> str:
    return moment.strftime("%d/%m/%Y" if moment.time() == datetime.min.time() else "%d/%m/%Y %H:%M")

"""Writes an .xlsx workbook as a stream: without a temporary file, with a few hundred rows in memory.

The parts of the ZIP that list the sheets come last, so the number of sheets need not be known
before. Texts are always text cells and cannot become formulas.
"""

import html
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from itertools import chain, islice
from typing import Any, NamedTuple, cast
from zipfile import ZIP_DEFLATED, ZipFile

MAX_ROWS = 1_048_576
"""The rows of one sheet, with its headings; further rows are written to another sheet."""
MAX_CELL_LENGTH = 32_767
_ROWS_AT_ONCE = 500
_DAY_ZERO = datetime.fromisoformat("1899-12-30")

Value = str | int | Decimal | datetime | None
"""A datetime has no time zone, like a cell."""


class SheetRows(NamedTuple):
    """``headings`` stand in the first row; None leaves a cell empty."""

    name: str
    headings: Sequence[str | None]
    rows: Iterable[Sequence[Value]]


class _Sink:
    """A file that collects the bytes of the ZIP until ``take`` returns them."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def write(self, piece: bytes) -> int:
        self._pieces.append(bytes(piece))
        return len(piece)

    def flush(self) -> None:
        pass

    def take(self) -> bytes:
        pieces, self._pieces = self._pieces, []
        return b"".join(pieces)


def stream_workbook(sheets: Iterable[SheetRows]) -> Iterator[bytes]:
    """The bytes of the file."""
    sink = _Sink()
    names: list[str] = []
    with ZipFile(cast("Any", sink), "w", ZIP_DEFLATED, compresslevel=1) as book:
        for sheet in chain.from_iterable(map(_split, sheets)):
            names.append(sheet.name)
            with book.open(f"xl/worksheets/sheet{len(names)}.xml", "w") as page:
                for piece in _write_sheet(sheet.headings, sheet.rows):
                    page.write(piece)
                    yield sink.take()
        for path, text in _list_parts(names):
            book.writestr(path, text)
        yield sink.take()
    yield sink.take()


def _split(sheet: SheetRows) -> Iterator[SheetRows]:
    """The sheet, and others for the rows beyond ``MAX_ROWS``; the rows of one are read before the next is asked for."""
    rows = iter(sheet.rows)
    first: Sequence[Value] | None = next(rows, None)
    part = 0
    while part == 0 or first is not None:
        part += 1
        name = sheet.name if part == 1 else f"{sheet.name[:28]} {part}"
        yield SheetRows(name, sheet.headings, chain([first] if first is not None else [], islice(rows, MAX_ROWS - 2)))
        first = next(rows, None)


def _write_sheet(headings: Sequence[str | None], rows: Iterable[Sequence[Value]]) -> Iterator[bytes]:
    yield (
        f'{_XML}<worksheet xmlns="{_MAIN}"><sheetViews><sheetView workbookViewId="0">'
        '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>'
        '<sheetFormatPr defaultRowHeight="15"/>'
        '<cols><col min="1" max="64" width="20" customWidth="1"/></cols><sheetData>'
        f"{_write_row(1, headings, heading=True)}"
    ).encode()
    number = 2
    remaining = iter(rows)
    while piece := list(islice(remaining, _ROWS_AT_ONCE)):
        yield "".join(_write_row(line, row) for line, row in enumerate(piece, number)).encode()
        number += len(piece)
    yield b"</sheetData></worksheet>"


def _write_row(number: int, row: Sequence[Value], *, heading: bool = False) -> str:
    cells = [
        _write_cell(f"{_column(place)}{number}", value, heading=heading)
        for place, value in enumerate(row)
        if value is not None
    ]
    return f'<row r="{number}">{"".join(cells)}</row>'


def _write_cell(place: str, value: Value, *, heading: bool) -> str:
    if isinstance(value, datetime):
        days = (value - _DAY_ZERO) / timedelta(days=1)
        return f'<c r="{place}" s="1"><v>{days!r}</v></c>'
    if isinstance(value, int):
        return f'<c r="{place}"><v>{value}</v></c>'
    if isinstance(value, Decimal):
        return f'<c r="{place}"><v>{value:f}</v></c>'
    style = 2 if heading else 3
    return f'<c r="{place}" s="{style}" t="inlineStr"><is><t xml:space="preserve">{_text(value or "")}</t></is></c>'


@lru_cache(maxsize=256)
def _column(place: int) -> str:
    letters = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


_NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_ESCAPE = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")


def _text(value: str) -> str:
    """Escape the text, also where a spreadsheet would decode it ("_x000D_")."""
    return html.escape(_ESCAPE.sub("_x005F_", _NO_XML.sub("\ufffd", value[:MAX_CELL_LENGTH])), quote=False)


# --- the parts beside the sheets --------------------------------------------------------

_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml"

_STYLES = (
    f'{_XML}<styleSheet xmlns="{_MAIN}"><numFmts count="1">'
    '<numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd hh:mm:ss"/></numFmts>'
    '<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font>'
    '<font><b/><sz val="11"/><name val="Calibri"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill>'
    '<fill><patternFill patternType="gray125"/></fill></fills>'
    '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    '<cellXfs count="4"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    '<xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    '<xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/>'
    '<xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1" quotePrefix="1"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
)


def _list_parts(names: Sequence[str]) -> Iterator[tuple[str, str]]:
    numbers = range(1, len(names) + 1)
    yield "xl/styles.xml", _STYLES
    yield (
        "xl/workbook.xml",
        f'{_XML}<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>'
        + "".join(
            f'<sheet name="{html.escape(name)}" sheetId="{number}" r:id="rId{number}"/>'
            for number, name in zip(numbers, names, strict=True)
        )
        + "</sheets></workbook>",
    )
    yield (
        "xl/_rels/workbook.xml.rels",
        f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships">'
        + "".join(
            f'<Relationship Id="rId{number}" Type="{_OFFICE}/worksheet" Target="worksheets/sheet{number}.xml"/>'
            for number in numbers
        )
        + f'<Relationship Id="rId{len(names) + 1}" Type="{_OFFICE}/styles" Target="styles.xml"/></Relationships>',
    )
    yield (
        "_rels/.rels",
        (
            f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships">'
            f'<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
        ),
    )
    yield (
        "[Content_Types].xml",
        f'{_XML}<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_KIND}.sheet.main+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{_KIND}.styles+xml"/>'
        + "".join(
            f'<Override PartName="/xl/worksheets/sheet{number}.xml" ContentType="{_KIND}.worksheet+xml"/>'
            for number in numbers
        )
        + "</Types>",
    )

"""Exports the record of lists of people in the older program's formats: a workbook of two sheets, a text of two tables.

Both are produced page by page while they are sent.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from almoxarife.server.bulk import reports
from almoxarife.server.bulk.reports import BadObject, Read, RecordedResponse

if TYPE_CHECKING:
    from almoxarife.tables.workbook import Value

CODES = "Response status codes"
BAD_USERS = "Bad request users"

Rows = Iterator[Sequence["Value"]]


def stream_xlsx(read: Read, zone: ZoneInfo, *, is_masked: bool) -> Iterator[bytes]:
    from almoxarife.tables.workbook import SheetRows, stream_workbook  # not at each start

    codes, bad_users = _tables(read, zone, is_masked=is_masked)
    return stream_workbook(
        [
            SheetRows(CODES, [None, *RecordedResponse._fields], _indexed(codes())),
            SheetRows(BAD_USERS, [None, *BadObject._fields], _indexed(bad_users())),
        ]
    )


def stream_txt(read: Read, zone: ZoneInfo, *, is_masked: bool) -> Iterator[bytes]:
    codes, bad_users = _tables(read, zone, is_masked=is_masked)
    yield from _write_table(RecordedResponse._fields, codes)
    yield b"\n"
    yield from _write_table(BadObject._fields, bad_users)


def _tables(read: Read, zone: ZoneInfo, *, is_masked: bool) -> tuple[Callable[[], Rows], Callable[[], Rows]]:
    return (
        lambda: (_local(row, zone) for page in reports.response_pages(read) for row in page),
        lambda: (row for page in reports.refusal_pages(read, is_masked=is_masked) for row in page),
    )


def _local(row: RecordedResponse, zone: ZoneInfo) -> RecordedResponse:
    return row._replace(date=row.date.astimezone(zone).replace(tzinfo=None))


def _indexed(rows: Rows) -> Rows:
    for index, row in enumerate(rows):
        yield index, *row


# --- text -------------------------------------------------------------------------------


def _write_table(headings: Sequence[str], make: Callable[[], Rows]) -> Iterator[bytes]:
    """Reads the rows twice, because the last one may be what makes a column wide."""
    widths = [len(heading) for heading in headings]
    number = 0
    for row in make():
        number += 1
        widths = [max(width, len(_text(value))) for width, value in zip(widths, row, strict=True)]
    index_width = len(str(max(0, number - 1)))
    yield _line("", index_width, headings, widths)
    lines = []
    for index, row in enumerate(make()):
        if index >= number:  # added while it is written
            break
        lines.append(_line(str(index), index_width, row, widths))
        if len(lines) == reports.PART:
            yield b"".join(lines)
            lines.clear()
    yield b"".join(lines)


def _line(index: str, index_width: int, row: Sequence["Value"], widths: Sequence[int]) -> bytes:
    cells = (_text(value).rjust(width) for value, width in zip(row, widths, strict=True))
    return ("  ".join([index.ljust(index_width), *cells]) + "\n").encode()


def _text(value: "Value") -> str:
    return value.strftime("%Y-%m-%d %H:%M:%S.%f") if isinstance(value, datetime) else str(value)

"""Entries as tables for people: chosen columns as CSV or a workbook, whole entries as lines of JSON.

Everything is made while it is sent; what programs wrote stays text.
"""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, tzinfo
from typing import Any

import orjson

from almoxarife.server.logs.entries import EntryStore, Stored, Wanted
from almoxarife.server.store.columns import from_micros
from almoxarife.tables.cells import guard
from almoxarife.tables.workbook import SheetRows, Value, stream_workbook

PAGE = 500


def line_pages(store: EntryStore, wanted: Wanted) -> Iterator[bytes]:
    for page in _pages(store, wanted):
        yield b"".join(orjson.dumps(stored.to_wire()) + b"\n" for stored in page)


def stream_csv(store: EntryStore, wanted: Wanted, columns: Sequence[str], zone: tzinfo) -> Iterator[bytes]:
    """As Excel in Brazil reads it: semicolons, UTF-8 with its mark; no cell is a formula."""
    yield "\ufeff".encode() + _write_lines([columns])
    for page in _pages(store, wanted):
        yield _write_lines([[_csv_text(value) for value in _row(stored, columns, zone)] for stored in page])


def stream_xlsx(store: EntryStore, wanted: Wanted, columns: Sequence[str], zone: tzinfo) -> Iterator[bytes]:
    rows = (_row(stored, columns, zone) for page in _pages(store, wanted) for stored in page)
    return stream_workbook([SheetRows("Registros", columns, rows)])


def _pages(store: EntryStore, wanted: Wanted) -> Iterator[list[Stored]]:
    page = replace(wanted, limit=PAGE)
    while found := store.search(page):
        yield found
        if len(found) < PAGE:
            return
        page = replace(page, older_than=found[-1].id)


def _row(stored: Stored, columns: Sequence[str], zone: tzinfo) -> list[Value]:
    entry = stored.entry
    times = {"timestamp": entry.moment, "recebido_em": entry.received_at}
    wire: dict[str, Any] | None = None
    row: list[Value] = []
    for name in columns:
        if name in times:
            row.append(from_micros(times[name]).astimezone(zone).replace(tzinfo=None))
            continue
        wire = wire or stored.to_wire()
        row.append(_as_cell(wire[name] if name in wire else wire["extra"].get(name)))
    return row


def _as_cell(value: object) -> Value:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**15:
        return value
    return orjson.dumps(value).decode()


def _csv_text(value: Value) -> str:
    if isinstance(value, datetime):
        return value.strftime("%d/%m/%Y %H:%M:%S.%f")[:-3]
    if isinstance(value, str):
        return guard(value)
    return "" if value is None else str(value)


def _write_lines(rows: Sequence[Sequence[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, delimiter=";", lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode()

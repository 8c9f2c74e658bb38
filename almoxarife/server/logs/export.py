"""Exports log entries: whole ones as JSON lines, chosen columns as CSV or a workbook.

Everything is produced while it is sent. What programs wrote is never a formula in a spreadsheet.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING, Any

import orjson

from almoxarife.server.logs.entries import EntryFilter, EntryStore, StoredEntry
from almoxarife.server.store.columns import from_micros
from almoxarife.tables.text.formulas import guard
from almoxarife.tables.text.semicolons import BOM, encode_rows
from almoxarife.wire.times import to_iso

if TYPE_CHECKING:
    from almoxarife.tables.workbook import Value

PAGE = 500
ECS_VERSION = "8.11.0"

_OUTCOMES = {
    **dict.fromkeys(("success", "sucesso", "ok"), "success"),
    **dict.fromkeys(("failure", "failed", "error", "erro", "falha"), "failure"),
}


def stream_ecs(store: EntryStore, chosen: EntryFilter) -> Iterator[bytes]:
    """JSON lines with the names of the Elastic Common Schema."""
    for page in _read_pages(store, chosen):
        yield b"".join(orjson.dumps(_to_ecs(stored)) + b"\n" for stored in page)


def stream_lines(store: EntryStore, chosen: EntryFilter) -> Iterator[bytes]:
    """JSON lines as ``GET /log`` has them."""
    for page in _read_pages(store, chosen):
        yield b"".join(orjson.dumps(stored.to_wire()) + b"\n" for stored in page)


def stream_csv(store: EntryStore, chosen: EntryFilter, columns: Sequence[str], zone: tzinfo) -> Iterator[bytes]:
    """The chosen columns for Excel in Brazil: semicolons, UTF-8 with a BOM, no cell that is a formula."""
    yield BOM + encode_rows([columns])
    for page in _read_pages(store, chosen):
        yield encode_rows([[_csv_text(value) for value in _row(stored, columns, zone)] for stored in page])


def stream_xlsx(store: EntryStore, chosen: EntryFilter, columns: Sequence[str], zone: tzinfo) -> Iterator[bytes]:
    """The chosen columns as a workbook."""
    from almoxarife.tables.workbook import SheetRows, stream_workbook  # not at each start

    rows = (_row(stored, columns, zone) for page in _read_pages(store, chosen) for stored in page)
    return stream_workbook([SheetRows("Registros", columns, rows)])


def _read_pages(store: EntryStore, chosen: EntryFilter) -> Iterator[list[StoredEntry]]:
    page = replace(chosen, limit=PAGE)
    while found := store.search(page):
        yield found
        if len(found) < PAGE:
            return
        page = replace(page, older_than=found[-1].id)


def _row(stored: StoredEntry, columns: Sequence[str], zone: tzinfo) -> list["Value"]:
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


def _as_cell(value: object) -> "Value":
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**15:
        return value
    return orjson.dumps(value).decode()


def _csv_text(value: "Value") -> str:
    if isinstance(value, datetime):
        return value.strftime("%d/%m/%Y %H:%M:%S.%f")[:-3]
    if isinstance(value, str):
        return guard(value)
    return "" if value is None else str(value)


# --- the Elastic Common Schema -----------------------------------------------------------


def _to_ecs(stored: StoredEntry) -> dict[str, Any]:
    entry = stored.entry
    extra: dict[str, Any] = orjson.loads(entry.extra) if entry.extra else {}
    event: dict[str, Any] = {
        "id": str(stored.id),
        "ingested": to_iso(from_micros(entry.received_at)),
        "action": entry.action,
        "outcome": _OUTCOMES.get(entry.result.lower(), "unknown"),
    }
    document: dict[str, Any] = {
        "@timestamp": to_iso(from_micros(entry.moment)),
        "ecs": {"version": ECS_VERSION},
        "event": event,
        "service": {"name": entry.service},
    }
    if entry.user_id != "N/A":
        document["user"] = {"id": entry.user_id}
    if entry.cause:
        event["reason"] = entry.cause
    _move_known(extra, document)
    if event["outcome"] == "unknown":
        extra["result"] = entry.result
    if extra:
        # The schema allows only texts as labels.
        document["labels"] = {
            name: value if isinstance(value, str) else orjson.dumps(value).decode() for name, value in extra.items()
        }
    return document


def _move_known(extra: dict[str, Any], document: dict[str, Any]) -> None:
    """Move the extra fields that the schema has a name for into the document."""
    if isinstance(extra.get("duration_ms"), int | float):
        document["event"]["duration"] = round(extra.pop("duration_ms") * 1_000_000)
    if isinstance(extra.get("status"), int):
        document["http"] = {"response": {"status_code": extra.pop("status")}}
    for name, group, field in (
        ("address", "source", "ip"),
        ("path", "url", "path"),
        ("level", "log", "level"),
        ("trace_id", "trace", "id"),
        ("request_id", "transaction", "id"),
    ):
        if isinstance(extra.get(name), str):
            document[group] = {field: extra.pop(name)}
    if isinstance(extra.get("message"), str):
        document["message"] = extra.pop("message")

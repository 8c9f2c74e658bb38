"""Entries under the names of the Elastic Common Schema, one JSON object a line, oldest last."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import orjson

from almoxarife.server.logs.entries import EntryStore, Stored, Wanted
from almoxarife.server.store.columns import from_micros
from almoxarife.wire.times import to_iso

ECS_VERSION = "8.11.0"
PAGE = 500

_OUTCOMES = {
    **dict.fromkeys(("success", "sucesso", "ok"), "success"),
    **dict.fromkeys(("failure", "failed", "error", "erro", "falha"), "failure"),
}


def ecs_pages(store: EntryStore, wanted: Wanted) -> Iterator[bytes]:
    """Everything that is wanted as NDJSON, page by page."""
    page = replace(wanted, limit=PAGE)
    while found := store.search(page):
        yield b"".join(orjson.dumps(to_ecs(stored)) + b"\n" for stored in found)
        if len(found) < PAGE:
            return
        page = replace(page, older_than=found[-1].id)


def to_ecs(stored: Stored) -> dict[str, Any]:
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
        # Labels are texts in the schema.
        document["labels"] = {
            name: value if isinstance(value, str) else orjson.dumps(value).decode() for name, value in extra.items()
        }
    return document


def _move_known(extra: dict[str, Any], document: dict[str, Any]) -> None:
    """What the schema has a name for leaves ``extra``."""
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

"""Stores entries of other programs. Each is validated separately; the valid ones are stored together."""

import time
from collections.abc import Mapping
from datetime import UTC, datetime, tzinfo
from typing import Any

import orjson
from pydantic import ValidationError

from almoxarife.server.errors import bad_fields
from almoxarife.server.logs.entries import Entry, EntryStore, make_entry
from almoxarife.wire.problem import FieldError, explain
from almoxarife.wire.programs.logs import MAX_ENTRY, LogIn

_TOO_LONG = FieldError(campo="corpo", mensagem=f"Use no máximo {MAX_ENTRY // 1024} KiB por registro.")
MAX_WORK_S = 15.0
"""CPU time for one list. 16 MiB of plain text take a third of it, numbers far more."""
_TOO_MUCH = FieldError(
    campo="corpo", mensagem="Esta lista dá trabalho demais de uma vez. Envie este registro de novo, em outra lista."
)


def store_one(store: EntryStore, value: object, zone: tzinfo) -> dict[str, Any]:
    """Store one entry. Raises BadRequest."""
    checked = _check(value, datetime.now(UTC), zone)
    if not isinstance(checked, Entry):
        raise bad_fields(checked)
    (number,) = store.append([checked])
    return {"status": "success", "log_id": str(number)}


def store_many(
    store: EntryStore, values: list[object], zone: tzinfo, *, refused: Mapping[int, FieldError]
) -> list[dict[str, Any]]:
    """Store the valid entries; returns for each value its id or its errors.

    Values are refused once the list has used up its CPU time. ``refused``: errors that the caller has found, by index.
    """
    now = datetime.now(UTC)
    is_any_long = len(orjson.dumps(values)) > MAX_ENTRY
    until = time.thread_time() + MAX_WORK_S
    checked = [
        [refused[number]]
        if number in refused
        else _check(value, now, zone, is_maybe_long=is_any_long)
        if time.thread_time() < until
        else [_TOO_MUCH]
        for number, value in enumerate(values)
    ]
    ids = iter(store.append([entry for entry in checked if isinstance(entry, Entry)]))
    return [
        {"status": "success", "log_id": str(next(ids))}
        if isinstance(entry, Entry)
        else {"status": "error", "erros": [error.model_dump(by_alias=True) for error in entry]}
        for entry in checked
    ]


def _check(value: object, now: datetime, zone: tzinfo, *, is_maybe_long: bool = True) -> Entry | list[FieldError]:
    if is_maybe_long and len(orjson.dumps(value)) > MAX_ENTRY:
        return [_TOO_LONG]
    try:
        return make_entry(LogIn.model_validate(value), now, zone)
    except ValidationError as error:
        return explain(error, LogIn)

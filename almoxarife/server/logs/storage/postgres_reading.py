"""Queries of the log on PostgreSQL."""

from collections.abc import Iterator
from typing import Any

from almoxarife.server.logs.entries import FAILURE, EntryFilter
from almoxarife.server.logs.storage import quarters
from almoxarife.server.logs.storage.matching import to_tsquery
from almoxarife.server.logs.storage.numbering import NEVER, SPREAD, first_id
from almoxarife.server.logs.storage.postgres_rows import tags_of
from almoxarife.server.store.columns import to_micros
from almoxarife.server.store.postgres_connection import PostgresConnection

COLUMNS = "id, moment, received_at, service, user_id, action, result, cause, extra"
_BY_QUARTER = f"id / {quarters.IDS} * {quarters.MICROS}, count(*), count(*) FILTER (WHERE result = '{FAILURE}')"
_DAY = first_id(86_400_000_000)


def read_newest(
    pg: PostgresConnection, chosen: EntryFilter, limit: int, columns: str = COLUMNS, *, summed: str | None = None
) -> Iterator[tuple[Any, ...]]:
    """``columns`` of the newest ``limit`` entries that match.

    With ``summed``, a select list of a value and a count, the entries are grouped by that value; a value may come more
    than once.
    """
    conditions, parameters = _conditions(chosen)
    lowest, before = _span(chosen)
    sql = "SELECT min(id), max(id) + 1 FROM registros.entries WHERE id >= %s AND id < %s"
    oldest, end = pg.execute(sql, (lowest, before)).fetchall()[0]
    found = f"SELECT {columns} FROM registros.entries WHERE id >= %s AND id < %s{conditions}"
    if conditions:
        found = f"WITH found AS MATERIALIZED ({found}) SELECT * FROM found"
    sql = f"{found} ORDER BY id DESC LIMIT %s"
    if summed is not None:
        sql = f"SELECT {summed} FROM ({sql}) AS newest GROUP BY 1"
    span = _DAY
    # From the newest entry back, each time over twice the span. A common word is found within the last day. For a rare
    # one, a LIMIT over the whole log would make the planner read everything backwards.
    while end is not None and end > oldest and limit > 0:
        start = max(oldest, end - span)
        rows = pg.execute(sql, (start, end, *parameters, limit), prepare=False).fetchall()
        yield from rows
        number = len(rows) if summed is None else sum(row[1] for row in rows)
        limit -= number
        # But no further than the rest should reach at the same density.
        end, span = start, max(_DAY, min(span * 2, span * limit // max(number, 1)))


def count_quarters(pg: PostgresConnection, chosen: EntryFilter, first: int, before: int) -> list[tuple[Any, ...]]:
    """The quarters with matching entries from the id ``first`` to before ``before``, read entry by entry."""
    if chosen.max_entries is not None:
        return list(read_newest(pg, chosen, chosen.max_entries, "id, result", summed=_BY_QUARTER))
    conditions, parameters = _conditions(chosen)
    lowest, end = _span(chosen)
    sql = f"SELECT {_BY_QUARTER} FROM registros.entries WHERE id >= %s AND id < %s{conditions} GROUP BY 1"
    return pg.execute(sql, (max(first, lowest), min(before, end), *parameters), prepare=False).fetchall()


def count_values(pg: PostgresConnection, chosen: EntryFilter, column: str, limit: int) -> list[tuple[str, int]]:
    """The commonest values of a column, and how often each occurs."""
    if chosen.max_entries is None:
        conditions, parameters = _conditions(chosen)
        sql = (
            f"SELECT {column}, count(*) FROM registros.entries WHERE id >= %s AND id < %s{conditions}"
            " GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT %s"
        )
        return pg.execute(sql, (*_span(chosen), *parameters, limit), prepare=False).fetchall()
    found: dict[str, int] = {}
    for value, number in read_newest(pg, chosen, chosen.max_entries, f"id, {column}", summed=f"{column}, count(*)"):
        found[value] = found.get(value, 0) + number
    return sorted(found.items(), key=lambda item: (-item[1], item[0]))[:limit]


def _span(chosen: EntryFilter) -> tuple[int, int]:
    """The range of ids to read: from the first to before the second."""
    before = NEVER if chosen.before is None else first_id(to_micros(chosen.before)) + SPREAD
    if chosen.older_than is not None:
        before = min(before, chosen.older_than)
    return 0 if chosen.since is None else first_id(to_micros(chosen.since)), before


def _conditions(chosen: EntryFilter) -> tuple[str, list[object]]:
    """Further conditions, each beginning with AND, and their parameters."""
    there, not_there = to_tsquery(chosen.text)
    conditions = ""
    parameters: list[object] = []
    for condition, value in (
        ("words @@ %s::tsquery", there),
        ("NOT words @@ %s::tsquery", not_there),
        ("tags @> %s", tags_of(chosen.fields) or None),
        ("service <> %s", chosen.not_service),
        ("moment < %s", None if chosen.before is None else to_micros(chosen.before)),
    ):
        if value is not None:
            conditions += f" AND {condition}"
            parameters.append(value)
    return conditions, parameters

"""Reads movements: pages in either direction, and the summary of a day."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from decimal import Decimal

from sqlalchemy.orm import Session

from almoxarife.server.clock import start_of
from almoxarife.server.stock.models import SELECT_ROWS, MovementRow
from almoxarife.server.store.columns import from_micros, to_micros
from almoxarife.server.store.sessions import raw, read_pages
from almoxarife.wire.fields import SCALE
from almoxarife.wire.stock import MovementKind, Summary

NEWEST = 2**62
"""Larger than any ``seq``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which movements to list. ``since`` and ``before`` are compared with the time of recording."""

    shop_ids: tuple[int, ...] | None
    """None: every shop."""
    kind: MovementKind | None = None
    product_id: int | None = None
    since: datetime | None = None
    before: datetime | None = None

    @property
    def is_whole(self) -> bool:
        """Whether it lists all movements of its shops."""
        return self == Filter(shop_ids=self.shop_ids)

    def sql(self) -> tuple[str, list[object]]:
        conditions = ["true"]
        if self.shop_ids is not None:
            conditions.append(f"m.shop_id IN ({','.join(map(str, self.shop_ids)) or 'NULL'})")
        parameters: list[object] = []
        for condition, value in (
            ("m.kind = ?", self.kind and self.kind.value),
            ("m.product_id = ?", self.product_id),
            ("m.recorded_at >= ?", self.since and to_micros(self.since)),
            ("m.recorded_at < ?", self.before and to_micros(self.before)),
        ):
            if value is not None:
                conditions.append(condition)
                parameters.append(value)
        return " AND ".join(conditions), parameters


def list_after(session: Session, chosen: Filter, *, after: int, limit: int) -> list[MovementRow]:
    """Movements with a larger ``seq``, oldest first."""
    where, parameters = chosen.sql()
    sql = f"{SELECT_ROWS} WHERE m.seq > ? AND {where} ORDER BY m.seq LIMIT ?"
    return _rows(session, sql, (after, *parameters, limit))


def list_before(session: Session, chosen: Filter, *, before: int, limit: int) -> list[MovementRow]:
    """Movements with a smaller ``seq``, newest first."""
    where, parameters = chosen.sql()
    sql = f"{SELECT_ROWS} WHERE m.seq < ? AND {where} ORDER BY m.seq DESC LIMIT ?"
    return _rows(session, sql, (before, *parameters, limit))


def has_more_than(session: Session, chosen: Filter, number: int) -> bool:
    """Whether there are more than ``number`` such movements, without counting them all."""
    where, parameters = chosen.sql()
    sql = f"SELECT count(*) FROM (SELECT 1 FROM movements m WHERE {where} LIMIT ?) AS some_of_them"
    return int(raw(session).execute(sql, (*parameters, number + 1))[0][0]) > number


def newest_seq(session: Session) -> int:
    return int(raw(session).execute("SELECT coalesce(max(seq), 0) FROM movements")[0][0])


def pages(
    read: Callable[[], AbstractContextManager[Session]], size: int, chosen: Filter
) -> Iterator[list[MovementRow]]:
    """Pages of all movements up to the newest one at the start."""

    def after(session: Session, seq: int) -> list[MovementRow]:
        return list_after(session, chosen, after=seq, limit=size)

    return read_pages(read, after, _seq, size=size, newest=newest_seq)


def pages_backwards(
    read: Callable[[], AbstractContextManager[Session]], size: int, chosen: Filter
) -> Iterator[list[MovementRow]]:
    """Pages of all movements from the newest one at the start back to the first."""

    def before(session: Session, seq: int) -> list[MovementRow]:
        return list_before(session, chosen, before=seq, limit=size)

    return read_pages(read, before, _seq, size=size, start=NEWEST)


def _seq(row: MovementRow) -> int:
    return row.seq


def _rows(session: Session, sql: str, parameters: tuple[object, ...]) -> list[MovementRow]:
    return [MovementRow(*row) for row in raw(session).execute(sql, parameters)]


# --- a day ----------------------------------------------------------------------------


def summarise(session: Session, day: date, shop_ids: tuple[int, ...], zone: tzinfo) -> Summary:
    """The entries of one local day, by the hour they were recorded in."""
    chosen = Filter(
        shop_ids=shop_ids,
        kind=MovementKind.ENTRY,
        since=start_of(day, zone),
        before=start_of(day + timedelta(days=1), zone),
    )
    where, parameters = chosen.sql()
    sql = f"SELECT m.recorded_at, m.quantity, m.recorded_by FROM movements m WHERE {where}"
    rows = raw(session).execute(sql, parameters)
    per_hour = [0] * 24
    for recorded_at, _, _ in rows:
        per_hour[from_micros(recorded_at).astimezone(zone).hour] += 1
    return Summary(
        entradas=len(rows),
        quantidade=Decimal(sum(quantity for _, quantity, _ in rows)) / SCALE,
        pessoas=len({person for _, _, person in rows}),
        por_hora=per_hour,
    )

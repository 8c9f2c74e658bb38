"""Reading the ledger of sales."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy.orm import Session

from almoxarife.server.sales.models import SELECT_ROWS, SaleRow
from almoxarife.server.sales.service import Sold, list_items
from almoxarife.server.store.columns import to_micros
from almoxarife.server.store.sessions import raw


class Cursor(NamedTuple):
    """A place in the order in which sales happened."""

    occurred_at: int
    seq: int

    def to_wire(self) -> str:
        return f"{self.occurred_at}-{self.seq}"

    @classmethod
    def find(cls, text: str) -> "Cursor | None":
        numbers = text.split("-")
        if len(numbers) != 2 or not all(part.isascii() and part.isdigit() and len(part) <= 18 for part in numbers):
            return None
        return cls(int(numbers[0]), int(numbers[1]))


START = Cursor(0, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which sales to list; moments are compared with when they happened."""

    shop_ids: tuple[int, ...]
    seller_id: int | None = None
    since: datetime | None = None
    before: datetime | None = None
    with_cancelled: bool = False

    def sql(self) -> tuple[str, list[object]]:
        conditions = [f"s.shop_id IN ({','.join(map(str, self.shop_ids)) or 'NULL'})"]
        if not self.with_cancelled:
            conditions.append("c.sale_seq IS NULL")
        parameters: list[object] = []
        for condition, value in (
            ("s.seller_id = ?", self.seller_id),
            ("s.occurred_at >= ?", self.since and to_micros(self.since)),
            ("s.occurred_at < ?", self.before and to_micros(self.before)),
        ):
            if value is not None:
                conditions.append(condition)
                parameters.append(value)
        return " AND ".join(conditions), parameters


def list_after(session: Session, chosen: Filter, *, after: Cursor, limit: int, newest: int | None = None) -> list[Sold]:
    """Sales that happened later, oldest first; up to the ``seq`` ``newest`` alone."""
    where, parameters = chosen.sql()
    if newest is not None:
        where, parameters = f"{where} AND s.seq <= ?", [*parameters, newest]
    sql = f"{SELECT_ROWS} WHERE (s.occurred_at, s.seq) > (?, ?) AND {where} ORDER BY s.occurred_at, s.seq LIMIT ?"
    return _with_items(session, raw(session).execute(sql, (*after, *parameters, limit)))


def list_newest(session: Session, chosen: Filter, limit: int) -> list[Sold]:
    """Those that happened last, oldest first."""
    where, parameters = chosen.sql()
    sql = f"{SELECT_ROWS} WHERE {where} ORDER BY s.occurred_at DESC, s.seq DESC LIMIT ?"
    return _with_items(session, raw(session).execute(sql, (*parameters, limit))[::-1])


def pages(read: Callable[[], AbstractContextManager[Session]], size: int, chosen: Filter) -> Iterator[list[Sold]]:
    """Everything up to the newest sale at the start, no transaction held between the pages."""
    with read() as session:
        newest = int(raw(session).execute("SELECT coalesce(max(seq), 0) FROM sales")[0][0])
    place = START
    while True:
        with read() as session:
            found = list_after(session, chosen, after=place, limit=size, newest=newest)
        yield found
        if len(found) < size:
            return
        place = cursor_of(found[-1])


def cursor_of(sold: Sold) -> Cursor:
    return Cursor(sold.row.occurred_at, sold.row.seq)


def _with_items(session: Session, rows: list[tuple[object, ...]]) -> list[Sold]:
    sales = [SaleRow(*row) for row in rows]  # type: ignore[arg-type]  # as SELECT_ROWS reads them
    items = list_items(session, [sale.seq for sale in sales])
    return [Sold(sale, items.get(sale.seq, [])) for sale in sales]

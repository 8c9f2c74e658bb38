"""Reads sales, totals and rankings.

Totals and rankings are read from the stored sums (``upkeep/sales_totals.py``): whole months, and the
days at the ends of a span; for products, which are many, as few periods as possible (``periods.py``).
One seller's products and hours are not stored, and are read from that seller's sales.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from operator import attrgetter
from typing import NamedTuple

from sqlalchemy.orm import Session

from almoxarife import brazil
from almoxarife.server.clock import list_offsets, start_of
from almoxarife.server.ids import IdKind
from almoxarife.server.sales import service
from almoxarife.server.sales.models import SELECT_ROWS, SaleRow
from almoxarife.server.sales.periods import Range, list_ranges
from almoxarife.server.sales.service import Sold, list_items
from almoxarife.server.store.columns import to_micros
from almoxarife.server.store.sessions import raw, read_with_retry
from almoxarife.server.stores import service as stores
from almoxarife.server.upkeep.sales_totals import Dimension, find_day_and_hour
from almoxarife.wire.fields import fold
from almoxarife.wire.sales import RankedBy, RankingOrder
from almoxarife.wire.times import EARLIEST_YEAR


class Cursor(NamedTuple):
    """A position in the order in which sales occurred."""

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
_HOUR = 3_600_000_000
"""In microseconds."""
_FIRST_MOMENT = datetime(EARLIEST_YEAR, 1, 1, tzinfo=UTC) - timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which sales to list. ``since`` and ``before`` are compared with ``occurred_at``."""

    shop_ids: tuple[int, ...]
    seller_id: int | None = None
    since: datetime | None = None
    before: datetime | None = None
    product_id: int | None = None
    hour: int | None = None
    """Of the local day in ``zone``."""
    zone: tzinfo = UTC
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
            (
                "EXISTS (SELECT 1 FROM sale_items i WHERE i.sale_seq = s.seq AND i.product_id = ?)",
                self.product_id,
            ),
        ):
            if value is not None:
                conditions.append(condition)
                parameters.append(value)
        if self.hour is not None:
            conditions.append(f"({' OR '.join(self._list_hours(self.hour))})")
        return " AND ".join(conditions), parameters

    def _list_hours(self, hour: int) -> Iterator[str]:
        """The condition for an hour of the local day, one for each span with the same offset of the zone."""
        since, before = self.since or _FIRST_MOMENT, self.before or datetime.now(UTC) + timedelta(days=1)
        offsets = list_offsets(self.zone, since, max(since, before))
        ends = [moment for moment, _ in offsets[1:]] + [max(since, before)]
        for (begin, offset), end in zip(offsets, ends, strict=True):
            local = f"s.occurred_at + {offset // timedelta(microseconds=1)}"
            yield (
                f"(s.occurred_at >= {to_micros(begin)} AND s.occurred_at < {to_micros(end)}"
                f" AND ({local}) / {_HOUR} % 24 = {hour})"
            )


def list_after(session: Session, chosen: Filter, *, after: Cursor, limit: int, newest: int | None = None) -> list[Sold]:
    """Sales that occurred after the cursor, oldest first; with ``newest``, only up to that ``seq``."""
    where, parameters = chosen.sql()
    if newest is not None:
        where, parameters = f"{where} AND s.seq <= ?", [*parameters, newest]
    sql = f"{SELECT_ROWS} WHERE (s.occurred_at, s.seq) > (?, ?) AND {where} ORDER BY s.occurred_at, s.seq LIMIT ?"
    return _with_items(session, raw(session).execute(sql, (*after, *parameters, limit)))


def list_newest(session: Session, chosen: Filter, limit: int, *, before: int | None = None) -> list[Sold]:
    """The last sales, oldest first; with ``before``, which must be a sale of these shops, the last ones before it."""
    where, parameters = chosen.sql()
    if before is not None:
        shops = ",".join(map(str, chosen.shop_ids)) or "NULL"
        where += (
            f" AND (s.occurred_at, s.seq) < (SELECT occurred_at, seq FROM sales WHERE seq = ? AND shop_id IN ({shops}))"
        )
        parameters = [*parameters, before]
    sql = f"{SELECT_ROWS} WHERE {where} ORDER BY s.occurred_at DESC, s.seq DESC LIMIT ?"
    return _with_items(session, raw(session).execute(sql, (*parameters, limit))[::-1])


def pages(read: Callable[[], AbstractContextManager[Session]], size: int, chosen: Filter) -> Iterator[list[Sold]]:
    """Pages of all sales up to the newest one at the start."""
    newest = read_with_retry(read, _find_newest)
    place = START
    while True:
        found = read_with_retry(read, list_after, chosen, after=place, limit=size, newest=newest)
        yield found
        if len(found) < size:
            return
        place = cursor_of(found[-1])


def _find_newest(session: Session) -> int:
    return int(raw(session).execute("SELECT coalesce(max(seq), 0) FROM sales")[0][0])


def cursor_of(sold: Sold) -> Cursor:
    return Cursor(sold.row.occurred_at, sold.row.seq)


def _with_items(session: Session, rows: list[tuple[object, ...]]) -> list[Sold]:
    sales = [SaleRow(*row) for row in rows]  # type: ignore[arg-type]  # as SELECT_ROWS reads them
    items = list_items(session, [sale.seq for sale in sales])
    return [Sold(sale, items.get(sale.seq, [])) for sale in sales]


# --- totals and rankings --------------------------------------------------------------


class Span(NamedTuple):
    """Local days from the first to the last, both included; None is open."""

    since: date | None
    until: date | None

    def list_periods(self) -> list[tuple[int, int]]:
        """The ranges of months (202311) and days (20231120) that add up to the span: the first and last of each."""
        since, until = self
        ranges = []
        first_month, last_month = _FIRST_MONTH, _LAST_MONTH
        if since is not None:
            first_month = _month(since)
            if since.day > 1:
                end = _end_of_month(since)
                if until is not None and until <= end:
                    return [(_day(since), _day(until))]
                ranges.append((_day(since), _day(end)))
                first_month = _month(end + timedelta(days=1))
        if until is not None:
            last_month = _month(until)
            if until != _end_of_month(until):
                ranges.append((_day(until.replace(day=1)), _day(until)))
                last_month = _month(until.replace(day=1) - timedelta(days=1))
        if first_month <= last_month:
            ranges.append((first_month, last_month))
        return ranges

    def list_days(self) -> list[tuple[int, int]]:
        first = _FIRST_DAY if self.since is None else _day(self.since)
        return [(first, _LAST_DAY if self.until is None else _day(self.until))]


_FIRST_MONTH, _LAST_MONTH = 100_001, 999_912
_FIRST_DAY, _LAST_DAY = 10_000_101, 99_991_231


def _day(day: date) -> int:
    return day.year * 10_000 + day.month * 100 + day.day


def _month(day: date) -> int:
    return day.year * 100 + day.month


def _end_of_month(day: date) -> date:
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


class _Scope(NamedTuple):
    """Which sales are added up: shops, days, and one seller or all."""

    shop_ids: tuple[int, ...]
    span: Span
    seller_id: int | None = None
    zone: tzinfo = UTC

    def to_filter(self) -> Filter:
        since, until = self.span
        return Filter(
            shop_ids=self.shop_ids,
            seller_id=self.seller_id,
            since=None if since is None else start_of(since, self.zone),
            before=None if until is None else start_of(until + timedelta(days=1), self.zone),
        )


class Total(NamedTuple):
    centavos: int
    sales: int


class Ranked(NamedTuple):
    id: str
    name: str
    centavos: int
    sales: int
    place: int
    quantity: int = 0
    """Of a product, in ten-thousandths of its unit."""
    unit: str | None = None
    """Of a product."""


def find_total(session: Session, shop_ids: tuple[int, ...], span: Span, seller_id: int | None = None) -> Total:
    scope = _Scope(shop_ids, span, seller_id)
    groups = _group(session, "dimension", Dimension.SHOP, scope, _added(span.list_periods()))
    return Total(*groups[0][1:]) if groups else Total(0, 0)


def rank(
    session: Session,
    by: RankedBy,
    shop_ids: tuple[int, ...],
    span: Span,
    *,
    order: RankingOrder = RankingOrder.TOTAL,
    seller_id: int | None = None,
    zone: tzinfo = UTC,
) -> list[Ranked]:
    """The ranking, largest total (or quantity) first and equal ones by name, without those who sold nothing.

    For one seller, products and hours are read from the sales, with the days of ``zone``.
    """
    found = _RANKINGS[by](session, _Scope(shop_ids, span, seller_id, zone))
    measure = attrgetter("quantity" if order is RankingOrder.QUANTITY else "centavos")
    found.sort(key=lambda one: (-measure(one), fold(one.name), one.id))
    ranked: list[Ranked] = []
    for number, one in enumerate(found, start=1):
        shared = ranked[-1].place if ranked and measure(ranked[-1]) == measure(one) else number
        ranked.append(one._replace(place=shared))
    return ranked


def _rank_sellers(session: Session, scope: _Scope) -> list[Ranked]:
    groups = _group(session, "key", Dimension.SELLER, scope, _added(scope.span.list_periods()))
    names = service.find_names(session, {key for key, *_ in groups})
    return [Ranked(IdKind.USER.to_wire(key), names[key], amount, sales, 0) for key, amount, sales in groups]


def _rank_products(session: Session, scope: _Scope) -> list[Ranked]:
    if scope.seller_id is None:
        ranges = list_ranges(*scope.span)
        sums, parameters = _add_up("key", Dimension.PRODUCT, scope, ranges, ("amount", "sales", "quantity"))
    else:
        where, parameters = scope.to_filter().sql()
        sums = (
            "SELECT i.product_id AS part, sum(i.subtotal - i.discount) AS amount, count(DISTINCT s.seq) AS sales,"
            " sum(i.quantity) AS quantity FROM sales s JOIN sale_items i ON i.sale_seq = s.seq"
            f" LEFT JOIN sale_cancellations c ON c.sale_seq = s.seq WHERE {where} GROUP BY i.product_id"
        )
    rows = raw(session).execute(
        f"SELECT g.part, n.name, g.amount, g.sales, g.quantity, n.unit FROM ({sums}) AS g"
        " JOIN products n ON n.id = g.part",
        parameters,
    )
    return [
        Ranked(IdKind.PRODUCT.to_wire(key), name, int(amount), int(sales), 0, int(quantity), unit)
        for key, name, amount, sales, quantity, unit in rows
    ]


def _rank_shops(session: Session, scope: _Scope) -> list[Ranked]:
    names = {shop.id: shop.name for shop in stores.list_shops(session)}
    groups = _group(session, "shop_id", Dimension.SHOP, scope, _added(scope.span.list_periods()))
    return [Ranked(IdKind.SHOP.to_wire(key), names[key], amount, sales, 0) for key, amount, sales in groups]


def _rank_chains(session: Session, scope: _Scope) -> list[Ranked]:
    """By chain; shops without a chain are left out."""
    chains = {shop.id: shop.chain_id for shop in stores.list_shops(session)}
    totals: dict[int, Total] = {}
    for shop_id, amount, sales in _group(session, "shop_id", Dimension.SHOP, scope, _added(scope.span.list_periods())):
        chain_id = chains[shop_id]
        if chain_id is not None:
            before = totals.get(chain_id, Total(0, 0))
            totals[chain_id] = Total(before.centavos + amount, before.sales + sales)
    names = {chain.id: chain.name for chain in stores.list_chains(session, None)}
    return [Ranked(IdKind.CHAIN.to_wire(key), names[key], *total, 0) for key, total in totals.items()]


def _rank_days(session: Session, scope: _Scope) -> list[Ranked]:
    found = []
    for key, amount, sales in _group(session, "period", Dimension.SHOP, scope, _added(scope.span.list_days())):
        day = date(key // 10_000, key // 100 % 100, key % 100)
        found.append(Ranked(day.isoformat(), brazil.format_date(day), amount, sales, 0))
    return found


def _rank_hours(session: Session, scope: _Scope) -> list[Ranked]:
    if scope.seller_id is None:
        groups = _group(session, "key", Dimension.HOUR, scope, _added(scope.span.list_periods()))
    else:
        groups = _add_up_hours(session, scope)
    return [Ranked(str(key), f"{key:02}h", amount, sales, 0) for key, amount, sales in groups]


_RANKINGS = {
    RankedBy.SELLER: _rank_sellers,
    RankedBy.SHOP: _rank_shops,
    RankedBy.CHAIN: _rank_chains,
    RankedBy.PRODUCT: _rank_products,
    RankedBy.DAY: _rank_days,
    RankedBy.HOUR: _rank_hours,
}


def _add_up_hours(session: Session, scope: _Scope) -> list[tuple[int, int, int]]:
    """One seller's hours from the sales: the hour, centavos and the number of sales."""
    where, parameters = scope.to_filter().sql()
    rows = raw(session).execute(
        "SELECT s.occurred_at, s.amount FROM sales s LEFT JOIN sale_cancellations c ON c.sale_seq = s.seq"
        f" WHERE {where}",
        parameters,
    )
    hours: dict[int, Total] = {}
    for occurred_at, amount in rows:
        _, hour = find_day_and_hour(occurred_at, scope.zone)
        before = hours.get(hour, Total(0, 0))
        hours[hour] = Total(before.centavos + amount, before.sales + 1)
    return [(hour, *total) for hour, total in hours.items()]


def _group(
    session: Session, column: str, dimension: Dimension, scope: _Scope, ranges: list[Range]
) -> list[tuple[int, int, int]]:
    rows = raw(session).execute(*_add_up(column, dimension, scope, ranges))
    return [(key, int(amount), int(sales)) for key, amount, sales in rows]


def _added(periods: list[tuple[int, int]]) -> list[Range]:
    return [Range(first, last, 1) for first, last in periods]


def _add_up(
    column: str,
    dimension: Dimension,
    scope: _Scope,
    ranges: list[Range],
    measures: tuple[str, ...] = ("amount", "sales"),
) -> tuple[str, list[object]]:
    """SQL for the totals of some shops in some ranges by ``column``; each range is one scan of the primary key.

    Each range is grouped by itself, so that only one row for each key is passed on, not one for each shop and day.
    """
    of_seller = ""
    parameters: list[object] = []
    if scope.seller_id is not None:
        dimension, of_seller = Dimension.SELLER, " AND key = ?"
    parts = []
    for first, last, sign in ranges or [Range(0, 0, 1)]:
        minus = "-" if sign < 0 else ""
        signed = ", ".join(f"{minus}sum({measure}) AS {measure}" for measure in measures)
        parts.append(
            f"SELECT {column} AS part, {signed} FROM sale_sums"
            " WHERE dimension = ? AND period BETWEEN ? AND ?"
            f" AND shop_id IN ({','.join(map(str, scope.shop_ids)) or 'NULL'}){of_seller} GROUP BY {column}"
        )
        parameters += [dimension, first, last, *([scope.seller_id] if of_seller else [])]
    summed = ", ".join(f"sum({measure}) AS {measure}" for measure in measures)
    sums = f"SELECT part, {summed} FROM ({' UNION ALL '.join(parts)}) AS parts"
    return f"{sums} GROUP BY part HAVING sum(sales) > 0", parameters

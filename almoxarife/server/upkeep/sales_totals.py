"""Stored totals of sales by shop and day and month: for the whole shop, by seller, by hour and by product.

Products, of which there are many, also by third of a month and by year, so that any span of days is few periods.
Only they have a quantity: what is of several products has no common unit.

Totals and rankings read these few rows instead of a million sales. They are changed only in the
transaction of each sale and cancellation, and can be rebuilt from the sales at any time; ``check``
compares both.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta, tzinfo
from enum import StrEnum
from functools import lru_cache
from typing import Any, NamedTuple

from almoxarife.server.clock import start_of
from almoxarife.server.store.columns import from_micros, to_micros
from almoxarife.server.store.contract import Raw
from almoxarife.server.store.database import Database
from almoxarife.server.store.sessions import raw

_QUARTER = 15 * 60 * 1_000_000
"""In microseconds: the offsets of all zones in this century are multiples of a quarter of an hour."""
_SALES = (
    "SELECT s.occurred_at, s.shop_id, s.seller_id, s.amount FROM sales s WHERE s.occurred_at >= ? AND s.occurred_at < ?"
    " AND NOT EXISTS (SELECT 1 FROM sale_cancellations c WHERE c.sale_seq = s.seq)"
)
# In the order of an index: the lines of a sale come together.
_ITEMS = (
    "SELECT s.seq, s.occurred_at, s.shop_id, i.product_id, i.subtotal - i.discount, i.quantity FROM sales s"
    " JOIN sale_items i ON i.sale_seq = s.seq WHERE s.occurred_at >= ? AND s.occurred_at < ?"
    " AND NOT EXISTS (SELECT 1 FROM sale_cancellations c WHERE c.sale_seq = s.seq) ORDER BY s.occurred_at, s.seq"
)
_KEPT = "SELECT dimension, period, shop_id, key, amount, sales, quantity FROM sale_sums WHERE "
_KEPT_OF_A_MONTH = f"{_KEPT} period = ? OR period BETWEEN ? AND ? OR period BETWEEN ? AND ?"
_KEPT_OF_YEARS = f"{_KEPT} period BETWEEN ? AND ?"
_KEPT_ELSEWHERE = (
    f"{_KEPT} NOT (period BETWEEN ? AND ? OR period BETWEEN ? AND ?"
    " OR period BETWEEN ? AND ? OR period BETWEEN ? AND ?) AND (amount <> 0 OR sales <> 0 OR quantity <> 0) LIMIT 21"
)
_ADD = (
    "INSERT INTO sale_sums AS t (dimension, period, shop_id, key, amount, sales, quantity) VALUES (?, ?, ?, ?, ?, ?, ?)"
    " ON CONFLICT (dimension, period, shop_id, key) DO UPDATE SET amount = t.amount + excluded.amount,"
    " sales = t.sales + excluded.sales, quantity = t.quantity + excluded.quantity"
)


class Dimension(StrEnum):
    SHOP = "loja"
    SELLER = "vendedor"
    HOUR = "hora"
    PRODUCT = "produto"


class SumKey(NamedTuple):
    dimension: str
    period: int
    shop_id: int
    key: int


class Share(NamedTuple):
    """What one sale adds to a total; in centavos and, of a product, in ten-thousandths of its unit."""

    dimension: Dimension
    shop_id: int
    key: int
    amount: int
    sales: int
    quantity: int = 0


Sum = tuple[int, int, int]
"""Amount, number of sales and quantity, as in ``Share``."""
Sums = dict[SumKey, Sum]


def add(sums: Sums, occurred_at: int, zone: tzinfo, shares: Iterable[Share]) -> None:
    """Add shares of a moment (in microseconds) to the totals of all its periods."""
    day, hour = find_day_and_hour(occurred_at, zone)
    for dimension, shop_id, key, amount, sales, quantity in shares:
        chosen = hour if dimension is Dimension.HOUR else key
        for period in list_periods(dimension, day):
            place = SumKey(dimension.value, period, shop_id, chosen)
            _add(sums, place, (amount, sales, quantity))


def list_periods(dimension: str, day: int) -> tuple[int, ...]:
    """The periods of a day: 20231120 is the day, 202311 its month, 2023112 its third of the month, 2023 its year."""
    month = day // 100
    if dimension != Dimension.PRODUCT:
        return day, month
    return day, month, month * 10 + find_third(day % 100), month // 100


def find_third(day_of_month: int) -> int:
    """1 to 3: from the 1st, the 11th and the 21st on."""
    return min(3, (day_of_month + 9) // 10)


def find_day_and_hour(occurred_at: int, zone: tzinfo) -> tuple[int, int]:
    """The local day, as 20231120, and the hour of a moment in microseconds."""
    return _find_day_and_hour(occurred_at // _QUARTER, zone)


@lru_cache(maxsize=4096)
def _find_day_and_hour(quarter: int, zone: tzinfo) -> tuple[int, int]:
    local = datetime.fromtimestamp(quarter * 900, UTC).astimezone(zone)
    return local.year * 10_000 + local.month * 100 + local.day, local.hour


def write(database: Raw, changes: Sums, zone: tzinfo) -> None:
    database.send_many(_ADD, [(*place, *change) for place, change in changes.items()])
    database.send("INSERT INTO sale_calendar (id, zone) VALUES (1, ?) ON CONFLICT DO NOTHING", (str(zone),))


def find_zone(database: Raw) -> str | None:
    """The time zone of the stored days; None if nothing was sold yet."""
    rows = database.execute("SELECT zone FROM sale_calendar")
    return rows[0][0] if rows else None


def rebuild_for_zone(database: Database, zone: tzinfo) -> None:
    """Rebuild the totals if their days are of another zone. Raises WriteFailed, StoreUnavailable."""
    with database.reading() as session:
        if find_zone(raw(session)) in {None, str(zone)}:
            return
    with database.transaction(own_commit=True) as session:
        rebuild(raw(session), zone)


def rebuild(database: Raw, zone: tzinfo) -> None:
    """Rebuild all totals from the sales, with the days of ``zone``: 20 s for a million sales of three items."""
    database.execute("DELETE FROM sale_sums")
    database.execute("DELETE FROM sale_calendar")
    for month in _list_months(database, zone):
        write(database, _add_up(database, month, zone), zone)


def list_differences(database: Raw, zone: tzinfo) -> Iterator[tuple[SumKey, Sum, Sum]]:
    """Totals that differ from the sales: the stored and the right values. Reads one month at a time."""
    months = _list_months(database, zone)
    years: Sums = {}
    for month in months:
        number = month.year * 100 + month.month
        expected = _add_up(database, month, zone)
        for place in [place for place in expected if place.period < _FIRST_MONTH]:
            _add(years, place, expected.pop(place))
        of_month = (number, number * 10, number * 10 + 9, number * 100, number * 100 + 99)
        yield from _compare(database.stream(_KEPT_OF_A_MONTH, of_month), expected)
    first, last = (number.year * 100 + number.month for number in (months[0], months[-1])) if months else (0, 0)
    of_years = (first // 100, last // 100)
    yield from _compare(database.stream(_KEPT_OF_YEARS, of_years), years)
    spans = (*of_years, first, last, first * 10, last * 10 + 9, first * 100, last * 100 + 99)
    for *rest, amount, sales, quantity in database.execute(_KEPT_ELSEWHERE, spans):
        yield SumKey(*rest), (amount, sales, quantity), _NOTHING


def _compare(kept_ones: Iterable[tuple[Any, ...]], expected: Sums) -> Iterator[tuple[SumKey, Sum, Sum]]:
    found: Sums = {SumKey(*place): (amount, sales, quantity) for *place, amount, sales, quantity in kept_ones}
    for place in sorted(found.keys() | expected.keys(), key=str):
        kept, right = found.get(place, _NOTHING), expected.get(place, _NOTHING)
        if kept != right:
            yield place, kept, right


def _add(sums: Sums, place: SumKey, more: Sum) -> None:
    before = sums.get(place, _NOTHING)
    sums[place] = before[0] + more[0], before[1] + more[1], before[2] + more[2]


_NOTHING = (0, 0, 0)
_FIRST_MONTH = 100_001


def _list_months(database: Raw, zone: tzinfo) -> list[date]:
    """The first day of each month from the first sale to the last one."""
    ((first, last),) = database.execute("SELECT min(occurred_at), max(occurred_at) FROM sales")
    if first is None:
        return []
    month, months = from_micros(first).astimezone(zone).date().replace(day=1), []
    while month <= from_micros(last).astimezone(zone).date():
        months.append(month)
        month = _next_month(month)
    return months


def _next_month(month: date) -> date:
    return (month + timedelta(days=31)).replace(day=1)


def _add_up(database: Raw, month: date, zone: tzinfo) -> Sums:
    days: defaultdict[tuple[int, int, int, int], list[int]] = defaultdict(lambda: [0, 0, 0])
    span = to_micros(start_of(month, zone)), to_micros(start_of(_next_month(month), zone))
    for occurred_at, shop_id, seller_id, amount in database.stream(_SALES, span):
        day, hour = find_day_and_hour(occurred_at, zone)
        for place in ((0, day, shop_id, seller_id), (1, day, shop_id, hour), (3, day, shop_id, 0)):
            total = days[place]
            total[0] += amount
            total[1] += 1
    before = None
    for seq, occurred_at, shop_id, product_id, net, quantity in database.stream(_ITEMS, span):
        if seq != before:
            before, day, products = seq, find_day_and_hour(occurred_at, zone)[0], set[int]()
        total = days[2, day, shop_id, product_id]
        total[0] += net
        total[1] += product_id not in products  # two lines of one product are one sale of it
        total[2] += quantity
        products.add(product_id)
    sums: Sums = {}
    for (number, day, shop_id, key), (amount, sales, quantity) in days.items():
        dimension = _DIMENSIONS[number]
        for period in list_periods(dimension, day):
            _add(sums, SumKey(dimension, period, shop_id, key), (amount, sales, quantity))
    return sums


_DIMENSIONS = (Dimension.SELLER.value, Dimension.HOUR.value, Dimension.PRODUCT.value, Dimension.SHOP.value)

"""What sales add up to, kept beside them: by day and by month, for each shop, by seller, by hour and by product.

Totals and rankings read these few rows instead of a million sales. They are changed in the
transaction of each sale and cancellation and nowhere else, and can be made again from the
ledger at any time: ``check`` does so and compares.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, tzinfo
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from almoxarife.server.store.contract import Raw
from almoxarife.server.store.database import Database
from almoxarife.server.store.sessions import raw

_QUARTER = 15 * 60 * 1_000_000
"""Microseconds: every zone of this century is whole quarters of an hour away from UTC."""
_EVERY_SALE = (
    "SELECT s.occurred_at / 900000000, s.shop_id, s.seller_id, sum(s.amount), count(*) FROM sales s"
    " WHERE NOT EXISTS (SELECT 1 FROM sale_cancellations c WHERE c.sale_seq = s.seq) GROUP BY 1, 2, 3"
)
_EVERY_ITEM = (
    "SELECT s.occurred_at / 900000000, s.shop_id, i.product_id, sum(i.subtotal - i.discount), count(DISTINCT s.seq)"
    " FROM sales s JOIN sale_items i ON i.sale_seq = s.seq"
    " WHERE NOT EXISTS (SELECT 1 FROM sale_cancellations c WHERE c.sale_seq = s.seq) GROUP BY 1, 2, 3"
)
_ADD = (
    "INSERT INTO sale_sums AS t (dimension, period, shop_id, key, amount, sales) VALUES (?, ?, ?, ?, ?, ?)"
    " ON CONFLICT (dimension, period, shop_id, key)"
    " DO UPDATE SET amount = t.amount + excluded.amount, sales = t.sales + excluded.sales"
)


class Dimension(StrEnum):
    SELLER = "vendedor"
    HOUR = "hora"
    PRODUCT = "produto"


class Place(NamedTuple):
    dimension: str
    period: int
    shop_id: int
    key: int


class Share(NamedTuple):
    """What one sale, or many of one quarter of an hour, add to a place; centavos."""

    dimension: Dimension
    shop_id: int
    key: int
    amount: int
    sales: int


Sums = dict[Place, tuple[int, int]]


def add(sums: Sums, occurred_at: int, zone: tzinfo, shares: Iterable[Share]) -> None:
    """Add what happened at one moment (microseconds) to its day and its month."""
    day, hour = find_day_and_hour(occurred_at, zone)
    for dimension, shop_id, key, amount, sales in shares:
        chosen = hour if dimension is Dimension.HOUR else key
        for period in (day, day // 100):
            place = Place(dimension.value, period, shop_id, chosen)
            before = sums.get(place, (0, 0))
            sums[place] = before[0] + amount, before[1] + sales


def find_day_and_hour(occurred_at: int, zone: tzinfo) -> tuple[int, int]:
    """The local day, as 20231120, and the hour of a moment in microseconds."""
    return _find_day_and_hour(occurred_at // _QUARTER, zone)


@lru_cache(maxsize=4096)
def _find_day_and_hour(quarter: int, zone: tzinfo) -> tuple[int, int]:
    local = datetime.fromtimestamp(quarter * 900, UTC).astimezone(zone)
    return local.year * 10_000 + local.month * 100 + local.day, local.hour


def write(database: Raw, changes: Sums, zone: tzinfo) -> None:
    database.execute_many(_ADD, [(*place, *change) for place, change in changes.items()])
    database.execute("INSERT INTO sale_calendar (id, zone) VALUES (1, ?) ON CONFLICT DO NOTHING", (str(zone),))


def find_zone(database: Raw) -> str | None:
    """Whose days are kept; None where nothing was sold yet."""
    rows = database.execute("SELECT zone FROM sale_calendar")
    return rows[0][0] if rows else None


def settle(database: Database, zone: tzinfo) -> None:
    """Make them again where they are of another zone's days. Raises WriteFailed, StoreUnavailable."""
    with database.reading() as session:
        if find_zone(raw(session)) in {None, str(zone)}:
            return
    with database.transaction(alone=True) as session:
        make_again(raw(session), zone)


def make_again(database: Raw, zone: tzinfo) -> None:
    """All of them, from the ledger, by the days of ``zone``. Some seconds for a million sales."""
    sums = add_up(database, zone)
    database.execute("DELETE FROM sale_sums")
    database.execute("DELETE FROM sale_calendar")
    write(database, sums, zone)


def add_up(database: Raw, zone: tzinfo) -> Sums:
    sums: Sums = {}
    for quarter, shop_id, seller_id, amount, sales in database.stream(_EVERY_SALE):
        shares = [Share(dimension, shop_id, seller_id, int(amount), sales) for dimension in _OF_A_SALE]
        add(sums, quarter * _QUARTER, zone, shares)
    for quarter, shop_id, product_id, amount, sales in database.stream(_EVERY_ITEM):
        add(sums, quarter * _QUARTER, zone, [Share(Dimension.PRODUCT, shop_id, product_id, int(amount), sales)])
    return sums


_OF_A_SALE = (Dimension.SELLER, Dimension.HOUR)


def list_differences(database: Raw, zone: tzinfo) -> Iterator[tuple[Place, tuple[int, int], tuple[int, int]]]:
    """Where the sums are not what the ledger says: what is kept, and what it should be."""
    found: Sums = defaultdict(lambda: (0, 0))
    for dimension, period, shop_id, key, amount, sales in database.stream(
        "SELECT dimension, period, shop_id, key, amount, sales FROM sale_sums"
    ):
        found[Place(dimension, period, shop_id, key)] = amount, sales
    expected = add_up(database, zone)
    for place in sorted(found.keys() | expected.keys(), key=str):
        kept, right = found.get(place, (0, 0)), expected.get(place, (0, 0))
        if kept != right:
            yield place, kept, right

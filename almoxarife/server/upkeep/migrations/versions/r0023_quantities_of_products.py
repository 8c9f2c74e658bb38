"""How much was sold of each product, beside what was paid for it; of what was sold before, from its lines.

The database adds up one local day after the other, and the longer periods from the days, so that nothing needs
more memory the more was sold.
"""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_OF_A_DAY = """
UPDATE sale_sums SET quantity = sale_sums.quantity + added.quantity FROM (
    SELECT s.shop_id AS shop_id, i.product_id AS product_id, CAST(sum(i.quantity) AS bigint) AS quantity
    FROM sales s JOIN sale_items i ON i.sale_seq = s.seq
    WHERE s.occurred_at >= :first AND s.occurred_at < :next
    AND NOT EXISTS (SELECT 1 FROM sale_cancellations c WHERE c.sale_seq = s.seq)
    GROUP BY s.shop_id, i.product_id
) AS added
WHERE sale_sums.dimension = 'produto' AND sale_sums.period = :period
AND sale_sums.shop_id = added.shop_id AND sale_sums.key = added.product_id
"""
_OF_A_LONGER_PERIOD = """
UPDATE sale_sums SET quantity = added.quantity FROM (
    SELECT shop_id, key, CAST(sum(quantity) AS bigint) AS quantity FROM sale_sums
    WHERE dimension = 'produto' AND period BETWEEN :first AND :last GROUP BY shop_id, key
) AS added
WHERE sale_sums.dimension = 'produto' AND sale_sums.period = :period
AND sale_sums.shop_id = added.shop_id AND sale_sums.key = added.key
"""
_DAYS_OF_THIRDS = {1: (1, 10), 2: (11, 20), 3: (21, 31)}


def upgrade() -> None:
    op.execute("ALTER TABLE sale_sums ADD COLUMN quantity BIGINT DEFAULT 0 NOT NULL")
    zone = _find_zone()
    if zone is None:
        return
    database = op.get_bind()
    longer: set[int] = set()
    end = 0
    while (moment := _find_next_sale(end)) is not None:
        day = (_EPOCH + timedelta(microseconds=moment)).astimezone(zone).date()
        # The next day begins later than every moment of this one, but where a zone went back over midnight.
        end = max(_begin(day + timedelta(days=1), zone), moment + 1)
        period = day.year * 10_000 + day.month * 100 + day.day
        database.execute(sa.text(_OF_A_DAY), {"first": moment, "next": end, "period": period})
        longer |= {period // 100 * 10 + min(3, (day.day + 9) // 10), period // 100, day.year}
    for period in sorted(longer, reverse=True):  # thirds before months before years
        first, last = _find_parts(period)
        database.execute(sa.text(_OF_A_LONGER_PERIOD), {"first": first, "last": last, "period": period})


def _find_zone() -> ZoneInfo | None:
    """The zone of the stored days; None if nothing was sold, or if it is unreadable: then a start adds up all anew."""
    name = op.get_bind().scalar(sa.text("SELECT zone FROM sale_calendar"))
    try:
        return None if name is None else ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return None


def _find_next_sale(since: int) -> int | None:
    statement = sa.text("SELECT min(occurred_at) FROM sales WHERE occurred_at >= :since")
    found: int | None = op.get_bind().scalar(statement, {"since": since})
    return found


def _begin(day: date, zone: ZoneInfo) -> int:
    """The first moment of a local day, in microseconds since 1970."""
    return (datetime(day.year, day.month, day.day, tzinfo=zone) - _EPOCH) // timedelta(microseconds=1)


def _find_parts(period: int) -> tuple[int, int]:
    """The first and the last of the next smaller periods: of a third its days, of a month its thirds, of a year."""
    if period > 999_999:
        first, last = _DAYS_OF_THIRDS[period % 10]
        return period // 10 * 100 + first, period // 10 * 100 + last
    if period > 9_999:
        return period * 10 + 1, period * 10 + 3
    return period * 100 + 1, period * 100 + 12

"""What was sold of each product by the third of a month and by the year, too: any days are few rows."""

from alembic import op

revision = "0022"
down_revision = "0021"

_THIRD = "period / 100 * 10 + CASE WHEN period % 100 <= 10 THEN 1 WHEN period % 100 <= 20 THEN 2 ELSE 3 END"


def upgrade() -> None:
    for longer in (_THIRD, "period / 10000"):
        op.execute(
            "INSERT INTO sale_sums (dimension, period, shop_id, key, amount, sales)"  # noqa: S608  # of our own words
            f" SELECT dimension, {longer}, shop_id, key, sum(amount), sum(sales) FROM sale_sums"
            f" WHERE dimension = 'produto' AND period > 9999999 GROUP BY dimension, {longer}, shop_id, key"
        )

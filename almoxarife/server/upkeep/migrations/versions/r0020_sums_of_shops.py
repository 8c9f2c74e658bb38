"""What was sold in a shop in all, too: a year of days is some thousand rows, however many people sell."""

from alembic import op

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    op.execute(
        "INSERT INTO sale_sums (dimension, period, shop_id, key, amount, sales)"
        " SELECT 'loja', period, shop_id, 0, sum(amount), sum(sales) FROM sale_sums WHERE dimension = 'vendedor'"
        " GROUP BY period, shop_id"
    )

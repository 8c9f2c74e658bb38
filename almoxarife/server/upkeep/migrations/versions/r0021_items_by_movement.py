"""The items of sales are found by their movement and by their product.

SQLite looks for children of each row that many are inserted with: without an index it would
read every item ever sold for each entry.
"""

from alembic import op

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    op.create_index("uq_sale_items_movement_seq", "sale_items", ["movement_seq"], unique=True)
    op.create_index("ix_sale_items_product_id", "sale_items", ["product_id"])

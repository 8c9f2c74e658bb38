"""Sales, their items and their cancellations, appended and never changed; and what they add up to by day and month."""

import sqlalchemy as sa
from alembic import op

from almoxarife.server.store.columns import Centavos, TenThousandths, UtcDateTime, WholeNumber
from almoxarife.server.upkeep.migrations import dialects

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    _create_sales()
    _create_items()
    _create_cancellations()
    for table in ("sales", "sale_items", "sale_cancellations"):
        dialects.refuse("delete", table)
        dialects.refuse_truncate(table)
        dialects.refuse("update", table)
    _create_sums()


def _create_sales() -> None:
    op.create_table(
        "sales",
        sa.Column("seq", WholeNumber, nullable=False),
        sa.Column("shop_id", WholeNumber, nullable=False),
        sa.Column("seller_id", WholeNumber, nullable=False),
        sa.Column("amount", Centavos(), nullable=False),
        sa.Column("discount", Centavos(), nullable=False),
        sa.Column("recorded_at", UtcDateTime(), nullable=False),
        sa.Column("occurred_at", UtcDateTime(), nullable=False),
        sa.Column("is_clock_corrected", sa.Boolean(), nullable=False),
        sa.Column("is_below_zero", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["seller_id"], ["users.id"], name="fk_sales_seller_id_users"),
        sa.ForeignKeyConstraint(["shop_id"], ["shops.id"], name="fk_sales_shop_id_shops"),
        *dialects.whole_numbers("ck_sales_whole_numbers", "amount", "discount", "recorded_at", "occurred_at"),
        sa.PrimaryKeyConstraint("seq", name="pk_sales"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_sales_occurred_at_seq", "sales", ["occurred_at", "seq"])
    op.create_index("ix_sales_seller_id_occurred_at_seq", "sales", ["seller_id", "occurred_at", "seq"])


def _create_items() -> None:
    op.create_table(
        "sale_items",
        sa.Column("sale_seq", WholeNumber, nullable=False),
        sa.Column("line", WholeNumber, nullable=False),
        sa.Column("product_id", WholeNumber, nullable=False),
        sa.Column("quantity", TenThousandths(), nullable=False),
        sa.Column("price", Centavos(), nullable=False),
        sa.Column("subtotal", Centavos(), nullable=False),
        sa.Column("discount", Centavos(), nullable=False),
        sa.Column("movement_seq", WholeNumber, nullable=False),
        sa.ForeignKeyConstraint(["movement_seq"], ["movements.seq"], name="fk_sale_items_movement_seq_movements"),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name="fk_sale_items_product_id_products"),
        sa.ForeignKeyConstraint(["sale_seq"], ["sales.seq"], name="fk_sale_items_sale_seq_sales"),
        *dialects.whole_numbers("ck_sale_items_whole_numbers", "quantity", "price", "subtotal", "discount"),
        sa.PrimaryKeyConstraint("sale_seq", "line", name="pk_sale_items"),
        sqlite_with_rowid=False,
    )


def _create_cancellations() -> None:
    op.create_table(
        "sale_cancellations",
        sa.Column("sale_seq", WholeNumber, autoincrement=False, nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("cancelled_by", WholeNumber, nullable=False),
        sa.Column("cancelled_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["cancelled_by"], ["users.id"], name="fk_sale_cancellations_cancelled_by_users"),
        sa.ForeignKeyConstraint(["sale_seq"], ["sales.seq"], name="fk_sale_cancellations_sale_seq_sales"),
        sa.PrimaryKeyConstraint("sale_seq", name="pk_sale_cancellations"),
    )


def _create_sums() -> None:
    op.create_table(
        "sale_sums",
        sa.Column("dimension", sa.String(length=10), nullable=False),
        sa.Column("period", WholeNumber, nullable=False),
        sa.Column("shop_id", WholeNumber, nullable=False),
        sa.Column("key", WholeNumber, nullable=False),
        sa.Column("amount", Centavos(), nullable=False),
        sa.Column("sales", WholeNumber, nullable=False),
        sa.ForeignKeyConstraint(["shop_id"], ["shops.id"], name="fk_sale_sums_shop_id_shops"),
        sa.PrimaryKeyConstraint("dimension", "period", "shop_id", "key", name="pk_sale_sums"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "sale_calendar",
        sa.Column("id", WholeNumber, autoincrement=False, nullable=False),
        sa.Column("zone", sa.String(length=60), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_sale_calendar"),
    )

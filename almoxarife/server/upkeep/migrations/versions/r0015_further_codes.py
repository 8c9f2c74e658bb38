"""Further codes of products, a short one among them, what one costs, and how a shop's scale writes its labels."""

import sqlalchemy as sa
from alembic import op

from almoxarife.server.store.columns import WholeNumber

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    # Added, not in batch mode: nothing is rebuilt and the triggers stay.
    op.add_column("products", sa.Column("sku", sa.String(length=40), nullable=True))
    op.add_column("products", sa.Column("sku_folded", sa.String(length=120), nullable=True))
    op.add_column("products", sa.Column("cost", sa.BigInteger(), nullable=True))
    op.create_index("uq_products_sku_folded", "products", ["sku_folded"], unique=True)
    op.create_table(
        "product_codes",
        sa.Column("gtin", sa.String(length=14), nullable=False),
        sa.Column("code", sa.String(length=14), nullable=False),
        sa.Column("product_id", WholeNumber, nullable=False),
        sa.Column("factor", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name="fk_product_codes_product_id_products"),
        sa.PrimaryKeyConstraint("gtin", name="pk_product_codes"),
    )
    op.create_index("ix_product_codes_product_id", "product_codes", ["product_id"])
    op.add_column("shops", sa.Column("scale_label", sa.String(length=10), nullable=True))

"""What an import has made of each product, to undo it as one; those from before kept none of it."""

import sqlalchemy as sa
from alembic import op

from almoxarife.server.store.columns import WholeNumber
from almoxarife.server.upkeep.migrations import dialects

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    # Added, not in batch mode: nothing is rebuilt.
    _add_reference("shop_id", "shops")
    _add_reference("undone_by", "users")
    op.add_column(
        "product_imports", sa.Column("can_be_undone", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    op.add_column("product_imports", sa.Column("ledger_seq", WholeNumber, nullable=True))
    op.add_column("product_imports", sa.Column("undone_at", sa.BigInteger(), nullable=True))
    op.create_table(
        "import_lines",
        sa.Column("import_id", WholeNumber, nullable=False),
        sa.Column("product_id", WholeNumber, nullable=False),
        sa.Column("version", WholeNumber, nullable=False),
        sa.Column("before", sa.LargeBinary(), nullable=True),
        sa.Column("movement_seq", WholeNumber, nullable=True),
        sa.ForeignKeyConstraint(
            ["import_id"], ["product_imports.id"], name="fk_import_lines_import_id_product_imports"
        ),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name="fk_import_lines_product_id_products"),
        sa.PrimaryKeyConstraint("import_id", "product_id", name="pk_import_lines"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_import_lines_product_id", "import_lines", ["product_id"])


def _add_reference(column: str, table: str) -> None:
    name = f"fk_product_imports_{column}_{table}"
    if dialects.is_server():
        op.add_column("product_imports", sa.Column(column, WholeNumber, nullable=True))
        op.create_foreign_key(name, "product_imports", table, [column], ["id"])
    else:
        op.execute(f"ALTER TABLE product_imports ADD COLUMN {column} INTEGER CONSTRAINT {name} REFERENCES {table} (id)")

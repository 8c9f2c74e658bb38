"""Chains, which shops belong to, and what tells a shop apart: its CNPJ, whether it is open, the version of its row.

A shop from before is open and belongs to no chain.
"""

import sqlalchemy as sa
from alembic import op

from almoxarife.server.store.columns import WholeNumber
from almoxarife.server.upkeep.migrations import dialects

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.create_table(
        "chains",
        sa.Column("id", WholeNumber, nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("name_folded", sa.String(length=400), nullable=False),
        sa.Column("version", WholeNumber, nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_chains"),
        sa.UniqueConstraint("name_folded", name="uq_chains_name_folded"),
    )
    # Added, not in batch mode: nothing is rebuilt and the triggers stay.
    op.add_column("shops", sa.Column("cnpj", sa.String(length=14), nullable=True))
    if dialects.is_server():
        op.add_column("shops", sa.Column("chain_id", WholeNumber, nullable=True))
        op.create_foreign_key("fk_shops_chain_id_chains", "shops", "chains", ["chain_id"], ["id"])
    else:
        op.execute(
            "ALTER TABLE shops ADD COLUMN chain_id INTEGER CONSTRAINT fk_shops_chain_id_chains REFERENCES chains (id)"
        )
    op.add_column("shops", sa.Column("is_active", sa.Boolean(), server_default=sa.true(), nullable=False))
    op.add_column("shops", sa.Column("version", WholeNumber, server_default="1", nullable=False))
    op.create_index("uq_shops_cnpj", "shops", ["cnpj"], unique=True)

"""Views of the log that somebody has given a name."""

import sqlalchemy as sa
from alembic import op

from almoxarife.server.store.columns import WholeNumber

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    op.create_table(
        "log_views",
        sa.Column("id", WholeNumber, nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("name_folded", sa.String(length=180), nullable=False),
        sa.Column("query", sa.String(length=2000), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_log_views"),
        sa.UniqueConstraint("name_folded", name="uq_log_views_name_folded"),
    )

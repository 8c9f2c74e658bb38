"""What happened to the coordinator of a chain's servers."""

import sqlalchemy as sa
from alembic import op

from almoxarife.server.store.columns import UtcDateTime, WholeNumber

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    op.create_table(
        "coordination_events",
        sa.Column("id", WholeNumber, nullable=False),
        sa.Column("timeline", WholeNumber, nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("node", sa.String(length=60), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_coordination_events"),
        sqlite_autoincrement=True,
    )
    op.create_index("uq_coordination_events_timeline_kind", "coordination_events", ["timeline", "kind"], unique=True)

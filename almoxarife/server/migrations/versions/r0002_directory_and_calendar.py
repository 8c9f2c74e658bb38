"""What other programs keep of people, erased people, the calendar, and an index for a person's day."""

import sqlalchemy as sa
from alembic import op

from almoxarife.server.column_types import UtcDateTime, WholeNumber

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    # Added one by one, not in batch mode: nothing is rebuilt and the triggers stay.
    op.add_column("users", sa.Column("full_name", sa.String(length=200), nullable=True))
    op.add_column("users", sa.Column("email", sa.String(length=254), nullable=True))
    op.add_column("users", sa.Column("age", WholeNumber, nullable=True))
    op.add_column("users", sa.Column("erased_at", UtcDateTime(), nullable=True))
    op.create_table(
        "calendar_events",
        sa.Column("id", WholeNumber, nullable=False),
        sa.Column("shop_id", WholeNumber, nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("starts_at", UtcDateTime(), nullable=False),
        sa.Column("ends_at", UtcDateTime(), nullable=True),
        sa.Column("description", sa.String(length=2000), nullable=True),
        sa.Column("created_by", WholeNumber, nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["created_by"], ["users.id"], name="fk_calendar_events_created_by_users"),
        sa.ForeignKeyConstraint(["shop_id"], ["shops.id"], name="fk_calendar_events_shop_id_shops"),
        sa.PrimaryKeyConstraint("id", name="pk_calendar_events"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_calendar_events_starts_at_id", "calendar_events", ["starts_at", "id"], unique=False)
    # Entries about people alone: the many about movements cost nothing.
    op.create_index(
        "ix_audit_entries_subject_recorded_at",
        "audit_entries",
        ["subject", "recorded_at"],
        unique=False,
        sqlite_where=sa.text("subject LIKE 'u%'"),
        postgresql_where=sa.text("subject LIKE 'u%'"),
    )

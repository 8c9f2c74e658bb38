"""Messages of people to each other."""

import sqlalchemy as sa
from alembic import op

from almoxarife.server.store.columns import UtcDateTime, WholeNumber

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    op.create_table(
        "messages",
        sa.Column("id", WholeNumber, nullable=False),
        sa.Column("sender_id", WholeNumber, nullable=False),
        sa.Column("recipient_id", WholeNumber, nullable=False),
        sa.Column("text", sa.String(length=2000), nullable=False),
        sa.Column("sent_at", UtcDateTime(), nullable=False),
        sa.Column("read_at", UtcDateTime(), nullable=True),
        sa.Column("is_removed_by_sender", sa.Boolean(), nullable=False),
        sa.Column("is_removed_by_recipient", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["recipient_id"], ["users.id"], name="fk_messages_recipient_id_users"),
        sa.ForeignKeyConstraint(["sender_id"], ["users.id"], name="fk_messages_sender_id_users"),
        sa.PrimaryKeyConstraint("id", name="pk_messages"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_messages_recipient_id_id", "messages", ["recipient_id", "id"])
    op.create_index("ix_messages_recipient_id_read_at", "messages", ["recipient_id", "read_at"])
    op.create_index("ix_messages_sender_id_id", "messages", ["sender_id", "id"])

"""Entries of the trail cover the rows that they speak of, and are counted beside it.

What was there before is covered by entries of its own, which the first start appends;
a database that is new has nothing to cover.
"""

import sqlalchemy as sa
from alembic import op

from almoxarife.server.store.columns import WholeNumber
from almoxarife.server.upkeep.migrations import dialects

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    # Added, not in batch mode: nothing is rebuilt, and a million entries cost nothing.
    op.add_column("audit_entries", sa.Column("row_hash", sa.LargeBinary(length=32), nullable=True))
    recorded = "id, recorded_at, tag, outcome, actor_id, subject, cause, address_seal, request_id, hash"
    op.execute("DROP TRIGGER audit_entries_refuse_update_id" + (" ON audit_entries" if dialects.is_server() else ""))
    dialects.refuse("update", "audit_entries", of=f"{recorded}, row_hash")
    op.create_table(
        "audit_tally",
        sa.Column("id", WholeNumber, autoincrement=False, nullable=False),
        sa.Column("entries", WholeNumber, nullable=False),
        sa.Column("seal", WholeNumber, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_audit_tally"),
    )
    op.execute(
        "INSERT INTO audit_tally (id, entries, seal) VALUES (1, (SELECT coalesce(max(id), 0) FROM audit_entries),"
        " CASE WHEN EXISTS (SELECT 1 FROM audit_entries) OR EXISTS (SELECT 1 FROM users) THEN NULL ELSE 0 END)"
    )

"""Another program's people get a table of their own, apart from the accounts.

Who was made by that program and never got a password moves there: nobody could log in
with such an account, so nothing that was registered is theirs, and its name is free for
whoever registers. Of those who have one the account stays, and what that program keeps
of them is an entry linked to it.
"""

import sqlalchemy as sa
from alembic import op

from almoxarife.server.store.columns import WholeNumber

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "directory_people",
        sa.Column("number", WholeNumber, autoincrement=False, nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("age", WholeNumber, nullable=True),
        sa.Column("user_id", WholeNumber, nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_directory_people_user_id_users"),
        sa.PrimaryKeyConstraint("number", name="pk_directory_people"),
    )
    op.create_index("ix_directory_people_user_id", "directory_people", ["user_id"], unique=False)
    op.execute(
        "INSERT INTO directory_people (number, name, email, age, user_id)"
        " SELECT id, full_name, email, age, CASE WHEN password_hash IS NOT NULL THEN id END"
        " FROM users WHERE full_name IS NOT NULL AND erased_at IS NULL"
    )
    moved = "FROM users WHERE full_name IS NOT NULL AND erased_at IS NULL AND password_hash IS NULL"
    op.execute(f"DELETE FROM user_shops WHERE user_id IN (SELECT id {moved})")  # noqa: S608
    # The rows stay, as of people who were erased: entries of the trail name them, a registration under their name, say.
    op.execute(
        "UPDATE users SET username = 'Usuário removido #' || id, username_folded = '/removido/' || id,"
        " role = 'vendedor', state = 'inativo', generation = generation + 1, erased_at = created_at"
        " WHERE full_name IS NOT NULL AND erased_at IS NULL AND password_hash IS NULL"
    )
    # One by one, not in batch mode: nothing is rebuilt and the triggers stay.
    for name in ("full_name", "email", "age"):
        op.drop_column("users", name)

"""Full names of people, their CPF as a keyed hash with a mask to show, and the year they were born in.

Nobody from before has any of them.
"""

import sqlalchemy as sa
from alembic import op

from almoxarife.server.store.columns import WholeNumber

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    # Added, not in batch mode: nothing is rebuilt and the triggers stay.
    op.add_column("users", sa.Column("full_name", sa.String(length=60), nullable=True))
    op.add_column("users", sa.Column("cpf_hash", sa.String(length=64), nullable=True))
    op.add_column("users", sa.Column("cpf_mask", sa.String(length=14), nullable=True))
    op.add_column("users", sa.Column("birth_year", WholeNumber, nullable=True))
    op.create_index("uq_users_cpf_hash", "users", ["cpf_hash"], unique=True)

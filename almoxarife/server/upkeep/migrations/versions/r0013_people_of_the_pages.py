"""What people say of themselves on a page or in a list, what became of such lists, and the views for their readers.

A file knows no zones: ``zone_offsets`` has those of the shop, renewed at each start, for the times
without zone that the views show. On PostgreSQL the views have a schema, in a file a prefix.
"""

import sqlalchemy as sa
from alembic import op

from almoxarife.server.store.columns import WholeNumber
from almoxarife.server.upkeep.migrations import dialects

revision = "0013"
down_revision = "0012"

_TEXTS = {
    "first_name": 50, "last_name": 50, "patronymic": 50, "birthday": 10, "email": 254, "email_folded": 254, "phone": 15
}  # fmt: skip


def upgrade() -> None:
    # Added, not in batch mode: nothing is rebuilt and the triggers stay.
    for name, length in _TEXTS.items():
        op.add_column("users", sa.Column(name, sa.String(length=length), nullable=True))
    op.create_index("uq_users_email_folded", "users", ["email_folded"], unique=True)
    op.create_index("uq_users_phone", "users", ["phone"], unique=True)
    op.create_table(
        "codes",
        sa.Column("id", WholeNumber, nullable=False),
        sa.Column("code", WholeNumber, nullable=False),
        sa.Column("method", sa.String(length=10), nullable=False),
        sa.Column("answered_at", sa.BigInteger(), nullable=False),
        sa.Column("description", sa.String(length=500), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_codes"),
    )
    op.create_table(
        "bad_users",
        sa.Column("id", WholeNumber, nullable=False),
        sa.Column("code_id", WholeNumber, nullable=False),
        sa.Column("object_id", WholeNumber, nullable=False),
        sa.Column("login", sa.String(length=60), nullable=True),
        sa.Column("login_folded", sa.String(length=180), nullable=True),
        sa.Column("description", sa.String(length=500), nullable=False),
        sa.ForeignKeyConstraint(["code_id"], ["codes.id"], name="fk_bad_users_code_id_codes"),
        sa.PrimaryKeyConstraint("id", name="pk_bad_users"),
    )
    op.create_index("ix_bad_users_code_id", "bad_users", ["code_id"])
    op.create_index("ix_bad_users_login_folded", "bad_users", ["login_folded"])
    op.create_table(
        "zone_offsets",
        sa.Column("since_s", WholeNumber, autoincrement=False, nullable=False),
        sa.Column("offset_s", WholeNumber, nullable=False),
        sa.PrimaryKeyConstraint("since_s", name="pk_zone_offsets"),
    )
    if dialects.is_server():
        op.execute("CREATE SCHEMA cadastro_web")
    for statement in _list_views("cadastro_web." if dialects.is_server() else "web_"):
        op.execute(statement)


_ZONE = "coalesce((SELECT value FROM settings_in_force WHERE name = 'ALMOXARIFE_TIMEZONE'), 'America/Sao_Paulo')"
_OFFSET = "(SELECT offset_s FROM zone_offsets WHERE since_s <= {0} / 1000000 ORDER BY since_s DESC LIMIT 1)"


def _local(column: str) -> str:
    if dialects.is_server():
        return f"(timestamptz 'epoch' + {column} * interval '1 microsecond') AT TIME ZONE {_ZONE}"
    second = f"{column} / 1000000 + coalesce({_OFFSET.format(column)}, -10800)"
    return f"strftime('%Y-%m-%d %H:%M:%S', {second}, 'unixepoch') || printf('.%06d', {column} % 1000000)"


def _list_views(prefix: str) -> tuple[str, ...]:
    number, midnight = (
        ("phone::bigint", "birthday::timestamp")
        if dialects.is_server()
        else ("CAST(phone AS INTEGER)", "birthday || ' 00:00:00.000000'")
    )
    return (
        f"""CREATE VIEW {prefix}users AS
    SELECT id, username AS login, password_hash, email, {number} AS phone, {_local("created_at")} AS reg_date
    FROM users WHERE erased_at IS NULL""",  # noqa: S608  # our own pieces
        f"""CREATE VIEW {prefix}profiles AS
    SELECT id, first_name AS fname, last_name AS lname, patronymic AS patr, {midnight} AS birthday, id AS user_id
    FROM users WHERE first_name IS NOT NULL""",  # noqa: S608
        f"""CREATE VIEW {prefix}codes AS
    SELECT id, code, method, {_local("answered_at")} AS date, description FROM codes""",  # noqa: S608
        f"""CREATE VIEW {prefix}bad_users AS
    SELECT id, code_id, object_id, login, description FROM bad_users""",  # noqa: S608
    )

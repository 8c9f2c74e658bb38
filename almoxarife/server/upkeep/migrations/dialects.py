"""What the revisions must say differently to SQLite and to PostgreSQL."""

import sqlalchemy as sa
from alembic import op

from almoxarife.server.store.sqlite import APPLICATION_ID


def is_server() -> bool:
    return op.get_bind().dialect.name == "postgresql"


def begin() -> None:
    """Before the first table: mark the file as ours, or make what a server does not bring."""
    if not is_server():
        op.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        return
    # SQLite's name for it, so that the search for products is one statement on both.
    op.execute(
        "CREATE FUNCTION instr(text, text) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE"
        " AS 'SELECT strpos($1, $2)'"
    )
    op.execute(
        "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " RAISE EXCEPTION '% is insert-only', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';"
        " END $$"
    )
    # What has changed, for all processes (see server/versions.py); in a file they are counted in memory.
    op.create_table(
        "versions",
        sa.Column("topic", sa.String(length=40), nullable=False),
        sa.Column("stamp", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("topic", name="pk_versions"),
    )


def whole_numbers(name: str, *columns: str) -> list[sa.CheckConstraint]:
    """SQLite would keep a fraction or a text in a column of integers; a server's column cannot."""
    if is_server():
        return []
    return [
        sa.CheckConstraint(" AND ".join(f"typeof({column}) IN ('integer', 'null')" for column in columns), name=name)
    ]


def refuse(verb: str, table: str, *, of: str | None = None, unless: str | None = None) -> None:
    """Refuse to ``update`` or ``delete`` rows, whoever tries: of these columns, but for this condition."""
    name = f"{table}_refuse_{verb}" + (f"_{of.split(',')[0]}" if of else "")
    occasion = f"BEFORE {verb.upper()}{f' OF {of}' if of else ''} ON {table}"
    condition = f"WHEN (NOT ({unless}))" if unless else ""
    if is_server():
        op.execute(f"CREATE TRIGGER {name} {occasion} FOR EACH ROW {condition} EXECUTE FUNCTION refuse_change()")
    else:
        op.execute(
            f"CREATE TRIGGER {name} {occasion} {condition} BEGIN SELECT RAISE(ABORT, '{table} is insert-only'); END"
        )


def refuse_truncate(table: str) -> None:
    """Only a server can empty a table without deleting its rows."""
    if is_server():
        op.execute(
            f"CREATE TRIGGER {table}_refuse_truncate BEFORE TRUNCATE ON {table} FOR EACH STATEMENT"
            " EXECUTE FUNCTION refuse_change()"
        )


def follow_given_ids(table: str) -> None:
    """The next id of ``table`` comes after every id that somebody chose, as in a file with AUTOINCREMENT."""
    if not is_server():
        return
    op.execute(
        f"CREATE FUNCTION follow_{table}_id() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        f" PERFORM setval('{table}_id_seq', NEW.id) WHERE NEW.id > (SELECT last_value FROM {table}_id_seq);"
        " RETURN NULL; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {table}_follow_id AFTER INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION follow_{table}_id()"
    )

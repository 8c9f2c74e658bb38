"""Copies a shop from its SQLite file to PostgreSQL, in one transaction, and compares both row by row.

If it is interrupted, PostgreSQL is as before. The file is only read.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

from psycopg import sql
from sqlalchemy import Connection
from sqlalchemy.orm import Session

from almoxarife.server.errors import StartupError
from almoxarife.server.store import postgres_connection, sqlite
from almoxarife.server.store.postgresql import schema
from almoxarife.server.store.postgresql.raw import Raw
from almoxarife.server.store.sessions import UnitSession
from almoxarife.server.upkeep import migrations

PART = 1000
"""How many rows are read at once for the comparison."""

NOT_COPIED = {"alembic_version", "versions"}
"""What the server's own schema brings."""


class _Table(NamedTuple):
    name: str
    columns: list[str]
    keys: list[str]
    """The columns of the primary key, in order."""
    parents: set[str]


def copy(source: Path, url: str, *, verify: Callable[[Session], None]) -> dict[str, int]:
    """Copy all tables; returns the number of rows of each. Hold the lock of the source's folder.

    ``verify`` is called with the copy before it is committed, and raises to refuse it.
    Raises StartupError if the source is not of this version, the target is missing or not empty, or a row does not
    fit.
    """
    if not source.exists():
        raise StartupError(f"O arquivo {source} não existe. Confira o nome.")
    if not migrations.is_current(source):
        raise StartupError(f"O banco de dados {source} é de outra versão. Inicie o servidor uma vez e tente de novo.")
    with (
        sqlite.explained(source),
        postgres_connection.explained(url),
        closing(sqlite.connect(source, query_only=True)) as old,
        schema.connected(url) as connection,
        schema.exclusive(connection),
    ):
        old.execute("BEGIN")
        tables = _list_tables(old)
        _require_empty(connection, tables)
        pg = postgres_connection.pg_of(connection)
        for table in tables:
            _copy_rows(old, pg, table)
        numbers = {table.name: _compare(old, pg, table) for table in tables}
        _follow_ids(old, pg, tables)
        verify(UnitSession(connection, Raw(pg)))
    return numbers


def _list_tables(db: sqlite3.Connection) -> list[_Table]:
    """All tables, each after those that its foreign keys refer to."""
    found = {}
    for (name,) in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'"):
        columns = db.execute("SELECT name, pk FROM pragma_table_info(?) ORDER BY cid", (name,)).fetchall()
        keys = [column for column, _ in sorted((item for item in columns if item[1]), key=lambda item: item[1])]
        parents = {row[0] for row in db.execute('SELECT "table" FROM pragma_foreign_key_list(?)', (name,))}
        if name not in NOT_COPIED:
            found[name] = _Table(name, [column for column, _ in columns], keys, parents - {name})
    ordered: list[_Table] = []
    while found:
        ready = [table for table in found.values() if not table.parents & found.keys()]
        ordered += ready
        for table in ready:
            del found[table.name]
    return ordered


def _require_empty(connection: Connection, tables: list[_Table]) -> None:
    """Create the tables if they are missing. Raises StartupError if they have rows."""
    revision = schema.find_revision(connection)
    if revision is None:
        migrations.make_tables(connection)
    elif revision != migrations.HEAD:
        raise StartupError("O banco de destino é de outra versão do Almoxarife. Crie um vazio com: createdb almoxarife")
    pg = postgres_connection.pg_of(connection)
    for table in reversed(tables):
        if table.name == "shops":  # the shop of every new database; no row refers to it
            pg.execute("DELETE FROM shops WHERE id = 1 AND name_folded = 'matriz'")
        if table.name == "units":  # the units of every new database
            pg.execute("DELETE FROM units WHERE NOT EXISTS (SELECT 1 FROM products)")
        if table.name == "audit_tally":  # the row of a trail without entries
            pg.execute("DELETE FROM audit_tally WHERE entries = 0")
        if pg.execute(sql.SQL("SELECT 1 FROM {} LIMIT 1").format(sql.Identifier(table.name))).fetchall():
            raise StartupError("O banco de destino não está vazio. Crie um só para a cópia com: createdb almoxarife")


def _copy_rows(old: sqlite3.Connection, pg: postgres_connection.PostgresConnection, table: _Table) -> None:
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table.name), _names(table.columns))
    rows = _read_file(old, table, _list_columns(pg, table.name, "boolean"))
    with pg.cursor().copy(statement) as stream:
        for row in rows:
            stream.write_row(row)


def _compare(old: sqlite3.Connection, pg: postgres_connection.PostgresConnection, table: _Table) -> int:
    """Compare the rows of both sides; returns their number. Raises StartupError at the first difference."""
    number = 0
    ours = _read_file(old, table, _list_columns(pg, table.name, "boolean"))
    theirs = _read_server(pg, table)
    for row in ours:
        if next(theirs, None) != row:
            raise StartupError(f"A cópia não confere em {table.name}, linha {number + 1}. Nada foi gravado no destino.")
        number += 1
    if next(theirs, None) is not None:
        raise StartupError(f"A cópia tem linhas a mais em {table.name}. Nada foi gravado no destino.")
    return number


def _read_file(old: sqlite3.Connection, table: _Table, booleans: set[str]) -> Iterator[tuple[Any, ...]]:
    """All rows in the order of the primary key, with 0 and 1 as booleans where PostgreSQL has them."""
    truths = [column in booleans for column in table.columns]
    columns, order = ", ".join(map(_quoted, table.columns)), ", ".join(map(_quoted, table.keys))
    for row in old.execute(f"SELECT {columns} FROM {_quoted(table.name)} ORDER BY {order}"):
        yield tuple([value == 1 if is_truth else value for value, is_truth in zip(row, truths, strict=True)])


def _read_server(pg: postgres_connection.PostgresConnection, table: _Table) -> Iterator[tuple[Any, ...]]:
    texts = _list_columns(pg, table.name, "character varying")
    # SQLite compares texts byte by byte.
    order = [sql.SQL('{} COLLATE "C"' if key in texts else "{}").format(sql.Identifier(key)) for key in table.keys]
    statement = sql.SQL("SELECT {} FROM {} ORDER BY {}").format(
        _names(table.columns), sql.Identifier(table.name), sql.SQL(", ").join(order)
    )
    with pg.cursor(name="rows_to_compare") as cursor:
        cursor.itersize = PART
        cursor.execute(statement)
        yield from cursor


def _list_columns(pg: postgres_connection.PostgresConnection, table: str, kind: str) -> set[str]:
    rows = pg.execute(
        "SELECT column_name FROM information_schema.columns"
        " WHERE table_schema = current_schema() AND table_name = %s AND data_type = %s",
        (table, kind),
    )
    return {name for (name,) in rows}


def _follow_ids(old: sqlite3.Connection, pg: postgres_connection.PostgresConnection, tables: list[_Table]) -> None:
    """Continue the ids after the last one that the file's AUTOINCREMENT gave, so that none is used again."""
    last_ids = dict(old.execute("SELECT name, seq FROM sqlite_sequence"))
    for table in tables:
        (key, *more) = table.keys
        counter = pg.execute("SELECT pg_get_serial_sequence(%s, %s)", (table.name, key)).fetchall()[0][0]
        if more or counter is None:
            continue
        newest = old.execute(f"SELECT coalesce(max({_quoted(key)}), 0) FROM {_quoted(table.name)}").fetchone()[0]
        if last := max(newest, last_ids.get(table.name, 0)):
            pg.execute("SELECT setval(%s::regclass, %s)", (counter, last))


def _quoted(name: str) -> str:
    return f'"{name}"'


def _names(names: list[str]) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, names))

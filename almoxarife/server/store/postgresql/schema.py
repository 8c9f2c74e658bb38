"""The schema of a database on PostgreSQL, before a server or a command works with it."""

from collections.abc import Iterator
from contextlib import contextmanager
from time import sleep

import psycopg
from psycopg.pq import TransactionStatus
from sqlalchemy import Connection

from almoxarife.server.errors import StartupError
from almoxarife.server.store.postgres import WRITER_LOCK
from almoxarife.server.store.postgres_connection import SELECT_REVISION, Connector, make_engine, pg_of
from almoxarife.server.store.postgresql.side_connection import FIND_OTHERS, PRESENCE

# a process that waits for the lock is one that is starting, like this one
_FIND_SESSIONS = (
    "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'almoxarife'"
    " AND pid <> pg_backend_pid() AND pid NOT IN (SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND NOT granted)"
)
WAITING, UPGRADING = "almoxarife-espera", "almoxarife-atualiza"
"""Names for connections of a server that starts: others that start too would take it for one that works."""
_FIND_UPGRADES = (
    "SELECT count(*) FROM pg_stat_activity JOIN pg_locks USING (pid) WHERE datname = current_database()"
    " AND application_name = %s AND locktype = 'advisory' AND granted AND pid <> pg_backend_pid()"
)
_STAYS_S = 0.5


@contextmanager
def connected(url: str, **more: object) -> Iterator[Connection]:
    """A connection without a deadline, for a long task. ``more``: its parameters, as ``Connector`` takes them."""
    connection = make_engine(Connector(url, **more)).connect()
    pg_of(connection).deadline_s = None
    try:
        yield connection
    finally:
        connection.close()


@contextmanager
def exclusive(connection: Connection) -> Iterator[None]:
    """A transaction during which no server writes; committed at the end of the block."""
    pg = pg_of(connection)
    pg.execute(f"BEGIN; SELECT pg_advisory_xact_lock({WRITER_LOCK})")
    try:
        with connection.begin():
            yield
        if pg.execute("COMMIT").statusmessage != "COMMIT":
            raise psycopg.OperationalError("the transaction has failed")
    finally:
        if not pg.closed and pg.pgconn.transaction_status != TransactionStatus.IDLE:
            pg.execute("ROLLBACK")


def find_revision(connection: Connection) -> str | None:
    """The revision of the schema; None for an empty database. Raises StartupError if another program uses it."""
    pg = pg_of(connection)
    ((version, tables),) = pg.execute(
        "SELECT to_regclass('alembic_version'), (SELECT count(*) FROM pg_class"
        " WHERE relkind IN ('r', 'p') AND relnamespace = current_schema()::regnamespace)"
    ).fetchall()
    if version is None and tables:
        raise StartupError(
            "O banco de dados do PostgreSQL já tem tabelas de outro programa. "
            "Crie um só para o Almoxarife com: createdb almoxarife"
        )
    if version is None:
        return None
    found = pg.execute(SELECT_REVISION).fetchall()
    if not found:
        raise StartupError(
            "O banco de dados do PostgreSQL está incompleto: não diz de que versão do Almoxarife é. "
            "Recupere os dados com: pg_restore --dbname=BANCO ARQUIVO"
        )
    return str(found[0][0])


def is_in_use(connection: Connection) -> bool:
    """Whether a server uses the database: by its lock, or its connections if its version had no such lock."""
    pg = pg_of(connection)
    if pg.ask(FIND_OTHERS, (PRESENCE, 0))[0][0]:
        return True
    first = pg.execute(_FIND_SESSIONS).fetchall()
    if first:
        sleep(_STAYS_S)
        pg.execute("SELECT pg_stat_clear_snapshot()")
    return not set(first).isdisjoint(pg.execute(_FIND_SESSIONS).fetchall())


def is_being_upgraded(connection: Connection) -> bool:
    """Whether another process creates or upgrades the database now."""
    return bool(pg_of(connection).execute(_FIND_UPGRADES, (UPGRADING,)).fetchall()[0][0])


def list_traces(connection: Connection) -> list[str]:
    """Remains of an earlier installation: schemas of views for older programs, and tables outside the search_path."""
    pg = pg_of(connection)
    sql = "SELECT to_regnamespace('cadastro_pessoa'), to_regnamespace('cadastro_web')"
    left = [] if pg.execute(sql).fetchall() == [(None, None)] else ["o esquema cadastro_pessoa"]
    hidden = pg.execute(
        "SELECT relnamespace::regnamespace::text FROM pg_class WHERE relname IN ('movements', 'audit_entries')"
        " AND relkind = 'r' AND NOT pg_table_is_visible(oid) GROUP BY relnamespace HAVING count(*) = 2"
    )
    return left + [f"tabelas no esquema {name}, fora do search_path" for (name,) in hidden.fetchall()]


def remove_views_left(connection: Connection) -> None:
    pg_of(connection).execute("DROP SCHEMA IF EXISTS cadastro_pessoa, cadastro_web CASCADE")

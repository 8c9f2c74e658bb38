"""Redacts entries on PostgreSQL that were stored under earlier rules; the same as ``sqlite_cleaning``."""

from collections.abc import Callable
from contextlib import AbstractContextManager

from almoxarife.server.logs.entries import PIECE, REDACTION, Entry, cut_piece, redacted
from almoxarife.server.logs.storage.postgres_rows import to_row
from almoxarife.server.store.postgres import WriteChannel
from almoxarife.server.store.postgres_connection import PostgresConnection
from almoxarife.server.store.writer import Writer

Reading = Callable[[], AbstractContextManager[PostgresConnection]]

_COLUMNS = "id, moment, received_at, service, user_id, action, result, cause, extra"
_TABLE = (
    "CREATE TABLE IF NOT EXISTS registros.cleaned"
    " (rules integer PRIMARY KEY, place bigint NOT NULL, last bigint NOT NULL)"
)
_BEGIN = (
    "INSERT INTO registros.cleaned SELECT %s, 0, coalesce(max(id), 0) FROM registros.entries ON CONFLICT DO NOTHING"
)
_PLACE = "SELECT place, last FROM registros.cleaned WHERE rules = %s"
_ROWS = f"SELECT {_COLUMNS} FROM registros.entries WHERE id > %s AND id <= %s ORDER BY id LIMIT %s"
_ROW = f"SELECT {_COLUMNS} FROM registros.entries WHERE id = %s FOR UPDATE"
_REPLACE = (
    "UPDATE registros.entries SET user_id = %s, action = %s, cause = %s, extra = %s, tags = %s, words = %s::tsvector"
    " WHERE id = %s"
)


def clean_piece(reading: Reading, writer: Writer[WriteChannel]) -> bool:
    """Redact the next entries; whether there may be more. Raises psycopg.Error, WriteFailed."""
    with reading() as pg:
        is_there = pg.execute("SELECT to_regclass('registros.cleaned') IS NOT NULL").fetchall()[0][0]
        found = pg.execute(_PLACE, (REDACTION,)).fetchall() if is_there else []
        place, last = found[0] if found else (0, 0)
        read = pg.execute(_ROWS, (place, last, PIECE)).fetchall() if place < last else []
    if not found:
        with writer.unit():
            writer.channel.pg.execute(_TABLE)
            writer.channel.pg.execute(_BEGIN, (REDACTION,))
        return True
    if place >= last:
        return False
    rows = cut_piece(read)
    # Before the transaction, which others wait for.
    changed = [(row, entry) for row in rows if (entry := redacted(Entry(*row[1:]))) != row[1:]]
    reached = rows[-1][0] if len(rows) == PIECE or len(rows) < len(read) else last
    with writer.unit():
        pg = writer.channel.pg
        for row, entry in changed:
            if (now := pg.execute(_ROW, (row[0],)).fetchall()) != []:
                # Another process may have removed personal data since it was read.
                _replace(pg, row[0], entry if now[0] == row else redacted(Entry(*now[0][1:])))
        sql = "UPDATE registros.cleaned SET place = greatest(place, %s) WHERE rules = %s"
        pg.execute(sql, (reached, REDACTION))
    return True


def _replace(pg: PostgresConnection, number: int, entry: Entry) -> None:
    *_, tags, words = to_row(entry)
    pg.execute(_REPLACE, (entry.user_id, entry.action, entry.cause, entry.extra, tags, words, number))

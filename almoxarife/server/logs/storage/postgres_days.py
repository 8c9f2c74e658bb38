"""The log's tables on PostgreSQL: a partition for each UTC day, which is a range of ids.

When a day grows large, its past quarters of an hour are cut off as pieces, partitions of their own, so that a
log that is too large can lose its oldest entries even if it has only one day. An emptied piece stays until its
day is dropped, for entries that come late.
"""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from almoxarife.server.logs.storage import quarters
from almoxarife.server.logs.storage.numbering import first_id
from almoxarife.server.store.columns import EPOCH
from almoxarife.server.store.postgres_connection import PostgresConnection

DAY = timedelta(days=1)
_EARLIEST = timedelta(days=400)
"""How long before the creation of the log the days have their own partitions; all earlier days share one."""
_GIVE_WAY = "SET LOCAL lock_timeout = '1s'"
"""Do not wait for a long reader, such as pg_dump: all others would queue behind the waiting statement."""

_SCHEMA = """
CREATE SCHEMA IF NOT EXISTS registros;
CREATE TABLE IF NOT EXISTS registros.entries (
    id bigint PRIMARY KEY,
    moment bigint NOT NULL,
    received_at bigint NOT NULL,
    service text NOT NULL,
    user_id text NOT NULL,
    action text NOT NULL,
    result text NOT NULL,
    cause text,
    extra text,
    tags text[] NOT NULL,
    words tsvector NOT NULL
) PARTITION BY RANGE (id);
CREATE INDEX IF NOT EXISTS ix_entries_words ON registros.entries USING gin (words);
CREATE INDEX IF NOT EXISTS ix_entries_tags ON registros.entries USING gin (tags);
CREATE INDEX IF NOT EXISTS ix_entries_moment ON registros.entries USING brin (moment)
"""
_PARTITIONS = (
    "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid"
    " WHERE i.inhparent = 'registros.entries'::regclass AND c.relname ~ %s ORDER BY c.relname"
)
_DAY = "^(entries|piece)_"
_BEFORE = "^before_"
_FORGET_DAY = "DELETE FROM registros.quarters WHERE quarter >= %s AND quarter < %s"
_FORGET_LOST = (
    f"DELETE FROM registros.quarters WHERE quarter < (SELECT min(id) FROM registros.entries) / {quarters.IDS}"
)
"""Counts of days that were dropped by an older version without removing the counts."""


def make_tables(pg: PostgresConnection) -> int:
    """Create the tables that are missing; returns the first day with its own partition, in days since 1970."""
    pg.execute(_SCHEMA)
    pg.execute(quarters.UNCOUNTED.format(schema="registros."))
    if pg.execute("SELECT to_regclass('registros.quarters') IS NULL").fetchall()[0][0]:
        pg.execute(quarters.POSTGRESQL)
    pg.execute(_FORGET_LOST)
    found = pg.execute(_PARTITIONS, (_BEFORE,)).fetchall()
    if found:
        return _day_of(found[0][0])
    first = (datetime.now(UTC) - _EARLIEST - EPOCH).days
    pg.execute(
        f"CREATE TABLE registros.{_name_of(first, 'before')} PARTITION OF registros.entries"
        f" FOR VALUES FROM (MINVALUE) TO ({ids_of(first)[0]})"
    )
    return first


def make_day(pg: PostgresConnection, day: int) -> None:
    first, last = ids_of(day)
    pg.execute(
        f"CREATE TABLE IF NOT EXISTS registros.{_name_of(day)} PARTITION OF registros.entries"
        f" FOR VALUES FROM ({first}) TO ({last})"
    )


def list_days(pg: PostgresConnection) -> list[int]:
    """The days with their own partition, oldest first, in days since 1970."""
    return sorted({_day_of(name) for (name,) in pg.execute(_PARTITIONS, (_DAY,)).fetchall()})


def drop_day(pg: PostgresConnection, day: int) -> None:
    pg.execute(_GIVE_WAY)
    for piece in _list_pieces(pg, day):
        pg.execute(f"DROP TABLE registros.{piece.name}")
    pg.execute(f"DROP TABLE IF EXISTS registros.{_name_of(day)}")
    _forget(pg, *ids_of(day))


def count(pg: PostgresConnection, first: int, last: int) -> int:
    """The number of entries with an id from ``first`` to before ``last``."""
    sql = "SELECT count(*) FROM registros.entries WHERE id >= %s AND id < %s"
    return int(pg.execute(sql, (first, last)).fetchall()[0][0])


def _forget(pg: PostgresConnection, first: int, last: int) -> None:
    # Triggers do not fire when a partition is dropped or truncated.
    pg.execute(_FORGET_DAY, (first // quarters.IDS, last // quarters.IDS))


# --- pieces of a day --------------------------------------------------------------------


class _Piece(NamedTuple):
    name: str
    first: int
    last: int
    """Its ids are before this one."""


def _list_pieces(pg: PostgresConnection, day: int) -> list[_Piece]:
    """The oldest first."""
    found = pg.execute(_PARTITIONS, (f"^{_name_of(day, 'piece')}_",)).fetchall()
    names = sorted((int(name.split("_")[2]) * quarters.IDS, name) for (name,) in found)
    starts = [ids_of(day)[0], *(last for last, _ in names)]
    return [_Piece(name, first, last) for first, (last, name) in zip(starts, names, strict=False)]


def measure(pg: PostgresConnection, day: int) -> int:
    """The bytes of the day's entries that are in no piece yet."""
    found = pg.execute("SELECT pg_total_relation_size(to_regclass(%s))", (f"registros.{_name_of(day)}",)).fetchall()
    return int(found[0][0] or 0)


def cut(pg: PostgresConnection, day: int) -> None:
    """Cut off the entries up to the current quarter of an hour as a piece; a new partition takes later ones."""
    first, last = ids_of(day)
    name, pieces = _name_of(day), _list_pieces(pg, day)
    newest = pg.execute(f"SELECT max(id) FROM registros.{name}").fetchall()[0][0]
    if newest is None or (end := (newest // quarters.IDS + 1) * quarters.IDS) >= last:
        return
    pg.execute(_GIVE_WAY)
    start = pieces[-1].last if pieces else first
    piece = f"{_name_of(day, 'piece')}_{end // quarters.IDS}"
    pg.execute(f"ALTER TABLE registros.entries DETACH PARTITION registros.{name}")
    pg.execute(f"ALTER TABLE registros.{name} RENAME TO {piece}")
    pg.execute(f"ALTER TABLE registros.entries ATTACH PARTITION registros.{piece} FOR VALUES FROM ({start}) TO ({end})")
    pg.execute(f"CREATE TABLE registros.{name} PARTITION OF registros.entries FOR VALUES FROM ({end}) TO ({last})")


def empty_oldest_piece(pg: PostgresConnection, day: int) -> int:
    """Empty the oldest piece that has entries; returns how many, 0 where none has any."""
    for piece in _list_pieces(pg, day):
        if number := count(pg, piece.first, piece.last):
            pg.execute(_GIVE_WAY)
            pg.execute(f"TRUNCATE registros.{piece.name}")
            _forget(pg, piece.first, piece.last)
            return number
    return 0


def _name_of(day: int, kind: str = "entries") -> str:
    return f"{kind}_{EPOCH + day * DAY:%Y%m%d}"


def _day_of(name: str) -> int:
    return (datetime.strptime(name.split("_")[1], "%Y%m%d").replace(tzinfo=UTC) - EPOCH).days


def ids_of(day: int) -> tuple[int, int]:
    return first_id(day * 86_400_000_000), first_id((day + 1) * 86_400_000_000)

"""The log's tables on a server: a partition for each UTC day, which is a range of ids."""

from datetime import UTC, datetime, timedelta

from almoxarife.server.logs.storage import quarters
from almoxarife.server.logs.storage.numbering import first_id
from almoxarife.server.store.columns import EPOCH
from almoxarife.server.store.postgres_connection import Line

DAY = timedelta(days=1)
_EARLIEST = timedelta(days=400)
"""How long before the log was made its first day is; all before that share one partition."""

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
    " WHERE i.inhparent = 'registros.entries'::regclass AND c.relname LIKE %s ORDER BY c.relname"
)
_DAY = "entries\\_%"
_BEFORE = "before\\_%"
_FORGET_DAY = "DELETE FROM registros.quarters WHERE quarter >= %s AND quarter < %s"
_FORGET_LOST = (
    f"DELETE FROM registros.quarters WHERE quarter < (SELECT min(id) FROM registros.entries) / {quarters.IDS}"
)
"""Counts of days that an older version has dropped beside this one."""


def make_tables(line: Line) -> int:
    """Where there are none yet; the first day with a partition of its own, in days since 1970."""
    line.execute(_SCHEMA)
    if line.execute("SELECT to_regclass('registros.quarters') IS NULL").fetchall()[0][0]:
        line.execute(quarters.POSTGRESQL)
    line.execute(_FORGET_LOST)
    found = line.execute(_PARTITIONS, (_BEFORE,)).fetchall()
    if found:
        return _day_of(found[0][0])
    first = (datetime.now(UTC) - _EARLIEST - EPOCH).days
    line.execute(
        f"CREATE TABLE registros.{_name_of(first, 'before')} PARTITION OF registros.entries"
        f" FOR VALUES FROM (MINVALUE) TO ({ids_of(first)[0]})"
    )
    return first


def make_day(line: Line, day: int) -> None:
    first, last = ids_of(day)
    line.execute(
        f"CREATE TABLE IF NOT EXISTS registros.{_name_of(day)} PARTITION OF registros.entries"
        f" FOR VALUES FROM ({first}) TO ({last})"
    )


def list_days(line: Line) -> list[int]:
    """Those with a partition of their own, the oldest first, in days since 1970."""
    return [_day_of(name) for (name,) in line.execute(_PARTITIONS, (_DAY,)).fetchall()]


def drop_day(line: Line, day: int) -> None:
    line.execute(f"DROP TABLE IF EXISTS registros.{_name_of(day)}")
    # No trigger sees it.
    line.execute(_FORGET_DAY, [number // quarters.IDS for number in ids_of(day)])


def count_day(line: Line, day: int) -> int:
    return int(line.execute(f"SELECT count(*) FROM registros.{_name_of(day)}").fetchall()[0][0])


def _name_of(day: int, kind: str = "entries") -> str:
    return f"{kind}_{EPOCH + day * DAY:%Y%m%d}"


def _day_of(name: str) -> int:
    return (datetime.strptime(name[-8:], "%Y%m%d").replace(tzinfo=UTC) - EPOCH).days


def ids_of(day: int) -> tuple[int, int]:
    return first_id(day * 86_400_000_000), first_id((day + 1) * 86_400_000_000)

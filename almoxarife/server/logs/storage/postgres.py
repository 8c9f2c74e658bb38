"""The log on PostgreSQL: a schema beside the shop's tables, with a partition for each day.

Ids grow with the moment (``numbering``), so a day is a range of ids: a query for a span of time
reads only its partitions, and old entries are removed by dropping them. Words are split and folded here,
so that both databases find the same entries and no extension is needed.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from threading import Lock
from time import monotonic

import psycopg
from sqlalchemy.exc import DBAPIError

from almoxarife.server.errors import StoreUnavailable
from almoxarife.server.logs.entries import (
    ADDRESS_MARK,
    API_SERVICE,
    FIELDS,
    GATEWAY,
    Entry,
    EntryFilter,
    Quarter,
    StoredEntry,
    Traces,
    without_personal,
)
from almoxarife.server.logs.storage import postgres_days, quarters
from almoxarife.server.logs.storage.numbering import NEVER, first_id, give_ids
from almoxarife.server.logs.storage.postgres_cleaning import clean_piece
from almoxarife.server.logs.storage.postgres_reading import COLUMNS, count_quarters, count_values, read_newest
from almoxarife.server.logs.storage.postgres_rows import tags_of, to_row, to_words
from almoxarife.server.store.columns import EPOCH, to_micros
from almoxarife.server.store.postgres import WriteChannel
from almoxarife.server.store.postgres_connection import Connector, PostgresConnection
from almoxarife.server.store.postgresql.raw import Raw
from almoxarife.server.store.writer import Writer

WRITER_LOCK = 0x616C6D6C
"""``alml``: the advisory lock for writing to the log. It is not the lock that sales wait for."""
APPLICATION_NAME = "almoxarife-registros"
"""Not the servers' name, for which upgrades wait: the log uses no table that an upgrade changes."""
PART = 1000
PIECES = 8
"""A day that takes more than this fraction of the log's limit is cut into pieces."""
READERS = 4
RETRY_S = 15.0

_STALE_KNOWLEDGE = (psycopg.errors.UniqueViolation, psycopg.errors.CheckViolation)
"""Another process has used an id, or dropped a day whose partition was known to exist."""
_REMOVE = "DELETE FROM registros.entries WHERE id = ANY(%s)"
_BEGIN = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
_COPY = f"COPY registros.entries ({COLUMNS}, tags, words) FROM STDIN"
_USED = (
    "SELECT coalesce(sum(pg_total_relation_size(inhrelid)), 0)::bigint FROM pg_inherits"
    " WHERE inhparent = 'registros.entries'::regclass"
)
_PERSONAL = f"service IN ('{API_SERVICE}', '{GATEWAY}') AND strpos(extra, '{ADDRESS_MARK}') > 0"


class PostgresLogStore:
    """An ``EntryStore``. Safe for threads; several processes may use the same database."""

    def __init__(self, url: str) -> None:
        self._connector = Connector(url, application_name=APPLICATION_NAME)
        self._writer: Writer[WriteChannel] | None = None
        self._days: set[int] = set()
        """Days whose partition is known to exist."""
        self._first_day = 0
        self._idle: list[PostgresConnection] = []
        self._lock = Lock()
        self._retry_at = 0.0
        self._closed = False

    def append(self, entries: Sequence[Entry]) -> list[int]:
        ids: list[int] = []
        for start in range(0, len(entries), PART):
            part = entries[start : start + PART]
            try:
                ids += self._append_part(part)
            except _STALE_KNOWLEDGE:
                self._days.clear()
                ids += self._append_part(part, looks_up_ids=True)
        return ids

    def _append_part(self, entries: Sequence[Entry], *, looks_up_ids: bool = False) -> list[int]:
        """``looks_up_ids``: ask the database for free ids (round trips). Otherwise may raise ``_STALE_KNOWLEDGE``."""
        writer = self._open()
        rows = [to_row(entry) for entry in entries]  # before the transaction, which others wait for
        with self._explained(), writer.unit():
            pg = writer.channel.pg
            made = self._make_days(pg, entries)
            ids = give_ids(entries, lambda number: _find_gap(pg, number) if looks_up_ids else (number, NEVER))
            with pg.cursor() as cursor, cursor.copy(_COPY) as copy:
                for number, row in zip(ids, rows, strict=True):
                    copy.write_row((number, *row))
        self._days |= made
        return ids

    def _make_days(self, pg: PostgresConnection, entries: Sequence[Entry]) -> set[int]:
        """Create the partitions of days that are not known to have one."""
        days = {entry.moment // 86_400_000_000 for entry in entries}
        made = {day for day in days - self._days if day >= self._first_day}
        for day in made:
            postgres_days.make_day(pg, day)
        return made

    def search(self, chosen: EntryFilter) -> list[StoredEntry]:
        with self._reading() as pg:
            return [StoredEntry(row[0], Entry(*row[1:])) for row in read_newest(pg, chosen, chosen.limit)]

    def count(self, chosen: EntryFilter) -> list[Quarter]:
        counted = []
        with self._reading() as pg:
            whole, pieces = quarters.split(chosen, quarters.find_first(Raw(pg), "registros."))
            if whole:
                chosen = replace(chosen, max_entries=None)
                counted += Raw(pg).execute(*quarters.sum_quarters("registros.quarters", whole, chosen))
            for first, before in pieces:
                counted += count_quarters(pg, chosen, first, before)
        # Sorted here: PostgreSQL cannot estimate how few quarters there are and would sort the entries first.
        return sorted(Quarter(*map(int, row)) for row in counted)

    def list_common(self, chosen: EntryFilter, field: str, limit: int) -> list[tuple[str, int]]:
        with self._reading() as pg:
            found = count_values(pg, chosen, FIELDS[FIELDS.index(field)], limit)
        return [(value, int(number)) for value, number in found]

    def measure(self) -> tuple[int, int | None]:
        with self._reading() as pg:
            used = pg.execute(_USED).fetchall()[0][0]
            oldest = pg.execute("SELECT moment FROM registros.entries ORDER BY id LIMIT 1").fetchall()
        return int(used), int(oldest[0][0]) if oldest else None

    def prune(self, before: datetime) -> int:
        """Drop the oldest day before that moment, or delete some entries; returns how many. Raises as ``append``."""
        last = first_id(to_micros(before))
        writer = self._open()
        gone, removed = self._find_day(last)
        with self._explained(), writer.unit():
            for day in gone:
                postgres_days.drop_day(writer.channel.pg, day)
                self._days.discard(day)
            if not removed:
                sql = "SELECT id FROM registros.entries WHERE id < %s ORDER BY id LIMIT %s"
                found = writer.channel.pg.execute(sql, (last, PART)).fetchall()
                ids = [number for (number,) in found]
                removed = writer.channel.pg.execute(_REMOVE, (ids,)).rowcount if ids else 0
        return removed

    def _find_day(self, last: int) -> tuple[list[int], int]:
        """The days before the id ``last`` up to the first one with entries, and its number of entries."""
        gone: list[int] = []
        with self._reading() as pg:
            for day in postgres_days.list_days(pg):
                if postgres_days.ids_of(day)[1] > last:
                    break
                gone.append(day)
                if number := postgres_days.count(pg, *postgres_days.ids_of(day)):
                    return gone, number
        return gone, 0

    def shrink(self, max_bytes: int) -> int:
        """If more than ``max_bytes`` are in use, remove the oldest piece of the oldest day, or the whole day.

        Entries of the newest day that are not in a piece yet are never removed. Raises as ``prune``.
        """
        with self._reading() as pg:
            used = pg.execute(_USED).fetchall()[0][0]
            days = postgres_days.list_days(pg)
            # Not only the newest day: a clock that was ahead may have made a day in the future.
            large = next((day for day in reversed(days) if postgres_days.measure(pg, day) > max_bytes // PIECES), None)
        if large is None and (used <= max_bytes or not days):
            return 0
        writer, removed = self._open(), 0
        with self._explained(), writer.unit():
            if large is not None:
                postgres_days.cut(writer.channel.pg, large)
            if used > max_bytes:
                removed = postgres_days.empty_oldest_piece(writer.channel.pg, days[0])
        if used <= max_bytes or removed or len(days) < 2:
            return removed
        return self.prune(EPOCH + (days[0] + 1) * postgres_days.DAY)

    def count_older(self) -> bool:
        writer = self._open()
        with self._explained(), writer.unit():
            return quarters.count_piece(Raw(writer.channel.pg), "registros.")

    def clean(self) -> bool:
        writer = self._open()
        with self._explained():
            return clean_piece(self._reading, writer)

    def forget(self, traces: Traces) -> int:
        ids = [
            number
            for service in (API_SERVICE, GATEWAY)
            for number in self._find_personal("tags @> %s", tags_of({"service": service, "user_id": traces.user_id}))
        ]
        for part in traces.parts():
            ids += self._find_personal("words @@ %s::tsquery", " | ".join(f"'{request}'" for request in part))
        return sum(self._forget_part(ids[start : start + PART]) for start in range(0, len(ids), PART))

    def _find_personal(self, condition: str, value: object) -> list[int]:
        sql = f"SELECT id FROM registros.entries WHERE {condition} AND {_PERSONAL}"
        with self._reading() as pg:
            return [number for (number,) in pg.execute(sql, (value,), prepare=False)]

    def _forget_part(self, ids: list[int]) -> int:
        writer = self._open()
        with self._explained(), writer.unit():
            pg = writer.channel.pg
            sql = f"SELECT {COLUMNS} FROM registros.entries WHERE id = ANY(%s) AND {_PERSONAL}"
            found = [StoredEntry(row[0], Entry(*row[1:])) for row in pg.execute(sql, (ids,)).fetchall()]
            kept = [(number, entry._replace(extra=without_personal(entry.extra or ""))) for number, entry in found]
            Raw(pg).execute_many(
                "UPDATE registros.entries AS old SET extra = new.extra, words = new.words::tsvector"
                " FROM (VALUES (?, ?, ?)) AS new (id, extra, words) WHERE old.id = new.id",
                [(number, entry.extra, to_words(entry)) for number, entry in kept],
            )
        return len(kept)

    def close(self) -> None:
        with self._lock:
            self._closed = True
            if self._writer is not None:
                self._writer.close()
                self._writer = None
            while self._idle:
                self._idle.pop().close()

    # --- connections --------------------------------------------------------------------

    def _open(self) -> Writer[WriteChannel]:
        with self._lock:
            if self._writer is not None:
                return self._writer
            if self._closed or monotonic() < self._retry_at:
                raise StoreUnavailable
            self._retry_at = monotonic() + RETRY_S
            with self._explained():
                writer = Writer(WriteChannel(self._connector, lock=WRITER_LOCK))
                with writer.unit():
                    self._first_day = postgres_days.make_tables(writer.channel.pg)
            self._writer = writer
            self._retry_at = 0.0
            return writer

    @contextmanager
    def _reading(self) -> Iterator[PostgresConnection]:
        self._open()
        with self._explained():
            pg = self._begin_reading()
            try:
                yield pg
                pg.execute("ROLLBACK")
            except BaseException:
                pg.close()
                raise
            if self._closed or len(self._idle) >= READERS:
                pg.close()
            else:
                self._idle.append(pg)

    def _begin_reading(self) -> PostgresConnection:
        while self._idle:
            pg = self._idle.pop()
            try:
                pg.execute(_BEGIN)
            except psycopg.Error:
                pg.close()  # the connection was lost while it was idle
            else:
                return pg
        pg = self._connector.connect()
        pg.execute(_BEGIN)
        return pg

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except _STALE_KNOWLEDGE:
            raise
        except (psycopg.Error, DBAPIError) as error:
            raise StoreUnavailable from error


# --- ids -------------------------------------------------------------------------------


def _find_gap(pg: PostgresConnection, number: int) -> tuple[int, int]:
    """The first free id from ``number`` on, and the next one that is taken."""
    rows = pg.execute(
        "SELECT e.id + 1 FROM (SELECT %(n)s::bigint - 1 AS id UNION ALL SELECT id FROM registros.entries"
        " WHERE id >= %(n)s) e WHERE NOT EXISTS (SELECT FROM registros.entries f WHERE f.id = e.id + 1)"
        " ORDER BY e.id LIMIT 1",
        {"n": number},
    ).fetchall()
    free = int(rows[0][0])
    taken = pg.execute("SELECT min(id) FROM registros.entries WHERE id > %s", (free,)).fetchall()[0][0]
    return free, NEVER if taken is None else int(taken)

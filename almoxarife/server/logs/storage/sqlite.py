"""The log in a separate SQLite file, beside the shop's data.

An entry's id grows with its moment (``numbering``), so newest first, a span of time and the
start of a page are ranges of ids, with and without a text to search for.
The file is opened when it is first needed, and again some time after it has failed.
"""

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from threading import Lock
from time import monotonic
from typing import Any

from almoxarife.server.data_directory.folder import prepare
from almoxarife.server.errors import AlmoxarifeError, StartupError, StoreUnavailable
from almoxarife.server.logs.entries import (
    ADDRESS_MARK,
    API_SERVICE,
    FAILURE,
    FIELDS,
    GATEWAY,
    Entry,
    EntryFilter,
    Quarter,
    StoredEntry,
    Traces,
    without_personal,
)
from almoxarife.server.logs.storage import quarters
from almoxarife.server.logs.storage.disk_room import find_piece, require_room
from almoxarife.server.logs.storage.matching import match
from almoxarife.server.logs.storage.numbering import NEVER, SPREAD, first_id, give_ids
from almoxarife.server.logs.storage.sqlite_cleaning import clean_piece
from almoxarife.server.store import sqlite
from almoxarife.server.store.columns import to_micros
from almoxarife.server.store.contract import Raw
from almoxarife.server.store.database import Database
from almoxarife.server.store.sessions import raw

FILE = "registros.db"
APPLICATION_ID = 0x414C4D4C
"""``ALML`` in the file's header."""

PART = 1000
"""Rows written or removed in one transaction, so that others can write in between."""
READERS = 4
RETRY_S = 15.0

LATEST = datetime(9000, 1, 1, tzinfo=UTC)
"""Later than every entry."""

_COLUMNS = "service, user_id, action, result, cause, extra"
_SCHEMA = f"""
CREATE TABLE entries (
    id INTEGER PRIMARY KEY,
    moment INTEGER NOT NULL,
    received_at INTEGER NOT NULL,
    service TEXT NOT NULL,
    user_id TEXT NOT NULL,
    action TEXT NOT NULL,
    result TEXT NOT NULL,
    cause TEXT,
    extra TEXT
);
CREATE INDEX ix_entries_service ON entries (service);
CREATE INDEX ix_entries_user_id ON entries (user_id);
CREATE INDEX ix_entries_action ON entries (action);
CREATE INDEX ix_entries_result ON entries (result);
CREATE VIRTUAL TABLE entries_text USING fts5 (
    {_COLUMNS}, content='entries', content_rowid='id', tokenize='unicode61 remove_diacritics 2'
);
PRAGMA application_id = {APPLICATION_ID}
"""
_INSERT = "INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
_INSERT_TEXT = f"INSERT INTO entries_text (rowid, {_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)"
_FORGET_TEXT = (
    f"INSERT INTO entries_text (entries_text, rowid, {_COLUMNS}) SELECT 'delete', id, {_COLUMNS} FROM entries"
    " WHERE id < ?"
)

_REMOVE_TEXT = f"INSERT INTO entries_text (entries_text, rowid, {_COLUMNS}) VALUES ('delete', ?, ?, ?, ?, ?, ?, ?)"
_USED = (
    "SELECT (page_count - freelist_count) * page_size FROM pragma_page_count, pragma_freelist_count, pragma_page_size"
)
"""Bytes in use. The file does not shrink: free pages are used again."""
_MOSTLY = "SELECT sum(entries) FILTER (WHERE service = ?) * 2 > sum(entries) FROM quarters"
COUNT_EVERY_S = 60.0
"""How often the entries are counted while the log is too large."""
_FOUND = "SELECT rowid FROM entries_text WHERE entries_text MATCH ?"
_WORDS = "entries_text t"
_FAILED = f"SELECT 1 FROM entries INDEXED BY ix_entries_result WHERE result = '{FAILURE}' AND id ="
_PERSONAL = f"service IN ('{API_SERVICE}', '{GATEWAY}') AND instr(extra, '{ADDRESS_MARK}')"


class SqliteLogStore:
    """An ``EntryStore``. Safe for threads; several processes may have the same file open."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._database: Database | None = None
        self._lock = Lock()
        self._retry_at = 0.0
        self._counted_at = -COUNT_EVERY_S
        self._is_mostly_gateway = False
        self._closed = False

    def append(self, entries: Sequence[Entry]) -> list[int]:
        """Store the entries durably; returns their ids. Raises StoreUnavailable, WriteFailed.

        On a nearly full disk only free pages of the file are used: the rest is left to the shop's data.
        """
        ids: list[int] = []
        for start in range(0, len(entries), PART):
            ids += self._append_part(entries[start : start + PART])
        return ids

    def _append_part(self, entries: Sequence[Entry]) -> list[int]:
        with self._writing() as database:
            require_room(database, self.path, (text for entry in entries for text in entry))
            ids = give_ids(entries, partial(_find_gap, database))
            rows = sorted((number, *entry) for number, entry in zip(ids, entries, strict=True))
            database.execute_many(_INSERT, rows)
            # Sorted by id, because each smaller id would start a new segment of the full-text index.
            database.execute_many(_INSERT_TEXT, [(row[0], *row[3:]) for row in rows])
        return ids

    def search(self, chosen: EntryFilter) -> list[StoredEntry]:
        table, where, parameters = _condition(chosen)
        sql = (
            f"SELECT e.id, e.moment, e.received_at, e.service, e.user_id, e.action, e.result, e.cause, e.extra"
            f" FROM {table} WHERE {where} ORDER BY {_order(table)} DESC LIMIT ?"
        )
        return [StoredEntry(row[0], Entry(*row[1:])) for row in self._read(sql, [*parameters, chosen.limit])]

    def count(self, chosen: EntryFilter) -> list[Quarter]:
        counted = []
        with self._reading() as database:
            whole, pieces = quarters.split(chosen, quarters.find_first(database))
            if whole:
                chosen = replace(chosen, max_entries=None)
                counted += database.execute(*quarters.sum_quarters("quarters", whole, chosen))
            for first, before in pieces:
                counted += _count_rows(database, chosen, first, before)
        return sorted(Quarter(*row) for row in counted)

    def list_common(self, chosen: EntryFilter, field: str, limit: int) -> list[tuple[str, int]]:
        table, where, parameters = _condition(chosen)
        newest, limit_parameter = _newest(chosen, _order(table))
        found = f"SELECT e.{FIELDS[FIELDS.index(field)]} AS value FROM {table} WHERE {where}{newest}"
        sql = f"SELECT value, count(*) FROM ({found}) GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT ?"
        return [(value, int(number)) for value, number in self._read(sql, [*parameters, *limit_parameter, limit])]

    def measure(self) -> tuple[int, int | None]:
        ((used,),) = self._read(_USED, [])
        oldest = self._read("SELECT moment FROM entries ORDER BY id LIMIT 1", [])
        return int(used), int(oldest[0][0]) if oldest else None

    def prune(self, before: datetime) -> int:
        return self._remove_before(first_id(to_micros(before)))

    def _remove_before(self, last: int, *, service: str | None = None) -> int:
        """Remove some of the oldest entries before the id ``last``, of one service or of all; returns how many."""
        only, of = ("", ()) if service is None else (" AND service = ?", (service,))
        with self._writing() as database:
            sql = f"SELECT id FROM entries WHERE id < ?{only} ORDER BY id LIMIT 1 OFFSET ?"
            found = database.execute(sql, (last, *of, find_piece(self.path)))
            bound = found[0][0] if found else last
            database.execute(_FORGET_TEXT + only, (bound, *of))
            database.execute(f"DELETE FROM entries WHERE id < ?{only}", (bound, *of))
            ((removed,),) = database.execute("SELECT changes()")
        return int(removed)

    def shrink(self, max_bytes: int) -> int:
        ((used,),) = self._read(_USED, [])
        if used <= max_bytes:
            return 0
        # Anybody can cause many entries of the gateway, so they must displace only each other.
        if monotonic() >= self._counted_at + COUNT_EVERY_S:
            self._counted_at = monotonic()
            ((self._is_mostly_gateway,),) = self._read(_MOSTLY, [GATEWAY])
        removed = self._is_mostly_gateway and self._remove_before(first_id(to_micros(LATEST)), service=GATEWAY)
        return removed or self.prune(LATEST)

    def count_older(self) -> bool:
        with self._writing() as database:
            find_piece(self.path)
            return quarters.count_piece(database)

    def clean(self) -> bool:
        return clean_piece(self.path, self._read, self._writing)

    def forget(self, traces: Traces) -> int:
        rows = self._read(f"SELECT id FROM entries WHERE user_id = ? AND {_PERSONAL}", [traces.user_id])
        for part in traces.parts():
            words = " OR ".join(f'"{request}"' for request in part)
            rows += self._read(f"SELECT id FROM entries WHERE id IN ({_FOUND}) AND {_PERSONAL}", [f"extra : ({words})"])
        ids = [number for (number,) in rows]
        return sum(self._forget_part(ids[start : start + PART]) for start in range(0, len(ids), PART))

    def _forget_part(self, ids: list[int]) -> int:
        with self._writing() as database:
            find_piece(self.path)
            places = ", ".join("?" * len(ids))
            rows = database.execute(f"SELECT id, {_COLUMNS} FROM entries WHERE id IN ({places}) AND {_PERSONAL}", ids)
            kept = [(*row[:-1], without_personal(row[-1])) for row in rows]
            database.execute_many(_REMOVE_TEXT, rows)
            for row in kept:
                database.execute("UPDATE entries SET extra = ? WHERE id = ?", (row[-1], row[0]))
            database.execute_many(_INSERT_TEXT, kept)
        return len(kept)

    def close(self) -> None:
        with self._lock:
            self._closed = True
            if self._database is not None:
                self._database.close()
                self._database = None

    # --- the database -------------------------------------------------------------------

    def _open(self) -> Database:
        with self._lock:
            if self._database is not None and self._database.fatal is None:
                return self._database
            if self._closed or monotonic() < self._retry_at:
                raise StoreUnavailable
            self._retry_at = monotonic() + RETRY_S
            if self._database is not None:  # it has failed: open the file again
                self._database.close()
                self._database = None
            try:
                with sqlite.explained(self.path):
                    _make(self.path)
                self._database = Database.open(self.path, readers=READERS)
            except AlmoxarifeError as error:
                raise StoreUnavailable from error
            self._retry_at = 0.0
            return self._database

    @contextmanager
    def _writing(self) -> Iterator[Raw]:
        database = self._open()
        with self._explained(), database.transaction() as session:
            yield raw(session)

    @contextmanager
    def _reading(self) -> Iterator[Raw]:
        database = self._open()
        with self._explained(), database.reading() as session:
            yield raw(session)

    def _read(self, sql: str, parameters: Sequence[object]) -> list[tuple[Any, ...]]:
        with self._reading() as database:
            return database.execute(sql, parameters)

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:  # the folder may be missing for a while, too
            raise StoreUnavailable from error


def _make(path: Path) -> None:
    """Create the file and the tables that are missing.

    Raises StartupError for another program's file, sqlite3.Error for a damaged one.
    """
    prepare(path.parent)
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    with closing(sqlite.connect(path)) as db:
        db.execute("BEGIN IMMEDIATE")  # another process may be creating it at the same time
        (application,) = db.execute("PRAGMA application_id").fetchone()
        (tables,) = db.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        if application != APPLICATION_ID and (application or tables):
            raise StartupError(f"O arquivo {path} não é de registros do Almoxarife. Tire-o dessa pasta.")
        made = (*(() if application == APPLICATION_ID else _SCHEMA.split(";")), quarters.UNCOUNTED.format(schema=""))
        if not db.execute("SELECT 1 FROM sqlite_schema WHERE name = 'quarters'").fetchone():
            made = (*made, *quarters.SQLITE)
        for statement in made:
            db.execute(statement)
        db.execute("COMMIT")


# --- ids ------------------------------------------------------------------------------


def _find_gap(database: Raw, number: int) -> tuple[int, int]:
    """The first free id from ``number`` on, and the next one that is taken."""
    for (found,) in database.stream("SELECT id FROM entries WHERE id >= ? ORDER BY id", (number,)):
        if found != number:
            return number, found
        number += 1
    return number, NEVER


# --- counting, and conditions ---------------------------------------------------------


def _count_rows(database: Raw, chosen: EntryFilter, first: int, before: int) -> list[tuple[Any, ...]]:
    """The quarters with matching entries from the id ``first`` to before ``before``, read entry by entry."""
    table, where, parameters = _condition(chosen)
    number = _order(table)
    if number == "t.rowid" and "e." not in where:
        table = _WORDS
    newest, limit_parameter = _newest(chosen, number)
    # Read from indexes alone: the rows are ten times their size.
    sql = (
        f"SELECT (found / {quarters.IDS}) * {quarters.MICROS}, count(*), sum(EXISTS ({_FAILED} found)) FROM"
        f" (SELECT {number} AS found FROM {table} WHERE {where} AND {number} >= ? AND {number} < ?{newest}) GROUP BY 1"
    )
    return database.execute(sql, [*parameters, first, before, *limit_parameter])


def _newest(chosen: EntryFilter, number: str) -> tuple[str, list[int]]:
    """ORDER BY and LIMIT for ``chosen.max_entries``, and the parameter."""
    return ("", []) if chosen.max_entries is None else (f" ORDER BY {number} DESC LIMIT ?", [chosen.max_entries])


def _condition(chosen: EntryFilter) -> tuple[str, str, list[object]]:
    """The tables to read from, the condition and its parameters."""
    fields = chosen.fields
    # For one field there is an index; for several the full-text index is used, and the columns are compared.
    expression, without = match(chosen.text, fields if chosen.text or len(fields) > 1 else {})
    table, number = "entries e", "e.id"
    conditions: list[str] = []
    parameters: list[object] = []
    if expression:
        table, number = f"{_WORDS} JOIN entries e ON e.id = t.rowid", "t.rowid"
        conditions.append("entries_text MATCH ?")
        parameters.append(expression)
    for condition, value in (
        (f"{number} >= ?", None if chosen.since is None else first_id(to_micros(chosen.since))),
        (f"{number} < ?", None if chosen.before is None else first_id(to_micros(chosen.before)) + SPREAD),
        ("e.moment < ?", None if chosen.before is None else to_micros(chosen.before)),
        (f"{number} < ?", chosen.older_than),
        ("e.service <> ?", chosen.not_service),
        (f"{number} NOT IN ({_FOUND})", without),
        *((f"e.{name} = ?", value) for name, value in fields.items()),
    ):
        if value is not None:
            conditions.append(condition)
            parameters.append(value)
    return table, " AND ".join(conditions) or "1", parameters


def _order(table: str) -> str:
    return "t.rowid" if table.startswith(_WORDS) else "e.id"

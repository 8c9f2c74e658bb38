"""Redacts entries that were stored under earlier rules, in pieces, and goes on after a restart.

The table ``cleaned`` has the last id that may be of earlier rules, and how far this has come. The words of an
entry are replaced too; at the end, a merge removes the old words from the full-text index.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from almoxarife.server.logs.entries import PIECE, REDACTION, Entry, cut_piece, redacted
from almoxarife.server.logs.storage.disk_room import require_room
from almoxarife.server.store.contract import Raw

Read = Callable[[str, Sequence[object]], list[tuple[Any, ...]]]
Writing = Callable[[], AbstractContextManager[Raw]]

_COLUMNS = "service, user_id, action, result, cause, extra"
_TABLE = "CREATE TABLE IF NOT EXISTS cleaned (rules INTEGER PRIMARY KEY, place INTEGER NOT NULL, last INTEGER NOT NULL)"
_BEGIN = "INSERT OR IGNORE INTO cleaned SELECT ?, 0, coalesce(max(id), 0) FROM entries"
_DONE = -1
_OVERWRITE = "PRAGMA secure_delete = ON"
"""Overwrite replaced texts in the file."""
_MERGE = "INSERT INTO entries_text (entries_text, rank) VALUES ('merge', -500)"
_MERGED = 256 << 10
"""The most bytes of words that are merged at once."""
_CHANGES = "SELECT total_changes()"
_NO_MORE_TO_MERGE = 2
"""A merge with nothing to do counts as fewer changes than this."""
_ROWS = f"SELECT id, moment, received_at, {_COLUMNS} FROM entries WHERE id > ? AND id <= ? ORDER BY id LIMIT ?"
_ROW = f"SELECT id, moment, received_at, {_COLUMNS} FROM entries WHERE id = ?"
_REMOVE_WORDS = f"INSERT INTO entries_text (entries_text, rowid, {_COLUMNS}) VALUES ('delete', ?, ?, ?, ?, ?, ?, ?)"
_ADD_WORDS = f"INSERT INTO entries_text (rowid, {_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)"
_REPLACE = "UPDATE entries SET user_id = ?, action = ?, cause = ?, extra = ? WHERE id = ?"


def clean_piece(path: Path, read: Read, writing: Writing) -> bool:
    """Redact the next entries; whether there may be more. Raises StoreUnavailable, WriteFailed."""
    if not read("SELECT 1 FROM sqlite_schema WHERE name = 'cleaned'", []):
        with writing() as database:
            database.execute(_TABLE)
            database.execute(_BEGIN, (REDACTION,))
    found = read("SELECT place, last FROM cleaned WHERE rules = ?", [REDACTION])
    if not found:
        with writing() as database:
            database.execute(_BEGIN, (REDACTION,))
        return True
    place, last = found[0]
    if last == _DONE:
        return False
    if place >= last:
        return _merge_words(path, writing)
    found = read(_ROWS, [place, last, PIECE])
    rows = cut_piece(found)
    # Before the transaction, which others wait for.
    changed = [(row, entry) for row in rows if (entry := redacted(Entry(*row[1:]))) != row[1:]]
    reached = rows[-1][0] if len(rows) == PIECE or len(rows) < len(found) else last
    with writing() as database:
        require_room(database, path, (text for _, entry in changed for text in entry))
        database.execute(_OVERWRITE)
        for row, entry in changed:
            for now in database.execute(_ROW, (row[0],)):
                # Another process may have removed personal data since it was read.
                _replace(database, now, entry if now == row else redacted(Entry(*now[1:])))
        database.execute("UPDATE cleaned SET place = max(place, ?) WHERE rules = ?", (reached, REDACTION))
    return True


def _replace(database: Raw, row: tuple[Any, ...], entry: Entry) -> None:
    database.execute(_REMOVE_WORDS, (row[0], *row[3:]))
    database.execute(_REPLACE, (entry.user_id, entry.action, entry.cause, entry.extra, row[0]))
    database.execute(_ADD_WORDS, (row[0], *entry[2:]))


def _merge_words(path: Path, writing: Writing) -> bool:
    with writing() as database:
        require_room(database, path, ["x" * _MERGED])
        ((before,),) = database.execute(_CHANGES)
        database.execute(_OVERWRITE)
        database.execute(_MERGE)
        ((after,),) = database.execute(_CHANGES)
        if after - before >= _NO_MORE_TO_MERGE:
            return True
        database.execute("UPDATE cleaned SET last = ? WHERE rules = ?", (_DONE, REDACTION))
    return False

"""Replaces a database file by another one, completely or not at all.

A database is its file and its write-ahead log. With another database's log the file would be
corrupted; without its own log it lacks the last writes.
"""

import os
import shutil
import sqlite3
from contextlib import closing, suppress
from datetime import datetime
from pathlib import Path

from almoxarife import files
from almoxarife.server.errors import StartupError
from almoxarife.server.store import sqlite
from almoxarife.server.store.columns import to_micros

MAGIC = b"SQLite format 3\0"

_IN_USE = (
    "O banco de dados {} está em uso por outro programa. Nada foi trocado. "
    "Feche outros programas que usam o arquivo e tente de novo."
)


def list_beside(database: Path) -> list[Path]:
    """SQLite's files beside a database: the write-ahead log, its index and the rollback journal."""
    return [database.with_name(f"{database.name}-{end}") for end in ("wal", "shm", "journal")]


def is_cut_short(database: Path) -> bool:
    """Whether the file has less than its head says, as what a broken transfer leaves. Its log has the rest if it is
    in use. Raises OSError.
    """
    with database.open("rb") as file:
        head, size = file.read(100), os.fstat(file.fileno()).st_size
    page, pages = int.from_bytes(head[16:18]), int.from_bytes(head[28:32])
    return head.startswith(MAGIC) and size < page * pages  # of the largest pages, 64 KiB, the head says 1


def replace_database(new: Path, target: Path) -> Path | None:
    """Replace ``target`` by ``new``, a single file; returns where the old one was kept, None if there was none.

    Raises OSError, or StartupError if another program uses the old one; nothing is changed then.
    """
    kept = _keep(target)
    is_whole = False
    try:
        is_whole = _write_back(target)
        _exchange(new, target)
    except BaseException:
        if kept is not None:
            _forget(kept, target, is_whole=is_whole)
        raise
    files.sync_directory(target.parent)
    return kept


def _keep(target: Path) -> Path | None:
    """Copy the old files under another name without opening them: SQLite might drop a log that it cannot read."""
    moment = datetime.now().astimezone().strftime("%Y%m%d-%H%M%S")
    kept = target.with_name(f"{target.name}.antes-de-restaurar-{moment}.bak")
    copied: list[Path] = []
    for path, copy in zip([target, *list_beside(target)], [kept, *list_beside(kept)], strict=True):
        if not path.exists() or path.name.endswith("-shm"):
            continue
        try:
            shutil.copy2(path, copy)
            sync(copy)
        except OSError:
            for made in [*copied, copy]:
                files.remove(made)
            raise
        copied.append(copy)
    return kept if copied else None


def _forget(kept: Path, target: Path, *, is_whole: bool) -> None:
    """After a failure, remove the kept copy, except a log that SQLite has dropped from the original."""
    for path, copy in zip(list_beside(target), list_beside(kept), strict=True):
        if copy.exists() and not path.exists() and not is_whole:
            files.replace(copy, path)
    for copy in (*list_beside(kept), kept):
        with suppress(OSError):  # which would hide the failure; what stays is one copy more
            files.remove(copy)


def _write_back(target: Path) -> bool:
    """Write the log back into the file (checkpoint); whether the file has everything now."""
    if not target.exists():
        return False
    with target.open("rb") as file:
        if file.read(len(MAGIC)) != MAGIC:
            return False  # SQLite would drop the log of what it does not know
    try:
        with closing(sqlite3.connect(sqlite.uri_of(target, mode="rw"), uri=True, timeout=files.TIMEOUT_S)) as db:
            (is_busy, _, _) = db.execute("PRAGMA wal_checkpoint(truncate)").fetchone()
    except sqlite3.Error as error:
        if not sqlite.is_busy(error):
            return False
        is_busy = True
    if is_busy:
        raise StartupError(_IN_USE.format(target))
    return True


def _exchange(new: Path, target: Path) -> None:
    # The log goes first: SQLite would apply it to the new file.
    moved = []
    try:
        for path in list_beside(target):
            if path.exists():
                away = path.with_name(f".{path.name}.{os.getpid()}.fora")
                _replace(path, away)
                moved.append((path, away))
        _replace(new, target)
    except BaseException:
        for path, away in moved:
            files.replace(away, path)
        raise
    for _, away in moved:
        files.remove(away)


def _replace(path: Path, target: Path) -> None:
    try:
        files.replace(path, target)
    except OSError as error:
        if files.is_held(error):
            raise StartupError(_IN_USE.format(target)) from error
        raise


def has_older_log(target: Path) -> bool:
    """Whether the log beside a database was written before the database was, as one left there from another copy.

    SQLite would apply it all the same, and take back what was written since. A log of the database itself never has
    less than the file.
    """
    log = list_beside(target)[0]
    try:
        if not log.stat().st_size:
            return False
        return find_newest_entry(target, "&immutable=1") > find_newest_entry(target)
    except (OSError, sqlite3.Error):
        return False  # whoever opens it will say why


def find_newest_entry(target: Path, how: str = "") -> int:
    """The last number in the audit trail, which every change makes longer; ``&immutable=1`` leaves out the log."""
    uri = sqlite.uri_of(target, mode="ro") + how
    with closing(sqlite3.connect(uri, uri=True, timeout=files.TIMEOUT_S)) as db:
        newest: int = db.execute("SELECT coalesce(max(id), 0) FROM audit_entries").fetchone()[0]
        return newest


def has_entry_later_than(target: Path, moment: datetime, *, after: int) -> bool:
    """Whether one of the audit trail's entries behind number ``after`` was recorded later than that."""
    with closing(sqlite3.connect(sqlite.uri_of(target, mode="ro"), uri=True, timeout=files.TIMEOUT_S)) as db:
        query = "SELECT 1 FROM audit_entries WHERE id > ? AND recorded_at > ? LIMIT 1"
        return db.execute(query, (after, to_micros(moment))).fetchone() is not None


def sync(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())

"""Notices that somebody removed or replaced the files of an open database, and saves what it has.

The system keeps a removed file for whoever has it open: the server would go on, and confirm what is gone when it ends.
A folder that is synchronised, a copy that is put back by hand, or a virus scanner can do that. Windows lets nobody.
"""

import sqlite3
import sys
from contextlib import closing
from datetime import datetime
from pathlib import Path

from almoxarife.server.store import sqlite
from almoxarife.server.store.database import Database
from almoxarife.server.upkeep import replacement

MAX_BUSY = 40
"""How often a copy is tried again, each time after a quarter of a second."""


class FilesInPlace:
    """The files of a database that is open, as they were when they were first seen."""

    def __init__(self, database: Path) -> None:
        wal, index, _ = replacement.list_beside(database)
        self._paths = (database, wal, index)
        self._seen: dict[Path, tuple[int, int]] = {}
        self.are_in_place()

    def are_in_place(self) -> bool:
        """Whether all of them are still there. On Windows they are: nobody removes an open file."""
        return sys.platform == "win32" or all(map(self._is_in_place, self._paths))

    def _is_in_place(self, path: Path) -> bool:
        try:
            stat = path.stat()
        except (FileNotFoundError, NotADirectoryError):
            return path not in self._seen
        except OSError:
            return True  # a disk that does not answer now
        found = stat.st_dev, stat.st_ino
        return self._seen.setdefault(path, found) == found


def save(database: Database, path: Path) -> Path:
    """Copy everything from the open connection, when nobody writes any more; returns the copy.

    Raises OSError, or an error of SQLite or of the database.
    """
    moment = datetime.now().astimezone().strftime("%Y%m%d-%H%M%S")
    copy = path.with_name(f"{path.name}.resgatado-{moment}.bak")
    with database.transaction() as session:
        opened = sqlite.dbapi_connection(session.connection())
    patience = iter(range(MAX_BUSY))

    def go_on(status: int, remaining: int, total: int) -> None:
        if status == sqlite3.SQLITE_BUSY and next(patience, None) is None:
            raise OSError("o banco de dados está em uso")

    # After the transaction: within one SQLite says that the database is busy.
    with closing(sqlite3.connect(copy, isolation_level=None)) as new:
        opened.backup(new, progress=go_on)
        new.execute("PRAGMA journal_mode=delete").fetchall()  # one file, without a log
    replacement.sync(copy)
    return copy

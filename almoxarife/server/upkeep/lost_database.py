"""Recognises a shop whose database is missing, so that a start does not create a new one in its place.

With a new database the next person to register would become administrador, and its nightly backups would
replace those from which the shop could be restored.
"""

import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from almoxarife.server.data_directory import announcement, secret_keys
from almoxarife.server.data_directory import folder as data_directory
from almoxarife.server.store import sqlite
from almoxarife.server.upkeep import replacement

LOG = "registros.db"
SHOWN = 5


class Backup(NamedTuple):
    path: Path
    moment: datetime
    """When it was written, as its file says; in this machine's zone."""


def list_traces(data_dir: Path, path_or_url: Path | str) -> list[str]:
    """Files that only a server with a database leaves in its folder, and backups."""
    own = data_dir / data_directory.DATABASE
    names = [secret_keys.SECRET_KEY, announcement.SERVER]
    found = [name for name in names if (data_dir / name).exists()]
    if isinstance(path_or_url, Path):
        found += [path.name for path in replacement.list_beside(path_or_url) if path.exists()]
    if path_or_url != own and own.exists() and own.stat().st_size:
        found.append(own.name)
    if _tells_of_people(data_dir / LOG):
        found.append(LOG)
    if any((data_dir / data_directory.BACKUPS).glob("*.db*")):
        found.append(f"{data_directory.BACKUPS}/")
    return found + sorted(path.name for pattern in _BESIDE for path in data_dir.glob(pattern) if path != own)


def list_backups(*folders: Path) -> list[Backup]:
    """Files that may be backups, newest first; not a folder's own database."""
    found = {path.resolve(): path for folder in folders for pattern in _BACKUPS for path in folder.glob(pattern)}
    own = [folder / data_directory.DATABASE for folder in folders]
    backups = [
        Backup(path, datetime.fromtimestamp(path.stat().st_mtime).astimezone())
        for path in found.values()
        if path not in own and path.is_file() and path.stat().st_size
    ]
    return sorted(backups, key=lambda backup: (backup.moment, backup.path.name), reverse=True)


def describe(backups: list[Backup]) -> str:
    shown = ", ".join(f"{backup.path.name} ({backup.moment:%d/%m/%Y %H:%M})" for backup in backups[:SHOWN])
    return shown + (f" e mais {len(backups) - SHOWN}" if len(backups) > SHOWN else "")


_BESIDE = ("*.bak", f"{Path(data_directory.DATABASE).stem}*.db")
"""Also as the program of a cloud renames one of two versions (``almoxarife-PC2.db``), and Windows a second copy."""
_BACKUPS = (*_BESIDE, f"{data_directory.BACKUPS}/*.db")


def _tells_of_people(log: Path) -> bool:
    """Whether the log has entries of people. One of a log service that has only run alone has none."""
    if not log.exists():
        return False
    try:
        with closing(sqlite3.connect(sqlite.uri_of(log, mode="rw"), uri=True, timeout=10)) as db:
            rows = db.execute("SELECT 1 FROM entries WHERE service = 'api' AND user_id GLOB 'u[1-9]*' LIMIT 1")
            return rows.fetchone() is not None
    except sqlite3.Error:
        return True

"""The demo's folder: used by one demo at a time, and removed afterwards if it was empty before.

A demo never writes into a folder that has the files of a real cluster.
"""

import os
import shutil
from contextlib import suppress
from pathlib import Path
from time import monotonic, sleep
from typing import BinaryIO

from almoxarife.files import try_lock
from almoxarife.server.errors import StartupError
from almoxarife.server.operations.cluster.network import NAMES
from almoxarife.server.operations.cluster.render import PASSWORDS

MIN_FREE_BYTES = 1_000_000_000
"""The free space that a demo needs. Three nodes take 650 MB when they have just started."""
_LOCK = "demonstracao.lock"
CLEANUP_WAIT_S = 3.0
"""How long to wait for a demo that has just ended to remove its data."""


def require_nothing_of_others(folder: Path) -> None:
    """Raises StartupError if the folder has files that are not a demo's: a real cluster's have the same names."""
    deadline = monotonic() + CLEANUP_WAIT_S
    while there := [name for name in (*NAMES, PASSWORDS) if _holds_something(folder / name)]:
        if (folder / _LOCK).exists():
            return
        if monotonic() > deadline:  # they are not the data of a demo that is being removed
            raise StartupError(f"Em {folder} já há {', '.join(there)}, de outra coisa. Dê outra pasta com --dir.")
        sleep(0.1)


def _holds_something(path: Path) -> bool:
    with suppress(FileNotFoundError):
        return any(path.iterdir()) if path.is_dir() else path.exists()
    return False


def require_room(folder: Path) -> None:
    """Raises StartupError if the disk has too little space: etcd and PostgreSQL would only retry for ever."""
    there = next(path for path in (folder.absolute(), *folder.absolute().parents) if path.exists())
    free = shutil.disk_usage(there).free
    if free < MIN_FREE_BYTES:
        raise StartupError(
            f"A demonstração precisa de {MIN_FREE_BYTES // 1_000_000} MB livres em {folder}, e há "
            f"{free // 1_000_000}. Libere espaço, ou dê outra pasta com --dir."
        )


def lock_folder(folder: Path, *, patience_s: float = CLEANUP_WAIT_S) -> BinaryIO | None:
    """Create the folder and lock it; None if another demo still holds the lock after ``patience_s`` seconds."""
    deadline, path = monotonic() + patience_s, folder / _LOCK
    while True:
        with suppress(FileNotFoundError):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if lock := try_lock(path):
                return lock
        if monotonic() > deadline:
            return None
        sleep(0.1)


def is_own_folder(folder: Path, lock: BinaryIO) -> bool:
    """Whether the folder may be removed: the first demo found it empty, and has marked that in the lock file."""
    if [path.name for path in folder.iterdir()] == [_LOCK]:
        lock.write(b"almoxarife cluster demo\n")
        lock.flush()
    return os.fstat(lock.fileno()).st_size > 0

"""The demo's folder: one demo has it at a time, it holds nothing of others, and goes if it was empty before."""

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
"""In its folder. Three nodes that have just begun take 650 MB."""
_LOCK = "demonstracao.lock"
CLEANUP_WAIT_S = 3.0
"""For the data of one that has just ended to be removed."""


def require_nothing_of_others(folder: Path) -> None:
    """Raises StartupError where a demo would write over what none has made: a real cluster's files have these names."""
    deadline = monotonic() + CLEANUP_WAIT_S
    while there := [name for name in (*NAMES, PASSWORDS) if _holds_something(folder / name)]:
        if (folder / _LOCK).exists():
            return
        if monotonic() > deadline:  # and so it is no demo's, which is just being removed
            raise StartupError(f"Em {folder} já há {', '.join(there)}, de outra coisa. Dê outra pasta com --dir.")
        sleep(0.1)


def _holds_something(path: Path) -> bool:
    with suppress(FileNotFoundError):
        return any(path.iterdir()) if path.is_dir() else path.exists()
    return False


def require_room(folder: Path) -> None:
    """Raises StartupError: etcd and PostgreSQL would only try again and again."""
    there = next(path for path in (folder.absolute(), *folder.absolute().parents) if path.exists())
    free = shutil.disk_usage(there).free
    if free < MIN_FREE_BYTES:
        raise StartupError(
            f"A demonstração precisa de {MIN_FREE_BYTES // 1_000_000} MB livres em {folder}, e há "
            f"{free // 1_000_000}. Libere espaço, ou dê outra pasta com --dir."
        )


def lock_folder(folder: Path, *, patience_s: float = CLEANUP_WAIT_S) -> BinaryIO | None:
    """Make it and lock it; None where another demo has it, and not only because its data are just being removed."""
    deadline, path = monotonic() + patience_s, folder / _LOCK
    while True:
        with suppress(FileNotFoundError):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if lock := try_lock(path):
                if os.path.samestat(path.stat(), os.fstat(lock.fileno())):
                    return lock
                lock.close()
        if monotonic() > deadline:
            return None
        sleep(0.1)


def is_own_folder(folder: Path, lock: BinaryIO) -> bool:
    """Whether it may be removed: there was nothing in it when the first demo in it began, which left a mark."""
    if [path.name for path in folder.iterdir()] == [_LOCK]:
        lock.write(b"almoxarife cluster demo\n")
        lock.flush()
    return os.fstat(lock.fileno()).st_size > 0

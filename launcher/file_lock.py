"""An operating-system lock on a file: gone with its holder, however that ends."""

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

CLAIM_VARIABLE = "_ALMOXARIFE_JANELA"
"""Names the lock that a window holds as long as it is open, so that it is opened once."""


def take(path: Path) -> BinaryIO | None:
    """Hold the lock until the returned file is closed; None while another process has it.

    Raises OSError where the file cannot be made.
    """
    file = path.open("ab")
    try:
        _lock(file)
    except OSError:
        file.close()
        return None
    return file


def wait_for(path: Path, *, when_taken: Callable[[], None]) -> BinaryIO:
    """Take the lock, however long that takes; ``when_taken`` is called once if there is a queue."""
    file = take(path)
    if file is not None:
        return file
    when_taken()
    while (file := take(path)) is None:
        time.sleep(0.5)
    return file


def is_taken(path: Path) -> bool:
    try:
        file = take(path)
    except OSError:
        return False
    if file is None:
        return True
    file.close()
    return False


def claim() -> BinaryIO | None:
    """For a window that the launcher opened: hold the lock it was given for the rest of its life."""
    path = os.environ.pop(CLAIM_VARIABLE, "")
    return take(Path(path)) if path else None


if sys.platform == "win32":
    import msvcrt

    def _lock(file: BinaryIO) -> None:
        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _lock(file: BinaryIO) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)

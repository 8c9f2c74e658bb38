"""An operating-system lock on a file. The system releases it when its process ends, even by a crash."""

import contextlib
import errno
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

CLAIM_VARIABLE = "_ALMOXARIFE_JANELA"
"""Environment variable with the path of the lock that a window holds while it is open, so that it is opened once."""

LOOKED_AT_S = 1.0 if sys.platform == "win32" else 10.0
"""For how long a claim waits for those who only look whether it is taken, which takes a moment. Windows does not tell
them from a holder, who is waited for as well."""
IS_WINDOWS = sys.platform == "win32"
_NO_LOCKS = {errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.EINVAL}
"""The disk, such as a folder of the network, cannot lock files."""


def take(path: Path) -> BinaryIO | None:
    """Lock the file until the returned object is closed; None if another process has locked it.

    Where the disk has no locks the file is returned without one. Raises OSError if the file cannot be created.
    """
    file = path.open("ab")
    try:
        _lock(file)
    except OSError as error:
        if error.errno not in _NO_LOCKS:
            file.close()
            return None
    return file


def wait_for(path: Path, *, when_taken: Callable[[], None]) -> BinaryIO:
    """Wait for the lock. ``when_taken`` is called once if another process has it."""
    file = take(path)
    if file is not None:
        return file
    when_taken()
    while (file := take(path)) is None:
        time.sleep(0.5)
    return file


@contextlib.contextmanager
def held_folder(path: Path) -> Iterator[int | None]:
    """Lock a folder, and yield the file descriptor; None if it is locked. Only where folders can be opened (POSIX).

    A process that inherits the descriptor keeps the lock, also when this one has ended. Raises OSError for what is
    no folder, or is away.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        try:
            _lock(descriptor)
        except OSError:
            yield None
        else:
            yield descriptor
    finally:
        os.close(descriptor)


def is_taken(path: Path) -> bool:
    """Whether a process holds it. Who looks at the same time is no holder, except on Windows."""
    try:
        with path.open("a+b") as file:  # NFS shares a lock only among those who may read
            try:
                _lock_shared(file)
            except OSError as error:
                return error.errno not in _NO_LOCKS
    except OSError:
        pass
    return False


def claim() -> BinaryIO | None:
    """In a window opened by the launcher: take the lock it was given, to be held until the process ends.

    A launcher that looks at that moment whether it is taken costs no window its claim.
    """
    name = os.environ.pop(CLAIM_VARIABLE, "")
    if not name:
        return None
    path, deadline = Path(name), time.monotonic() + LOOKED_AT_S
    while (file := take(path)) is None and time.monotonic() < deadline and (IS_WINDOWS or not is_taken(path)):
        time.sleep(0.01)
    return file


if sys.platform == "win32":
    import msvcrt

    def _lock(file: BinaryIO) -> None:
        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)

    _lock_shared = _lock
else:
    import fcntl

    def _lock(file: BinaryIO | int) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def _lock_shared(file: BinaryIO) -> None:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)  # many may look at the same time

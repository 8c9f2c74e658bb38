"""The lock of a data directory: only one process at a time may write to it.

It is a lock of the operating system, so it ends with the process however that dies; the existence of the file means
nothing.
"""

import os
import sys
import time
from pathlib import Path
from typing import Self

from almoxarife.files import has_no_locks
from almoxarife.server.data_directory.announcement import find_server
from almoxarife.server.data_directory.folder import LOCK, unwritable
from almoxarife.server.errors import StartupError

LOOKED_AT_S = 1.0 if sys.platform == "win32" else 10.0
"""How long the lock may be refused while somebody only looks whether it is held, which takes a moment. Windows does not
tell them from a holder, who is waited for as well."""


class DirectoryLock:
    """The lock, held for as long as this object is. A child process does not inherit it."""

    def __init__(self, descriptor: int, path: Path) -> None:
        self._descriptor: int | None = descriptor
        self._path = path

    @classmethod
    def acquire(cls, path: Path) -> Self:
        """Raises StartupError if another process holds it, or the folder is not writable."""
        try:
            descriptor = os.open(path / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise unwritable(path, error) from error
        try:
            _lock_past_who_looks(descriptor)
        except OSError as error:
            os.close(descriptor)
            if has_no_locks(error):
                raise _without_locks(path) from error
            raise StartupError(
                f"Outro servidor do Almoxarife já usa a pasta {path}{_whereabouts(path)}. "
                "Use-o, pare-o antes com almoxarife stop, ou escolha outra pasta em ALMOXARIFE_DATA_DIR."
            ) from error
        return cls(descriptor, path)

    @classmethod
    def is_held(cls, path: Path) -> bool:
        """Whether a process holds it at this moment. Raises StartupError if that cannot be found out."""
        try:
            descriptor = os.open(path / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise unwritable(path, error) from error
        try:
            _lock_shared(descriptor)
        except OSError as error:
            if has_no_locks(error):
                raise _without_locks(path) from error
            return True
        finally:
            os.close(descriptor)
        return False

    def renew(self) -> bool:
        """Lock again if somebody has removed the file; False if another process was faster."""
        if self._descriptor is None or self._is_ours(self._descriptor):
            return self._descriptor is not None
        try:
            again = type(self).acquire(self._path)
        except StartupError:
            return False
        os.close(self._descriptor)
        self._descriptor, again._descriptor = again._descriptor, None  # noqa: SLF001  # of its own kind
        return True

    def _is_ours(self, descriptor: int) -> bool:
        if sys.platform == "win32":  # where nobody removes an open file: only its disk can be gone
            return True
        try:
            return os.path.samestat(os.fstat(descriptor), (self._path / LOCK).stat())
        except (FileNotFoundError, NotADirectoryError):
            return False
        except OSError:  # a disk that does not answer now
            return True

    def release(self) -> None:
        """Release it. May be called twice."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.release()


def _without_locks(path: Path) -> StartupError:
    return StartupError(
        f"A pasta {path} fica num disco que não trava arquivos, como uma pasta de rede: os dados não estariam seguros "
        "nela. Escolha uma pasta deste computador em ALMOXARIFE_DATA_DIR."
    )


def _whereabouts(path: Path) -> str:
    server = find_server(path)
    return "" if server is None else f" (em {server.get('url')}, processo {server.get('pid')})"


def _lock_past_who_looks(descriptor: int) -> None:
    """Raises OSError if another process holds it: a ``stop`` that looks at that moment refuses no start."""
    deadline = time.monotonic() + LOOKED_AT_S
    while True:
        try:
            return _lock(descriptor)
        except OSError:
            if time.monotonic() > deadline or not _may_be_shared(descriptor):
                raise
        time.sleep(0.01)


if sys.platform == "win32":
    import msvcrt

    def _lock(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)

    _lock_shared = _lock

    def _may_be_shared(_: int) -> bool:
        return True

else:
    import fcntl

    def _lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def _lock_shared(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)  # many may look at the same time

    def _may_be_shared(descriptor: int) -> bool:
        try:
            _lock_shared(descriptor)
        except OSError:
            return False
        fcntl.flock(descriptor, fcntl.LOCK_UN)
        return True

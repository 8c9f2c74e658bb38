"""One process at a time on a file. The system lets go at any death of the holder."""

import errno
import os
import sys
from pathlib import Path
from typing import BinaryIO


def try_lock(path: Path) -> BinaryIO | None:
    """The file, locked until it is closed; None while somebody else holds it. Raises OSError."""
    file = path.open("ab")
    try:
        if sys.platform == "win32":
            import msvcrt

            file.seek(0)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        return None
    return file


def write_atomically(path: Path, content: bytes) -> None:
    """Replace the file for its owner alone; a crash leaves the old content or the new, never a part."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    sync_directory(path.parent)


def sync_directory(path: Path) -> None:
    """Make a rename in the folder durable; Windows does so by itself and cannot be asked."""
    if sys.platform != "win32":
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


_DISK_REASONS = {
    errno.ENOSPC: "o disco está cheio",
    errno.EACCES: "sem permissão",
    errno.EPERM: "sem permissão",
    errno.EROFS: "o disco só deixa ler",
    errno.ENOENT: "a pasta ou o arquivo não existe",
    errno.EISDIR: "é uma pasta",
    errno.ENOTDIR: "uma parte do caminho não é uma pasta",
}


def disk_reason(error: OSError) -> str:
    """Why a file could not be read or written; the unusual reasons in the system's own language."""
    return _DISK_REASONS.get(error.errno or 0) or error.strerror or str(error)

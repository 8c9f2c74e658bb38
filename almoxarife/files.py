"""File locks, atomic and durable writing of files, and disk errors in Portuguese. Standard library only.

The operating system releases a lock when its process ends, however it ends. Windows can neither replace nor remove a
file that another program has open, such as an antivirus or a cloud client; these close it soon, so we try again.
"""

import errno
import os
import re
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

TIMEOUT_S = 5.0
"""How long to try again while another program has the file open."""
POLL_S = 0.05
_PLAIN_PATH = re.compile(r"[\w:\\/.~-]+")
DENIED, IN_USE = 5, {32, 33}
"""Windows' error numbers for a file that another program has open. ``DENIED`` may also mean a missing right."""


def typed_path(text: str) -> Path:
    r"""A path as people type it. Windows' "copy as path" adds quotes, and ``"E:\"`` arrives with only the last one."""
    path = Path(text.strip().strip('"'))
    if sys.platform == "win32" and path.parts[:1] != ("~",):
        return path  # Windows knows nobody else's folder by a tilde, and "~$lista.xlsx" is a file of Excel
    try:
        return path.expanduser()
    except RuntimeError:  # there is no such user
        return path


def quote_path(path: str) -> str:
    """A path as a command-line argument: in quotes if it has characters that are special in ``cmd`` or a shell."""
    if _PLAIN_PATH.fullmatch(path):
        return path
    # The added dot: a "\" before the closing quote would escape it.
    return f'"{path}."' if path.endswith("\\") else f'"{path}"'


def has_no_locks(error: OSError) -> bool:
    """Whether a file could not be locked because its disk, such as a folder of the network, cannot lock files."""
    return error.errno in _NO_LOCKS


_NO_LOCKS = {errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.EINVAL}
_MAX_REMOVED = 100
"""A file is not removed that often while it is opened: its file system numbers files anew, and cannot tell."""


def try_lock(path: Path) -> BinaryIO | None:
    """Open the file and lock it until it is closed; None if another process has locked it. Raises OSError.

    Who removes a locked file does so while holding the lock, except on Windows, where nobody removes an open file.
    Where the disk has no locks the file is returned without one, as if nobody else were there.
    """
    left = _MAX_REMOVED
    while True:
        file = path.open("ab")
        try:
            _lock(file)
        except OSError as error:
            if has_no_locks(error):
                return file
            file.close()
            return None
        left -= 1
        if _is_at(path, file) or not left:
            return file
        file.close()  # it was removed since it was opened: nobody else would see this lock


def _is_at(path: Path, file: BinaryIO) -> bool:
    if sys.platform == "win32":  # where it cannot have been removed, and some disks name no open file
        return True
    try:
        return os.path.samestat(path.stat(), os.fstat(file.fileno()))
    except FileNotFoundError:
        return False


if sys.platform == "win32":
    import msvcrt

    def _lock(file: BinaryIO) -> None:
        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _lock(file: BinaryIO) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file that only its owner may read. A crash leaves the old or the new content. Raises OSError."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        replace(temporary, path)
    finally:
        remove(temporary)
    sync_directory(path.parent)


def replace(path: Path, target: Path) -> None:
    """Rename ``path`` to ``target``, replacing it; on Windows tries for ``TIMEOUT_S``. Raises OSError."""
    _try_until_closed(lambda: path.replace(target))


def remove(path: Path) -> None:
    """Remove the file if it exists; on Windows tries for ``TIMEOUT_S``. Raises OSError."""
    _try_until_closed(lambda: path.unlink(missing_ok=True))


def is_held(error: OSError) -> bool:
    """Whether the error may mean that another program has the file open."""
    return getattr(error, "winerror", None) in {DENIED, *IN_USE}


def _try_until_closed(act: Callable[[], object]) -> None:
    deadline = time.monotonic() + TIMEOUT_S
    while True:
        try:
            act()
        except OSError as error:
            if not is_held(error) or time.monotonic() > deadline:
                raise
            time.sleep(POLL_S)
        else:
            return


def sync_directory(path: Path) -> None:
    """Make renames in the folder durable. Does nothing on Windows, which has no such call."""
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
    errno.EEXIST: "já existe",
    errno.ENAMETOOLONG: "o nome é longo demais",
    errno.EINVAL: "o nome ou o valor não serve",
    errno.ELOOP: "os atalhos do caminho apontam um para o outro",
    errno.EIO: "o disco falhou",
    errno.EBUSY: "está em uso",
    errno.ETXTBSY: "está em uso",
    errno.EFBIG: "o arquivo ficaria grande demais",
    errno.EDQUOT: "o espaço permitido acabou",
    errno.EMFILE: "há arquivos abertos demais",
    errno.ENFILE: "há arquivos abertos demais",
    errno.ENODEV: "o disco não está lá",
    errno.ENXIO: "o disco não está lá",
    errno.ESTALE: "a pasta da rede não está mais lá",
    errno.ETIMEDOUT: "a rede não respondeu",
}


_NOT_THERE, _OFFLINE, _BROKEN = "o disco não está lá", "a pasta da rede não está mais lá", "o disco falhou"
_WINDOWS_REASONS = {
    **dict.fromkeys(IN_USE, "está em uso por outro programa"),
    **dict.fromkeys((15, 20, 21, 31, 433, 1110, 1167), _NOT_THERE),
    **dict.fromkeys((51, 53, 54, 55, 59, 64, 67, 121, 1231, 1232), _OFFLINE),
    **dict.fromkeys((23, 1006, 1117, 1392, 1393), _BROKEN),
    19: "o disco só deixa ler",
    206: "o nome é longo demais",
    **dict.fromkeys((225, 226), "o antivírus não deixa"),
    **dict.fromkeys(range(358, 396), "o programa da nuvem (OneDrive) não entregou o arquivo"),
    1005: "o disco não está formatado",
}
"""By Windows' error numbers, most of which Python maps to EINVAL or EACCES."""
_BAD_NAME = {87, 123, 161, 267}
_SQLITE_REASONS = {
    3: "sem permissão",
    5: "está em uso por outro programa",
    6: "está em uso por outro programa",
    8: "o disco só deixa ler",
    10: "o disco falhou ou não está lá",
    11: "o arquivo está danificado",
    13: "o disco está cheio",
    14: "o arquivo não pôde ser aberto",
    26: "o arquivo está danificado",
}


def explain(error: Exception) -> str:
    """What to say of an error with which a program ends. Raises an OSError that is about no file."""
    if not isinstance(error, OSError):
        return str(error)
    if error.filename is None:
        raise error
    remedy = "Feche outros programas que o usam e tente de novo." if is_held(error) else "Confira o disco e a pasta."
    file = error.filename2 or error.filename  # what was to be replaced, not the temporary file
    return f"{file} não pôde ser lido ou gravado ({disk_reason(error)}). {remedy}"


def disk_reason(error: BaseException) -> str:
    """Why a file could not be read or written, in Portuguese: Windows and SQLite have their own languages."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in _SQLITE_REASONS:
        return _SQLITE_REASONS[code]
    if not isinstance(error, OSError):
        return str(error)
    number = getattr(error, "winerror", None)
    if number in _WINDOWS_REASONS:
        return _WINDOWS_REASONS[number]
    if number and (error.errno not in _DISK_REASONS or (error.errno == errno.EINVAL and number not in _BAD_NAME)):
        return str(error.strerror)
    if error.errno is None:
        return str(error)
    return _DISK_REASONS.get(error.errno) or f"erro {error.errno} do sistema"

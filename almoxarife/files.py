"""One process at a time on a file, which the system lets go at any death of the holder; and what replaces one whole.

Windows neither replaces nor removes what another program has open. One that scans, indexes or copies to a
cloud lets go soon: it is waited for.
"""

import errno
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

TIMEOUT_S = 5.0
"""How long another program may hold a file."""
POLL_S = 0.05
DENIED, IN_USE = 5, {32, 33}
"""Windows' numbers for a file that somebody else has open; the first may mean a right that is missing, too."""


def typed_path(text: str) -> Path:
    r"""As people give it: Windows' "copy as path" puts it in quotes, and of ``"E:\"`` a program is given the last."""
    path = Path(text.strip().strip('"'))
    try:
        return path.expanduser()
    except RuntimeError:  # "~$lista.xlsx", as Excel calls a file that it has open: nobody's home
        return path


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
        replace(temporary, path)
    finally:
        remove(temporary)
    sync_directory(path.parent)


def replace(path: Path, target: Path) -> None:
    """Raises OSError."""
    _once_let_go(lambda: path.replace(target))


def remove(path: Path) -> None:
    """Where it is there. Raises OSError."""
    _once_let_go(lambda: path.unlink(missing_ok=True))


def is_held(error: OSError) -> bool:
    """Whether another program may have the file open."""
    return getattr(error, "winerror", None) in {DENIED, *IN_USE}


def _once_let_go(act: Callable[[], object]) -> None:
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
"""By Windows' own numbers, where Python's are too few: most of these come to it as EINVAL or EACCES."""
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


def disk_reason(error: BaseException) -> str:
    """Why a file could not be read or written, in Portuguese; Windows speaks its user's language, SQLite English."""
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

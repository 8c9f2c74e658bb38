"""The folder that holds a shop's data, and who may use it.

One process writes to it at a time. The lock is the operating system's, so it ends with
the process however it dies; the file that carries it means nothing by being there.
"""

import errno
import os
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

import orjson

from almoxarife.server.errors import StartupError
from almoxarife.server.settings import Settings

DATABASE = "almoxarife.db"
LOCK = "almoxarife.lock"
SERVER = "servidor.json"
SECRET_KEY = "chave-secreta.txt"  # noqa: S105  # a file's name
BACKUPS = "backups"
MIN_KEY_LENGTH = 32


def prepare(path: Path) -> Path:
    """Make the folder (for its owner alone) where it is missing and see that it can be written to.

    Raises StartupError with a Portuguese sentence.
    """
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except FileExistsError:
        raise StartupError(
            f"{path} não é uma pasta. Escolha outro lugar para os dados em ALMOXARIFE_DATA_DIR."
        ) from None
    except OSError as error:
        raise StartupError(
            f"Não foi possível criar a pasta {path} ({error.strerror}). Crie-a ou escolha outra em ALMOXARIFE_DATA_DIR."
        ) from error
    trial = path / f".teste-{os.getpid()}"
    try:
        trial.touch()
        trial.unlink()
    except OSError as error:
        raise unwritable(path, error) from error
    return path


class DirectoryLock:
    """The right to write to a data directory, for as long as this object is held.

    It survives in no other process: a worker takes its own.
    """

    def __init__(self, descriptor: int, path: Path) -> None:
        self._descriptor: int | None = descriptor
        self._path = path

    @classmethod
    def acquire(cls, path: Path) -> Self:
        """Raises StartupError when another process has it or the folder cannot be written to."""
        try:
            descriptor = os.open(path / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise unwritable(path, error) from error
        try:
            _lock(descriptor)
        except OSError as error:
            os.close(descriptor)
            raise StartupError(
                f"Outro servidor do Almoxarife já usa a pasta {path}{_whereabouts(path)}. "
                "Use-o, feche-o antes, ou escolha outra pasta em ALMOXARIFE_DATA_DIR."
            ) from error
        return cls(descriptor, path)

    @classmethod
    def is_held(cls, path: Path) -> bool:
        """Whether a process has it at this moment. Raises StartupError when that cannot be found out."""
        try:
            descriptor = os.open(path / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise unwritable(path, error) from error
        try:
            _lock(descriptor)
        except OSError:
            return True
        finally:
            os.close(descriptor)
        return False

    def renew(self) -> bool:
        """Lock the file anew where somebody has removed it; False when another process was faster."""
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
        try:
            return os.path.samestat(os.fstat(descriptor), (self._path / LOCK).stat())
        except FileNotFoundError:
            return False

    def release(self) -> None:
        """Give it up. May be called twice."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.release()


def secret_keys(settings: Settings) -> tuple[str, ...]:
    """The keys that sign tokens, newest first: sign with the first, accept all.

    From ``ALMOXARIFE_SECRET_KEY``, else the lines of ``ALMOXARIFE_SECRET_KEY_FILE``, else those of a
    file in the data directory, made on the first run. To rotate, write a new line above the
    old one and start again; remove the old one when its tokens have expired. Raises
    StartupError when a file holds no key or a short one.
    """
    if settings.secret_key is not None:
        return (settings.secret_key,)
    path = settings.secret_key_file or settings.data_dir / SECRET_KEY
    try:
        if settings.secret_key_file is None and not path.exists():
            write_atomically(path, f"{secrets.token_urlsafe(48)}\n".encode())
        keys = tuple(line.strip() for line in path.read_text("utf-8").splitlines() if line.strip())
    except (OSError, UnicodeDecodeError) as error:
        raise StartupError(f"Não foi possível ler a chave secreta em {path} ({error}). Confira o arquivo.") from error
    if not keys or min(map(len, keys)) < MIN_KEY_LENGTH:
        raise StartupError(
            f"O arquivo {path} não tem uma chave secreta válida: cada linha precisa de {MIN_KEY_LENGTH} caracteres "
            "ou mais. Corrija-o, ou apague-o para criar outra chave (todos entram de novo)."
        )
    return keys


def rotate_secret_key(settings: Settings) -> None:
    """A new key signs from now on; the others are still accepted. Raises StartupError when the key is not in a file."""
    if settings.secret_key is not None:
        raise StartupError("A chave está em ALMOXARIFE_SECRET_KEY: troque o valor da variável.")
    keys = (secrets.token_urlsafe(48), *secret_keys(settings))
    path = settings.secret_key_file or settings.data_dir / SECRET_KEY
    write_atomically(path, "".join(f"{key}\n" for key in keys).encode())


@contextmanager
def announced(path: Path, *, url: str, version: str, instance: str) -> Iterator[None]:
    """Keep ``servidor.json`` in the folder while the block runs: what runs here, where, and which start of it."""
    announce(path, url=url, version=version, instance=instance)
    try:
        yield
    finally:
        withdraw(path, instance=instance)


def announce(path: Path, *, url: str, version: str, instance: str) -> None:
    body = {"pid": os.getpid(), "url": url, "versao": version, "instancia": instance}
    try:
        write_atomically(path / SERVER, orjson.dumps(body))
    except OSError as error:
        raise unwritable(path, error) from error


def withdraw(path: Path, *, instance: str) -> None:
    """Remove ``servidor.json`` if it is still this start's own; a later server may have written its own."""
    if (found := find_server(path)) is not None and found.get("instancia") == instance:
        (path / SERVER).unlink(missing_ok=True)


def find_server(path: Path) -> dict[str, object] | None:
    """What ``servidor.json`` says; None without a readable one. It may be a dead server's."""
    try:
        found = orjson.loads((path / SERVER).read_bytes())
    except (OSError, orjson.JSONDecodeError):
        return None
    return found if isinstance(found, dict) else None


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


def _whereabouts(path: Path) -> str:
    server = find_server(path)
    return "" if server is None else f" (em {server.get('url')}, processo {server.get('pid')})"


def unwritable(path: Path, error: OSError) -> StartupError:
    if error.errno == errno.ENOSPC:
        return StartupError(f"O disco da pasta {path} está cheio. Libere espaço e tente de novo.")
    return StartupError(
        f"Não é possível gravar na pasta {path} ({error.strerror}). "
        "Confira as permissões e o espaço em disco, ou escolha outra pasta em ALMOXARIFE_DATA_DIR."
    )


if sys.platform == "win32":
    import msvcrt

    def _lock(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)

"""Backups of a SQLite database, made while the server runs, and restoring one.

A backup is one file. It is written under a temporary name and renamed only after it was checked, so every file
called ``almoxarife-….db`` can be restored.
"""

import errno
import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from sqlalchemy.exc import DBAPIError

from almoxarife import files
from almoxarife.server.data_directory import folder as data_directory
from almoxarife.server.data_directory import lock
from almoxarife.server.errors import AlmoxarifeError, StartupError
from almoxarife.server.store import sqlite
from almoxarife.server.store.columns import from_micros
from almoxarife.server.upkeep import replacement

PAGES_A_STEP = 256
MAX_NAME_LENGTH = 150

_PACKED = (b"PK\x03\x04", b"\x1f\x8b", b"7z\xbc\xaf\x27\x1c", b"Rar!", b"\xfd7zXZ\x00", b"BZh")


def _never() -> bool:
    return False


def record_nothing(name: str) -> None:
    pass


def backup(
    source: Path,
    destination: Path,
    *,
    overwrite: bool = False,
    number: int | None = None,
    given_up: Callable[[], bool] = _never,
    record: Callable[[str], None] = record_nothing,
) -> None:
    """Copy a snapshot of the database, while others read and write.

    It is synced and checked, and ``record`` is called with its name for the audit trail, before it is renamed to
    ``destination``. ``number`` is stored in it (``Nightly``). ``given_up`` is called often, and ends the backup when it
    returns True. Raises StartupError for a damaged source, a full disk, an existing destination, or if given up.
    """
    temporary = destination.with_name(f".{destination.name}.{os.getpid()}.parcial")
    try:
        if destination.exists() and (not overwrite or destination.samefile(source)):
            raise StartupError(f"O arquivo {destination} já existe. Escolha outro nome para a cópia.")
        with sqlite.explained(source), _named(temporary, destination):
            _copy(source, temporary, given_up, number=number)
        record(name_in_trail(destination))
        files.replace(temporary, destination)
        files.sync_directory(destination.parent)
    except OSError as error:
        raise StartupError(
            f"Não foi possível gravar a cópia {destination} ({files.disk_reason(error)}). "
            "Confira o nome, a pasta, as permissões e o espaço em disco."
        ) from error
    finally:
        _remove(temporary)


def restore(
    file: Path,
    data_dir: Path,
    *,
    target: Path | None = None,
    force: bool = False,
    receive: Callable[[Path], None] | None = None,
) -> Path | None:
    """Replace the database (``target``, else the data directory's) by a backup; returns where the old one was kept.

    The backup is checked first. ``receive`` is called with the file that will become the database: it may write to it,
    or raise to refuse it. Raises StartupError if the backup is damaged or another program's, if there is a database and
    ``force`` is not set, or if a server uses the folder.
    """
    _require_backup(file)
    data_directory.prepare(data_dir)
    target = target or data_dir / data_directory.DATABASE
    with lock.DirectoryLock.acquire(data_dir):
        if target.exists() and not force:
            raise StartupError(
                f"Já existe um banco de dados em {target}. "
                "Para trocá-lo pela cópia use --force; o atual fica guardado ao lado."
            )
        temporary = target.with_name(f".{target.name}.{os.getpid()}.parcial")
        try:
            with sqlite.explained(file), _named(temporary, file):
                _copy(file, temporary, _never, is_at_rest=bool(find_flaw(file)))
                if receive is not None:
                    receive(temporary)
            kept = replacement.replace_database(temporary, target)
        except OSError as error:
            raise StartupError(
                f"Não foi possível gravar em {target.parent} ({files.disk_reason(error)}). "
                "Confira as permissões e o espaço em disco."
            ) from error
        finally:
            _remove(temporary)
    return kept


def _require_backup(file: Path) -> None:
    """Raises StartupError for what a person takes for a backup and is none."""
    if file.is_dir():
        raise StartupError(f"{file} é uma pasta. Diga o arquivo da cópia que há nela.")
    if not file.is_file():
        raise StartupError(f"O arquivo {file} não existe. Confira o nome da cópia.")
    with file.open("rb") as content:
        if content.read(6).startswith(_PACKED):
            raise StartupError(f"O arquivo {file} está compactado. Extraia-o e recupere o arquivo .db que há nele.")
    if replacement.is_cut_short(file) and not any(beside.exists() for beside in replacement.list_beside(file)):
        raise StartupError(f"A cópia {file} não está inteira: falta o fim do arquivo. Use outra cópia.")


@contextmanager
def _named(temporary: Path, file: Path) -> Iterator[None]:
    """Name in errors the file that the user named instead of the temporary one, or the folder whose disk is full."""
    try:
        yield
    except (AlmoxarifeError, DBAPIError, sqlite3.Error) as error:
        if _is_about_room(error):
            raise data_directory.unwritable(temporary.parent, OSError(errno.ENOSPC, "")) from error
        if isinstance(error, StartupError):
            raise StartupError(str(error).replace(str(temporary), str(file))) from error
        raise


def _is_about_room(error: BaseException | None) -> bool:
    while error is not None and not (isinstance(error, Exception) and sqlite.is_full(error)):
        error = error.__cause__
    return error is not None


def find_flaw(file: Path) -> str:
    """What is wrong with the write-ahead log of a backup that was made by hand, in Portuguese; empty if nothing is."""
    if not file.is_file():
        return ""
    if _is_without_log(file):
        return f"{file} foi copiada à mão, sem o arquivo -wal que fica ao lado do banco em uso."
    if replacement.has_older_log(file):
        return f"o arquivo {file.name}-wal é mais velho do que {file}, de outra cópia, e ficou de fora."
    return ""


def _is_without_log(file: Path) -> bool:
    """Whether the log, which has the last writes, is missing beside it."""
    with file.open("rb") as content:
        head = content.read(20)
    # The version of the format to write and to read: 2 for write-ahead logging. Our own backups say 1.
    return head[18:20] == b"\x02\x02" and not file.with_name(f"{file.name}-wal").exists()


def name_in_trail(file: Path) -> str:
    """The name of a backup in the audit trail: without folders, whose names may be people's."""
    return file.name.encode(errors="replace").decode()[:MAX_NAME_LENGTH]


class Content(NamedTuple):
    rows: dict[str, int]
    """The number of rows, by table."""
    last_movement: datetime | None


def read_content(file: Path, tables: Iterable[str]) -> Content:
    """The number of rows in each table and the last movement, by which a person recognises a backup."""
    with closing(sqlite3.connect(sqlite.uri_of(file, mode="rw"), uri=True)) as db:
        rows = {table: db.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in tables}  # noqa: S608
        (last,) = db.execute("SELECT max(recorded_at) FROM movements").fetchone()
    return Content(rows, None if last is None else from_micros(last))


def _copy(
    source: Path,
    destination: Path,
    given_up: Callable[[], bool],
    *,
    is_at_rest: bool = False,
    number: int | None = None,
) -> None:
    """Copy and verify. Raises sqlite3.Error, or StartupError if the source is not our database or the copy is damaged.

    ``is_at_rest``: no program uses the source, so it is opened read-only, which also works on a read-only disk.
    """

    def go_on(status: int, remaining: int, total: int) -> None:
        if given_up():
            raise StartupError(f"A cópia de {source} foi interrompida.")

    _remove(destination)
    os.close(os.open(destination, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    with (
        closing(_open_source(source, is_at_rest=is_at_rest)) as old,
        closing(sqlite3.connect(sqlite.uri_of(destination, mode="rw"), uri=True, isolation_level=None)) as new,
    ):
        # One snapshot for the whole copy: otherwise every write by others would restart the copy.
        old.execute("BEGIN")
        (application,) = old.execute("PRAGMA application_id").fetchone()
        old.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        if application != sqlite.APPLICATION_ID:
            raise StartupError(f"O arquivo {source} não é um banco de dados do Almoxarife. Escolha outro.")
        new.execute("PRAGMA synchronous=off")  # synced once, below
        old.backup(new, pages=PAGES_A_STEP, progress=go_on)
        # The copy is a single file, without a write-ahead log.
        new.execute("PRAGMA journal_mode=delete").fetchall()
        if number is not None:
            new.execute(f"PRAGMA user_version={number}").fetchall()
    replacement.sync(destination)
    _verify(source, destination, given_up)


def _verify(source: Path, copy: Path, given_up: Callable[[], bool]) -> None:
    """Check the copy on a new connection. Raises StartupError."""
    with closing(sqlite3.connect(sqlite.uri_of(copy, mode="ro"), uri=True, isolation_level=None)) as db:
        db.set_progress_handler(given_up, 100_000)
        if (found := db.execute("PRAGMA integrity_check(3)").fetchall()) != [("ok",)]:
            problems = "; ".join(str(row[0]) for row in found)
            raise StartupError(f"O banco de dados {source} está danificado ({problems}). Recupere uma cópia anterior.")


def _open_source(source: Path, *, is_at_rest: bool) -> sqlite3.Connection:
    uri = sqlite.uri_of(source, mode="ro") + ("&immutable=1" if is_at_rest else "")
    return sqlite3.connect(uri, uri=True, timeout=10, isolation_level=None)


def _remove(temporary: Path) -> None:
    for suffix in ("", "-journal", "-wal", "-shm"):
        # A failure here must not hide why the copy failed. Windows also fails for a name that it does not allow.
        with suppress(OSError):
            files.remove(temporary.with_name(temporary.name + suffix))

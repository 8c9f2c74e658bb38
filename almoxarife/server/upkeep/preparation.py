"""Creates, upgrades and opens the shop's database for a server or a command.

Refuses to create a new database where one is missing (``lost_database``), and to open one whose schema is wrong.
"""

import logging
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event
from time import monotonic

from sqlalchemy.orm import Session

from almoxarife import files
from almoxarife.server.data_directory import folder as data_directory
from almoxarife.server.data_directory.lock import DirectoryLock
from almoxarife.server.errors import StartupError
from almoxarife.server.settings import Settings
from almoxarife.server.store import sqlite
from almoxarife.server.store.database import Database, explained, is_server, is_unique_violation
from almoxarife.server.store.sessions import Base, raw
from almoxarife.server.upkeep import lost_database, migrations, replacement
from almoxarife.server.upkeep.migrations.comparison import list_differences

PATIENCE_S = 90.0
"""How long a start waits for servers of an older version. One that lost its power is forgotten within a minute."""
_LOOK_S = 0.3
log = logging.getLogger(__name__)


def path_or_url_of(settings: Settings) -> Path | str:
    """Where the data is: a file, or the URL of a PostgreSQL."""
    url = settings.database_url
    return url if url and is_server(url) else sqlite.path_of(url or settings.data_dir / data_directory.DATABASE)


@contextmanager
def sole_use(settings: Settings) -> Iterator[list[DirectoryLock]]:
    """Lock the data directory and the database file. Raises StartupError."""
    data_directory.prepare(settings.data_dir)
    with DirectoryLock.acquire(settings.data_dir) as own, sole_use_elsewhere(settings) as elsewhere:
        yield [lock for lock in (own, elsewhere) if lock is not None]


def sole_use_elsewhere(settings: Settings) -> AbstractContextManager[DirectoryLock | None]:
    """Lock a database file outside the data directory, which another data directory may use too."""
    path_or_url = path_or_url_of(settings)
    if not isinstance(path_or_url, Path) or path_or_url.parent.resolve() == settings.data_dir.resolve():
        return nullcontext()
    return DirectoryLock.acquire(path_or_url.parent)


def wait_for_older_servers(
    settings: Settings, stopping: Event, tell: Callable[[str], None], *, patience_s: float = PATIENCE_S
) -> None:
    """Wait, up to ``patience_s`` seconds, until no older server uses the PostgreSQL database that is to be upgraded.

    ``tell`` is called with a Portuguese sentence about what is waited for. Starting again and again instead would keep
    the shops waiting for the length of a start.
    """
    path_or_url = path_or_url_of(settings)
    deadline, reported = monotonic() + patience_s, ""
    while not isinstance(path_or_url, Path) and (hindrance := migrations.find_hindrance(path_or_url)):
        if hindrance != reported:
            tell(hindrance)
        reported = hindrance
        if monotonic() > deadline or stopping.wait(_LOOK_S):
            return


def open_database(settings: Settings) -> Database:
    """Create or upgrade the database, and open it. Raises StartupError; for a file, hold ``sole_use``."""
    prepare_database(settings)
    database = Database.open(path_or_url_of(settings), read_url=settings.read_url)
    try:
        with explained(path_or_url_of(settings)):
            _require_shape(database)
    except BaseException:
        database.close()
        raise
    return database


@contextmanager
def at_hand(path_or_url: Path | str) -> Iterator[Path | str]:
    """The database, or a temporary copy of it and its log if its disk is read-only.

    SQLite must write beside a file even to read it.
    """
    if not isinstance(path_or_url, Path) or not path_or_url.exists() or os.access(path_or_url.parent, os.W_OK):
        yield path_or_url
        return
    with TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        copy = Path(folder) / path_or_url.name
        shutil.copyfile(path_or_url, copy)
        for path, beside in zip(replacement.list_beside(path_or_url), replacement.list_beside(copy), strict=True):
            if path.exists() and not path.name.endswith("-shm"):
                shutil.copyfile(path, beside)
        yield copy


def prepare_database(settings: Settings, *, anew: bool = False) -> bool:
    """Create or upgrade the database; True if anything was done. Raises StartupError.

    ``anew``: create a new one even if another one is missing.
    """
    path_or_url = path_or_url_of(settings)
    require_own_log(path_or_url)
    if not anew:
        _require_no_loss(settings.data_dir, path_or_url)
    elif migrations.has_tables(path_or_url):
        raise StartupError("Já existe um banco de dados com dados. --novo é só para quando não há nenhum.")
    else:
        _put_remains_aside(path_or_url)
    return migrations.migrate(path_or_url)


def _require_no_loss(data_dir: Path, path_or_url: Path | str) -> None:
    """Raises StartupError if there was a database and it is missing."""
    if migrations.has_tables(path_or_url):
        return
    found = lost_database.list_traces(data_dir, path_or_url)
    if not isinstance(path_or_url, Path):
        found += _list_traces_on_server(path_or_url)
    elif path_or_url.exists():
        found.append(f"{path_or_url.name} vazio")
    if not found:
        return
    if isinstance(path_or_url, Path):
        missing = f"o banco de dados {path_or_url} sumiu ou está vazio"
        remedy = _name_backups(lost_database.list_backups(data_dir, path_or_url.parent))
    else:
        missing = "o banco de dados de ALMOXARIFE_DATABASE_URL está vazio"
        remedy = "Confira o endereço e o search_path, ou recupere os dados com: pg_restore --dbname=BANCO ARQUIVO"
    raise StartupError(
        f"A pasta {data_dir} é de uma loja que já funcionou (há {', '.join(found)}), mas {missing}. Nada foi criado. "
        f"{remedy}. Só se for para começar do zero, sem os dados de antes: almoxarife migrate --novo"
    )


def require_own_log(path_or_url: Path | str) -> None:
    """Raises StartupError if the log beside the database is an older one: opening would take newer changes back."""
    if isinstance(path_or_url, Path) and replacement.has_older_log(path_or_url):
        raise StartupError(
            f"Na pasta {path_or_url.parent}, o arquivo {path_or_url.name}-wal é mais velho do que o banco de dados, "
            "como fica quando se põe ali uma cópia à mão: com ele o banco perderia o que tem de mais novo. Nada foi "
            f"mudado. Mova {path_or_url.name}-wal para outra pasta e abra de novo, ou recupere uma cópia de segurança "
            "com: almoxarife restore ARQUIVO --force"
        )


def _name_backups(backups: list[lost_database.Backup]) -> str:
    if not backups:
        return "Nenhuma cópia foi encontrada na pasta: procure uma em outro lugar e use: almoxarife restore ARQUIVO"
    newest = files.quote_path(str(backups[0].path))
    return f"Cópias encontradas: {lost_database.describe(backups)}. Para recuperar: almoxarife restore {newest}"


def _list_traces_on_server(url: str) -> list[str]:
    from almoxarife.server.store import postgres_connection
    from almoxarife.server.store.postgresql import schema

    with postgres_connection.explained(url), schema.connected(url) as connection:
        return schema.list_traces(connection)


def _put_remains_aside(path_or_url: Path | str) -> None:
    """Rename the log of the missing database: SQLite would apply it to the new one."""
    if not isinstance(path_or_url, Path):
        from almoxarife.server.store import postgres_connection
        from almoxarife.server.store.postgresql import schema

        with postgres_connection.explained(path_or_url), schema.connected(path_or_url) as connection:
            schema.remove_views_left(connection)
        return
    moment = datetime.now().astimezone().strftime("%Y%m%d-%H%M%S")
    for path in [path_or_url, *replacement.list_beside(path_or_url)]:
        if path.exists():
            end = path.name.removeprefix(path_or_url.name)
            files.replace(path, path.with_name(f"{path_or_url.name}.perdido-{moment}.bak{end}"))


def list_shape_faults(session: Session) -> list[str]:
    """What is missing from a database, tables and columns first."""
    return [difference.sentence for difference in list_differences(session.connection(), Base.metadata)]


def _require_shape(database: Database) -> None:
    """Raises StartupError if anything is missing, except indexes, which are created again."""
    with database.reading() as session:
        if raw(session).execute("SELECT version_num FROM alembic_version") != [(migrations.HEAD,)]:
            raise StartupError(
                "Outro servidor, de uma versão mais nova do Almoxarife, acaba de atualizar o banco de dados. "
                "Instale a mesma versão aqui e inicie de novo."
            )
        differences = list_differences(session.connection(), Base.metadata)
    if fatal := [difference.sentence for difference in differences if difference.lost_index is None]:
        raise StartupError(
            f"O banco de dados não tem a forma de que este programa precisa: {'; '.join(fatal)}. Nada foi mudado. "
            "Recupere uma cópia de segurança com: almoxarife restore ARQUIVO --force"
        )
    for difference in differences:
        try:
            with database.transaction() as session:
                difference.lost_index.create(session.connection())  # type: ignore[union-attr]  # none without is left
        except database.failures as error:
            if not is_unique_violation(error):
                raise
            raise StartupError(
                f"No banco de dados {difference.sentence}, e há linhas repetidas que ele não deixaria entrar. "
                "Recupere uma cópia de segurança com: almoxarife restore ARQUIVO --force"
            ) from error
        log.warning("index_made_again", {"what": difference.sentence})

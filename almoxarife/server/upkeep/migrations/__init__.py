"""Creates the database and upgrades its schema, at every start, by the revisions in ``versions``.

For a database that is already at ``HEAD`` this is one SELECT, and Alembic, which is slow to import, is not loaded. An
older database is upgraded in one transaction, so that a failed or killed upgrade leaves it as it was; a SQLite file is
copied first. SQLite and PostgreSQL have the same revisions.

A revision that rebuilds a table (batch mode) drops that table's triggers, and must create them again.
"""

import glob
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from almoxarife import files
from almoxarife.server.errors import StartupError
from almoxarife.server.store import sqlite
from almoxarife.server.store.database import is_server
from almoxarife.server.upkeep import backups

if TYPE_CHECKING:
    from alembic.config import Config

HEAD = "0023"
"""The newest revision; a test compares it with the revision files."""
_FIRST_COVERING = "0006"
"""The first revision with audit entries that cover rows."""


def migrate(path_or_url: Path | str, *, scripts: Path | None = None, head: str = HEAD, backs_up: bool = True) -> bool:
    """Create or upgrade the database; True if anything was done. For a file, hold the data directory's lock.

    ``backs_up``: whether to back up a file before it is upgraded. ``scripts`` and ``head`` are for tests with other
    revisions. Raises StartupError for another program's, a damaged or a newer database, a full disk, or a failed
    upgrade.
    """
    scripts = scripts or Path(__file__).parent
    if is_server(path_or_url):
        return _migrate_server(str(path_or_url), scripts, head)
    path = sqlite.path_of(path_or_url)
    with sqlite.explained(path):
        if not path.exists():
            _create_file(path, scripts)
            return True
        _require_writable(path)
        found = find_revision(path)
        if found == head:
            return False
        copy = _back_up_beside(path, head) if found is not None and backs_up else None
        kept = "" if copy is None else f"O banco anterior continua como estava; há uma cópia dele em {copy}."
        with _explain_failure(str(path), kept), alembic_on(path, scripts) as config:
            _upgrade(config, str(path), found)
        return True


def _migrate_server(url: str, scripts: Path, head: str) -> bool:
    """``migrate`` on PostgreSQL. Of several servers that start at once, one upgrades and the others wait.

    A database that a server of an older version still uses is not upgraded, because its statements would fail.
    """
    from almoxarife.server.store import postgres_connection
    from almoxarife.server.store.postgresql import schema

    opened = schema.connected(url, application_name=schema.UPGRADING)
    with postgres_connection.explained(url), opened as connection:
        if schema.find_revision(connection) == head:
            return False
        kept = "O banco anterior continua como estava."
        with (
            _explain_failure(postgres_connection.shown(url), kept, is_explained=postgres_connection.find_remedy),
            schema.exclusive(connection),
        ):
            found = schema.find_revision(connection)
            if found == head:
                return False
            if found is not None and found < head and schema.is_in_use(connection):
                raise StartupError(_IN_USE.format(postgres_connection.shown(url), found))
            _upgrade(_configure(connection, scripts), postgres_connection.shown(url), found)
        return True


def find_hindrance(url: str, *, head: str = HEAD) -> str | None:
    """A Portuguese sentence if PostgreSQL cannot be upgraded now: another server upgrades it, or still uses it."""
    from almoxarife.server.store import postgres_connection
    from almoxarife.server.store.postgresql import schema

    opened = schema.connected(url, application_name=schema.WAITING)
    with postgres_connection.explained(url), opened as connection:
        found = schema.find_revision(connection)
        if found is not None and found < head and schema.is_in_use(connection):
            # The server that uses it may be one that has upgraded it meanwhile.
            is_older = schema.find_revision(connection) == found
            return _AWAITED.format(postgres_connection.shown(url), found) if is_older else None
        if found != head and schema.is_being_upgraded(connection):
            return _UPGRADED.format(postgres_connection.shown(url))
        return None


_UPGRADED = (
    "Outro servidor do Almoxarife está preparando o banco de dados {} para esta versão. "
    "Este espera, e começa assim que ele terminar."
)
_AWAITED = (
    "O banco de dados {} é de uma versão anterior (esquema {}), e outro servidor do Almoxarife ainda trabalha nele. "
    "Pare o Almoxarife nos outros computadores (systemctl stop almoxarife-api), o serve-logs de antes também: "
    "este espera, e começa assim que pararem. Nada foi mudado."
)
_IN_USE = (
    "O banco de dados {} é de uma versão anterior (esquema {}), e outro servidor do Almoxarife ainda trabalha nele. "
    "Pare o Almoxarife nos outros computadores (systemctl stop almoxarife-api), o serve-logs de antes também, "
    "e inicie este de novo. Se um deles foi desligado sem parar, espere um minuto; se não adiantar, reinicie o "
    "PostgreSQL. Nada foi mudado."
)


def make_tables(connection: Connection) -> None:
    """Run all revisions in an empty PostgreSQL database, in the caller's transaction."""
    _upgrade(_configure(connection, Path(__file__).parent), "PostgreSQL", None)


def has_data(path_or_url: Path | str) -> bool:
    """Whether there is a database, of any revision. Raises StartupError if the server does not answer."""
    if not is_server(path_or_url):
        return sqlite.path_of(path_or_url).exists()
    return _find_revision_on_server(str(path_or_url)) is not None


def has_tables(path_or_url: Path | str) -> bool:
    """Whether there is a database that is not empty. Raises StartupError as ``migrate`` does."""
    if is_server(path_or_url):
        return has_data(path_or_url)
    path = sqlite.path_of(path_or_url)
    with sqlite.explained(path):
        return path.exists() and path.stat().st_size > 0 and find_revision(path) is not None


def is_current(path_or_url: Path | str) -> bool:
    """Whether a database is at ``HEAD``. Raises StartupError if it cannot be read."""
    if not is_server(path_or_url):
        path = sqlite.path_of(path_or_url)
        with sqlite.explained(path):
            return find_revision(path) == HEAD
    return _find_revision_on_server(str(path_or_url)) == HEAD


def _find_revision_on_server(url: str) -> str | None:
    from almoxarife.server.store import postgres_connection
    from almoxarife.server.store.postgresql import schema

    with postgres_connection.explained(url), schema.connected(url) as connection:
        return schema.find_revision(connection)


def find_revision(path: Path) -> str | None:
    """The revision of an existing file; None if it is empty.

    Raises StartupError for another program's database, sqlite3.Error for a file that is not a database.
    """
    with closing(sqlite3.connect(sqlite.uri_of(path, mode="rw"), uri=True, timeout=10)) as db:
        (tables,) = db.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        (application,) = db.execute("PRAGMA application_id").fetchone()
        if not tables and not application:
            return None
        if application != sqlite.APPLICATION_ID:
            raise StartupError(
                f"O arquivo {path} é de outro programa, não do Almoxarife. "
                "Escolha outra pasta em ALMOXARIFE_DATA_DIR, ou recupere uma cópia: almoxarife restore ARQUIVO --force"
            )
        if not db.execute("SELECT 1 FROM sqlite_schema WHERE name = 'alembic_version'").fetchone():
            raise StartupError(_NO_REVISION.format(path))
        row = db.execute("SELECT version_num FROM alembic_version").fetchone()
        if row is None:
            raise StartupError(_NO_REVISION.format(path))
        return str(row[0])


_NO_REVISION = (
    "O banco de dados {} está incompleto: não diz de que versão do Almoxarife é. "
    "Recupere uma cópia de segurança com: almoxarife restore ARQUIVO --force"
)


@contextmanager
def alembic_on(path: Path, scripts: Path) -> Iterator["Config"]:
    """Yields Alembic's configuration for one transaction on a file, which is committed after the block."""
    with closing(sqlite.connect(path)) as db, closing(sqlite.shared_connection(db)) as connection:
        # A table is rebuilt by dropping it, which foreign keys would refuse or pass on to the rows that refer to it.
        db.execute("PRAGMA foreign_keys=off")
        # The new table is renamed while views refer to the dropped one; only the legacy mode allows that.
        db.execute("PRAGMA legacy_alter_table=on")
        db.execute("BEGIN IMMEDIATE")
        try:
            with connection.begin():
                yield _configure(connection, scripts)
            if broken := db.execute("PRAGMA foreign_key_check").fetchall():
                raise sqlite3.IntegrityError(f"rows without their parent: {broken[:5]}")
            db.execute("COMMIT")
        finally:
            if db.in_transaction:
                db.execute("ROLLBACK")


def _configure(connection: Connection, scripts: Path) -> "Config":
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(scripts).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def _create_file(path: Path, scripts: Path) -> None:
    """Create a file under a temporary name, so that an empty file at ``path`` always means a lost database."""
    temporary = path.with_name(f".{path.name}.novo")
    files.remove(temporary)  # left by a start that was killed
    _require_writable(temporary)
    try:
        with _explain_failure(str(path), ""), alembic_on(temporary, scripts) as config:
            _upgrade(config, str(path), None)
        files.replace(temporary, path)
        files.sync_directory(path.parent)
    finally:
        files.remove(temporary)


def _require_writable(path: Path) -> None:
    try:
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        raise StartupError(
            f"Não é possível gravar no banco de dados {path} ({files.disk_reason(error)}). "
            "Confira as permissões do arquivo e da pasta."
        ) from error


def _back_up_beside(path: Path, head: str) -> Path:
    # In the machine's local time, because a person reads the name.
    moment = datetime.now().astimezone().strftime("%Y%m%d-%H%M%S")
    copy = path.with_name(f"{path.name}.antes-de-{head}-{moment}.bak")
    for left_over in path.parent.glob(f".{glob.escape(path.name)}.antes-de-*.parcial*"):  # by starts that were killed
        with suppress(OSError):
            files.remove(left_over)
    backups.backup(path, copy)
    return copy


@contextmanager
def _explain_failure(
    place: str, kept: str, *, is_explained: Callable[[Exception], object] = sqlite.is_full
) -> Iterator[None]:
    """Turn any error of a revision into a StartupError. ``kept``: a sentence about the database before the upgrade.

    Errors for which ``is_explained`` is true are raised as they are, because the caller explains them.
    """
    try:
        yield
    except StartupError:
        raise
    except Exception as error:
        if is_explained(error):
            raise
        reason = " ".join(str(error).split())
        raise StartupError(
            f"O banco de dados {place} não pôde ser atualizado ({reason}). {kept}{kept and ' '}"
            "Volte à versão anterior do programa e avise quem cuida dele."
        ) from error


def _upgrade(config: "Config", place: str, found: str | None) -> None:
    from alembic import command
    from alembic.script import ScriptDirectory

    known = {revision.revision for revision in ScriptDirectory.from_config(config).walk_revisions()}
    if found is not None and found not in known:
        raise StartupError(
            f"O banco de dados {place} foi gravado por uma versão mais nova do Almoxarife (esquema {found}). "
            "Instale a versão mais nova, ou recupere uma cópia antiga com: almoxarife restore ARQUIVO --force"
        )
    if found == "0002":
        _create_schema_of_views(config.attributes["connection"])
    command.upgrade(config, "head")
    if found is not None and _FIRST_COVERING in known:
        # At the next opening, new audit entries cover the rows that a revision has changed.
        config.attributes["connection"].exec_driver_sql("UPDATE audit_tally SET seal = NULL")


def _create_schema_of_views(connection: Connection) -> None:
    """Revision 0003 expects a schema that the first version of 0002 did not create."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("CREATE SCHEMA IF NOT EXISTS cadastro_pessoa")

"""The schema's history, carried out at every start.

A database that is already at ``HEAD`` costs one SELECT: Alembic, slow to import, is
left alone. An older one is upgraded in one transaction, so that an upgrade that fails or
is killed leaves it as it was; a file is copied beside itself first. A new database is
made by the same revisions, and both kinds of database by the same ones.

A revision that rebuilds a table (batch mode) loses that table's triggers: make them again.
"""

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
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

HEAD = "0022"
"""The newest revision; a test compares it with the revision files."""
_FIRST_COVERING = "0006"
"""The first with entries that cover rows."""


def migrate(path_or_url: Path | str, *, scripts: Path | None = None, head: str = HEAD, copies: bool = True) -> bool:
    """Make or upgrade the database; True when something was done. For a file, hold the data directory's lock.

    ``copies``: whether a file is copied beside itself first. ``scripts`` and ``head`` are for
    tests of other histories. Raises StartupError with a
    Portuguese sentence: a foreign, damaged or newer database, no space, a failed upgrade.
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
        copy = _copy_beside(path, head) if found is not None and copies else None
        kept = "" if copy is None else f"O banco anterior continua como estava; há uma cópia dele em {copy}."
        with _explain_failure(str(path), kept), alembic_on(path, scripts) as config:
            _upgrade(config, str(path), found)
        return True


def _migrate_server(url: str, scripts: Path, head: str) -> bool:
    """Several servers may start at once: the first one upgrades, the others wait and find it done.

    None upgrades what another one works with, whose statements are those of the version before.
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
    """Why a server's database cannot be upgraded now, in a sentence: another server upgrades it, or works with it."""
    from almoxarife.server.store import postgres_connection
    from almoxarife.server.store.postgresql import schema

    opened = schema.connected(url, application_name=schema.WAITING)
    with postgres_connection.explained(url), opened as connection:
        found = schema.find_revision(connection)
        if found is not None and found < head and schema.is_in_use(connection):
            # Or has it been upgraded meanwhile, and whoever did it works already?
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
    """Carry out every revision in an empty database on a server, within the caller's transaction."""
    _upgrade(_configure(connection, Path(__file__).parent), "PostgreSQL", None)


def has_data(path_or_url: Path | str) -> bool:
    """Whether there is a database, of whatever revision. Raises StartupError when a server cannot be asked."""
    if not is_server(path_or_url):
        return sqlite.path_of(path_or_url).exists()
    from almoxarife.server.store import postgres_connection
    from almoxarife.server.store.postgresql import schema

    with postgres_connection.explained(str(path_or_url)), schema.connected(str(path_or_url)) as connection:
        return schema.find_revision(connection) is not None


def has_tables(path_or_url: Path | str) -> bool:
    """Whether there is a database with anything in it. Raises StartupError as ``migrate`` does."""
    if is_server(path_or_url):
        return has_data(path_or_url)
    path = sqlite.path_of(path_or_url)
    with sqlite.explained(path):
        return path.exists() and path.stat().st_size > 0 and find_revision(path) is not None


def is_current(path_or_url: Path | str) -> bool:
    """Whether a database is of this version. Raises StartupError when it cannot be asked."""
    if not is_server(path_or_url):
        path = sqlite.path_of(path_or_url)
        with sqlite.explained(path):
            return find_revision(path) == HEAD
    from almoxarife.server.store import postgres_connection
    from almoxarife.server.store.postgresql import schema

    with postgres_connection.explained(str(path_or_url)), schema.connected(str(path_or_url)) as connection:
        return schema.find_revision(connection) == HEAD


def find_revision(path: Path) -> str | None:
    """The revision of an existing file; None when it is empty.

    Raises StartupError when it is another program's database, sqlite3.Error when it is none.
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
    """Alembic's configuration on one connection in one transaction, committed at the end of the block."""
    with closing(sqlite.connect(path)) as db, closing(sqlite.shared_connection(db, in_savepoint=False)) as connection:
        # Rebuilding a table drops it: with the keys enforced, its children's rows would go or object.
        db.execute("PRAGMA foreign_keys=off")
        # The table in its place takes its name while the views of it have none to look at.
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
    """Under another name first: an empty file in the database's place always means that one was lost."""
    temporary = path.with_name(f".{path.name}.novo")
    files.remove(temporary)  # of a start that was killed
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


def _copy_beside(path: Path, head: str) -> Path:
    # The machine's own local time: the name is for the person who looks into the folder.
    moment = datetime.now().astimezone().strftime("%Y%m%d-%H%M%S")
    copy = path.with_name(f"{path.name}.antes-de-{head}-{moment}.bak")
    backups.backup(path, copy)
    return copy


@contextmanager
def _explain_failure(
    place: str, kept: str, *, is_explained: Callable[[Exception], object] = sqlite.is_full
) -> Iterator[None]:
    """Turn whatever a revision may fail with into a StartupError; ``kept`` says what is left of before.

    ``is_explained``: what the caller has a sentence of its own for.
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
        # Rows that a revision has changed are covered anew when the database is opened next.
        config.attributes["connection"].exec_driver_sql("UPDATE audit_tally SET seal = NULL")


def _create_schema_of_views(connection: Connection) -> None:
    """Revision 0003 expects a schema that the first servers at 0002 did not get."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("CREATE SCHEMA IF NOT EXISTS cadastro_pessoa")

"""The schema's history, carried out at every start.

A database that is already at ``HEAD`` costs one SELECT: Alembic, slow to import, is
left alone. An older one is copied beside itself first and upgraded in one transaction,
so that an upgrade that fails or is killed leaves it as it was. A new one is made by
the same revisions.

A revision that rebuilds a table (batch mode) loses that table's triggers: make them again.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from almoxarife.server import backups, sqlite
from almoxarife.server.errors import StartupError

if TYPE_CHECKING:
    from alembic.config import Config

HEAD = "0002"
"""The newest revision; a test compares it with the revision files."""


def migrate(path_or_url: Path | str, *, scripts: Path | None = None, head: str = HEAD) -> bool:
    """Make or upgrade the database; True when something was done. Hold the data directory's lock.

    ``scripts`` and ``head`` are for tests of other histories. Raises StartupError with a
    Portuguese sentence: a foreign, damaged or newer database, no space, a failed upgrade.
    """
    path = sqlite.path_of(path_or_url)
    with sqlite.explained(path):
        _make_file(path)
        found = find_revision(path)
        if found == head:
            return False
        copy = None if found is None else _copy_beside(path, head)
        _upgrade(path, scripts or Path(__file__).parent, found, copy)
        return True


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
        row = db.execute("SELECT version_num FROM alembic_version").fetchone()
        return str(row[0])


@contextmanager
def alembic_on(path: Path, scripts: Path) -> Iterator["Config"]:
    """Alembic's configuration on one connection in one transaction, committed at the end of the block."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(scripts).replace("%", "%%"))
    with closing(sqlite.connect(path)) as db, closing(sqlite.shared_connection(db, in_savepoint=False)) as connection:
        # Rebuilding a table drops it: with the keys enforced, its children's rows would go or object.
        db.execute("PRAGMA foreign_keys=off")
        db.execute("BEGIN IMMEDIATE")
        try:
            with connection.begin():
                config.attributes["connection"] = connection
                yield config
            if broken := db.execute("PRAGMA foreign_key_check").fetchall():
                raise sqlite3.IntegrityError(f"rows without their parent: {broken[:5]}")
            db.execute("COMMIT")
        finally:
            if db.in_transaction:
                db.execute("ROLLBACK")


def _make_file(path: Path) -> None:
    try:
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        raise StartupError(
            f"Não é possível gravar no banco de dados {path} ({error.strerror}). "
            "Confira as permissões do arquivo e da pasta."
        ) from error


def _copy_beside(path: Path, head: str) -> Path:
    # The machine's own local time: the name is for the person who looks into the folder.
    moment = datetime.now().astimezone().strftime("%Y%m%d-%H%M%S")
    copy = path.with_name(f"{path.name}.antes-de-{head}-{moment}.bak")
    backups.backup(path, copy)
    return copy


def _upgrade(path: Path, scripts: Path, found: str | None, copy: Path | None) -> None:
    from alembic import command
    from alembic.script import ScriptDirectory

    try:
        with alembic_on(path, scripts) as config:
            known = {revision.revision for revision in ScriptDirectory.from_config(config).walk_revisions()}
            if found is not None and found not in known:
                raise StartupError(
                    f"O banco de dados {path} foi gravado por uma versão mais nova do Almoxarife (esquema {found}). "
                    "Instale a versão mais nova, ou recupere uma cópia antiga com: almoxarife restore ARQUIVO --force"
                )
            command.upgrade(config, "head")
    except StartupError:
        raise
    except Exception as error:  # a revision may fail in any way; the old database stays either way
        kept = "" if copy is None else f" O banco anterior continua como estava; há uma cópia dele em {copy}."
        raise StartupError(
            f"O banco de dados {path} não pôde ser atualizado ({error}).{kept} "
            "Volte à versão anterior do programa e avise quem cuida dele."
        ) from error

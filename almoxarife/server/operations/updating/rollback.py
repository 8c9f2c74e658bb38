"""Restores the database after an update that failed.

During an update a note in the data directory names the backup from before it. If an older server finds a database
that a newer version has upgraded, and the note, it restores the backup. Once a server takes requests, restoring
would lose data, so the note is removed.
"""

from contextlib import closing
from pathlib import Path

from almoxarife import files
from almoxarife.server.audit import service as trail
from almoxarife.server.audit.tags import Tag
from almoxarife.server.errors import StartupError
from almoxarife.server.operations.updating import installed
from almoxarife.server.settings import Settings
from almoxarife.server.store import sqlite
from almoxarife.server.store.database import Database
from almoxarife.server.upkeep import backups, migrations, preparation

NOTE = "atualizacao.txt"


def remember(data_dir: Path, backup: Path) -> None:
    files.write_atomically(data_dir / NOTE, str(backup).encode("utf-8"))


def forget(data_dir: Path) -> None:
    files.remove(data_dir / NOTE)


def prepare_start(settings: Settings) -> None:
    """Restore the backup if necessary. Raises StartupError, also if the data are in the program's own folder."""
    installed.require_data_elsewhere(settings.data_dir)
    try:
        backup = Path((settings.data_dir / NOTE).read_text("utf-8"))
    except (OSError, UnicodeDecodeError):
        return
    path_or_url = preparation.path_or_url_of(settings)
    if not isinstance(path_or_url, Path) or not path_or_url.exists() or not backup.is_file():
        return
    with sqlite.explained(path_or_url):
        is_newer = (migrations.find_revision(path_or_url) or "") > migrations.HEAD
    if is_newer:
        kept = _bring_back(backup, path_or_url, settings)
        print(f"A atualização foi desfeita: os dados são os de antes. O que ela mudou ficou em {kept}.", flush=True)


def _bring_back(backup: Path, target: Path, settings: Settings) -> Path | None:

    def receive(database: Path) -> None:
        with closing(Database.open(database)) as opened, opened.transaction() as session:
            trail.record(session, Tag.BACKUP_RESTORED, cause=backups.name_in_trail(backup))

    return backups.restore(backup, settings.data_dir, target=target, force=True, receive=receive)


def where_backup_goes(data_dir: Path, release: str) -> Path:
    """The path of the backup before an update: beside the nightly backups, not counted as one. Raises StartupError."""
    folder = data_dir / "backups"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise StartupError(f"Não é possível gravar na pasta {folder} ({files.disk_reason(error)}).") from error
    return folder / f"antes-de-{release}.db"

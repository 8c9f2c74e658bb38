"""Updates to a newer version: tries it on a copy of the data, then on the data, and rolls back if it does not answer.

No server runs from the backup to the end of the update, so a rollback loses no data.
"""

import os
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from almoxarife import files
from almoxarife.server.data_directory import folder as data_directory
from almoxarife.server.data_directory import stop_request
from almoxarife.server.errors import StartupError
from almoxarife.server.operations.updating import archives, rollback
from almoxarife.server.operations.updating.archives import Archive
from almoxarife.server.operations.updating.installed import Installed, python_of, remove
from almoxarife.server.settings import Settings
from almoxarife.server.upkeep import backups, preparation

TRIAL = "experiencia"
LOCK = "atualizacao.lock"
SHARED_WITH_TRIAL = (
    *("ALMOXARIFE_VENV", "ALMOXARIFE_TIMEZONE", "ALMOXARIFE_SECRET_KEY", "ALMOXARIFE_SECRET_KEY_FILE"),
    "ALMOXARIFE_CPF_KEY_FILE",
)
"""Variables that are passed on to the trial. It gets its own port and data directory."""

Say = Callable[[str], None]
"""Shows a Portuguese sentence about the progress."""


def upgrade(installed: Installed, archive: Archive, settings: Settings, say: Say) -> None:
    """Return when the newer version answers. If it does not, restore everything and raise StartupError."""
    path_or_url = preparation.path_or_url_of(settings)
    if not isinstance(path_or_url, Path):
        raise StartupError(
            "Os dados estão no PostgreSQL, que este programa não copia sozinho. Guarde uma cópia com pg_dump, pare o "
            "servidor (stop) e extraia o pacote por cima da pasta do programa."
        )
    data_directory.prepare(settings.data_dir)
    with _update_lock(installed):
        old, new = installed.current, archive.release.name
        if old == new:
            # A version that fails below is removed, which must not be the one in use.
            raise StartupError("Outra janela já atualizou este programa. Feche e abra de novo as janelas.")
        say(f"Extraindo o Almoxarife {new}…")
        version = archives.unpack(archive, installed)
        was_running = stop_request.stop_server(settings.data_dir)
        is_settled = False
        try:
            backup = _back_up(path_or_url, settings, new, say)
            say("Experimentando a versão nova numa cópia dos dados…")
            _try_on_backup(version, settings, backup)
            if backup is not None:
                rollback.remember(settings.data_dir, backup)
            installed.use(new)
            is_settled = True
            say("Abrindo o servidor na versão nova…")
            if not _run(version, "start"):
                _roll_back(installed, old, settings, backup, say)
        finally:
            if not is_settled:
                remove(version)
                if was_running:
                    _run(installed.place(old), "start")
            elif not was_running:
                _run(installed.place(installed.current), "stop")
        rollback.forget(settings.data_dir)
        installed.remove_all_but([old, new])
        with suppress(OSError):
            archives.renew_documents(archive, installed)


@contextmanager
def _update_lock(installed: Installed) -> Iterator[None]:
    """Lock the program's folder. Raises StartupError if another update is running, or it is not writable."""
    try:
        lock = files.try_lock(installed.folder / LOCK)
    except OSError as error:
        raise StartupError(
            f"Não é possível gravar na pasta do programa, {installed.folder} ({files.disk_reason(error)}). Peça a quem "
            "instalou o programa que o atualize, ou extraia o pacote novo numa pasta sua."
        ) from error
    if lock is None:
        raise StartupError("Outra janela está atualizando este programa. Espere que ela termine.")
    with lock:
        yield


def _back_up(path: Path, settings: Settings, release: str, say: Say) -> Path | None:
    """Back up the database; None if there is none yet."""
    if not path.exists():
        return None
    backup = rollback.where_backup_goes(settings.data_dir, release)
    backups.backup(path, backup, overwrite=True)
    say(f"Cópia dos dados conferida e gravada em {backup}.")
    return backup


def _try_on_backup(version: Path, settings: Settings, backup: Path | None) -> None:
    """Start and stop the version with a copy of the data. Raises StartupError if it does not answer."""
    folder = settings.data_dir / TRIAL
    shutil.rmtree(folder, ignore_errors=True)
    try:
        folder.mkdir(mode=0o700)
        if backup is not None:
            shutil.copyfile(backup, folder / data_directory.DATABASE)
            for key in settings.data_dir.glob("chave*.txt"):
                shutil.copyfile(key, folder / key.name)
    except OSError as error:
        shutil.rmtree(folder, ignore_errors=True)
        raise data_directory.unwritable(settings.data_dir, error) from error
    variables = {name: os.environ[name] for name in SHARED_WITH_TRIAL if name in os.environ}
    variables |= {
        "ALMOXARIFE_DATA_DIR": str(folder),
        "ALMOXARIFE_PORT": str(_find_free_port()),
        "ALMOXARIFE_BACKUPS": "0",
    }
    try:
        answered = _run(version, "start", variables=variables)
        answered = _run(version, "stop", variables=variables) and answered
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if not answered:
        raise StartupError(
            "A versão nova não respondeu numa experiência com uma cópia dos dados. Nada foi mudado; continue com a de "
            "antes e avise quem lhe deu o pacote."
        )


def _roll_back(installed: Installed, old: str, settings: Settings, backup: Path | None, say: Say) -> None:
    """Return to the old version and its data. Always raises StartupError, which says whether that worked."""
    say("A versão nova não respondeu; volto à de antes…")
    with suppress(StartupError):
        stop_request.stop_server(settings.data_dir)
    if backup is not None:
        rollback.remember(settings.data_dir, backup)
    installed.use(old)
    if not _run(installed.place(old), "start"):
        raise StartupError(
            f"A versão nova não respondeu e a de antes não abriu. A cópia dos dados está em {backup}. "
            "Reinicie o computador e abra o sistema de novo."
        )
    raise StartupError("A versão nova não respondeu. A de antes está de volta, com os dados de antes da atualização.")


def _run(version: Path, command: str, *, variables: Mapping[str, str] | None = None) -> bool:
    """Run a command of a version; False if it failed. ``variables`` replace all ALMOXARIFE_ variables."""
    environ = dict(os.environ)
    # It may contain the folder of the version that is running now.
    environ.pop("PYTHONPATH", None)
    if variables is not None:
        environ = {name: value for name, value in environ.items() if not name.startswith("ALMOXARIFE_")}
        environ.update(variables)
    program = [str(python_of(version)), str(version / "start_sistema_completo.py"), command]
    try:
        return subprocess.run(program, env=environ, check=False).returncode == 0
    except OSError:
        return False


def _find_free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port

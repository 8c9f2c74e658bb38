"""The folder that holds a shop's data, and who may use it.

One process writes to it at a time. The lock is the operating system's, so it ends with
the process however it dies; the file that carries it means nothing by being there.
"""

import errno
import os
import re
import sys
from pathlib import Path

from almoxarife import files
from almoxarife.server.errors import StartupError

DATABASE = "almoxarife.db"
LOCK = "almoxarife.lock"
BACKUPS = "backups"
_CLOUDS = {
    "onedrive": "OneDrive",
    "dropbox": "Dropbox",
    "iclouddrive": "iCloud",
    "google drive": "Google Drive",
    "googledrive": "Google Drive",
    "meu drive": "Google Drive",
    "my drive": "Google Drive",
}
"""By what their folders are called: the company's name, or the person's, stands behind a hyphen."""


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
        if path.anchor and not Path(path.anchor).exists():
            raise StartupError(
                f"O disco {path.anchor} não está neste computador. Ligue-o e abra de novo; "
                "se ele mudou de letra, corrija ALMOXARIFE_DATA_DIR."
            ) from error
        raise StartupError(
            f"Não foi possível criar a pasta {path} ({files.disk_reason(error)}). "
            "Crie-a ou escolha outra em ALMOXARIFE_DATA_DIR."
        ) from error
    trial = path / f".teste-{os.getpid()}"
    try:
        trial.touch()
        files.remove(trial)
    except OSError as error:
        raise unwritable(path, error) from error
    return path


def is_on_network(path: Path) -> bool:
    """Whether Windows reaches it by a share, or by a letter that stands for one."""
    if sys.platform != "win32":
        return False
    import ctypes

    remote = 4
    return path.anchor.startswith("\\\\") or ctypes.windll.kernel32.GetDriveTypeW(path.anchor) == remote


def find_cloud(path: Path) -> str | None:
    """Whose program on this computer copies what lies there, while it is being written."""
    parts = [re.split(r" - |-", part)[0].strip().casefold() for part in path.parts]
    return next((cloud for name, cloud in _CLOUDS.items() if name in parts), None)


def unwritable(path: Path, error: OSError) -> StartupError:
    if error.errno == errno.ENOSPC:
        return StartupError(f"O disco da pasta {path} está cheio. Libere espaço e tente de novo.")
    return StartupError(
        f"Não é possível gravar na pasta {path} ({files.disk_reason(error)}). "
        "Confira as permissões e o espaço em disco, ou escolha outra pasta em ALMOXARIFE_DATA_DIR."
    )

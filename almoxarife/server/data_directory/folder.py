"""Creates the data directory, and finds out whether it is on a network share or synchronised to a cloud."""

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
    "com~apple~clouddocs": "iCloud",
    "google drive": "Google Drive",
    "googledrive": "Google Drive",
    "meu drive": "Google Drive",
    "my drive": "Google Drive",
}
"""By the names of their folders; the company's or the person's name follows after a hyphen or in brackets."""


def prepare(path: Path) -> Path:
    """Create the folder, for its owner alone, if it is missing, and check that it is writable. Raises StartupError."""
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
    """Whether it is on a network share of Windows, also under a drive letter."""
    if sys.platform != "win32":
        return False
    import ctypes

    remote = 4
    return path.anchor.startswith("\\\\") or ctypes.windll.kernel32.GetDriveTypeW(path.anchor) == remote


def find_cloud(path: Path) -> str | None:
    """The cloud service whose program synchronises the folder, which copies files while they are written."""
    parts = [re.split(r" - |-| \(", part)[0].strip().casefold() for part in path.parts]
    return next((cloud for name, cloud in _CLOUDS.items() if name in parts), None)


def unwritable(path: Path, error: OSError) -> StartupError:
    if error.errno == errno.ENOSPC:
        return StartupError(f"O disco da pasta {path} está cheio. Libere espaço e tente de novo.")
    return StartupError(
        f"Não é possível gravar na pasta {path} ({files.disk_reason(error)}). "
        "Confira as permissões e o espaço em disco, ou escolha outra pasta em ALMOXARIFE_DATA_DIR."
    )

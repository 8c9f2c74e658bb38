"""Asks a server on this computer to stop, by a file in its data directory that names its instance.

Windows has no signal for a program in another console. Whoever may write to the data directory could stop the
server anyway.
"""

import time
from contextlib import suppress
from pathlib import Path

from almoxarife import files
from almoxarife.server.data_directory import announcement, folder
from almoxarife.server.data_directory.lock import DirectoryLock
from almoxarife.server.errors import StartupError

FILE = "parar.txt"
POLL_S = 0.2
TIMEOUT_S = 60
"""A stop takes some seconds; a server that is just starting may have to upgrade its database first."""


def is_there(data_dir: Path, *, instance: str) -> bool:
    """Whether this instance is asked to stop; a file that was left behind names another one."""
    try:
        return (data_dir / FILE).read_text("ascii") == instance
    except (OSError, UnicodeDecodeError):
        return False


def withdraw(data_dir: Path) -> None:
    with suppress(OSError):
        (data_dir / FILE).unlink()


def stop_server(data_dir: Path, *, timeout_s: float = TIMEOUT_S) -> bool:
    """Stop the server of this directory and wait for its end; False if there was none. Raises StartupError."""
    if not data_dir.is_dir() or not DirectoryLock.is_held(data_dir):
        return False
    deadline = time.monotonic() + timeout_s
    instances: set[str] = set()
    while DirectoryLock.is_held(data_dir):
        if time.monotonic() > deadline:
            raise StartupError(
                f"O servidor da pasta {data_dir} não parou em {timeout_s:.0f} segundos. "
                "Espere um momento e tente de novo; se não adiantar, reinicie o computador."
            )
        instances.add(_ask(data_dir))
        time.sleep(POLL_S)
    # If the server ended at the moment of the request, it left the file behind.
    if any(is_there(data_dir, instance=instance) for instance in instances):
        withdraw(data_dir)
    return True


def _ask(data_dir: Path) -> str:
    """Ask the announced server; returns its instance. One that is still starting is not announced yet."""
    instance = str((announcement.find_server(data_dir) or {}).get("instancia", ""))
    if instance and not is_there(data_dir, instance=instance):
        try:
            files.write_atomically(data_dir / FILE, instance.encode("ascii"))
        except OSError as error:
            raise folder.unwritable(data_dir, error) from error
    return instance

"""``servidor.json``: the URL, version and instance of the server that runs on a data directory."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import orjson

from almoxarife.files import remove, write_atomically
from almoxarife.server.data_directory.folder import unwritable

SERVER = "servidor.json"


@contextmanager
def announced(path: Path, *, url: str, version: str, instance: str) -> Iterator[None]:
    """Keep ``servidor.json`` in the folder while the block runs."""
    announce(path, url=url, version=version, instance=instance)
    try:
        yield
    finally:
        withdraw(path, instance=instance)


def announce(path: Path, *, url: str, version: str, instance: str) -> None:
    """Write ``servidor.json`` into the data directory ``path``. Raises StartupError if it is not writable."""
    body = {"pid": os.getpid(), "url": url, "versao": version, "instancia": instance}
    try:
        write_atomically(path / SERVER, orjson.dumps(body))
    except OSError as error:
        raise unwritable(path, error) from error


def withdraw(path: Path, *, instance: str) -> None:
    """Remove ``servidor.json`` if it is this instance's; a later server may have written its own."""
    if (found := find_server(path)) is not None and found.get("instancia") == instance:
        remove(path / SERVER)


def find_server(path: Path) -> dict[str, object] | None:
    """The content of ``servidor.json``; None without a readable one. It may be that of a dead server."""
    try:
        found = orjson.loads((path / SERVER).read_bytes())
    except (OSError, orjson.JSONDecodeError):
        return None
    return found if isinstance(found, dict) else None

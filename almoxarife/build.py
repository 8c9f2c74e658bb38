"""Names the build of this program: the version, and a hash of the code."""

import json
import os
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from hashlib import sha256
from pathlib import Path

from almoxarife import __version__

ABOUT = "pacote.json"
"""The file of a package that names its build, because hashing all code takes seconds on a Windows PC."""


@cache
def name_build() -> str:
    """The version and eight hex digits of the code's hash: ``0.2.0+5f0c1a2b``."""
    package = Path(__file__).parent
    with suppress(OSError, ValueError, KeyError, TypeError):
        return str(json.loads((package.parent / ABOUT).read_bytes())["versao"])
    digest = sha256()
    for parts in sorted(_list_sources(package)):
        digest.update("/".join(parts).encode() + b"\0")
        with open(os.path.join(package, *parts), "rb", buffering=0) as file:  # noqa: PTH118, PTH123  # each start reads all
            digest.update(file.read().replace(b"\r\n", b"\n") + b"\0")
    return f"{__version__}+{digest.hexdigest()[:8]}"


def _list_sources(folder: str | Path, above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The path of each source below the folder, in parts."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.endswith(".py"):
                yield (*above, entry.name)
            elif entry.is_dir():
                yield from _list_sources(entry.path, (*above, entry.name))

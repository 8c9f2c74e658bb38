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
NOTED = Path("__pycache__") / "build.txt"
"""Where a checkout's name is noted, with what it was made of: sizes and times, which Python trusts for its bytecode."""


Source = tuple[tuple[str, ...], int, int]
"""A file of the program: the parts of its path, its size, and when it was written."""


@cache
def name_build() -> str:
    """The version and eight hex digits of the code's hash: ``0.2.0+5f0c1a2b``."""
    package = Path(__file__).parent
    with suppress(OSError, ValueError, KeyError, TypeError):
        return str(json.loads((package.parent / ABOUT).read_bytes())["versao"])
    sources = sorted(_list_sources(package))
    digest = sha256(repr(sources).encode()).hexdigest()
    with suppress(OSError, ValueError):
        name, noted = (package / NOTED).read_text("ascii").split()
        if noted == digest:
            return name
    name = f"{__version__}+{_digest(package, sources)[:8]}"
    with suppress(OSError):
        (package / NOTED).write_text(f"{name} {digest}", "ascii")  # half of it is not believed
    return name


def _digest(package: Path, sources: list[Source]) -> str:
    digest = sha256()
    for parts, _, _ in sources:
        digest.update("/".join(parts).encode() + b"\0")
        digest.update(package.joinpath(*parts).read_bytes().replace(b"\r\n", b"\n") + b"\0")
    return digest.hexdigest()


def _list_sources(folder: str | Path, above: tuple[str, ...] = ()) -> Iterator[Source]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.endswith(".py"):
                found = entry.stat()
                yield (*above, entry.name), found.st_size, found.st_mtime_ns
            elif entry.is_dir():
                yield from _list_sources(entry.path, (*above, entry.name))

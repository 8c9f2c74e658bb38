"""Names the build of this program: the version, and a hash of the code."""

import json
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
    for file in sorted(package.rglob("*.py")):
        digest.update(file.relative_to(package).as_posix().encode() + b"\0")
        digest.update(file.read_bytes().replace(b"\r\n", b"\n") + b"\0")
    return f"{__version__}+{digest.hexdigest()[:8]}"

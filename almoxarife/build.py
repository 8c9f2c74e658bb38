"""Which program this is: two with the same version and other code have other builds."""

import json
from contextlib import suppress
from functools import cache
from hashlib import sha256
from pathlib import Path

from almoxarife import __version__

ABOUT = "pacote.json"
"""What a package says of itself beside its code. Reading all of that would keep a Windows PC busy for seconds."""


@cache
def name_build() -> str:
    """The version, and eight hex digits of its own code: ``0.2.0+5f0c1a2b``."""
    package = Path(__file__).parent
    with suppress(OSError, ValueError, KeyError, TypeError):
        return str(json.loads((package.parent / ABOUT).read_bytes())["versao"])
    digest = sha256()
    for file in sorted(package.rglob("*.py")):
        digest.update(file.relative_to(package).as_posix().encode() + b"\0")
        digest.update(file.read_bytes().replace(b"\r\n", b"\n") + b"\0")
    return f"{__version__}+{digest.hexdigest()[:8]}"

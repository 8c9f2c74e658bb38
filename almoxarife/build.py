"""Which program this is: two with the same version and other code have other builds."""

from functools import cache
from hashlib import sha256
from pathlib import Path

from almoxarife import __version__


@cache
def name_build() -> str:
    """The version, and eight hex digits of its own code: ``0.2.0+5f0c1a2b``."""
    package = Path(__file__).parent
    digest = sha256()
    for file in sorted(package.rglob("*.py")):
        digest.update(file.relative_to(package).as_posix().encode() + b"\0")
        digest.update(file.read_bytes().replace(b"\r\n", b"\n") + b"\0")
    return f"{__version__}+{digest.hexdigest()[:8]}"

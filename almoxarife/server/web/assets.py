"""Static files of the pages. Their URLs contain a hash of the content, so browsers may cache them for ever."""

import gzip
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import NamedTuple

LONG_AS_CAN_BE = "public, max-age=31536000, immutable"
_KINDS = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
    "png": "image/png",
    "wasm": "application/wasm",
    "webmanifest": "application/manifest+json",
}
_PACKED = {"css", "js", "svg", "wasm", "webmanifest"}
_COMPILES = frozenset(("scan-worker.js",))


class Asset(NamedTuple):
    body: bytes
    packed: bytes | None
    """Compressed with gzip, if that is shorter."""
    kind: str
    compiles: bool = False
    """Whether it is a worker that may run WebAssembly; pages may not."""


def address(name: str) -> str:
    """The URL of the file ``name`` in ``static``."""
    return f"/recursos/{_named_after_content(name)}"


def find(hashed: str) -> Asset | None:
    """The file by the last part of its ``address``."""
    name = _names().get(hashed)
    return None if name is None else read(name)


@cache
def read(name: str) -> Asset:
    ending = name.rpartition(".")[2]
    body = files(__package__).joinpath("static", name).read_bytes()
    packed = gzip.compress(body, 9, mtime=0) if ending in _PACKED else None
    return Asset(body, packed if packed and len(packed) < len(body) else None, _KINDS[ending], name in _COMPILES)


@cache
def _named_after_content(name: str) -> str:
    stem, _, ending = name.rpartition(".")
    return f"{stem}.{sha256(read(name).body).hexdigest()[:12]}.{ending}"


@cache
def _names() -> dict[str, str]:
    names = [file.name for file in files(__package__).joinpath("static").iterdir()]
    return {_named_after_content(name): name for name in names if name.rpartition(".")[2] in _KINDS}

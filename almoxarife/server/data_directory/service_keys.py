"""Service keys of other programs: each is a file in the data directory that has only a hash."""

import hashlib
import os
import re
import secrets
from collections.abc import Collection
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

import orjson

from almoxarife.files import write_atomically
from almoxarife.server.data_directory.folder import prepare
from almoxarife.server.errors import StartupError
from almoxarife.server.identity import Purpose, ServiceKey
from almoxarife.server.settings import Settings, parse_zone

FOLDER = "chaves-de-servico"
PREFIX = "almx_"
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,38}[A-Za-z0-9])?")
BEFORE_PURPOSES = frozenset({Purpose.LOG, Purpose.USERS})
"""The purposes of keys that were created before keys had purposes."""


class _OnFile(NamedTuple):
    path: Path
    stamp: tuple[int, ...]
    """Distinguishes the file from a later one of the same name."""
    hashed: str
    key: ServiceKey


class ServiceKeys:
    def __init__(self, data_dir: Path, folder: Path | None = None) -> None:
        self._folder = folder or data_dir / FOLDER
        self._known: dict[str, _OnFile] = {}

    @classmethod
    def of(cls, settings: Settings) -> "ServiceKeys":
        return cls(settings.data_dir, settings.service_keys_dir)

    def create(self, name: str, purposes: Collection[Purpose] = (Purpose.LOG,), *, zone: ZoneInfo | None = None) -> str:
        """Create a key and return it, to be shown once. Raises StartupError for a name that is taken or invalid."""
        path = self._path(name)
        prepare(self._folder)
        key, content = make_key(purposes, zone=zone)
        try:
            os.close(os.open(path, os.O_CREAT | os.O_EXCL, 0o600))
        except FileExistsError:
            raise StartupError(f"Já existe uma chave com o nome “{name}”. Revogue-a ou escolha outro nome.") from None
        write_atomically(path, content)
        return key

    def find_by_name(self, name: str) -> ServiceKey:
        """Raises StartupError when there is no such key."""
        found = _read(self._path(name))
        if found is None:
            raise _missing(name)
        return found.key

    def revoke(self, name: str) -> None:
        """Raises StartupError when there is no such key."""
        try:
            self._path(name).unlink()
        except FileNotFoundError:
            raise _missing(name) from None

    def list_keys(self) -> list[ServiceKey]:
        return sorted((found.key for path in self._paths() if (found := _read(path))), key=lambda key: key.name)

    def list_hashes(self) -> dict[str, bytes]:
        """What audit entries cover of each key, by name."""
        found = {path.stem: _hash_file(path) for path in self._paths()}
        return {name: hashed for name, hashed in found.items() if hashed is not None}

    def find_hash(self, name: str) -> bytes | None:
        """What an audit entry covers of a key: its name and its whole file. None where there is none."""
        return _hash_file(self._path(name))

    def find(self, key: str) -> ServiceKey | None:
        """None for a key that is unknown or revoked, even if another key has its name now."""
        hashed = _hash(key)
        known = self._known.get(hashed)
        if known is None or _stamp(known.path) != known.stamp:
            self._known = {found.hashed: found for path in self._paths() if (found := _read(path))}
            known = self._known.get(hashed)
        return None if known is None else known.key

    def _path(self, name: str) -> Path:
        if not _NAME.fullmatch(name):
            raise StartupError(
                f"“{name}” não serve de nome. Use até 40 letras sem acento, números, ponto, hífen ou sublinhado."
            )
        return self._folder / f"{name.lower()}.json"

    def _paths(self) -> list[Path]:
        return list(self._folder.glob("[!.]*.json"))


def make_key(purposes: Collection[Purpose], *, zone: ZoneInfo | None = None) -> tuple[str, bytes]:
    """A new key and the content of its file."""
    key = PREFIX + secrets.token_urlsafe(32)
    content = {
        "sha256": _hash(key),
        "criada_em": datetime.now(UTC),
        "para": sorted(purposes),
        "fuso": zone.key if zone else None,
    }
    return key, orjson.dumps(content)


def _missing(name: str) -> StartupError:
    return StartupError(f"Não há chave com o nome “{name}”. Veja as que há com: almoxarife keys list")


def _hash(key: str) -> str:
    # The key has 256 random bits, so it needs no slow hash.
    return hashlib.sha256(key.encode()).hexdigest()


def _hash_file(path: Path) -> bytes | None:
    try:
        return hashlib.sha256(orjson.dumps(("service_keys", path.stem, path.read_text("utf-8")))).digest()
    except (OSError, ValueError):
        return None


def _stamp(path: Path) -> tuple[int, ...]:
    try:
        found = path.stat()
    except OSError:
        return ()
    return found.st_ino, found.st_mtime_ns, found.st_size


def _read(path: Path) -> _OnFile | None:
    """None for a file that is just being written or is no key."""
    stamp = _stamp(path)
    try:
        found = orjson.loads(path.read_bytes())
        purposes = frozenset(map(Purpose, found["para"])) if "para" in found else BEFORE_PURPOSES
        zone = parse_zone(found["fuso"]) if found.get("fuso") else None
        made = datetime.fromisoformat(found["criada_em"])
        return _OnFile(path, stamp, str(found["sha256"]), ServiceKey(path.stem, made, purposes, zone))
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None

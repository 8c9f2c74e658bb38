"""Other programs: the keys they show, and the routes that let them in.

A key is a file of its own in the data directory and holds only a hash, so that one can
be made or revoked beside a running server and read by every process that serves.
"""

import hashlib
import os
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import wraps
from pathlib import Path
from typing import NamedTuple, ParamSpec, TypeVar

import orjson
from flask import current_app, request

from almoxarife.server.access import IDENTITY, Identity, Origin, admit, current_origin
from almoxarife.server.data_directory import prepare, write_atomically
from almoxarife.server.errors import InvalidToken, NotAuthenticated, StartupError
from almoxarife.wire.accounts import Role

P = ParamSpec("P")
R = TypeVar("R")

FOLDER = "chaves-de-servico"
PREFIX = "almx_"
CALLER = "almoxarife.caller"

_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,38}[A-Za-z0-9])?")


class KeyOnFile(NamedTuple):
    name: str
    created_at: datetime


class ServiceKeys:
    def __init__(self, data_dir: Path) -> None:
        self._folder = data_dir / FOLDER
        self._known: dict[str, Path] = {}

    def create(self, name: str) -> str:
        """A new key, to be shown once. Raises StartupError for a name that is taken or will not do."""
        path = self._path(name)
        prepare(self._folder)
        key = PREFIX + secrets.token_urlsafe(32)
        try:
            os.close(os.open(path, os.O_CREAT | os.O_EXCL, 0o600))
        except FileExistsError:
            raise StartupError(f"Já existe uma chave com o nome “{name}”. Revogue-a ou escolha outro nome.") from None
        write_atomically(path, orjson.dumps({"sha256": _hash(key), "criada_em": datetime.now(UTC)}))
        return key

    def revoke(self, name: str) -> None:
        """Raises StartupError when there is no such key."""
        try:
            self._path(name).unlink()
        except FileNotFoundError:
            raise StartupError(f"Não há chave com o nome “{name}”. Veja as que há com: almoxarife keys list") from None

    def list_keys(self) -> list[KeyOnFile]:
        return sorted(KeyOnFile(path.stem, found[1]) for path in self._paths() if (found := _read(path)))

    def find_name(self, key: str) -> str | None:
        """Whose key it is; None for one that is unknown or revoked."""
        hashed = _hash(key)
        path = self._known.get(hashed)
        if path is None or not path.exists():
            self._known = {found[0]: path for path in self._paths() if (found := _read(path))}
            path = self._known.get(hashed)
        return None if path is None else path.stem

    def _path(self, name: str) -> Path:
        if not _NAME.fullmatch(name):
            raise StartupError(
                f"“{name}” não serve de nome. Use até 40 letras sem acento, números, ponto, hífen ou sublinhado."
            )
        return self._folder / f"{name.lower()}.json"

    def _paths(self) -> list[Path]:
        return list(self._folder.glob("[!.]*.json"))


def _hash(key: str) -> str:
    # 256 random bits: nobody guesses them, so a slow hash would buy nothing.
    return hashlib.sha256(key.encode()).hexdigest()


def _read(path: Path) -> tuple[str, datetime] | None:
    """The hash and when it was made; None for a file that is just being made or is none of ours."""
    try:
        found = orjson.loads(path.read_bytes())
        return str(found["sha256"]), datetime.fromisoformat(found["criada_em"])
    except (OSError, ValueError, TypeError, KeyError):
        return None


# --- at a route -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who calls a route for programs: an administrador, a program with a key, or this very machine."""

    origin: Origin
    identity: Identity | None = None
    key_name: str | None = None


def for_programs(view: Callable[P, R]) -> Callable[P, R]:
    """Let in a service key, an administrador's token, and this machine itself without either."""

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
        request.environ[CALLER] = caller = _find_caller()
        if caller.identity is not None:
            request.environ[IDENTITY] = caller.identity
        return view(*args, **kwargs)

    guarded.required_role = Role.ADMIN  # type: ignore[attr-defined]
    guarded.is_for_programs = True  # type: ignore[attr-defined]
    return guarded


def current_caller() -> Caller:
    caller: Caller = request.environ[CALLER]
    return caller


def _find_caller() -> Caller:
    """Raises NotAuthenticated, InvalidToken, InsufficientRole and their kin."""
    origin = current_origin()
    header = request.headers.get("Authorization")
    if header is None:
        if not origin.is_local:
            raise NotAuthenticated
        return Caller(origin=origin)
    scheme, _, token = header.partition(" ")
    if scheme.lower() == "bearer" and token.startswith(PREFIX):
        keys: ServiceKeys = current_app.extensions["service_keys"]
        name = keys.find_name(token)
        if name is None:
            raise InvalidToken
        return Caller(origin=origin, key_name=name)
    identity = admit(request.environ, current_app.extensions["authenticator"], Role.ADMIN)
    return Caller(origin=origin, identity=identity)

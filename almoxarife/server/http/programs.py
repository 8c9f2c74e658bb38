"""Access control for routes that other programs call: ``@for_programs``.

A service key allows only its purposes. It is a file in the data directory that has only a hash
(``data_directory/service_keys``), so it can be created and revoked while servers run.
"""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from flask import request

from almoxarife.server.context import current
from almoxarife.server.data_directory.service_keys import PREFIX, ServiceKeys
from almoxarife.server.errors import InvalidToken, KeyForOtherPurpose, TokenRequired
from almoxarife.server.http.access import IDENTITY, admit, current_origin
from almoxarife.server.identity import Authenticator, Caller, Purpose
from almoxarife.wire.accounts import Role

P = ParamSpec("P")
R = TypeVar("R")

CALLER = "almoxarife.caller"


# --- at a route -----------------------------------------------------------------------


def for_programs(purpose: Purpose) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Let in a service key with this purpose, an administrador's token, and the server's own machine without either."""

    def decorate(view: Callable[P, R]) -> Callable[P, R]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
            request.environ[CALLER] = caller = _find_caller(purpose)
            if caller.identity is not None:
                request.environ[IDENTITY] = caller.identity
            return view(*args, **kwargs)

        guarded.required_role = Role.ADMIN  # type: ignore[attr-defined]
        guarded.is_for_programs = True  # type: ignore[attr-defined]
        return guarded

    return decorate


def current_caller() -> Caller:
    caller: Caller = request.environ[CALLER]
    return caller


def _find_caller(purpose: Purpose) -> Caller:
    """Raises one of NotAuthenticated or NotAllowed."""
    origin = current_origin()
    header = request.headers.get("Authorization")
    if header is None:
        if not origin.is_local:
            raise TokenRequired
        return Caller(origin=origin)
    scheme, _, token = header.partition(" ")
    if scheme.lower() == "bearer" and token.startswith(PREFIX):
        key = current(ServiceKeys).find(token)
        if key is None:
            raise InvalidToken(InvalidToken.unknown_key)
        if purpose not in key.purposes:
            raise KeyForOtherPurpose
        return Caller(origin=origin, key=key)
    identity = admit(request.environ, current(Authenticator), Role.ADMIN)
    return Caller(origin=origin, identity=identity)

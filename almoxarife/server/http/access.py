"""Access control: authentication, roles, the origin of a request, and allowed host names.

Every route has ``@requires(role)`` or ``@anyone``; the application
refuses to start with a route that has neither. The caller is authenticated before the request is parsed. ``app``
provides the ``Authenticator``.
"""

import hmac
import random
import re
from collections.abc import Callable, Mapping
from functools import lru_cache, wraps
from typing import Any, ParamSpec, TypeVar

from flask import request

from almoxarife.server.context import current
from almoxarife.server.data_directory.service_keys import PREFIX
from almoxarife.server.errors import (
    InsufficientRole,
    InvalidToken,
    PasswordChangeRequired,
    StoreUnavailable,
    TokenRequired,
    UnknownHost,
    WeakPasswordFromAfar,
)
from almoxarife.server.identity import Authenticator, Identity, Origin, canonical_address, network_of, parse_address
from almoxarife.server.settings import Settings, is_loopback
from almoxarife.wire.accounts import Role

P = ParamSpec("P")
R = TypeVar("R")

# Keys of a request's WSGI environment.
ORIGIN = "almoxarife.origin"
IDENTITY = "almoxarife.identity"
PROBLEM = "almoxarife.problem"
"""The slug of the error that it was answered with."""
RULE = "almoxarife.rule"
"""The path of the route that answers it, with the names of its parameters."""
PAGE_TOKEN = "almoxarife.page_token"  # noqa: S105
"""The token in the cookie of our own pages."""
CLIENT = "almoxarife.client"
"""The ``Client`` of its connection."""
UNANSWERED = "almoxarife.unanswered"
"""Why no route has answered what is left to the pages."""

TERMINAL_KEY = "HTTP_X_ALMOXARIFE_TERMINAL"
"""The header with the key of the text terminal, which names its user's address in ``X-Forwarded-For``."""

MAX_KNOWN_HOSTS = 100
"""Host names whose verdict is cached; an attacker may invent more."""

_ONLY_READ = frozenset({"GET", "HEAD"})

_FORWARDING_HEADERS = frozenset(
    (
        *("HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_HOST", "HTTP_X_FORWARDED_PROTO", "HTTP_X_FORWARDED_SERVER"),
        *("HTTP_X_FORWARDED_PORT", "HTTP_X_FORWARDED_PREFIX", "HTTP_X_FORWARDED_SCHEME", "HTTP_X_FORWARDED_SSL"),
        *("HTTP_X_FORWARDED", "HTTP_FORWARDED", "HTTP_FORWARDED_FOR", "HTTP_VIA", "HTTP_CDN_LOOP", "HTTP_X_VARNISH"),
        *("HTTP_X_REAL_IP", "HTTP_X_CLIENT_IP", "HTTP_X_CLUSTER_CLIENT_IP", "HTTP_X_REMOTE_IP", "HTTP_X_REMOTE_ADDR"),
        *("HTTP_TRUE_CLIENT_IP", "HTTP_CF_CONNECTING_IP", "HTTP_CF_RAY", "HTTP_FASTLY_CLIENT_IP", "HTTP_X_HOST"),
        *("HTTP_X_ORIGINAL_FORWARDED_FOR", "HTTP_X_ORIGINAL_HOST", "HTTP_X_ORIGINAL_URL", "HTTP_X_ORIGINAL_URI"),
        *("HTTP_X_PROXYUSER_IP", "HTTP_X_SCHEME", "HTTP_X_ARR_LOG_ID", "HTTP_X_ENVOY_EXTERNAL_ADDRESS"),
        *("HTTP_X_ENVOY_EXPECTED_RQ_TIMEOUT_MS", "HTTP_X_AMZN_TRACE_ID", "HTTP_TAILSCALE_USER_LOGIN"),
    )
)
"""Headers that proxies and tunnels add. One that adds none may still be recognised by host name or HTTP version."""

_REQUEST_ID = re.compile(r"[0-9a-f]{16,64}")
# Ids need not be secure, and reading the system's randomness for each would release the GIL.
_ids = random.Random()  # noqa: S311


class Client:
    """The client of a connection. Most send the same headers with every request, which are parsed and judged once."""

    __slots__ = ("environ", "made_from", "origin")

    def __init__(self, made_from: object, environ: dict[str, Any]) -> None:
        self.made_from = made_from
        """What ``environ`` was made from: headers but those of ``requests.ABOUT_BODY``, protocol, our address."""
        self.environ = environ
        """The WSGI environment of a request, without its method, its path and what says of its body."""
        self.origin: Origin | None = None
        """The origin of the last request, after its host name was accepted."""


def requires(
    role: Role,
    *,
    even_with_temporary_password: bool = False,
    is_database_away: Callable[[], bool] | None = None,
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Let in callers with ``role`` or a higher one.

    ``is_database_away``: for a route that must work then. While the database is away, a valid signature of the token is
    enough; its person, and whether the session was ended, are unknown.
    """

    def decorate(view: Callable[P, R]) -> Callable[P, R]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
            authenticator = current(Authenticator)
            if is_database_away is not None and is_database_away():
                _require_signature(request.environ, authenticator)
                return view(*args, **kwargs)
            try:
                request.environ[IDENTITY] = admit(
                    request.environ,
                    authenticator,
                    role,
                    even_with_temporary_password=even_with_temporary_password,
                )
            except StoreUnavailable:
                if is_database_away is None:
                    raise
                _require_signature(request.environ, authenticator)
            return view(*args, **kwargs)

        guarded.required_role = role  # type: ignore[attr-defined]
        return guarded

    return decorate


def anyone(view: Callable[P, R]) -> Callable[P, R]:
    """Let in everybody, without a token."""
    view.required_role = None  # type: ignore[attr-defined]
    return view


def required_role(view: Callable[..., object]) -> Role | None:
    """The least role that a view requires, None for ``@anyone``. Raises AttributeError for a view with neither."""
    role: Role | None = view.required_role  # type: ignore[attr-defined]
    return role


def is_for_programs(view: Callable[..., object]) -> bool:
    """Whether service keys and the server's own machine are let in too (``programs.for_programs``)."""
    return getattr(view, "is_for_programs", False)


def admit(
    environ: Mapping[str, Any], authenticator: Authenticator, role: Role, *, even_with_temporary_password: bool = False
) -> Identity:
    """``authenticate``, with the origin in the identity."""
    identity = authenticate(environ, authenticator, role, even_with_temporary_password=even_with_temporary_password)
    return identity.with_origin(environ[ORIGIN])


def authenticate(
    environ: Mapping[str, Any], authenticator: Authenticator, role: Role, *, even_with_temporary_password: bool = False
) -> Identity:
    """The caller, if they have ``role``, without their origin. Raises one of NotAuthenticated or NotAllowed.

    The cookie of our pages is enough for reading, but not for writing: browsers send it with forms of any site.
    """
    token = find_token(environ)
    identity = authenticator.identify(token)
    if identity is None:
        raise InvalidToken(InvalidToken.key_for_person if token.startswith(PREFIX) else None)
    if identity.is_password_weak and not environ[ORIGIN].is_local:
        raise WeakPasswordFromAfar
    if identity.must_change_password and not even_with_temporary_password:
        raise PasswordChangeRequired
    if not identity.may(role):
        raise InsufficientRole
    return identity


def _require_signature(environ: Mapping[str, Any], authenticator: Authenticator) -> None:
    """Raises NotAuthenticated for a token that is not ours."""
    if not authenticator.is_ours(find_token(environ)):
        raise InvalidToken


def find_token(environ: Mapping[str, Any]) -> str:
    """Raises TokenRequired."""
    scheme, _, token = environ.get("HTTP_AUTHORIZATION", "").partition(" ")
    if scheme.lower() == "bearer":
        bearer_token: str = token
        return bearer_token
    page_token: str | None = environ.get(PAGE_TOKEN)
    if page_token is None or environ["REQUEST_METHOD"] not in _ONLY_READ:
        raise TokenRequired
    return page_token


def current_identity() -> Identity:
    identity: Identity = request.environ[IDENTITY]
    return identity


def current_origin() -> Origin:
    origin: Origin = request.environ[ORIGIN]
    return origin


# --- where a request comes from ------------------------------------------------------


def is_within_this_machine(settings: Settings) -> bool:
    """Whether the server listens only on loopback and the request comes from its own machine."""
    return settings.is_loopback and current_origin().is_local


def new_request_id() -> str:
    return f"{_ids.getrandbits(64):016x}"


def find_origin(environ: Mapping[str, Any], settings: Settings) -> Origin:
    """The origin of a request: its peer, or the client that a trusted proxy names, whose request id is used too."""
    peer = canonical_address(environ.get("REMOTE_ADDR") or "")
    request_id = new_request_id()
    if TERMINAL_KEY in environ and (address := _find_terminal_user(peer, environ, settings)):
        is_local = _is_loopback(address) and not settings.trusted_proxies
        return Origin(address, request_id, is_local and _is_loopback_name(environ.get("HTTP_HOST", "")))
    if settings.trusted_proxies:
        if not is_trusted_proxy(peer, settings):
            return Origin(peer, request_id)
        proxy_id: str = environ.get("HTTP_X_REQUEST_ID", "")
        request_id = proxy_id if _REQUEST_ID.fullmatch(proxy_id) else request_id
        return Origin(_find_client(peer, environ, settings), request_id, is_forwarded=True)
    return Origin(peer, request_id, _is_loopback(peer) and _is_direct(environ))


def _find_terminal_user(peer: str, environ: Mapping[str, Any], settings: Settings) -> str | None:
    """The address of the terminal's user, if the request has the key of this computer's text terminal."""
    key = environ[TERMINAL_KEY].encode("latin-1", "replace")
    if settings.terminal_key is None or not _is_loopback(peer):
        return None
    if not hmac.compare_digest(key, settings.terminal_key.encode()):
        return None
    address = environ.get("HTTP_X_FORWARDED_FOR", "").strip()
    return None if parse_address(address) is None else canonical_address(address)


def _is_direct(environ: Mapping[str, Any]) -> bool:
    """Whether there is no sign of a proxy between a loopback peer and us, nor of another site's page in a browser here.

    HTTP/1.0 is such a sign: nginx uses it by default, with our own address as ``Host``,
    and no client of ours or of an older system does.
    """
    return (
        _is_loopback_name(environ.get("HTTP_HOST", ""))
        and environ.get("SERVER_PROTOCOL") != "HTTP/1.0"
        and environ.keys().isdisjoint(_FORWARDING_HEADERS)
        and ("HTTP_ORIGIN" not in environ or _is_loopback_name(environ["HTTP_ORIGIN"].partition("://")[2]))
    )


@lru_cache(maxsize=1000)
def _is_loopback_name(host: str) -> bool:
    name = _name_in(host)
    return name is not None and is_loopback(name)


def _find_client(peer: str, environ: Mapping[str, Any], settings: Settings) -> str:
    """The client that ``peer``, a trusted proxy, names: the last hop that is no trusted proxy."""
    address = peer
    for hop in reversed(environ.get("HTTP_X_FORWARDED_FOR", "").split(",")):
        if not hop.strip():
            continue
        address = hop.strip()
        if not is_trusted_proxy(address, settings):
            break
    return peer if parse_address(address) is None else canonical_address(address)


_is_loopback = lru_cache(maxsize=1000)(is_loopback)


def is_trusted_proxy(text: str, settings: Settings) -> bool:
    """Whether ``text`` is an address of ``ALMOXARIFE_TRUSTED_PROXIES``."""
    address = parse_address(text)
    return address is not None and any(address in network for network in settings.trusted_proxies)


def is_encrypted(environ: Mapping[str, Any], settings: Settings) -> bool:
    """Whether the request came by TLS, to us or to a trusted proxy that says so."""
    if is_trusted_proxy(canonical_address(environ.get("REMOTE_ADDR") or ""), settings):
        return bool(environ.get("HTTP_X_FORWARDED_PROTO", "").strip().lower() == "https")
    return bool(environ["wsgi.url_scheme"] == "https")


def find_limited_network(peer: str, settings: Settings) -> str | None:
    """The network of ``peer``, which has one share of the connections and body places.

    None for this machine and trusted proxies, from which many clients come.
    """
    return None if _is_loopback(peer) or is_trusted_proxy(peer, settings) else network_of(canonical_address(peer))


class HostCheck:
    """Refuses unknown ``Host`` names, against DNS rebinding: another site could point its own name at this server.

    Loopback names, the machine's name and ``ALMOXARIFE_HOSTS`` are allowed. If the server listens on the
    network, or behind a trusted proxy, so are all IP addresses, which DNS rebinding cannot use.
    """

    def __init__(self, settings: Settings, machine_name: str) -> None:
        machine = machine_name.lower()
        self._names = {"localhost", machine, f"{machine}.local", *settings.hosts}
        self._any_address = not settings.is_loopback or bool(settings.trusted_proxies)
        self._known_hosts: dict[str, bool] = {}

    def verify(self, host: str) -> None:
        """Raises UnknownHost for a ``Host`` header that is not ours."""
        is_ours = self._known_hosts.get(host)
        if is_ours is None:
            is_ours = self._is_ours(host)
            if len(self._known_hosts) < MAX_KNOWN_HOSTS:
                self._known_hosts[host] = is_ours
        if not is_ours:
            raise UnknownHost

    def _is_ours(self, host: str) -> bool:
        name = _name_in(host)
        if name is None:
            return False
        address = parse_address(name)
        if address is None:
            return name in self._names
        return address.is_loopback or self._any_address or name in self._names


def _name_in(host: str) -> str | None:
    """The name or address in a ``Host`` header, without the port; None for an invalid one."""
    if host.startswith("["):
        name, closing, rest = host[1:].partition("]")
        if not closing:
            return None
    else:
        name, _, rest = host.partition(":")
        rest = f":{rest}" if rest else ""
    if rest and not (rest[0] == ":" and rest[1:].isascii() and rest[1:].isdigit()):
        return None
    return name.rstrip(".").lower()

"""A cache of responses that is asked before Flask, for the polls of monitors and windows.

Monitors ask for new movements every five seconds and every window asks for the whole list
of products; nearly always nothing has changed. Lists are rendered once for
everybody and become stale exactly when a topic of them changes (``Versions``). Callers are authenticated as in the
route (``access.authenticate``). Whatever the cache cannot answer, and every error, is left to the route.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import NamedTuple, Protocol

from almoxarife.server.errors import AlmoxarifeError
from almoxarife.server.http.access import IDENTITY, authenticate, find_token
from almoxarife.server.http.middleware import MAKE_CHECK, RouteKey
from almoxarife.server.http.requests import Environ
from almoxarife.server.http.responses import ALWAYS_ASK, Headers, PlainResponse, encode_headers
from almoxarife.server.identity import Authenticator, Identity
from almoxarife.server.store.database import Database
from almoxarife.server.store.waiting import WouldWait
from almoxarife.wire.accounts import Role

VERSIONS = "almoxarife.versions"
"""Key of the WSGI environment: the versions on which its response rests."""
MAX_RESPONSES = 5000
"""Cached responses."""
MAX_BYTES = 8 * 1024 * 1024
"""Of all cached pages, until anything changes; a page is counted once for each person."""
MAX_REPEATED = 8 * 1024
"""Bytes of a response that each connection may keep, of thousands."""

_JSON = ("Content-Type", "application/json")
_BY_TOKEN = ("Vary", "Authorization")


class CachedPage(NamedTuple):
    json: bytes
    next_query: str | None = None
    """The query of the next page, if there may be one."""


class CachedList(Protocol):
    """A list that one path answers from memory, for sellers and higher roles."""

    topics: tuple[str, ...]
    """The topics of its data besides "people"; its route passes them to ``respond_unless_known`` too."""
    max_age_s: float
    """How much later it may show changes of another process."""

    def can_answer(self, query: str) -> bool:
        """Whether it can answer this query string."""

    def find_page(self, identity: Identity, query: str) -> CachedPage | None:
        """None if only the route can answer."""


class _CachedResponse:
    """The responses to one person and query with one tag."""

    __slots__ = ("found", "tag", "unchanged")

    def __init__(self, tag: str) -> None:
        self.tag = tag
        self.unchanged: PlainResponse | None = None
        """The 304 for a client that has the tag."""
        self.found: PlainResponse | None = None


class _Responses:
    """The responses since the versions changed last, by person, shops, path and query."""

    def __init__(self, versions: Mapping[str, int]) -> None:
        self.versions = versions
        self.known: dict[tuple[int, tuple[int, ...], str, str], _CachedResponse] = {}
        self.size = 0


class ResponseCache:
    def __init__(
        self, database: Database, authenticator: Authenticator, cached_lists: Mapping[str, CachedList]
    ) -> None:
        self._versions = database.versions
        self._authenticator = authenticator
        self._cached_lists = cached_lists
        self._responses = _Responses({})

    @property
    def route_keys(self) -> list[RouteKey]:
        return [("GET", path) for path in self._cached_lists]

    def find_response(self, environ: Environ) -> PlainResponse | None:
        path, query = environ["PATH_INFO"], environ["QUERY_STRING"]
        cached_list = self._cached_lists[path]
        if not cached_list.can_answer(query):
            return None
        self._versions.begin_request(cached_list.max_age_s, only_reads=True)
        try:
            identity = authenticate(environ, self._authenticator, Role.SELLER)
            environ[IDENTITY] = identity  # for the request log
            # Versions before data: a response newer than its tag is only sent once more.
            versions = self._versions.now()
            cached = self._responses
            if cached.versions is not versions:
                cached = self._responses = _Responses(versions)
            response = self._find(cached, cached_list, identity, path, query, environ.get("HTTP_IF_NONE_MATCH", ""))
        except AlmoxarifeError:
            return None
        if response is not None and len(response.body) <= MAX_REPEATED:
            environ[VERSIONS], environ[MAKE_CHECK] = versions, self._make_check
        return response

    def _make_check(self, environ: Environ) -> Callable[[], bool]:
        max_age_s = self._cached_lists[environ["PATH_INFO"]].max_age_s
        return partial(self._is_current, max_age_s, find_token(environ), environ[IDENTITY], environ[VERSIONS])

    def _is_current(self, max_age_s: float, token: str, identity: Identity, versions: Mapping[str, int]) -> bool:
        """Whether a response that rests on these is the one that ``find_response`` would give now."""
        self._versions.begin_request(max_age_s, only_reads=True)
        try:
            # The same object: not expired, revoked nor changed, with the same role, shops and duties.
            return self._authenticator.identify(token) is identity and self._versions.now() is versions
        except (AlmoxarifeError, WouldWait):
            return False

    def _find(
        self, cached: _Responses, cached_list: CachedList, identity: Identity, path: str, query: str, theirs: str
    ) -> PlainResponse | None:
        """The response, a 304 if ``theirs`` has its tag; None if only the route can answer."""
        key = (identity.user_id, identity.shop_ids, path, query)
        known = cached.known.get(key)
        if known is None:
            shop_ids, topics = identity.shop_ids, ("people", *cached_list.topics)
            tag = self._versions.tag(identity.user_id, shop_ids, f"{path}?{query}", *topics)
            known = _CachedResponse(tag)
            if len(cached.known) < MAX_RESPONSES:
                cached.known[key] = known
        if theirs and (known.tag in theirs or theirs == "*"):  # also in lists and with W/: the tag includes its quotes
            if known.unchanged is None:
                known.unchanged = _make_response(304, known.tag, (), b"")
            return known.unchanged
        if known.found is not None:
            return known.found
        page = cached_list.find_page(identity, query)
        if page is None:
            return None
        response = _send_page(page, known.tag, path)
        if cached.size + len(page.json) <= MAX_BYTES:
            cached.size += len(page.json)
            known.found = response
        return response


def _send_page(page: CachedPage, tag: str, path: str) -> PlainResponse:
    headers = [_JSON, ("Content-Length", str(len(page.json)))]
    if page.next_query is not None:
        headers.append(("Link", f'<{path}?{page.next_query}>; rel="next"'))
    return _make_response(200, tag, headers, page.json)


def _make_response(status: int, tag: str, more: Headers, body: bytes) -> PlainResponse:
    headers = [("ETag", tag), ALWAYS_ASK, _BY_TOKEN, *more]
    return PlainResponse(status, headers, body, encode_headers(headers))

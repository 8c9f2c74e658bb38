"""Answers kept in memory and given before Flask, for the questions that fill a shop's day.

Monitors ask for what is new every five seconds and every window asks for the whole list
of products; nearly always nothing has changed. What is kept is rendered once for
everybody, thrown away by ``Versions`` exactly when something in it changes, and given
only to whom the route would give it: ``access.admit`` settles who asks, here as there.
Whatever memory cannot answer, an error too, is left to the route.
"""

from collections.abc import Mapping
from typing import NamedTuple, Protocol

from almoxarife.server.errors import AlmoxarifeError
from almoxarife.server.http.access import IDENTITY, recognise
from almoxarife.server.http.answers import ALWAYS_ASK, Answer, Headers, encode_headers
from almoxarife.server.http.middleware import Place
from almoxarife.server.http.requests import Environ
from almoxarife.server.identity import Authenticator, Identity
from almoxarife.server.store.database import Database
from almoxarife.wire.accounts import Role

MOST = 5000
"""Answers kept for those who ask."""
MOST_BYTES = 8 * 1024 * 1024
"""Of their pages, until anything changes; a page that many are sent is counted for each."""

_JSON = ("Content-Type", "application/json")
_BY_TOKEN = ("Vary", "Authorization")


class CachedPage(NamedTuple):
    json: bytes
    next_query: str | None = None
    """What to ask for the page after it, where there may be one."""


class CachedList(Protocol):
    """What one path answers from memory to sellers and higher roles."""

    topics: tuple[str, ...]
    """What an answer is made of, besides "people"; its route hands them to ``respond_unless_known`` too."""
    max_age_s: float
    """How much later it may tell what another process has changed."""

    def answers(self, query: str) -> bool:
        """Whether this query string is one that memory may answer."""

    def find_page(self, identity: Identity, query: str) -> CachedPage | None:
        """None when only the route can say."""


class _CachedAnswer:
    """What somebody was told, and may be told again."""

    __slots__ = ("found", "tag", "unchanged")

    def __init__(self, tag: str) -> None:
        self.tag = tag
        self.unchanged: Answer | None = None
        """For a client that has the tag."""
        self.found: Answer | None = None


class _Answers:
    """What has been told since ``versions`` came to be, by who asked what."""

    def __init__(self, versions: Mapping[str, int]) -> None:
        self.versions = versions
        self.known: dict[tuple[int, tuple[int, ...], str, str], _CachedAnswer] = {}
        self.size = 0


class ResponseCache:
    def __init__(
        self, database: Database, authenticator: Authenticator, cached_lists: Mapping[str, CachedList]
    ) -> None:
        self._versions = database.versions
        self._authenticator = authenticator
        self._cached_lists = cached_lists
        self._answers = _Answers({})

    @property
    def places(self) -> list[Place]:
        return [("GET", path) for path in self._cached_lists]

    def find_answer(self, environ: Environ) -> Answer | None:
        path, query = environ["PATH_INFO"], environ["QUERY_STRING"]
        cached_list = self._cached_lists[path]
        if not cached_list.answers(query):
            return None
        self._versions.begin_request(cached_list.max_age_s, only_reads=True)
        try:
            identity = recognise(environ, self._authenticator, Role.SELLER)
            environ[IDENTITY] = identity  # the request log names who asked
            return self._find(cached_list, identity, path, query, environ.get("HTTP_IF_NONE_MATCH", ""))
        except AlmoxarifeError:
            return None

    def _find(self, cached_list: CachedList, identity: Identity, path: str, query: str, theirs: str) -> Answer | None:
        """The answer, a short one where ``theirs`` is its tag; None when only the route can say."""
        # Versions before data: an answer newer than its tag is asked for once more.
        versions = self._versions.now()
        answers = self._answers
        if answers.versions is not versions:
            answers = self._answers = _Answers(versions)
        asked = (identity.user_id, identity.shop_ids, path, query)
        known = answers.known.get(asked)
        if known is None:
            question = f"{path}?{query}"
            tag = self._versions.tag(identity.user_id, identity.shop_ids, question, "people", *cached_list.topics)
            known = _CachedAnswer(tag)
            if len(answers.known) < MOST:
                answers.known[asked] = known
        if theirs and (known.tag in theirs or theirs == "*"):  # lists and W/ too: the quotes are part of the tag
            if known.unchanged is None:
                known.unchanged = _make_answer(304, known.tag, (), b"")
            return known.unchanged
        if known.found is not None:
            return known.found
        page = cached_list.find_page(identity, query)
        if page is None:
            return None
        answer = _send_page(page, known.tag, path)
        if answers.size + len(page.json) <= MOST_BYTES:
            answers.size += len(page.json)
            known.found = answer
        return answer


def _send_page(page: CachedPage, tag: str, path: str) -> Answer:
    headers = [_JSON, ("Content-Length", str(len(page.json)))]
    if page.next_query is not None:
        headers.append(("Link", f'<{path}?{page.next_query}>; rel="next"'))
    return _make_answer(200, tag, headers, page.json)


def _make_answer(status: int, tag: str, more: Headers, body: bytes) -> Answer:
    headers = [("ETag", tag), ALWAYS_ASK, _BY_TOKEN, *more]
    return Answer(status, headers, body, encode_headers(headers))

"""Answers kept in memory and given before Flask, for the questions that fill a shop's day.

Monitors ask for what is new every five seconds and every window asks for the whole list
of products; nearly always nothing has changed. What is kept is rendered once for
everybody, thrown away by ``Versions`` exactly when something in it changes, and given
only to whom the route would give it: ``access.admit`` settles who asks, here as there.
Whatever memory cannot answer, an error too, is left to the route.
"""

from collections.abc import Mapping
from typing import NamedTuple, Protocol

from almoxarife.server.access import IDENTITY, Authenticator, HostCheck, Identity, admit
from almoxarife.server.database import Database
from almoxarife.server.errors import AlmoxarifeError
from almoxarife.server.messages import Answer, Environ
from almoxarife.wire.accounts import Role


class Page(NamedTuple):
    json: bytes
    next_query: str | None = None
    """What to ask for the page after it, where there may be one."""


class Shelf(Protocol):
    """What one path answers from memory to whoever has the role of a seller."""

    topics: tuple[str, ...]
    """What an answer is made of, as the route names it to ``respond_unless_known``, after "people"."""
    max_age_s: float
    """How much later it may tell what another process has changed."""

    def answers(self, query: str) -> bool:
        """Whether this query string is one that memory may answer."""

    def find_page(self, identity: Identity, query: str) -> Page | None:
        """None when only the route can say."""


class Memory:
    def __init__(
        self, database: Database, authenticator: Authenticator, host_check: HostCheck, shelves: Mapping[str, Shelf]
    ) -> None:
        self._versions = database.versions
        self._authenticator = authenticator
        self._host_check = host_check
        self._shelves = shelves

    def find_answer(self, environ: Environ) -> Answer | None:
        path, query = environ["PATH_INFO"], environ["QUERY_STRING"]
        shelf = self._shelves.get(path)
        if shelf is None or environ["REQUEST_METHOD"] != "GET" or not shelf.answers(query):
            self._versions.begin_request()
            return None
        self._versions.begin_request(shelf.max_age_s)
        try:
            self._host_check.verify(environ.get("HTTP_HOST", ""))
            identity = admit(environ, self._authenticator, Role.SELLER)
            environ[IDENTITY] = identity  # the request log names who asked
            # Read before the data: an answer newer than its tag is asked for once more.
            tag = self._versions.tag(identity.user_id, f"{path}?{query}", "people", *shelf.topics)
            headers = [("ETag", tag), ("Cache-Control", "private, no-cache"), ("Vary", "Authorization")]
            known = environ.get("HTTP_IF_NONE_MATCH", "")
            if tag in known or known == "*":  # lists and W/ too: the quotes are part of the tag
                return Answer(304, headers, b"")
            page = shelf.find_page(identity, query)
        except AlmoxarifeError:
            page = None
        if page is None:
            self._versions.begin_request()  # the route knows no other age than none
            return None
        if page.next_query is not None:
            headers.append(("Link", f'<{path}?{page.next_query}>; rel="next"'))
        headers += [("Content-Type", "application/json"), ("Content-Length", str(len(page.json)))]
        return Answer(200, headers, page.json)

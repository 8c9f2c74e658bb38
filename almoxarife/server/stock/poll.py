"""The monitors' poll, answered from memory.

Every monitor asks every five seconds for what came after the last movement it saw, and
nearly always the answer is nothing. The newest movements are kept rendered, once for
everybody; what they cannot answer is left to the route. ``GET /inventario`` says the
same with and without this.
"""

import re
from bisect import bisect_right
from collections.abc import MutableMapping
from dataclasses import dataclass
from threading import Lock
from typing import Any, NamedTuple

import orjson

from almoxarife.server.access import IDENTITY, Authenticator, HostCheck, Identity, admit
from almoxarife.server.database import Database
from almoxarife.server.errors import AlmoxarifeError
from almoxarife.server.stock import reports
from almoxarife.server.stock.models import MovementRow
from almoxarife.server.stock.reports import Filter
from almoxarife.wire.accounts import Role

TOPICS = ("people", "movements", "products")
"""What an answer is made of."""
KEPT = 1000
EVERYWHERE = Filter(shop_ids=None)
LONGEST = 499
"""Rows of an answer; a longer one has a next page, which the route links to."""

_QUERY = re.compile(r"depois=(0|[1-9][0-9]{0,15})")


class Answer(NamedTuple):
    status: str
    headers: list[tuple[str, str]]
    body: bytes


class _Row(NamedTuple):
    shop_id: int
    json: bytes


@dataclass(frozen=True, slots=True)
class _Tail:
    """The newest movements at one moment, oldest first."""

    versions: tuple[int, ...]
    seqs: list[int]
    rows: list[_Row]
    since: int
    """Every movement with a larger ``seq`` is here."""


class Poll:
    def __init__(self, database: Database, authenticator: Authenticator, host_check: HostCheck) -> None:
        self._database = database
        self._authenticator = authenticator
        self._host_check = host_check
        self._tail = _Tail((), [], [], 0)
        self._lock = Lock()

    def find_answer(self, environ: MutableMapping[str, Any]) -> Answer | None:
        """The answer to ``GET /inventario?depois=n``; None for what only the route can answer, errors too."""
        asked = _QUERY.fullmatch(environ["QUERY_STRING"])
        if asked is None:
            return None
        try:
            self._host_check.verify(environ.get("HTTP_HOST", ""))
            identity = admit(environ, self._authenticator, Role.SELLER)
        except AlmoxarifeError:
            return None
        environ[IDENTITY] = identity  # the request log names who asked
        # Read before the rows: an answer newer than its tag is asked for once more.
        tag = self._database.versions.tag(identity.user_id, f"/inventario?{asked[0]}", *TOPICS)
        headers = [("ETag", tag), ("Cache-Control", "private, no-cache"), ("Vary", "Authorization")]
        known = environ.get("HTTP_IF_NONE_MATCH", "")
        if tag in known or known == "*":  # lists and W/ too: the quotes are part of the tag
            return Answer("304 NOT MODIFIED", headers, b"")
        try:
            body = self._render(identity, int(asked[1]))
        except AlmoxarifeError:
            return None
        if body is None:
            return None
        headers += [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
        return Answer("200 OK", headers, body)

    def _render(self, identity: Identity, after: int) -> bytes | None:
        tail = self._find_tail()
        if after < tail.since:
            return None
        newer = tail.rows[bisect_right(tail.seqs, after) :]
        shown = [row.json for row in newer if row.shop_id in identity.shop_ids]
        return None if len(shown) > LONGEST else b"[" + b",".join(shown) + b"]"

    def _find_tail(self) -> _Tail:
        versions = self._database.versions
        if self._tail.versions == versions.of(*TOPICS):
            return self._tail
        with self._lock:
            now = versions.of(*TOPICS)
            if self._tail.versions != now:
                self._tail = self._read_on(self._tail, now)
            return self._tail

    def _read_on(self, tail: _Tail, versions: tuple[int, ...]) -> _Tail:
        """The tail with what came since; read afresh after a rename, or when much came."""
        with self._database.reading() as session:
            if _without_movements(versions) == _without_movements(tail.versions):
                newest = tail.seqs[-1] if tail.seqs else tail.since
                came = reports.list_after(session, EVERYWHERE, after=newest, limit=KEPT)
                if len(came) < KEPT:
                    return _keep(versions, tail.seqs, tail.rows, came, tail.since)
            newest_first = reports.list_before(session, EVERYWHERE, before=reports.NEWEST, limit=KEPT + 1)
        return _keep(versions, [], [], newest_first[::-1], since=0)


def _without_movements(versions: tuple[int, ...]) -> list[int]:
    return [number for topic, number in zip(TOPICS, versions, strict=False) if topic != "movements"]


def _keep(versions: tuple[int, ...], seqs: list[int], rows: list[_Row], came: list[MovementRow], since: int) -> _Tail:
    """The newest of what was there and what came."""
    seqs = seqs + [row.seq for row in came]
    rows = rows + [_Row(row.shop_id, orjson.dumps(row.to_wire())) for row in came]
    return _Tail(versions, seqs[-KEPT:], rows[-KEPT:], since if len(seqs) <= KEPT else seqs[-KEPT - 1])

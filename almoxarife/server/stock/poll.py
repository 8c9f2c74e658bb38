"""Caches what monitors poll: ``GET /inventario?depois=…``, the movements after a ``seq``.

Every monitor asks every five seconds for movements after the last one it has, and
nearly always there are none. The newest movements (the tail) are kept as JSON, once for
everybody. A monitor that was offline asks for older pages, and often many were offline together, so such
pages are cached too: nothing in them can change but names. All other queries are left to the
route, whose answers are the same.
"""

import re
from bisect import bisect_right
from threading import Lock
from typing import NamedTuple

import orjson

from almoxarife.server.http.response_cache import CachedPage
from almoxarife.server.identity import Identity
from almoxarife.server.stock import reports
from almoxarife.server.stock.models import MovementRow
from almoxarife.server.stock.reports import Filter
from almoxarife.server.store.database import Database
from almoxarife.server.store.versions import MAX_AGE_S
from almoxarife.server.store.waiting import may_wait
from almoxarife.wire.fields import MAX_PAGE_SIZE

TOPICS = ("movements", "products")
"""What a rendered movement is made of: the names in it too."""
KEPT = 1000
MAX_BYTES = 8 * 1024 * 1024
"""Of pages further back."""
EVERYWHERE = Filter(shop_ids=None)
_NOTHING = CachedPage(b"[]")
_QUERY = re.compile(r"depois=(0|[1-9][0-9]{0,15})(?:&limite=([1-9][0-9]{0,2}))?")


class _Row(NamedTuple):
    seq: int
    shop_id: int
    json: bytes


class _Tail(NamedTuple):
    """The newest movements at one moment, oldest first."""

    versions: tuple[int, ...]
    seqs: list[int]
    rows: list[_Row]
    since: int
    """Every movement with a larger ``seq`` is here."""


class _Pages:
    """Full pages from before the tail, by visible shops and query."""

    def __init__(self, names: list[int]) -> None:
        self.names = names
        """The versions of what is named in them."""
        self.known: dict[tuple[tuple[int, ...], str], CachedPage] = {}
        self.size = 0

    def keep(self, shop_ids: tuple[int, ...], query: str, page: CachedPage) -> None:
        if self.size > MAX_BYTES:
            self.known, self.size = {}, 0
        self.known[shop_ids, query] = page
        self.size += len(page.json)


class CachedMovements:
    topics: tuple[str, ...] = TOPICS
    # So one query of the stamps serves hundreds of polls. No movement is missed: an older response only ends
    # earlier, and the next poll continues from there. And nobody misses their own entry: a write through
    # another process is acknowledged only when no process has older stamps.
    max_age_s: float = MAX_AGE_S

    def __init__(self, database: Database) -> None:
        self._database = database
        self._tail = _Tail((), [], [], 0)
        self._pages = _Pages([])
        self._lock = Lock()

    def can_answer(self, query: str) -> bool:
        return _QUERY.fullmatch(query) is not None

    def find_page(self, identity: Identity, query: str) -> CachedPage | None:
        """The movements after the ``seq`` in the query. None leaves the query to the route."""
        match = _QUERY.fullmatch(query)
        if match is None or int(match[2] or MAX_PAGE_SIZE) > MAX_PAGE_SIZE:
            return None
        after, limit = int(match[1]), int(match[2] or MAX_PAGE_SIZE)
        tail = self._find_tail()
        if after >= tail.since:
            known = bisect_right(tail.seqs, after)
            if known == len(tail.seqs):
                return _NOTHING
            rows = [row for row in tail.rows[known:] if row.shop_id in identity.shop_ids][:limit]
            return _make_page(rows, query, after, limit)
        pages, names = self._pages, _without_movements(tail.versions)
        if pages.names != names:
            pages = self._pages = _Pages(names)
        page = pages.known.get((identity.shop_ids, query))
        if page is None:
            page = _make_page(self._read_page(identity, after, limit), query, after, limit)
            if page.next_query is not None:  # one that is not full may become longer
                pages.keep(identity.shop_ids, query, page)
        return page

    def _read_page(self, identity: Identity, after: int, limit: int) -> list[_Row]:
        with self._database.reading() as session:
            rows = reports.list_after(session, Filter(shop_ids=identity.shop_ids), after=after, limit=limit)
        return [_render(row) for row in rows]

    def _find_tail(self) -> _Tail:
        versions = self._database.versions
        if self._tail.versions == versions.of("people", *TOPICS):
            return self._tail
        may_wait()
        with self._lock:
            now = versions.of("people", *TOPICS)
            if self._tail.versions != now:
                self._tail = self._read_on(self._tail, now)
            return self._tail

    def _read_on(self, tail: _Tail, versions: tuple[int, ...]) -> _Tail:
        """The tail with the movements recorded since; read afresh after a rename, or when there are many of them."""
        with self._database.reading() as session:
            if _without_movements(versions) == _without_movements(tail.versions):
                newest = tail.seqs[-1] if tail.seqs else tail.since
                added = reports.list_after(session, EVERYWHERE, after=newest, limit=KEPT)
                if len(added) < KEPT:
                    return _keep(versions, tail.seqs, tail.rows, added, tail.since)
            newest_first = reports.list_before(session, EVERYWHERE, before=reports.NEWEST, limit=KEPT + 1)
        return _keep(versions, [], [], newest_first[::-1], since=0)


def _without_movements(versions: tuple[int, ...]) -> list[int]:
    return [number for topic, number in zip(("people", *TOPICS), versions, strict=False) if topic != "movements"]


def _keep(versions: tuple[int, ...], seqs: list[int], rows: list[_Row], added: list[MovementRow], since: int) -> _Tail:
    """The newest of the rows that were kept and those that were added."""
    seqs = seqs + [row.seq for row in added]
    rows = rows + [_render(row) for row in added]
    return _Tail(versions, seqs[-KEPT:], rows[-KEPT:], since if len(seqs) <= KEPT else seqs[-KEPT - 1])


def _make_page(rows: list[_Row], query: str, after: int, limit: int) -> CachedPage:
    json = b"[" + b",".join([row.json for row in rows]) + b"]"
    if len(rows) < limit:
        return CachedPage(json)
    return CachedPage(json, query.replace(f"depois={after}", f"depois={rows[-1].seq}"))


def _render(row: MovementRow) -> _Row:
    return _Row(row.seq, row.shop_id, orjson.dumps(row.to_wire()))

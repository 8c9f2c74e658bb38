"""The monitors' poll, answered from memory.

Every monitor asks every five seconds for what came after the last movement it saw, and
nearly always the answer is nothing. The newest movements are kept rendered, once for
everybody; what they cannot answer is left to the route. ``GET /inventario`` says the
same with and without this.
"""

import re
from bisect import bisect_right
from dataclasses import dataclass
from threading import Lock
from typing import NamedTuple

import orjson

from almoxarife.server.access import Identity
from almoxarife.server.database import Database
from almoxarife.server.stock import reports
from almoxarife.server.stock.models import MovementRow
from almoxarife.server.stock.reports import Filter

TOPICS = ("people", "movements", "products")
"""What a rendered movement is made of: the names in it too."""
KEPT = 1000
EVERYWHERE = Filter(shop_ids=None)
LONGEST = 499
"""Rows of an answer; a longer one has a next page, which the route links to."""

_QUERY = re.compile(r"depois=(0|[1-9][0-9]{0,15})")


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
    topics: tuple[str, ...] = ("movements", "products")

    def __init__(self, database: Database) -> None:
        self._database = database
        self._tail = _Tail((), [], [], 0)
        self._lock = Lock()

    def answers(self, query: str) -> bool:
        return _QUERY.fullmatch(query) is not None

    def find_body(self, identity: Identity, query: str) -> bytes | None:
        """What came after the ``seq`` asked for; None when that is further back than memory goes."""
        after = int(query.removeprefix("depois="))
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

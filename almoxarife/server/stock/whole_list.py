"""Caches the whole list of movements (``GET /inventario``) as JSON, for each set of visible shops.

Older monitors ask for the whole list every few seconds. Movements are only appended, so a cached
list stays valid until a name in it changes, and new movements are added to its end. Only
lists of a bounded length are cached; the route reads longer ones page by page.
"""

from collections import OrderedDict
from threading import Lock

import orjson

from almoxarife.server.stock import reports
from almoxarife.server.stock.models import MovementRow
from almoxarife.server.stock.reports import Filter
from almoxarife.server.store.database import Database

MAX_ROWS = 45_000
MAX_BYTES = 16 * 1024 * 1024
"""Of one list, which 45,000 movements seldom are."""
KEPT = 4
"""Lists: nearly everybody in a shop sees the same."""
PAGE = 1000

Shops = tuple[int, ...]


class _List:
    """The movements of some shops up to one of them, as JSON without its brackets."""

    def __init__(self, names: tuple[int, ...]) -> None:
        self.names = names
        """The versions of what is named in it."""
        self.movements: tuple[int, ...] = ()
        """The version of the ledger that it reaches up to."""
        self.pages: tuple[bytes, ...] = ()
        self.rows_in_last = 0
        self.newest = 0
        self.is_too_long = False

    def add(self, rows: list[MovementRow]) -> None:
        text = orjson.dumps([row.to_wire() for row in rows])[1:-1]
        if self.pages and self.rows_in_last + len(rows) <= PAGE:
            self.pages = (*self.pages[:-1], self.pages[-1] + b"," + text)
            self.rows_in_last += len(rows)
        else:
            self.pages = (*self.pages, text)
            self.rows_in_last = len(rows)
        self.newest = rows[-1].seq


class WholeLists:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._lists: OrderedDict[Shops, _List] = OrderedDict()
        self._lock = Lock()

    def find_pages(self, shop_ids: Shops) -> tuple[bytes, ...] | None:
        """All movements of these shops, oldest first, or None where they are too many to be kept."""
        versions = self._database.versions
        # The versions are read before the rows: of movements recorded meanwhile, the next call asks once more.
        names, movements = versions.of("people", "products"), versions.of("movements")
        with self._lock:
            kept = self._lists.get(shop_ids)
            # The ledger only grows, and a new name seldom makes it shorter.
            if kept is None or (kept.names != names and not kept.is_too_long):
                kept = self._lists[shop_ids] = _List(names)
            self._lists.move_to_end(shop_ids)
            if len(self._lists) > KEPT:
                self._lists.popitem(last=False)
            if kept.movements != movements and not kept.is_too_long:
                self._read_on(kept, shop_ids)
                kept.movements = movements
            return None if kept.is_too_long else kept.pages

    def _read_on(self, kept: _List, shop_ids: Shops) -> None:
        chosen = Filter(shop_ids=shop_ids)
        length = sum(map(len, kept.pages))
        if not length:
            with self._database.reading() as session:
                kept.is_too_long = reports.has_more_than(session, chosen, MAX_ROWS)
        while not kept.is_too_long:
            with self._database.reading() as session:
                rows = reports.list_after(session, chosen, after=kept.newest, limit=PAGE)
            if not rows:
                return
            kept.add(rows)
            length += len(rows) * len(kept.pages[-1]) // kept.rows_in_last
            if length > MAX_BYTES:
                kept.is_too_long, kept.pages = True, ()
                return
            if len(rows) < PAGE:
                return

"""Caches the whole list of products (``GET /produtos`` without a query), one for each set of visible shops.

Each product is kept as JSON before and after its balance. After an entry only the balances are
read again.
"""

from threading import Lock
from typing import NamedTuple

import orjson

from almoxarife.server.catalog import reports
from almoxarife.server.http.response_cache import CachedPage
from almoxarife.server.identity import Identity
from almoxarife.server.store.database import Database
from almoxarife.server.store.waiting import may_wait
from almoxarife.wire.fields import ten_thousandths_to_json

MAX_PRODUCTS = 5_000
"""Products. The route streams a longer list in pages."""
TOPICS = ("products", "balances")
"""Whose changes make a cached list stale."""
KEPT = 8
"""Lists."""


class _Rendered(NamedTuple):
    """A product's JSON before and after its balance."""

    head: bytes
    tail: bytes


class _List(NamedTuple):
    products: tuple[int, ...]
    """The version of the products that it was rendered from."""
    balances: tuple[int, ...]
    rendered: dict[int, _Rendered]
    page: CachedPage


class CachedProducts:
    topics: tuple[str, ...] = TOPICS
    max_age_s: float = 0.0  # who records an entry looks at the balance at once, perhaps through another server

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lists: dict[tuple[int, ...], _List] = {}
        self._lock = Lock()

    def can_answer(self, query: str) -> bool:
        return not query

    def find_page(self, identity: Identity, query: str) -> CachedPage | None:
        shop_ids = identity.shop_ids
        kept = self._lists.get(shop_ids)
        if kept is not None and self._is_current(kept):
            return kept.page
        may_wait()
        with self._lock:
            kept = self._lists.pop(shop_ids, None)
            if kept is None or not self._is_current(kept):
                kept = self._render(shop_ids, kept)
            if kept is None:
                return None
            while len(self._lists) >= KEPT:
                del self._lists[next(iter(self._lists))]
            self._lists[shop_ids] = kept  # the newest comes last
            return kept.page

    def _is_current(self, kept: _List) -> bool:
        versions = self._database.versions
        return kept.balances == versions.of("balances") and kept.products == versions.of("products")

    def _render(self, shop_ids: tuple[int, ...], kept: _List | None) -> _List | None:
        versions = self._database.versions
        products, balances = versions.of("products"), versions.of("balances")
        with self._database.reading() as session:
            if kept is not None and kept.products == products:
                rendered = kept.rendered
            else:
                rows = reports.list_products(
                    session, (), search=None, with_inactive=False, after=0, limit=MAX_PRODUCTS + 1
                )
                if len(rows) > MAX_PRODUCTS:
                    return None
                rendered = {reports.number_of(row): _split(row) for row in rows}
            quantities = reports.sum_balances(session, shop_ids)
        body = b",".join(
            b"%b%b%b" % (head, _number(quantities.get(product_id, 0)), tail)
            for product_id, (head, tail) in rendered.items()
        )
        return _List(products, balances, rendered, CachedPage(b"[%b]" % body))


def _split(product: dict[str, object]) -> _Rendered:
    names = list(product)
    place = names.index("saldo")
    before = orjson.dumps({name: product[name] for name in names[:place]})
    after = orjson.dumps({name: product[name] for name in names[place + 1 :]})
    return _Rendered(before[:-1] + b',"saldo":', b"," + after[1:])


def _number(ten_thousandths: int) -> bytes:
    return orjson.dumps(ten_thousandths_to_json(ten_thousandths))

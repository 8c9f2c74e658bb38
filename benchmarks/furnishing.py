"""The rows with which Almoxarife's tables are filled for a benchmark, for SQLite and PostgreSQL."""

from collections.abc import Iterator
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from almoxarife.brazil import SAO_PAULO
from almoxarife.server.audit.hashing import MOVEMENT_COLUMNS, Link, hash_movement, link, seal_address
from almoxarife.server.audit.verification import COLUMNS
from almoxarife.server.store.database import Database
from almoxarife.server.store.sessions import raw
from almoxarife.server.upkeep import sales_totals
from almoxarife.wire.codes.gtin import to_gtin14
from almoxarife.wire.fields import fold, fold_case
from benchmarks import history

CHUNK = 1000

FIND_HEAD = "SELECT id, hash FROM audit_entries ORDER BY id DESC LIMIT 1"
ADD_PERSON = (
    "INSERT INTO users (username, username_folded, password_hash, is_password_weak, must_change_password, role,"
    " state, generation, created_at)"
    " SELECT '{name}', '{name}', password_hash, is_password_weak, must_change_password, role, state, 1, created_at"
    " FROM users WHERE id = 1"
)
PEOPLE = [ADD_PERSON.format(name=name) for name in history.USERNAMES[1:]]


class Rows(NamedTuple):
    table: str
    columns: str
    values: list[tuple[Any, ...]]


def rows(count: int, head: Link) -> Iterator[Rows]:
    """Products, ``count`` movements with their keys and audit entries, and balances. ``head``: of the audit trail."""
    products = [
        (
            *(product.number, product.name, fold_case(product.name), "UN", product.barcode, product.centavos),
            *(True, 1, 0, 1, fold(product.name), to_gtin14(product.barcode)),
        )
        for product in history.products()
    ]
    columns = (
        "id, name, name_folded, unit, barcode, price, is_active, version, created_at, created_by, name_searched, gtin"
    )
    yield Rows("products", columns, products)
    movements = history.movements(count)
    # In chunks of all tables in turn, as in real use: one table after another would give a better layout on disk.
    while chunk := list(islice(movements, CHUNK)):
        yield from _ledger(chunk)
        entries, head = _trail(chunk, head)
        yield entries
    balances = [(1, number, pieces * 10_000) for number, pieces in enumerate(history.balances(count)) if number]
    yield Rows("balances", "shop_id, product_id, quantity", balances)


def sales(count: int) -> Iterator[Rows]:
    """Sales without items; ``add_up`` creates their sums."""
    columns = "seq, shop_id, seller_id, amount, discount, recorded_at, occurred_at, is_clock_corrected, is_below_zero"
    found = history.sales(count)
    while chunk := list(islice(found, CHUNK)):
        yield Rows(
            "sales", columns, [(s.seq, 1, s.seller, s.centavos, 0, s.micros, s.micros, False, False) for s in chunk]
        )


def add_up(place: Path | str) -> None:
    with closing(Database.open(place)) as database, database.transaction(own_commit=True) as session:
        sales_totals.rebuild(raw(session), ZoneInfo(SAO_PAULO))


def _ledger(chunk: list[history.Movement]) -> Iterator[Rows]:
    yield Rows("movements", MOVEMENT_COLUMNS, [_movement(one) for one in chunk])
    keys = [(1, one.key, one.fingerprint, one.seq) for one in chunk]
    yield Rows("idempotency_keys", "user_id, key, fingerprint, row_id", keys)


def _movement(one: history.Movement) -> tuple[Any, ...]:
    """In the order of ``MOVEMENT_COLUMNS``."""
    pieces, balance = one.pieces * 10_000, one.balance * 10_000
    ledger = (one.seq, 1, one.product, "entrada", pieces, pieces, balance)
    notes = (None, None, None)
    return (*ledger, *notes, 1, one.micros, one.micros, False, False, None)


def _trail(chunk: list[history.Movement], head: Link) -> tuple[Rows, Link]:
    salt, seal = seal_address("127.0.0.1", 1)
    entries = []
    for one in chunk:
        entry = (one.micros, "stock:movement:recorded", "SUCESSO", 1, f"m{one.seq}", None)
        row_hash = hash_movement(_movement(one), one.key, one.fingerprint)
        head = link(head, *entry, seal, one.key[:16], row_hash)
        entries.append((head.id, *entry, "127.0.0.1", salt, seal, one.key[:16], head.hash, row_hash))
    return Rows("audit_entries", COLUMNS, entries), head

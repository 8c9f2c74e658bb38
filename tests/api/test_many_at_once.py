"""Entries that wait together are recorded together: each is judged as if it had come alone, in the order they came."""

import re
from datetime import UTC

import pytest

from almoxarife.server.audit import service as audit
from almoxarife.server.catalog import service as catalog
from almoxarife.server.catalog.errors import InsufficientStock, ProductInactive
from almoxarife.server.errors import (
    AlmoxarifeError,
    BadRequest,
    KeyReused,
    ProductNotFound,
    ShopNotVisible,
    ShopRequired,
    WriteFailed,
)
from almoxarife.server.identity import Identity
from almoxarife.server.stock import service as stock
from almoxarife.server.stock.service import MovementEntry, Recorded
from almoxarife.server.store.contract import Raw
from almoxarife.server.store.idempotency import GivenKey
from almoxarife.server.store.sessions import raw
from almoxarife.wire.accounts import Role
from almoxarife.wire.stock import MovementIn
from tests.api.cast import Person, Server
from tests.databases import Databases

CENTRO, NORTE = 2, 3
BOLTS = 1


@pytest.fixture
def by_ana(ana: Person, bolts: str) -> Identity:
    ana.receive(bolts, 10)
    return Identity(user_id=ana.number, username="Ana", role=Role.STOCK_CLERK, shop_ids=(CENTRO,), session_id=1)


def entry(
    by: Identity, quantity: float, product: int = BOLTS, shop: int | None = None, given_key: GivenKey | None = None
) -> MovementEntry:
    kind = "entrada" if quantity > 0 else "saida"
    movement = MovementIn(produto_id=f"p{product}", quantidade=abs(quantity), tipo=kind, motivo="contagem")
    return MovementEntry(movement, product, shop, UTC, by, given_key)


def record(server: Server, *entries: MovementEntry) -> list[tuple[int, int] | type[AlmoxarifeError]]:
    """What became of them: number and balance in pieces, or what they were refused with."""
    with server.database.transaction() as session:
        outcomes = stock.record(session, entries)
    return [
        (outcome.row.seq, outcome.row.balance_after // 10_000) if isinstance(outcome, Recorded) else type(outcome)
        for outcome in outcomes
    ]


def test_each_finds_the_balance_that_the_ones_before_it_left(ana: Person, by_ana: Identity) -> None:
    found = record(ana.server, *(entry(by_ana, quantity) for quantity in (-4, -7, 5, -7, -7)))

    assert found == [(2, 6), InsufficientStock, (3, 11), (4, 4), InsufficientStock]
    assert ana.balance("p1") == 4
    assert ana.movements() == [10, -4, 5, -7]


def test_one_that_is_refused_leaves_no_trace_and_no_neighbour_notices(
    ana: Person, carla: Person, by_ana: Identity
) -> None:
    carla.add("Porca")
    assert carla.change("p2", "*", nome="Porca", ativo=False).status_code == 200
    both = by_ana._replace(shop_ids=(CENTRO, NORTE))
    with ana.server.database.reading() as session:
        head = audit.find_head(session).id

    found = record(
        ana.server,
        entry(by_ana, 1),
        entry(by_ana, 1, product=99),
        entry(by_ana, 1, product=2),
        entry(by_ana, 1, shop=NORTE),
        entry(both, 1),
        entry(by_ana, 0.5),
        entry(both, 2, shop=NORTE),
        entry(by_ana._replace(shop_ids=()), 1),
    )

    assert found == [
        (2, 11), ProductNotFound, ProductInactive, ShopNotVisible, ShopRequired, BadRequest, (3, 2), ShopNotVisible,
    ]  # fmt: skip
    with ana.server.database.reading() as session:
        assert audit.find_head(session).id == head + 2


def test_keys_are_known_one_by_one(ana: Person, by_ana: Identity) -> None:
    first, second, third = (GivenKey(name, b"asked") for name in ("first", "second", "third"))
    assert record(ana.server, entry(by_ana, 1, given_key=first)) == [(2, 11)]

    found = record(
        ana.server,
        entry(by_ana, 1, given_key=second),
        entry(by_ana, 1, given_key=first),
        entry(by_ana, 1, given_key=GivenKey("first", b"another question")),
        entry(by_ana._replace(user_id=2), 1, given_key=GivenKey("first", b"another person")),
        entry(by_ana, 1, given_key=third),
    )

    assert found == [(3, 12), (2, 11), KeyReused, (4, 13), (5, 14)]


def test_what_takes_and_gives_back_still_makes_the_balance_known(ana: Person, by_ana: Identity) -> None:
    there = by_ana._replace(shop_ids=(NORTE,))

    assert record(ana.server, entry(there, 3), entry(there, -3)) == [(2, 3), (3, 0)]
    with ana.server.database.reading() as session:
        rows = raw(session).execute("SELECT quantity FROM balances WHERE shop_id = ?", (NORTE,))
    assert rows == [(0,)]


def test_a_balance_that_somebody_moves_behind_the_ledger_s_back_fails_the_entry(
    databases: Databases, ana: Person, by_ana: Identity
) -> None:
    if not databases.are_on_server:
        return  # nobody else can write to a file meanwhile

    def change() -> None:
        with ana.server.database.transaction() as session:
            found = catalog.find_stock(session, [(BOLTS, CENTRO)])
            found.get(BOLTS, CENTRO).apply(10_000)
            raw(session).execute("UPDATE balances SET quantity = quantity - 50000")
            catalog.write_balances(session, found)

    with pytest.raises(WriteFailed):
        change()
    assert ana.balance("p1") == 10


@pytest.mark.sqlite
def test_no_statement_reads_a_whole_table(ana: Person, by_ana: Identity, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many keys and movements there are: everything is found by an index."""
    asked: dict[str, object] = {}

    def look(self: Raw, sql: str, parameters: object = ()) -> list[tuple[object, ...]]:
        asked[sql] = parameters
        return execute(self, sql, parameters)

    with ana.server.database.transaction() as session:
        kind = type(raw(session))
        execute = kind.execute
        monkeypatch.setattr(kind, "execute", look)
        stock.record(session, [entry(by_ana, 1, given_key=GivenKey(name, b"asked")) for name in "ab"])
        monkeypatch.undo()
        plans = [
            row[3] for sql, values in asked.items() for row in raw(session).execute(f"EXPLAIN QUERY PLAN {sql}", values)
        ]

    for table in ("idempotency_keys", "products", "balances", "movements"):
        assert any(table in sql for sql in asked)
    assert [plan for plan in plans if re.match(r"SCAN (?!asked|a$|(\d+ )?CONSTANT|\d+-ROW VALUES)", plan)] == []

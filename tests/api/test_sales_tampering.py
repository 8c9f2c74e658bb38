"""Whatever somebody with the file in hand does to the sales, ``check`` says where."""

import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing
from hashlib import sha256
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from almoxarife.server.audit import hashing as covered
from almoxarife.server.store.sessions import raw
from almoxarife.server.upkeep import sales_totals
from tests.api.cast import Server
from tests.api.conftest import starter
from tests.api.test_tampering import ANYTHING, find, make_template, tampering
from tests.databases import Databases, Place


@pytest.fixture(scope="module")
def day_of_sales(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Place:
    """v1 of two lines with a key; v2 an amount; v3 of one line, cancelled with a key; v4 of Bruno's, in Centro all."""
    return make_template(databases, tmp_path_factory.mktemp("sold"), sell_for_a_day)


def sell_for_a_day(shop: Server) -> None:
    carla, ana, vera, bruno = (shop.person(name) for name in ("Carla", "Ana", "Vera", "Bruno"))
    bolts, flour = carla.add("Parafuso").json["id"], carla.add("Farinha", unidade="KG").json["id"]
    ana.receive(bolts, 10, key="entrada")
    vera.sell((bolts, 2, "1.50"), (flour, 0.5, "4.99"), desconto="0.50", key="um")
    vera.sell(valor="19.90")
    bruno.cancel(vera.sell((bolts, 1, "1.50"), key="tres"), key="volta")
    bruno.sell((bolts, 1, "1.00"))


@pytest.fixture
def sold(databases: Databases, day_of_sales: Place, tmp_path: Path) -> Iterator[Server]:
    with ExitStack() as stack:
        yield starter(databases, day_of_sales, tmp_path, stack)()


SALE = "A venda v1, um item dela ou a chave"
CASES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "an amount": (("UPDATE sales SET amount = 1 WHERE seq = 1",), (SALE, "A soma das vendas")),
    "an amount with its sums": (
        (
            "UPDATE sales SET amount = amount + 100 WHERE seq = 2",
            "UPDATE sale_sums SET amount = amount + 100 WHERE dimension <> 'produto' AND key IN (4, 21, 22, 23, 0)",
        ),
        ("A venda v2, um item",),
    ),
    "a seller": (("UPDATE sales SET seller_id = 2 WHERE seq = 1",), (SALE,)),
    "a shop": (("UPDATE sales SET shop_id = 3 WHERE seq = 1",), (SALE, "A soma das vendas")),
    "a day": (("UPDATE sales SET occurred_at = occurred_at - 86400000000 WHERE seq = 1",), (SALE, "A soma das")),
    "a mark": (("UPDATE sales SET is_below_zero = false WHERE seq = 1",), (SALE,)),
    "a price": (("UPDATE sale_items SET price = 1 WHERE sale_seq = 1 AND line = 1",), (SALE,)),
    "a quantity": (("UPDATE sale_items SET quantity = 1 WHERE sale_seq = 1 AND line = 2",), (SALE,)),
    "two lines swapped": (
        (
            "UPDATE sale_items SET line = 3 WHERE sale_seq = 1 AND line = 1",
            "UPDATE sale_items SET line = 1 WHERE sale_seq = 1 AND line = 2",
            "UPDATE sale_items SET line = 2 WHERE sale_seq = 1 AND line = 3",
        ),
        (SALE,),
    ),
    "a line removed": (("DELETE FROM sale_items WHERE sale_seq = 1 AND line = 2",), (SALE, "por produto 2")),
    "a line slipped in": (
        (("INSERT INTO sale_items SELECT 2, line, product_id, quantity, price, subtotal, discount,"
         " (SELECT min(seq) FROM movements WHERE kind <> 'venda') FROM sale_items WHERE sale_seq = 1 AND line = 1"),),
        ("A venda v2, um item",),
    ),
    "a sale removed": (
        ("DELETE FROM sale_items WHERE sale_seq = 4", "DELETE FROM sales WHERE seq = 4"),
        ("Falta a venda v4", "A soma das vendas"),
    ),
    "a sale slipped in": (
        (("INSERT INTO sales SELECT 5, shop_id, seller_id, amount, discount, recorded_at, occurred_at,"
         " is_clock_corrected, is_below_zero FROM sales WHERE seq = 2"),),
        ("A venda v5 não está na trilha", "A soma das vendas"),
    ),
    "a cancellation removed": (
        ("DELETE FROM sale_cancellations",),
        ("Falta o cancelamento da venda v3", "A soma das vendas"),
    ),
    "a cancellation slipped in": (
        ("INSERT INTO sale_cancellations VALUES (2, 'x', 2, 1)",),
        ("O cancelamento da venda v2 não está na trilha", "A soma das vendas"),
    ),
    "a reason": (("UPDATE sale_cancellations SET reason = 'y'",), ("O cancelamento da venda v3, ou a chave",)),
    "who cancelled": (("UPDATE sale_cancellations SET cancelled_by = 4",), ("O cancelamento da venda v3, ou",)),
    "a key": (("UPDATE idempotency_keys SET key = 'outra' WHERE key = 'um'",), (SALE,)),
    "a key removed": (("DELETE FROM idempotency_keys WHERE key = 'tres'",), ("A venda v3, um item",)),
    "a cancellation's key removed": (
        ("DELETE FROM idempotency_keys WHERE key = 'volta'",),
        ("O cancelamento da venda v3, ou",),
    ),
    "a key slipped in beside one": (
        ("INSERT INTO idempotency_keys SELECT user_id, 'nova', fingerprint, 1 FROM idempotency_keys WHERE key = 'um'",),
        ("Há uma chave de envio de u4 para o número 1",),
    ),
    "a movement of a sale": (
        ("UPDATE movements SET quantity = 30000, effect = -30000 WHERE seq = 2",), ("A movimentação m2, ou",),
    ),
    "a sum": (("UPDATE sale_sums SET amount = amount + 1 WHERE dimension = 'hora'",), ("por hora",)),
    "a number of sales": (("UPDATE sale_sums SET sales = 7 WHERE dimension = 'produto'",), ("por produto 1",)),
    "a quantity of a sum": (
        ("UPDATE sale_sums SET quantity = 12500 WHERE dimension = 'produto' AND key = 2 AND period < 10000",),
        ("por produto 2 é 1 vendas e 227 centavos, quantidade 1,25; pelas vendas é 1 e 227, quantidade 0,5",),
    ),
    "a sum removed": (("DELETE FROM sale_sums WHERE dimension = 'vendedor'",), ("por vendedor 4",)),
    "a sum of another month": (
        ("INSERT INTO sale_sums VALUES ('vendedor', 203001, 2, 4, 1, 1, 0)",),
        ("A soma das vendas de 203001 em l2 por vendedor 4 é 1 vendas e 1 centavos; pelas vendas é 0 e 0",),
    ),
    "all sums removed, and their zone": (
        ("DELETE FROM sale_sums", "DELETE FROM sale_calendar"),
        ("O fuso horário das somas",),
    ),
    "another zone": (("UPDATE sale_calendar SET zone = 'Marte/Olimpo'",), ("O fuso horário das somas",)),
    "the entry of a sale": (
        ("DELETE FROM audit_entries WHERE subject = 'v4'",),
        ("A venda v4 não está na trilha",),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_check_says_what_was_done(sold: Server, name: str) -> None:
    statements, words = CASES[name]
    with tampering(sold) as database:
        for statement in statements:
            database.execute(statement)

    found = find(sold)

    for word in words:
        assert [sentence for sentence in found if word in sentence], found


COLUMNS = [
    *(("sales", column) for column in covered.SALE_COLUMNS.split(", ") if column != "seq"),
    *(("sale_items", column) for column in covered.ITEM_COLUMNS.split(", ") if column != "line"),
    *(("sale_cancellations", column) for column in covered.CANCELLATION_COLUMNS.split(", ") if column != "sale_seq"),
]


@pytest.mark.sqlite  # a server has types
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(COLUMNS), ANYTHING, st.booleans())
def test_any_column_of_any_row(sold: Server, place: tuple[str, str], value: object, as_text: bool) -> None:
    assert isinstance(sold.place, Path)
    table, column = place
    key = {"sales": "seq", "sale_items": "sale_seq", "sale_cancellations": "sale_seq"}[table]
    where = f"WHERE {key} = 3"
    with closing(sqlite3.connect(sold.place, isolation_level=None)) as db:
        db.execute("PRAGMA ignore_check_constraints = on")
        db.execute(f"DROP TRIGGER IF EXISTS {table}_refuse_update")
        before = db.execute(f"SELECT {column}, typeof({column}) FROM {table} {where}").fetchone()
        try:
            db.execute(f"UPDATE {table} SET {column} = {'CAST(? AS TEXT)' if as_text else '?'} {where}", (value,))
        except sqlite3.IntegrityError:
            assume(False)
        after = db.execute(f"SELECT CAST({column} AS BLOB), typeof({column}) FROM {table} {where}").fetchone()
        is_changed = after != db.execute("SELECT CAST(? AS BLOB), ?", before).fetchone()
        found = [sentence for sentence in find(sold) if not sentence.startswith("O gatilho")]
        db.execute(f"UPDATE {table} SET {column} = ? {where}", (before[0],))

    assert bool(found) == is_changed
    assert not is_changed or any("venda v3" in sentence for sentence in found)


def test_the_bytes_of_a_sale_are_those_of_the_documentation(sold: Server) -> None:
    """If this fails, what the trails of all shops cover would not be what it was."""
    ((recorded, occurred, fingerprint),) = sold.rows(
        "SELECT s.recorded_at, s.occurred_at, k.fingerprint FROM sales s, idempotency_keys k"
        " WHERE s.seq = 1 AND k.key = 'um'"
    )
    hexed = bytes(fingerprint).hex()
    sale = f'["sales",1,2,4,500,50,{recorded},{occurred},false,true,[[1,1,20000,150,300,27,2],[2,2,5000,499,250,23,3]]'
    ((at, back),) = sold.rows(
        "SELECT c.cancelled_at, k.fingerprint FROM sale_cancellations c, idempotency_keys k WHERE k.key = 'volta'"
    )
    cancellation = f'["sale_cancellations",3,"desistiu",2,{at},"volta","{bytes(back).hex()}"]'

    for tag, subject, content in (
        ("sales:sale:recorded", "v1", f'{sale},"um","{hexed}"]'),
        ("sales:sale:cancelled", "v3", cancellation),
    ):
        ((found,),) = sold.rows("SELECT row_hash FROM audit_entries WHERE subject = ? AND tag = ?", subject, tag)
        assert bytes(found) == sha256(content.encode()).digest()


def test_the_sums_follow_the_zone_of_the_shop(sold: Server) -> None:
    """Its days begin elsewhere: nothing of the old ones may stay."""
    before = sold.rows("SELECT * FROM sale_sums ORDER BY 1, 2, 3, 4")
    sales_totals.rebuild_for_zone(sold.database, ZoneInfo("America/Sao_Paulo"))
    assert sold.rows("SELECT * FROM sale_sums ORDER BY 1, 2, 3, 4") == before

    sales_totals.rebuild_for_zone(sold.database, ZoneInfo("Pacific/Kiritimati"))

    assert sold.rows("SELECT zone FROM sale_calendar") == [("Pacific/Kiritimati",)]
    assert find(sold) == []
    sales_totals.rebuild_for_zone(sold.database, ZoneInfo("America/Sao_Paulo"))
    assert sold.rows("SELECT * FROM sale_sums WHERE amount <> 0 ORDER BY 1, 2, 3, 4") == [
        row for row in before if row[4] or row[5]
    ]


def test_sums_that_nothing_is_left_of_agree_with_none(sold: Server) -> None:
    """A cancelled sale leaves zeros behind."""
    with sold.database.reading() as session:
        assert [*sales_totals.list_differences(raw(session), ZoneInfo("America/Sao_Paulo"))] == []

"""A shop with one person and one product, on a file: pieces come in, and can be counted."""

import sqlite3
from contextlib import closing
from pathlib import Path

from almoxarife.server.database import Database, raw
from almoxarife.server.migrations import migrate


def make_shop(path: Path) -> None:
    migrate(path)
    with closing(sqlite3.connect(path)) as db:
        db.execute(
            "INSERT INTO users (username, username_folded, is_password_weak, must_change_password, role, state,"
            " generation, created_at) VALUES ('Ana', 'ana', 0, 0, 'estoquista', 'ativo', 1, 0)"
        )
        db.execute("INSERT INTO products VALUES (1, 'Parafuso', 'parafuso', 'un', NULL, NULL, NULL, 1, 1, 0, 1)")
        db.execute("INSERT INTO balances VALUES (1, 1, 0)")
        db.commit()


def receive(database: Database) -> None:
    """One piece more, in the ledger and in the balance."""
    with database.transaction() as session:
        ((balance,),) = raw(session).execute(
            "UPDATE balances SET quantity = quantity + 1 WHERE product_id = 1 RETURNING quantity"
        )
        raw(session).execute(
            "INSERT INTO movements (shop_id, product_id, kind, quantity, effect, balance_after, recorded_by,"
            " recorded_at, occurred_at, is_clock_corrected, is_below_zero)"
            " VALUES (1, 1, 'entrada', 1, 1, ?, 1, 0, 0, 0, 0)",
            (balance,),
        )


def pieces(path: Path) -> int:
    """How many there are; the ledger and the balance must agree."""
    with closing(sqlite3.connect(path)) as db:
        ((ledger, balance),) = db.execute(
            "SELECT (SELECT coalesce(sum(effect), 0) FROM movements), (SELECT quantity FROM balances)"
        ).fetchall()
    assert ledger == balance
    return int(ledger)

"""A shop with one person and one product: pieces come in, and can be counted."""

from almoxarife.server.store.database import Database
from almoxarife.server.store.sessions import raw
from almoxarife.server.upkeep.migrations import migrate
from tests.databases import Place, execute, rows


def make_shop(place: Place) -> None:
    migrate(place)
    execute(
        place,
        "INSERT INTO users (username, username_folded, is_password_weak, must_change_password, role, state,"
        " generation, created_at) VALUES ('Ana', 'ana', false, false, 'estoquista', 'ativo', 1, 0)",
        "INSERT INTO products (id, name, name_folded, unit, is_active, version, created_at, created_by, name_searched)"
        " VALUES (1, 'Parafuso', 'parafuso', 'un', true, 1, 0, 1, 'parafuso')",
        "INSERT INTO balances VALUES (1, 1, 0)",
    )


def receive(database: Database) -> None:
    """One piece more, in the ledger and in the balance."""
    with database.transaction() as session:
        ((balance,),) = raw(session).execute(
            "UPDATE balances SET quantity = quantity + 1 WHERE product_id = 1 RETURNING quantity"
        )
        raw(session).execute(
            "INSERT INTO movements (shop_id, product_id, kind, quantity, effect, balance_after, recorded_by,"
            " recorded_at, occurred_at, is_clock_corrected, is_below_zero)"
            " VALUES (1, 1, 'entrada', 1, 1, ?, 1, 0, 0, false, false)",
            (balance,),
        )


def pieces(place: Place) -> int:
    """How many there are; the ledger and the balance must agree."""
    ((ledger, balance),) = rows(
        place, "SELECT (SELECT coalesce(sum(effect), 0) FROM movements), (SELECT quantity FROM balances)"
    )
    assert ledger == balance
    return int(ledger)

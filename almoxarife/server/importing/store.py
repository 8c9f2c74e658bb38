"""What an import must know of the products, the balances and the imports that there are."""

from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

import orjson
from sqlalchemy.orm import Session

from almoxarife.server.catalog.service import TAKEN_BACK
from almoxarife.server.catalog.units import service as units
from almoxarife.server.errors import ImportNotFound, StoreUnavailable
from almoxarife.server.identity import Identity
from almoxarife.server.ids import IdKind
from almoxarife.server.importing.errors import ImportCancelled
from almoxarife.server.store.columns import micros_to_iso
from almoxarife.server.store.sessions import raw
from almoxarife.wire.accounts import Role

MOST_IMPORTS = 50
"""Of a list of past ones."""


_HAS_BEGUN = (
    "WHERE b.shop_id = ? AND (b.quantity != 0 OR EXISTS ("
    " SELECT 1 FROM movements m WHERE m.product_id = b.product_id AND m.shop_id = b.shop_id"
    " AND m.kind NOT IN ('saldo_inicial', 'estorno')))"
)
IS_WHOLE = "length(report) > 0"
"""Of an import all of whose rows are written. One that is not is being written, or is to be taken back."""


class KnownProduct(NamedTuple):
    """A product as it is; ten-thousandths and centavos."""

    product_id: int
    name: str
    name_folded: str
    unit: str
    barcode: str | None
    minimum_stock: int | None
    price: int | None
    is_active: int
    gtin: str | None
    name_searched: str
    sku: str | None
    sku_folded: str | None
    cost: int | None
    version: int
    created_at: int
    created_by: int


def list_known(session: Session) -> list[KnownProduct]:
    """But for those that were taken back: a list may bring their names and codes as new ones."""
    rows = raw(session).execute(
        "SELECT id, name, name_folded, unit, barcode, minimum_stock, price, is_active, gtin, name_searched, sku,"
        " sku_folded, cost, version, created_at, created_by FROM products"
        f" WHERE substr(name_folded, 1, 1) != '{TAKEN_BACK}'"
    )
    return [KnownProduct(*row) for row in rows]


def list_codes(session: Session) -> dict[str, tuple[int, int]]:
    """Whose each further code is, and how many are in it."""
    rows = raw(session).execute("SELECT gtin, product_id, factor FROM product_codes")
    return {gtin: (product_id, factor) for gtin, product_id, factor in rows}


class State(NamedTuple):
    """Changes with every product: a new one has a larger id, a changed one a larger version."""

    products: tuple[int, ...]
    fractional: set[int]
    units: dict[str, bool]
    """Which take decimals."""


def find_state(session: Session) -> State:
    (products,) = raw(session).execute("SELECT count(*), coalesce(max(id), 0), coalesce(sum(version), 0) FROM products")
    return State(products, units.list_fractional(session), units.find_units(session))


def list_left_over(session: Session, limit: int) -> list[int]:
    """Products that an older version has taken back with the import that had made them, untouched since."""
    rows = raw(session).execute(
        "SELECT p.id FROM product_imports i JOIN import_lines l ON l.import_id = i.id"
        " JOIN products p ON p.id = l.product_id WHERE i.undone_at IS NOT NULL AND l.before IS NULL"
        f" AND NOT p.is_active AND p.version = l.version + 1 AND substr(p.name_folded, 1, 1) != '{TAKEN_BACK}' LIMIT ?",
        (limit,),
    )
    return [product_id for (product_id,) in rows]


def list_begun(session: Session, shop_id: int) -> dict[int, int]:
    """The balance of each product that the shop has begun with; not of one whose beginning was taken back."""
    return dict(raw(session).execute(f"SELECT b.product_id, b.quantity FROM balances b {_HAS_BEGUN}", (shop_id,)))


def find_begun(session: Session, shop_id: int, product_ids: Sequence[int]) -> dict[int, int]:
    """``list_begun`` of a few."""
    rows = raw(session).execute_many(
        "WITH asked (product_id, shop_id) AS (VALUES (?, ?)) SELECT b.product_id, b.quantity"
        f" FROM asked a JOIN balances b ON b.product_id = a.product_id {_HAS_BEGUN.replace('?', 'a.shop_id')}",
        [(product_id, shop_id) for product_id in product_ids],
    )
    return dict(rows)


# --- past imports -----------------------------------------------------------------------


class Past(NamedTuple):
    import_id: int
    imported_by: int
    imported_at: int
    shop_id: int | None
    is_undone: bool
    can_be_undone: bool
    is_being_undone: bool = False
    """Whether somebody has asked for it, and not all is taken back yet."""


class Line(NamedTuple):
    product_id: int
    version: int
    before: dict[str, Any] | None
    movement_seq: int | None


def get_import(session: Session, import_id: int, by: Identity) -> Past:
    """Raises ImportNotFound, also where its quantities are in a shop that the person does not see."""
    rows = raw(session).execute(
        "SELECT id, imported_by, imported_at, shop_id, undone_at IS NOT NULL, can_be_undone"
        f" FROM product_imports WHERE id = ? AND ({IS_WHOLE} OR undone_at IS NOT NULL)",
        (import_id,),
    )
    if not rows or (rows[0][3] is not None and rows[0][3] not in by.shop_ids):
        raise ImportNotFound
    return Past(*rows[0])


def begin_undo(session: Session, past: Past, by: Identity) -> Past:
    """From here on it is to be taken back, whatever ends the process."""
    raw(session).execute(
        "UPDATE product_imports SET can_be_undone = false, undone_by = ? WHERE id = ?", (by.user_id, past.import_id)
    )
    return past._replace(can_be_undone=False, is_being_undone=True)


def count_lines(session: Session, import_id: int) -> int:
    ((count,),) = raw(session).execute("SELECT count(*) FROM import_lines WHERE import_id = ?", (import_id,))
    return int(count)


def list_lines(session: Session, import_id: int) -> list[Line]:
    rows = raw(session).execute(
        "SELECT product_id, version, before, movement_seq FROM import_lines WHERE import_id = ? ORDER BY product_id",
        (import_id,),
    )
    return [_line(row) for row in rows]


def list_untouched(session: Session, import_id: int, *, after: int, limit: int) -> list[Line]:
    """Lines of products that nobody has worked with since, behind one in the order of the products."""
    rows = raw(session).execute(
        f"{_SELECT_UNTOUCHED} AND l.product_id > ? ORDER BY l.product_id LIMIT ?", (import_id, after, limit)
    )
    return [_line(row) for row in rows]


def find_untouched(session: Session, import_id: int, product_ids: Sequence[int]) -> list[Line]:
    """Those of these products that nobody has worked with since."""
    if not product_ids:
        return []
    lines = list_untouched(session, import_id, after=product_ids[0] - 1, limit=len(product_ids))
    return [line for line in lines if line.product_id in product_ids]


def list_others(session: Session, import_id: int, product_ids: Collection[int]) -> list[str]:
    """The names of its products but for these."""
    rows = raw(session).execute(
        "SELECT p.id, p.name FROM import_lines l JOIN products p ON p.id = l.product_id WHERE l.import_id = ?"
        " ORDER BY p.id",
        (import_id,),
    )
    return [name for product_id, name in rows if product_id not in product_ids]


def list_touched_names(session: Session, import_id: int) -> list[str]:
    """What somebody has worked with since."""
    rows = raw(session).execute(
        "SELECT p.name FROM product_imports i JOIN import_lines l ON l.import_id = i.id"
        f" JOIN products p ON p.id = l.product_id WHERE i.id = ? AND ({_IS_TOUCHED}) ORDER BY p.id",
        (import_id,),
    )
    return [name for (name,) in rows]


_IS_TOUCHED = (
    "p.version != l.version OR ((l.before IS NULL OR l.movement_seq IS NOT NULL) AND EXISTS ("
    " SELECT 1 FROM movements m WHERE m.product_id = l.product_id AND m.seq > coalesce(l.movement_seq, i.ledger_seq)"
    " AND (l.before IS NULL OR m.shop_id = i.shop_id)))"
)


_SELECT_UNTOUCHED = (
    "SELECT l.product_id, l.version, l.before, l.movement_seq FROM product_imports i"
    " JOIN import_lines l ON l.import_id = i.id JOIN products p ON p.id = l.product_id"
    f" WHERE i.id = ? AND NOT ({_IS_TOUCHED})"
)


def _line(row: tuple[Any, ...]) -> Line:
    number, version, before, seq = row
    return Line(number, version, before and orjson.loads(before), seq)


class Unfinished(NamedTuple):
    past: Past
    user_id: int
    username: str
    """Who has asked to take it back, or else whose import it was."""


def list_unfinished(session: Session) -> list[Unfinished]:
    """Imports of which only a part is written, or only a part taken back."""
    rows = raw(session).execute(
        "SELECT i.id, i.imported_by, i.imported_at, i.shop_id, false, false, i.undone_by IS NOT NULL, u.id, u.username"
        " FROM product_imports i JOIN users u ON u.id = coalesce(i.undone_by, i.imported_by)"
        f" WHERE i.undone_at IS NULL AND (i.undone_by IS NOT NULL OR NOT ({IS_WHOLE}))"
    )
    return [Unfinished(Past(*row[:-2]), *row[-2:]) for row in rows]


def is_unfinished(session: Session, import_id: int) -> bool:
    return any(each.past.import_id == import_id for each in list_unfinished(session))


def require_under_way(session: Session, import_id: int) -> None:
    """Raises ImportCancelled where its person has called it back at another process, StoreUnavailable where one
    takes it back: the claim of this one was lost with a connection.
    """
    rows = raw(session).execute("SELECT can_be_undone, undone_by FROM product_imports WHERE id = ?", (import_id,))
    if rows and rows[0][1] is not None:
        raise ImportCancelled
    if not rows or not rows[0][0] or not is_unfinished(session, import_id):
        raise StoreUnavailable


def call_back(session: Session, user_id: int) -> bool:
    """Whether this person has an import that is being written: it is over before its next piece. One runs at a time."""
    own = [each.past.import_id for each in list_unfinished(session) if each.past.imported_by == user_id]
    raw(session).execute_many(
        "UPDATE product_imports SET undone_by = imported_by, can_be_undone = false WHERE id IN (VALUES (?))",
        [(import_id,) for import_id in own],
    )
    return bool(own)


def give_up(session: Session, import_id: int) -> bool:
    """Whether it is unfinished; nobody writes on at it from here on."""
    if not is_unfinished(session, import_id):
        return False
    raw(session).execute("UPDATE product_imports SET can_be_undone = false WHERE id = ?", (import_id,))
    return True


def list_imports(session: Session, by: Identity) -> list[dict[str, object]]:
    """The newest in wire form (``wire.catalog.PastImport``); without those of shops that the person does not see."""
    rows = raw(session).execute(
        "SELECT i.id, u.username, i.imported_by, i.imported_at, i.shop_id, i.undone_at, i.can_be_undone,"
        " (SELECT count(*) FROM import_lines l WHERE l.import_id = i.id),"
        " (SELECT count(movement_seq) FROM import_lines l WHERE l.import_id = i.id)"
        " FROM product_imports i JOIN users u ON u.id = i.imported_by"
        f" WHERE {IS_WHOLE} OR i.undone_at IS NOT NULL ORDER BY i.id DESC LIMIT ?",
        (MOST_IMPORTS,),
    )
    rows = [row for row in rows if row[4] is None or row[4] in by.shop_ids]
    return [_past(row, by) for row in rows]


def _past(row: tuple[Any, ...], by: Identity) -> dict[str, object]:
    import_id, username, user_id, at, shop_id, undone_at, can_be_undone, products, balances = row
    may = by.may(Role.MANAGER) or user_id == by.user_id
    return {
        "id": IdKind.IMPORT.to_wire(import_id),
        "importado_por": username,
        "importado_em": micros_to_iso(at),
        "loja_id": None if shop_id is None else IdKind.SHOP.to_wire(shop_id),
        "produtos": products,
        "saldos": balances,
        "desfeita_em": None if undone_at is None else micros_to_iso(undone_at),
        "pode_desfazer": bool(may and can_be_undone and undone_at is None),
    }

"""The queries of imports: existing products, balances, past and unfinished imports."""

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

MAX_IMPORTS = 50
"""Past imports that are listed."""


_HAS_BEGUN = (
    "WHERE b.shop_id = ? AND (b.quantity != 0 OR EXISTS ("
    " SELECT 1 FROM movements m WHERE m.product_id = b.product_id AND m.shop_id = b.shop_id"
    " AND m.kind NOT IN ('saldo_inicial', 'estorno')))"
)
IS_WHOLE = "length(report) > 0"
"""Condition for a finished import. Others are being written, or are to be taken back."""


class KnownProduct(NamedTuple):
    """An existing product; quantities in ten-thousandths, amounts in centavos."""

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
    """All products but those of undone imports, whose names and codes are free."""
    rows = raw(session).execute(
        "SELECT id, name, name_folded, unit, barcode, minimum_stock, price, is_active, gtin, name_searched, sku,"
        " sku_folded, cost, version, created_at, created_by FROM products"
        f" WHERE substr(name_folded, 1, 1) != '{TAKEN_BACK}'"
    )
    return [KnownProduct(*row) for row in rows]


def list_codes(session: Session) -> dict[str, tuple[int, int]]:
    """The product and the factor of each further code."""
    rows = raw(session).execute("SELECT gtin, product_id, factor FROM product_codes")
    return {gtin: (product_id, factor) for gtin, product_id, factor in rows}


class CatalogState(NamedTuple):
    """Tells whether products or units have changed since rows were checked."""

    products: tuple[int, ...]
    """The number of products, the largest id and the sum of the versions: each change alters one of them."""
    fractional: set[int]
    units: dict[str, bool]
    """Whether each unit takes decimals."""


def find_state(session: Session) -> CatalogState:
    (products,) = raw(session).execute("SELECT count(*), coalesce(max(id), 0), coalesce(sum(version), 0) FROM products")
    return CatalogState(products, units.list_fractional(session), units.find_units(session))


def list_left_over(session: Session, limit: int) -> list[int]:
    """Products that an older version took back with their import, and nobody has changed since."""
    rows = raw(session).execute(
        "SELECT p.id FROM product_imports i JOIN import_lines l ON l.import_id = i.id"
        " JOIN products p ON p.id = l.product_id WHERE i.undone_at IS NOT NULL AND l.before IS NULL"
        f" AND NOT p.is_active AND p.version = l.version + 1 AND substr(p.name_folded, 1, 1) != '{TAKEN_BACK}' LIMIT ?",
        (limit,),
    )
    return [product_id for (product_id,) in rows]


def list_begun_balances(session: Session, shop_id: int) -> dict[int, int]:
    """The balances of products that have an opening balance or other movements in the shop.

    Not those whose opening balance was reversed: they may get another one.
    """
    return dict(raw(session).execute(f"SELECT b.product_id, b.quantity FROM balances b {_HAS_BEGUN}", (shop_id,)))


def find_begun_balances(session: Session, shop_id: int, product_ids: Sequence[int]) -> dict[int, int]:
    """``list_begun_balances`` for a few products."""
    rows = raw(session).execute_many(
        "WITH asked (product_id, shop_id) AS (VALUES (?, ?)) SELECT b.product_id, b.quantity"
        f" FROM asked a JOIN balances b ON b.product_id = a.product_id {_HAS_BEGUN.replace('?', 'a.shop_id')}",
        [(product_id, shop_id) for product_id in product_ids],
    )
    return dict(rows)


# --- past imports -----------------------------------------------------------------------


class ImportRecord(NamedTuple):
    import_id: int
    imported_by: int
    imported_at: int
    shop_id: int | None
    is_undone: bool
    can_be_undone: bool
    is_being_undone: bool = False
    """Whether undoing it has begun and is not finished."""


class ImportedProduct(NamedTuple):
    product_id: int
    version: int
    before: dict[str, Any] | None
    movement_seq: int | None


def get_import(session: Session, import_id: int, by: Identity) -> ImportRecord:
    """Raises ImportNotFound, also for quantities in a shop that the person does not see."""
    rows = raw(session).execute(
        "SELECT id, imported_by, imported_at, shop_id, undone_at IS NOT NULL, can_be_undone"
        f" FROM product_imports WHERE id = ? AND ({IS_WHOLE} OR undone_at IS NOT NULL)",
        (import_id,),
    )
    if not rows or (rows[0][3] is not None and rows[0][3] not in by.shop_ids):
        raise ImportNotFound
    return ImportRecord(*rows[0])


def begin_undo(session: Session, record: ImportRecord, by: Identity) -> ImportRecord:
    """Mark the import as unfinished, so that it will be taken back even if this process ends."""
    raw(session).execute(
        "UPDATE product_imports SET can_be_undone = false, undone_by = ? WHERE id = ?", (by.user_id, record.import_id)
    )
    return record._replace(can_be_undone=False, is_being_undone=True)


def count_lines(session: Session, import_id: int) -> int:
    ((count,),) = raw(session).execute("SELECT count(*) FROM import_lines WHERE import_id = ?", (import_id,))
    return int(count)


def list_lines(session: Session, import_id: int) -> list[ImportedProduct]:
    rows = raw(session).execute(
        "SELECT product_id, version, before, movement_seq FROM import_lines WHERE import_id = ? ORDER BY product_id",
        (import_id,),
    )
    return [_line(row) for row in rows]


def list_untouched(session: Session, import_id: int, *, after: int, limit: int) -> list[ImportedProduct]:
    """The products that nobody has used since, with ids above ``after``."""
    rows = raw(session).execute(
        f"{_SELECT_UNTOUCHED} AND l.product_id > ? ORDER BY l.product_id LIMIT ?", (import_id, after, limit)
    )
    return [_line(row) for row in rows]


def find_untouched(session: Session, import_id: int, product_ids: Sequence[int]) -> list[ImportedProduct]:
    """Those of these products that nobody has used since."""
    if not product_ids:
        return []
    lines = list_untouched(session, import_id, after=product_ids[0] - 1, limit=len(product_ids))
    return [line for line in lines if line.product_id in product_ids]


def list_others(session: Session, import_id: int, product_ids: Collection[int]) -> list[str]:
    """The names of the import's products except these."""
    rows = raw(session).execute(
        "SELECT p.id, p.name FROM import_lines l JOIN products p ON p.id = l.product_id WHERE l.import_id = ?"
        " ORDER BY p.id",
        (import_id,),
    )
    return [name for product_id, name in rows if product_id not in product_ids]


def list_touched_names(session: Session, import_id: int) -> list[str]:
    """The names of the products that somebody has used since."""
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


def _line(row: tuple[Any, ...]) -> ImportedProduct:
    number, version, before, seq = row
    return ImportedProduct(number, version, before and orjson.loads(before), seq)


class Unfinished(NamedTuple):
    record: ImportRecord
    user_id: int
    username: str
    """The user name of the person who is undoing the import, or else of the one who has imported it."""


def list_unfinished(session: Session) -> list[Unfinished]:
    """Imports that are only partly written, or only partly taken back."""
    rows = raw(session).execute(
        "SELECT i.id, i.imported_by, i.imported_at, i.shop_id, false, false, i.undone_by IS NOT NULL, u.id, u.username"
        " FROM product_imports i JOIN users u ON u.id = coalesce(i.undone_by, i.imported_by)"
        f" WHERE i.undone_at IS NULL AND (i.undone_by IS NOT NULL OR NOT ({IS_WHOLE}))"
    )
    return [Unfinished(ImportRecord(*row[:-2]), *row[-2:]) for row in rows]


def is_unfinished(session: Session, import_id: int) -> bool:
    return any(each.record.import_id == import_id for each in list_unfinished(session))


def require_under_way(session: Session, import_id: int) -> None:
    """Raises ImportCancelled if its person has cancelled it through another process, and StoreUnavailable if another
    process is taking it back, because this one has lost its claim with its connection.
    """
    rows = raw(session).execute("SELECT can_be_undone, undone_by FROM product_imports WHERE id = ?", (import_id,))
    if rows and rows[0][1] is not None:
        raise ImportCancelled
    if not rows or not rows[0][0] or not is_unfinished(session, import_id):
        raise StoreUnavailable


def request_cancellation(session: Session, user_id: int) -> bool:
    """Have the import that this person is writing cancelled before its next piece; False if there is none."""
    own = [each.record.import_id for each in list_unfinished(session) if each.record.imported_by == user_id]
    raw(session).execute_many(
        "UPDATE product_imports SET undone_by = imported_by, can_be_undone = false WHERE id IN (VALUES (?))",
        [(import_id,) for import_id in own],
    )
    return bool(own)


def stop_writing(session: Session, import_id: int) -> bool:
    """Keep anybody from writing more of an unfinished import; False if it is finished or undone."""
    if not is_unfinished(session, import_id):
        return False
    raw(session).execute("UPDATE product_imports SET can_be_undone = false WHERE id = ?", (import_id,))
    return True


def list_imports(session: Session, by: Identity) -> list[dict[str, object]]:
    """The newest imports in wire form (``wire.catalog.PastImport``), of shops that the person sees."""
    rows = raw(session).execute(
        "SELECT i.id, u.username, i.imported_by, i.imported_at, i.shop_id, i.undone_at, i.can_be_undone,"
        " (SELECT count(*) FROM import_lines l WHERE l.import_id = i.id),"
        " (SELECT count(movement_seq) FROM import_lines l WHERE l.import_id = i.id)"
        " FROM product_imports i JOIN users u ON u.id = i.imported_by"
        f" WHERE {IS_WHOLE} OR i.undone_at IS NOT NULL ORDER BY i.id DESC LIMIT ?",
        (MAX_IMPORTS,),
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

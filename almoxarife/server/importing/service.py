"""Writes a list of products, or undoes that: creates new products, changes known ones, records balances.

A row belongs to a known product by its barcode or, failing that, by its short code or its name. Fields
that a row leaves out keep their values, so a list of prices does not erase barcodes. Rows are checked one
by one and written all or none. An import can be undone as long as nobody has used its products.

Each function here works in one transaction of its caller; a long list takes several (``batches``). Tills wait
while one is open, so rows are checked on a snapshot before.
"""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from functools import partial
from typing import Any

import orjson
from sqlalchemy.orm import Session

from almoxarife.server.audit import service as audit
from almoxarife.server.audit.tags import Outcome, Tag
from almoxarife.server.catalog.service import TAKEN_BACK
from almoxarife.server.catalog.units import service as units
from almoxarife.server.identity import Identity
from almoxarife.server.ids import IdKind
from almoxarife.server.importing import store
from almoxarife.server.importing.errors import ImportInUse, ImportUndone
from almoxarife.server.importing.rows import CheckedList, ImportRequest, KnownProducts, Row, merge
from almoxarife.server.importing.store import CatalogState, ImportedProduct, ImportRecord, KnownProduct
from almoxarife.server.stock import service as stock
from almoxarife.server.stock.errors import ReversalNotAllowed
from almoxarife.server.stock.service import Counted
from almoxarife.server.store import idempotency
from almoxarife.server.store.columns import from_micros, to_micros
from almoxarife.server.store.database import is_unique_violation
from almoxarife.server.store.idempotency import GivenKey
from almoxarife.server.store.sessions import mark_changed, raw
from almoxarife.wire.accounts import Role
from almoxarife.wire.catalog import RowOutcome, StockOutcome
from almoxarife.wire.fields import fold

_COUNTED = "Contagem da lista importada"
_CAUSE = "importação"


def import_products(session: Session, request: ImportRequest) -> tuple[bytes, bool]:
    """Write the rows, unless the request is refused because a row is.

    Returns the report as JSON, and whether it is the response to an earlier request with the same key. Raises
    ShopInactive, BalanceOutOfRange, ImportCancelled. Records ``catalog:products:imported``, for each
    product ``catalog:product:created`` or ``…:changed``, and for each balance ``stock:movement:recorded``.
    """
    product_list, by = request.product_list, request.by
    answer = find_report(session, by, request.given_key)
    if answer is not None:
        return answer, True
    product_list.make_current(session)
    if request.is_refused:
        return product_list.report(written=False), False
    request.check_cancelled()
    import_id = open_import(session, product_list.shop_id, by).import_id
    write_rows(session, product_list, product_list.rows, import_id, by)
    request.check_cancelled()
    report = close_import(session, product_list, import_id, by, request.given_key)
    request.check_cancelled()
    return report, False


def find_report(session: Session, by: Identity, given_key: GivenKey | None) -> bytes | None:
    """The report that an earlier request with this key was answered with."""
    import_id = idempotency.find(session, by.user_id, given_key)
    if import_id is None:
        return None
    ((report,),) = raw(session).execute("SELECT report FROM product_imports WHERE id = ?", (import_id,))
    return _with_id(zlib.decompress(report), import_id)


def open_import(session: Session, shop_id: int | None, by: Identity) -> ImportRecord:
    """Begin an import. Until it is closed it is unfinished, and would be taken back."""
    now = to_micros(datetime.now(UTC))
    ((import_id,),) = raw(session).execute(
        "INSERT INTO product_imports (imported_by, imported_at, report, shop_id, can_be_undone, ledger_seq)"
        " VALUES (?, ?, ?, ?, true, (SELECT coalesce(max(seq), 0) FROM movements)) RETURNING id",
        (by.user_id, now, b"", shop_id),
    )
    return ImportRecord(import_id, by.user_id, now, shop_id, is_undone=False, can_be_undone=True)


def write_rows(session: Session, product_list: CheckedList, rows: Sequence[Row], import_id: int, by: Identity) -> None:
    """Write some of the rows with their balances. They must have been checked and compared in this transaction."""
    written = _Written()
    _write_products(session, product_list.known, rows, written, by)
    _write_balances(session, product_list, rows, written, by)
    is_unchanged = {row.product_id for row in rows if row.outcome is RowOutcome.SAME} - written.seqs.keys()
    raw(session).execute_many(
        "INSERT INTO import_lines (import_id, product_id, version, before, movement_seq) VALUES (?, ?, ?, ?, ?)",
        [
            (import_id, product_id, version, written.before.get(product_id), written.seqs.get(product_id))
            for product_id, version in written.versions.items()
            if product_id not in is_unchanged
        ],
    )
    product_list.known.state = written.advance(product_list.known.state)


def close_import(
    session: Session, product_list: CheckedList, import_id: int, by: Identity, given_key: GivenKey | None
) -> bytes:
    """Finish an import; returns its report."""
    report = product_list.report(written=True)
    raw(session).execute("UPDATE product_imports SET report = ? WHERE id = ?", (zlib.compress(report, 1), import_id))
    idempotency.remember(session, by.user_id, given_key, import_id)
    audit.record(session, Tag.PRODUCTS_IMPORTED, by=by, subject=IdKind.IMPORT.to_wire(import_id))
    return _with_id(report, import_id)


def _with_id(report: bytes, import_id: int) -> bytes:
    return b'{"id":"%b",%b' % (IdKind.IMPORT.to_wire(import_id).encode(), report[1:])


# --- writing ----------------------------------------------------------------------------


@dataclass(slots=True)
class _Written:
    """The contents of ``import_lines`` for each product."""

    versions: dict[int, int] = field(default_factory=dict)
    before: dict[int, bytes] = field(default_factory=dict)
    """The products that existed, as JSON."""
    codes: list[tuple[str, str, int, int]] = field(default_factory=list)
    seqs: dict[int, int] = field(default_factory=dict)
    made: list[int] = field(default_factory=list)
    updated: int = 0

    def advance(self, state: CatalogState) -> CatalogState:
        """``state`` as ``store.find_state`` will find it after these writes."""
        count, newest, versions = state.products
        new = len(self.made)
        return state._replace(products=(count + new, max(newest, *self.made, 0), versions + new + self.updated))


def _write_products(
    session: Session, products: KnownProducts, rows: Sequence[Row], written: _Written, by: Identity
) -> None:
    new = []
    for row in rows:
        if row.errors or row.parsed is None:
            continue
        if row.outcome is RowOutcome.CHANGED and row.product_id is not None:
            known = products.by_id[row.product_id]
            added = products.list_new_codes(row.parsed, row.product_id)
            written.before[row.product_id] = _to_json(known, added)
            written.codes += [(*code, row.product_id) for code in added]
            _update(session, merge(known, row.parsed), by)
            written.versions[row.product_id] = known.version + 1
            written.updated += 1
        elif row.outcome is RowOutcome.NEW:
            new.append(row)
        elif row.product_id is not None:
            known = products.by_id[row.product_id]
            written.versions[row.product_id] = known.version
            written.before[row.product_id] = _to_json(known, [])
    _insert(session, products, new, written, by)
    # A code may move from one row's product to another's: delete all of them before any is inserted.
    raw(session).execute_many("DELETE FROM product_codes WHERE gtin IN (VALUES (?))", [(c[0],) for c in written.codes])
    raw(session).execute_many(
        "INSERT INTO product_codes (gtin, code, factor, product_id) VALUES (?, ?, ?, ?)", written.codes
    )
    mark_changed(session, "products")


def _insert(session: Session, known: KnownProducts, rows: list[Row], written: _Written, by: Identity) -> None:
    now = to_micros(datetime.now(UTC))
    made = raw(session).execute_many(
        "INSERT INTO products (name, name_folded, unit, barcode, minimum_stock, price, sku, cost, is_active, version,"
        " created_at, created_by, name_searched, gtin, sku_folded)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, true, 1, ?, ?, ?, ?, ?) RETURNING name_folded, id",
        [
            (
                *row.columns, now, by.user_id, fold(row.parsed.name), row.parsed.gtin,
                None if row.parsed.sku is None else fold(row.parsed.sku),
            )
            for row in rows
            if row.parsed is not None
        ],
    )  # fmt: skip
    ids: dict[str, int] = dict(made)
    for row in rows:
        if row.parsed is None:
            continue
        product_id = row.product_id = ids[row.folded]
        written.versions[product_id] = 1
        written.made.append(product_id)
        codes = known.list_new_codes(row.parsed, None)
        written.codes += [(*code, product_id) for code in codes]
        # Hashed from these values: nobody else writes until the COMMIT, and reading all rows again would take a third
        # of its time.
        *columns, sku, cost = row.columns
        covered = partial(
            audit.hash_product,
            (product_id, *columns, True, 1, now, by.user_id, sku, cost),
            sorted((gtin, factor) for gtin, _, factor in codes),
        )
        audit.record(
            session,
            Tag.PRODUCT_CREATED,
            by=by,
            subject=IdKind.PRODUCT.to_wire(product_id),
            cause=_CAUSE,
            row_hash=covered,
        )


def _update(session: Session, product: KnownProduct, by: Identity, *, cause: str = _CAUSE) -> None:
    raw(session).execute(
        "UPDATE products SET name = ?, name_folded = ?, unit = ?, barcode = ?, minimum_stock = ?, price = ?,"
        " is_active = ?, gtin = ?, name_searched = ?, sku = ?, sku_folded = ?, cost = ?, version = version + 1"
        " WHERE id = ?",
        (*product[1:7], bool(product.is_active), *product[8:13], product.product_id),
    )
    subject = IdKind.PRODUCT.to_wire(product.product_id)
    audit.record(session, Tag.PRODUCT_CHANGED, by=by, subject=subject, cause=cause)


def _write_balances(
    session: Session, product_list: CheckedList, rows: Sequence[Row], written: _Written, by: Identity
) -> None:
    wanted = {StockOutcome.FIRST, StockOutcome.ADJUSTMENT} if product_list.adjusts else {StockOutcome.FIRST}
    counts = [
        Counted(row.product_id, row.counted, row.stock is StockOutcome.FIRST)
        for row in rows
        if row.stock in wanted and not row.errors and row.product_id is not None and row.counted is not None
    ]
    if counts and product_list.shop_id is not None:
        written.seqs = stock.record_counts(session, product_list.shop_id, counts, reason=_COUNTED, by=by)


def _to_json(known: KnownProduct, added: list[tuple[str, str, int]]) -> bytes:
    return orjson.dumps({**known._asdict(), "added_codes": [gtin for gtin, _, _ in added]})


# --- undoing ----------------------------------------------------------------------------


def undo_import(session: Session, import_id: int, *, zone: tzinfo, by: Identity) -> None:
    """Undo an import: reverse its balances, hide its new products, change the others back.

    Raises as ``get_undoable`` and ``require_untouched``; records ``catalog:products:import_undone``,
    and an entry for each product and each reversal.
    """
    record = get_undoable(session, import_id, zone=zone, by=by)
    require_untouched(session, import_id)
    lines = store.list_lines(session, import_id)
    _reverse(session, record, lines, _name_undoing(import_id), by)
    try:
        _take_back(session, lines, by)
    except Exception as error:
        if not is_unique_violation(error):
            raise
        raise ImportInUse("Outro produto já tem o nome ou o código que um destes tinha antes da importação.") from None
    note_undone(session, import_id, by)


def get_undoable(session: Session, import_id: int, *, zone: tzinfo, by: Identity) -> ImportRecord:
    """The import, if ``by`` may undo it: a gerente any, others their own of the same local day.

    Raises ImportNotFound, ImportUndone, ImportInUse, ReversalNotAllowed.
    """
    record = store.get_import(session, import_id, by)
    now = datetime.now(UTC)
    is_own_today = (
        record.imported_by == by.user_id
        and from_micros(record.imported_at).astimezone(zone).date() == now.astimezone(zone).date()
    )
    if not (is_own_today or by.may(Role.MANAGER)):
        raise ReversalNotAllowed
    if record.is_undone:
        raise ImportUndone
    if not record.can_be_undone:
        raise ImportInUse
    return record


def require_untouched(session: Session, import_id: int) -> None:
    """Raises ImportInUse if somebody has used its products since."""
    used = store.list_touched_names(session, import_id)
    if used:
        others = "" if len(used) == 1 else f" e mais {len(used) - 1}"
        raise ImportInUse(
            f"Desde a importação, “{used[0]}”{others} já foi alterado ou movimentado: ela não pode mais ser desfeita"
            " de uma vez. Corrija um por um."
        )


def take_back_some(session: Session, record: ImportRecord, product_ids: Sequence[int], by: Identity) -> list[int]:
    """Take back some products of an unfinished import; returns those that were taken back.

    Products that somebody has sold, received or changed since are kept. Raises ImportInUse.
    """
    if not store.is_unfinished(session, record.import_id):
        return []
    lines = store.find_untouched(session, record.import_id, product_ids)
    reason = _name_undoing(record.import_id) if record.is_being_undone else "A importação não chegou ao fim"
    _reverse(session, record, lines, reason, by)
    _take_back(session, lines, by)
    mark_changed(session, "products")
    return [line.product_id for line in lines]


def _name_undoing(import_id: int) -> str:
    return f"Importação {IdKind.IMPORT.to_wire(import_id)} desfeita"


def _reverse(
    session: Session, record: ImportRecord, lines: Sequence[ImportedProduct], reason: str, by: Identity
) -> None:
    seqs = [line.movement_seq for line in lines if line.movement_seq is not None]
    if record.shop_id is not None:
        stock.reverse_all(session, record.shop_id, seqs, reason=reason, by=by)


def note_undone(session: Session, import_id: int, by: Identity) -> None:
    """Records ``catalog:products:import_undone``."""
    raw(session).execute(
        "UPDATE product_imports SET undone_at = ?, undone_by = ? WHERE id = ?",
        (to_micros(datetime.now(UTC)), by.user_id, import_id),
    )
    audit.record(session, Tag.IMPORT_UNDONE, by=by, subject=IdKind.IMPORT.to_wire(import_id))
    mark_changed(session, "products")


_HIDE = (
    "UPDATE products SET is_active = false, version = version + 1, gtin = NULL, barcode = NULL,"  # noqa: S608
    f" sku = NULL, sku_folded = NULL, name_folded = '{TAKEN_BACK}' || id WHERE id IN (VALUES (?))"
)


def hide_taken_back(session: Session, product_ids: Sequence[int]) -> None:
    """Hide products that an older version took back: it only deactivated them, so their names stayed in use."""
    raw(session).execute_many(_HIDE, [(product_id,) for product_id in product_ids])
    for product_id in product_ids:
        subject = IdKind.PRODUCT.to_wire(product_id)
        audit.record(session, Tag.PRODUCT_CHANGED, subject=subject, outcome=Outcome.SYSTEM, cause="importação desfeita")
    mark_changed(session, "products")


def _require_units(session: Session, lines: Sequence[ImportedProduct]) -> None:
    before = {line.product_id: line.before["unit"] for line in lines if line.before is not None}
    rows = raw(session).execute_many(
        "WITH asked (id) AS (VALUES (?)) SELECT p.id, p.name, p.unit FROM asked a JOIN products p ON p.id = a.id",
        [(product_id,) for product_id in before],
    )
    changed = [(product_id, name) for product_id, name, unit in rows if unit != before[product_id]]
    if not changed:
        return
    takes_decimals, fractional = units.find_units(session), units.list_fractional(session)
    for product_id, name in changed:
        unit = before[product_id]
        if unit not in takes_decimals or (not takes_decimals[unit] and product_id in fractional):
            raise ImportInUse(
                f"“{name}” não pode voltar a ser contado em {unit}: a unidade não existe mais, ou o saldo tem casas"
                " decimais. Corrija um por um."
            )


def _take_back(session: Session, lines: Sequence[ImportedProduct], by: Identity) -> None:
    """Raises ImportInUse where a balance does not fit the unit that its product had."""
    cause = "importação desfeita"
    database = raw(session)
    _require_units(session, lines)
    made = [(line.product_id,) for line in lines if line.before is None]
    database.execute_many("DELETE FROM product_codes WHERE product_id IN (VALUES (?))", made)
    database.execute_many(_HIDE, made)
    for line in lines:
        if line.before is None:
            subject = IdKind.PRODUCT.to_wire(line.product_id)
            audit.record(session, Tag.PRODUCT_CHANGED, by=by, subject=subject, cause=cause)
            continue
        before: dict[str, Any] = line.before
        if before["version"] != line.version:
            database.execute_many(
                "DELETE FROM product_codes WHERE gtin IN (VALUES (?))", [(gtin,) for gtin in before.pop("added_codes")]
            )
            _update(session, KnownProduct(**before), by, cause=cause)

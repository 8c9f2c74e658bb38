"""A shop's whole list of products at once: new ones are made, known ones changed.

A row is a known product when its barcode or, failing that, its name is. What a row does
not say stays as it is, so a list of prices does not erase barcodes. Rows are judged one
by one and written all together: either nobody sees the import or everybody does.

Tills wait while it is written, so all that takes its time is done before: rows are judged on a
snapshot, and once more only where the products have changed since.
"""

import zlib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from threading import BoundedSemaphore
from typing import Any, NamedTuple

import orjson
from pydantic import ValidationError
from sqlalchemy.orm import Session

from almoxarife.server.audit import service as audit
from almoxarife.server.audit.tags import Tag
from almoxarife.server.catalog import service
from almoxarife.server.errors import ServerBusy, UnitInUse
from almoxarife.server.identity import Identity
from almoxarife.server.ids import IdKind
from almoxarife.server.store import idempotency
from almoxarife.server.store.columns import to_micros
from almoxarife.server.store.idempotency import Once
from almoxarife.server.store.sessions import raw, touch
from almoxarife.wire.catalog import ProductIn, RowOutcome
from almoxarife.wire.fields import SCALE, fold, fold_case
from almoxarife.wire.problem import FieldError, explain

FEW_ROWS = 1000
PATIENCE_S = 30
"""How long a long import waits for the one before it."""


class LongImports:
    """Long imports one after another: tills pass between them, and one at a time is in memory."""

    def __init__(self) -> None:
        self._only = BoundedSemaphore(1)

    @contextmanager
    def turn(self, rows: int) -> Iterator[None]:
        """For an import of so many. Raises ServerBusy."""
        if rows <= FEW_ROWS:
            yield
            return
        if not self._only.acquire(timeout=PATIENCE_S):
            raise ServerBusy(retry_after=10)
        try:
            yield
        finally:
            self._only.release()


@dataclass(slots=True)
class Row:
    """One row on its way: what it asks, what is wrong with it, what became of it."""

    line: int
    asked: ProductIn | None = None
    folded: str = ""
    errors: list[FieldError] = field(default_factory=list)
    outcome: RowOutcome = RowOutcome.REFUSED
    product_id: int | None = None
    repeats: int | None = None
    similar: int | None = None
    columns: tuple[Any, ...] = ()
    """Of a new product: what the database is given, but when and by whom."""

    def refuse(self, field_name: str, sentence: str) -> None:
        self.errors.append(FieldError(campo=field_name, mensagem=sentence))

    def refuse_repetition(self, field_name: str, earlier: int, sentence: str) -> None:
        self.repeats = self.repeats or earlier
        self.refuse(field_name, sentence)

    def forget_verdict(self) -> None:
        self.errors, self.outcome = [], RowOutcome.REFUSED
        self.product_id = self.repeats = self.similar = None

    def to_wire(self) -> dict[str, object]:
        """An ``ImportedRow``; there may be 50,000."""
        return {
            "linha": self.line,
            "resultado": RowOutcome.REFUSED if self.errors else self.outcome,
            "id": None if self.product_id is None else IdKind.PRODUCT.to_wire(self.product_id),
            "repete": self.repeats,
            "parecido": None if self.similar is None else IdKind.PRODUCT.to_wire(self.similar),
            "erros": [error.model_dump(by_alias=True) for error in self.errors] or None,
        }


def read_rows(values: list[object]) -> list[Row]:
    """Check each row by itself and against the ones before it. Needs no database."""
    names: dict[str, int] = {}
    barcodes: dict[str, int] = {}
    rows = []
    for line, value in enumerate(values, start=1):
        row = Row(line)
        rows.append(row)
        try:
            row.asked = ProductIn.model_validate(value)
        except ValidationError as error:
            row.errors = explain(error, ProductIn)
            continue
        row.folded = fold_case(row.asked.name)
        _refuse_repetition(row, "nome", names, row.folded)
        if row.asked.gtin is not None:
            _refuse_repetition(row, "codigo_barras", barcodes, row.asked.gtin)
    return rows


def _refuse_repetition(row: Row, field_name: str, seen: dict[str, int], value: str) -> None:
    earlier = seen.setdefault(value, row.line)
    if earlier != row.line:
        row.refuse_repetition(field_name, earlier, f"Repete a linha {earlier}.")


@dataclass(slots=True)
class Import:
    """Rows that have been judged, and by what."""

    rows: list[Row]
    stock: "_Stock"
    judged: list[Row]
    """Those that nothing in themselves speaks against."""

    @classmethod
    def judge(cls, session: Session, rows: list[Row]) -> "Import":
        """On a snapshot, before anybody waits for it."""
        judged = [row for row in rows if not row.errors]
        return cls(rows, _Stock.judge_all(session, judged), judged)

    def make_current(self, session: Session) -> None:
        """Judge again where the products are no longer those it was judged by."""
        if self.stock.state == _find_state(session):
            return
        for row in self.judged:
            row.forget_verdict()
        self.stock = _Stock.judge_all(session, self.judged)

    @property
    def is_refused(self) -> bool:
        return any(row.errors for row in self.rows)

    def report(self, *, written: bool) -> bytes:
        lines = [row.to_wire() for row in self.rows]
        outcomes = Counter(line["resultado"] for line in lines)
        return orjson.dumps(
            {
                "gravado": written,
                "novos": outcomes[RowOutcome.NEW],
                "alterados": outcomes[RowOutcome.CHANGED],
                "iguais": outcomes[RowOutcome.SAME],
                "recusados": outcomes[RowOutcome.REFUSED],
                "linhas": lines,
            }
        )


def import_products(
    session: Session, asked: Import, *, is_partial: bool, by: Identity, once: Once | None = None
) -> tuple[bytes, bool]:
    """Write the rows where nothing stands against it.

    Returns the report as JSON and whether it is a repeated answer. A written import keeps
    its report with its key. Records ``catalog:products:imported`` and, for each product,
    ``catalog:product:created`` or ``…:changed``.
    """
    known = idempotency.find(session, by.user_id, once)
    if known is not None:
        ((report,),) = raw(session).execute("SELECT report FROM product_imports WHERE id = ?", (known,))
        return zlib.decompress(report), True
    asked.make_current(session)
    if asked.is_refused and not is_partial:
        return asked.report(written=False), False
    _write(session, asked.rows, asked.stock, by)
    report = asked.report(written=True)
    import_id = _keep(session, report, by, once)
    audit.record(session, Tag.PRODUCTS_IMPORTED, by=by, subject=IdKind.IMPORT.to_wire(import_id))
    return report, False


class _Known(NamedTuple):
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


class _State(NamedTuple):
    """Changes with every product: a new one has a larger id, a changed one a larger version."""

    products: tuple[int, ...]
    fractional: set[int]
    units: dict[str, bool]
    """Which take decimals."""


def _find_state(session: Session) -> _State:
    (products,) = raw(session).execute("SELECT count(*), coalesce(max(id), 0), coalesce(sum(version), 0) FROM products")
    return _State(products, service.list_fractional(session), service.find_units(session))


class _Stock:
    """The products that are there, by name and by barcode."""

    def __init__(self, products: list[_Known], state: _State) -> None:
        self.state = state
        self._fractional = state.fractional
        self._units = state.units
        self.by_id = {product.product_id: product for product in products}
        self._by_name = {product.name_folded: product for product in products}
        self._by_search = {product.name_searched: product.product_id for product in products}
        self._by_gtin = {product.gtin: product for product in products if product.gtin}
        self._taken: dict[int, int] = {}

    @classmethod
    def judge_all(cls, session: Session, rows: list[Row]) -> "_Stock":
        products = raw(session).execute(
            "SELECT id, name, name_folded, unit, barcode, minimum_stock, price, is_active, gtin, name_searched"
            " FROM products"
        )
        stock = cls([_Known(*product) for product in products], _find_state(session))
        for row in rows:
            if row.asked is not None:
                stock.judge(row, row.asked)
        return stock

    def judge(self, row: Row, asked: ProductIn) -> None:
        """Set the row's outcome and product, or say why it is refused."""
        fault = service.find_unit_fault(asked, self._units)
        if fault is not None:
            row.refuse(fault.field, fault.message)
            return
        by_name = self._by_name.get(row.folded)
        by_barcode = self._by_gtin.get(asked.gtin) if asked.gtin else None
        known = by_barcode or by_name
        if known is None:
            row.outcome = RowOutcome.NEW
            row.similar = self._by_search.get(fold(asked.name))
            row.columns = (asked.name, row.folded, *_columns(asked).values())
            return
        if by_name is not None and by_barcode is not None and by_name != by_barcode:
            row.refuse("codigo_barras", f"Este código de barras é de “{by_barcode.name}”.")
        elif not known.is_active:
            row.refuse("nome", f"O produto “{known.name}” está desativado.")
        elif not self._units.get(merge(known, asked).unit) and known.product_id in self._fractional:
            row.refuse("unidade", UnitInUse.message)
        elif (earlier := self._taken.setdefault(known.product_id, row.line)) != row.line:
            row.refuse_repetition("nome", earlier, f"É o mesmo produto da linha {earlier}.")
        else:
            row.product_id = known.product_id
            row.outcome = RowOutcome.SAME if merge(known, asked) == known else RowOutcome.CHANGED


def merge(known: _Known, asked: ProductIn) -> _Known:
    """The product with what the row says, and the rest as it was."""
    values = _columns(asked)
    said = {
        name: values[name] for name in ("unit", "barcode", "minimum_stock", "price") if name in asked.model_fields_set
    }
    merged = known._replace(name=asked.name, name_folded=fold_case(asked.name), name_searched=fold(asked.name), **said)
    if merged.barcode != known.barcode:
        merged = merged._replace(gtin=asked.gtin)
    return merged


def _columns(asked: ProductIn) -> dict[str, Any]:
    return {
        "unit": asked.unit,
        "barcode": asked.barcode,
        "minimum_stock": None if asked.minimum_stock is None else int(asked.minimum_stock * SCALE),
        "price": None if asked.price is None else int(asked.price * 100),
    }


def _write(session: Session, rows: list[Row], stock: _Stock, by: Identity) -> None:
    written = [row for row in rows if not row.errors]
    for row in written:
        if row.outcome is RowOutcome.CHANGED and row.product_id is not None and row.asked is not None:
            _update(session, merge(stock.by_id[row.product_id], row.asked), by)
    _insert(session, [row for row in written if row.outcome is RowOutcome.NEW], by)
    touch(session, "products")


def _insert(session: Session, rows: list[Row], by: Identity) -> None:
    now = to_micros(datetime.now(UTC))
    made = raw(session).execute_many(
        "INSERT INTO products (name, name_folded, unit, barcode, minimum_stock, price, is_active, version, created_at,"
        " created_by, name_searched, gtin) VALUES (?, ?, ?, ?, ?, ?, true, 1, ?, ?, ?, ?) RETURNING name_folded, id",
        [
            (*row.columns, now, by.user_id, fold(row.asked.name), row.asked.gtin)
            for row in rows
            if row.asked is not None
        ],
    )
    ids: dict[str, int] = dict(made)
    for row in rows:
        row.product_id = ids[row.folded]
        # The writer is ours alone until the COMMIT; read again, all these rows would be a third of its time.
        covered = partial(audit.hash_product, (row.product_id, *row.columns, True, 1, now, by.user_id, None, None))
        audit.record(
            session,
            Tag.PRODUCT_CREATED,
            by=by,
            subject=IdKind.PRODUCT.to_wire(row.product_id),
            cause="importação",
            row_hash=covered,
        )


def _update(session: Session, product: _Known, by: Identity) -> None:
    raw(session).execute(
        "UPDATE products SET name = ?, name_folded = ?, unit = ?, barcode = ?, minimum_stock = ?, price = ?,"
        " name_searched = ?, gtin = ?, version = version + 1 WHERE id = ?",
        (*product[1:7], product.name_searched, product.gtin, product.product_id),
    )
    subject = IdKind.PRODUCT.to_wire(product.product_id)
    audit.record(session, Tag.PRODUCT_CHANGED, by=by, subject=subject, cause="importação")


def _keep(session: Session, report: bytes, by: Identity, once: Once | None) -> int:
    ((import_id,),) = raw(session).execute(
        "INSERT INTO product_imports (imported_by, imported_at, report) VALUES (?, ?, ?) RETURNING id",
        (by.user_id, to_micros(datetime.now(UTC)), zlib.compress(report, 1)),
    )
    idempotency.remember(session, by.user_id, once, import_id)
    return int(import_id)

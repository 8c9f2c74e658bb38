"""Products: made, changed and found; and the one place that changes a balance.

A name is unique without accents and case, so "Pao" is not registered beside "Pão".
"""

from datetime import UTC, datetime
from decimal import Decimal
from typing import NamedTuple

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from almoxarife import brazil
from almoxarife.server import idempotency
from almoxarife.server.access import Identity
from almoxarife.server.audit import service as audit
from almoxarife.server.audit.tags import Tag
from almoxarife.server.catalog.models import Product
from almoxarife.server.database import is_unique_violation, raw, touch
from almoxarife.server.errors import (
    BalanceOutOfRange,
    InsufficientStock,
    ProductExists,
    ProductInactive,
    ProductNotFound,
    StaleVersion,
    UnitInUse,
)
from almoxarife.server.idempotency import Once
from almoxarife.server.ids import IdKind
from almoxarife.server.stores.service import StockPolicy
from almoxarife.wire.catalog import ProductChange, ProductIn, Unit
from almoxarife.wire.fields import MAX_QUANTITY, SCALE, fold

LIMIT = int(MAX_QUANTITY) * SCALE
"""The largest balance either side of zero, in ten-thousandths."""


class Created(NamedTuple):
    product: Product
    is_replay: bool


def create_product(session: Session, asked: ProductIn, *, by: Identity, once: Once | None = None) -> Created:
    """Raises ProductExists with the id of the one that is there; records ``catalog:product:created``."""
    known = idempotency.find(session, by.user_id, once)
    if known is not None:
        return Created(get_product(session, known), is_replay=True)
    product = Product(created_at=datetime.now(UTC), created_by=by.user_id, version=1, is_active=True)
    _fill(product, asked)
    session.add(product)
    _flush(session, asked)
    idempotency.remember(session, by.user_id, once, product.id)
    audit.record(session, Tag.PRODUCT_CREATED, by=by, subject=IdKind.PRODUCT.to_wire(product.id))
    touch(session, "products")
    return Created(product, is_replay=False)


def change_product(
    session: Session, product_id: int, asked: ProductChange, *, versions: frozenset[str] | None, by: Identity
) -> Product:
    """Make the product what ``asked`` says. Raises ProductNotFound, StaleVersion, ProductExists, UnitInUse.

    ``versions`` are those the change was made for, None any (``If-Match: *``). Records ``catalog:product:changed``.
    """
    product = get_product(session, product_id)
    if versions is not None and str(product.version) not in versions:
        raise StaleVersion
    if asked.unit.is_whole and not Unit(product.unit).is_whole and product_id in list_fractional(session):
        raise UnitInUse
    _fill(product, asked)
    product.is_active = asked.active
    product.version += 1
    _flush(session, asked, besides=product_id)
    audit.record(
        session,
        Tag.PRODUCT_CHANGED,
        by=by,
        subject=IdKind.PRODUCT.to_wire(product.id),
        cause=f"versao {product.version}",
    )
    touch(session, "products")
    return product


def get_product(session: Session, product_id: int) -> Product:
    """Raises ProductNotFound."""
    product = session.get(Product, product_id)
    if product is None:
        raise ProductNotFound
    return product


def list_fractional(session: Session) -> set[int]:
    """Products with a balance that is not whole: in UN the rest could never leave."""
    rows = raw(session).execute("SELECT DISTINCT product_id FROM balances WHERE quantity % ? != 0", (SCALE,))
    return {product_id for (product_id,) in rows}


def _fill(product: Product, asked: ProductIn) -> None:
    product.name = asked.name
    product.name_folded = fold(asked.name)
    product.unit = asked.unit
    product.barcode = asked.barcode
    product.minimum_stock = asked.minimum_stock
    product.price = asked.price


def _flush(session: Session, asked: ProductIn, besides: int = 0) -> None:
    """Raises ProductExists when the name or the barcode is another product's."""
    try:
        session.flush()
    except IntegrityError as error:
        if not is_unique_violation(error):
            raise
        raise _exists(session, asked, besides) from None


def _exists(session: Session, asked: ProductIn, besides: int) -> ProductExists:
    # The session is spent after a failed flush, and the unit undone; its connection can still be asked.
    product_id, name = raw(session).execute(
        "SELECT id, name FROM products WHERE (name_folded = ? OR barcode = ?) AND id != ? ORDER BY id LIMIT 1",
        (fold(asked.name), asked.barcode, besides),
    )[0]
    sentence = f"Já existe “{name}” com este nome ou código de barras."
    return ProductExists(sentence, existente=IdKind.PRODUCT.to_wire(product_id))


# --- balances: integers, because every movement passes here -------------------------------


class Stocked(NamedTuple):
    """What a movement must know of a product."""

    product_id: int
    name: str
    unit: Unit
    is_active: bool
    policy: str
    """What the shop does when a balance would fall below zero."""


def get_stocked(session: Session, product_id: int, shop_id: int) -> Stocked:
    """Raises ProductNotFound."""
    rows = raw(session).execute(
        "SELECT p.id, p.name, p.unit, p.is_active, s.policy FROM products p, shops s WHERE p.id = ? AND s.id = ?",
        (product_id, shop_id),
    )
    if not rows:
        raise ProductNotFound
    found, name, unit, is_active, policy = rows[0]
    return Stocked(found, name, Unit(unit), bool(is_active), policy)


def change_balance(session: Session, stocked: Stocked, shop_id: int, effect: int) -> int:
    """Add ``effect`` (ten-thousandths, signed) to a balance and return the new one.

    One guarded statement checks and changes, so two tills cannot sell the last item
    twice. Raises InsufficientStock where the shop's policy blocks, BalanceOutOfRange.
    """
    # An entry into a balance below zero is welcome even where it stays below.
    lowest = 0 if stocked.policy == StockPolicy.BLOCK and effect < 0 else -LIMIT
    database = raw(session)
    rows = database.execute(
        "UPDATE balances SET quantity = quantity + :effect WHERE shop_id = :shop AND product_id = :product"
        " AND quantity + :effect BETWEEN :lowest AND :highest RETURNING quantity",
        {"effect": effect, "shop": shop_id, "product": stocked.product_id, "lowest": lowest, "highest": LIMIT},
    )
    if rows:
        touch(session, "balances")
        return int(rows[0][0])
    current = database.execute(
        "SELECT quantity FROM balances WHERE shop_id = ? AND product_id = ?", (shop_id, stocked.product_id)
    )
    balance = int(current[0][0]) if current else 0
    if current or not lowest <= effect <= LIMIT:
        raise _refusal(stocked, balance, balance + effect)
    database.execute(
        "INSERT INTO balances (shop_id, product_id, quantity) VALUES (?, ?, ?)", (shop_id, stocked.product_id, effect)
    )
    touch(session, "balances")
    return effect


def _refusal(stocked: Stocked, balance: int, wanted: int) -> InsufficientStock | BalanceOutOfRange:
    if abs(wanted) > LIMIT:
        return BalanceOutOfRange()
    shown = brazil.format_number(to_decimal(balance))
    return InsufficientStock(f"O saldo de “{stocked.name}” é {shown} {stocked.unit}: não é suficiente.")


def to_decimal(ten_thousandths: int) -> Decimal:
    return Decimal(ten_thousandths) / SCALE


def require_active(stocked: Stocked) -> None:
    """Raises ProductInactive."""
    if not stocked.is_active:
        raise ProductInactive(f"O produto “{stocked.name}” está desativado.")

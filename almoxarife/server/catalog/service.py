"""Creates, changes and finds products, and is the only place that changes balances.

Names are unique without case, but accents count: "PÃO" cannot be registered beside "Pão", "Caneca Vovó" and
"Caneca Vovô" are two products. Barcodes are unique without their leading zeros.
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from almoxarife import brazil
from almoxarife.server.audit import service as audit
from almoxarife.server.audit.tags import Tag
from almoxarife.server.catalog.errors import BalanceOutOfRange, InsufficientStock, ProductExists, ProductInactive
from almoxarife.server.catalog.models import TAKEN_BACK as TAKEN_BACK
from almoxarife.server.catalog.models import Product
from almoxarife.server.catalog.units import service as units
from almoxarife.server.catalog.units.errors import UnitInUse
from almoxarife.server.errors import ProductNotFound, StaleVersion, WriteFailed
from almoxarife.server.identity import Identity
from almoxarife.server.ids import IdKind
from almoxarife.server.store import idempotency
from almoxarife.server.store.database import flush_unique
from almoxarife.server.store.idempotency import GivenKey
from almoxarife.server.store.sessions import mark_changed, raw
from almoxarife.server.stores.errors import ShopInactive
from almoxarife.server.stores.service import StockPolicy
from almoxarife.wire.catalog import ProductChange, ProductIn
from almoxarife.wire.codes.gtin import to_gtin14
from almoxarife.wire.fields import MAX_QUANTITY, SCALE, fold, fold_case

LIMIT = int(MAX_QUANTITY) * SCALE
"""The largest balance either side of zero, in ten-thousandths."""


class Created(NamedTuple):
    product: Product
    is_replay: bool


def create_product(session: Session, fields: ProductIn, *, by: Identity, given_key: GivenKey | None = None) -> Created:
    """Raises ProductExists with the id of the existing product; records ``catalog:product:created``."""
    known = idempotency.find(session, by.user_id, given_key)
    if known is not None:
        return Created(get_product(session, known), is_replay=True)
    units.require_unit(fields, units.find_units(session))
    product = Product(created_at=datetime.now(UTC), created_by=by.user_id, version=1, is_active=True)
    _fill(product, fields)
    product.gtin = fields.gtin
    session.add(product)
    flush_unique(session, partial(_find_twin, session, fields))
    _keep_codes(session, fields, product.id)
    idempotency.remember(session, by.user_id, given_key, product.id)
    audit.record(session, Tag.PRODUCT_CREATED, by=by, subject=IdKind.PRODUCT.to_wire(product.id))
    mark_changed(session, "products")
    return Created(product, is_replay=False)


def change_product(
    session: Session, product_id: int, change: ProductChange, *, versions: frozenset[str] | None, by: Identity
) -> Product:
    """Replace the fields of a product. Raises ProductNotFound, StaleVersion, ProductExists, UnitInUse.

    ``versions`` are those of ``If-Match``, None for ``*``. Records ``catalog:product:changed``.
    """
    product = get_product(session, product_id)
    if versions is not None and str(product.version) not in versions:
        raise StaleVersion
    takes_decimals = units.find_units(session)
    units.require_unit(change, takes_decimals)
    becomes_whole = not takes_decimals[change.unit] and takes_decimals.get(product.unit, True)
    if becomes_whole and product_id in units.list_fractional(session):
        raise UnitInUse
    product.gtin = _choose_gtin(session, product, change)
    _fill(product, change)
    product.is_active = change.active
    product.version += 1
    flush_unique(session, partial(_find_twin, session, change, product_id))
    _keep_codes(session, change, product_id)
    audit.record(
        session,
        Tag.PRODUCT_CHANGED,
        by=by,
        subject=IdKind.PRODUCT.to_wire(product.id),
        cause=f"versao {product.version}",
    )
    mark_changed(session, "products")
    return product


def get_product(session: Session, product_id: int) -> Product:
    """Raises ProductNotFound."""
    product = session.get(Product, product_id)
    if product is None:
        raise ProductNotFound
    return product


def _fill(product: Product, fields: ProductIn) -> None:
    product.name = fields.name
    product.name_folded = fold_case(fields.name)
    product.name_searched = fold(fields.name)
    product.unit = fields.unit
    product.barcode = fields.barcode
    product.minimum_stock = fields.minimum_stock
    product.price = fields.price
    if "sku" in fields.model_fields_set:
        product.sku = fields.sku
        product.sku_folded = None if fields.sku is None else fold(fields.sku)
    if "cost" in fields.model_fields_set:
        product.cost = fields.cost


def _keep_codes(session: Session, fields: ProductIn, product_id: int) -> None:
    """Replace the further codes, if ``fields`` has some. Raises ProductExists when another product has one of them.

    Nobody else writes until the transaction has ended, so a code that is free stays free.
    """
    database = raw(session)
    if fields.codes is not None:
        database.execute("DELETE FROM product_codes WHERE product_id = ?", (product_id,))
    elif fields.gtin is not None:
        # A further code has become the product's own barcode.
        database.execute("DELETE FROM product_codes WHERE product_id = ? AND gtin = ?", (product_id, fields.gtin))
    codes = fields.codes or []
    for gtin in [*(code.gtin for code in codes), *([fields.gtin] if fields.gtin else [])]:
        owners = database.execute(
            "SELECT product_id FROM product_codes WHERE gtin = ?"
            " UNION SELECT id FROM products WHERE gtin = ? AND id != ?",
            (gtin, gtin, product_id),
        )
        if owners:
            raise _taken(session, owners[0][0], f"o código {gtin.lstrip('0')}")
    database.execute_many(
        "INSERT INTO product_codes (gtin, code, product_id, factor) VALUES (?, ?, ?, ?)",
        [(code.gtin, code.code, product_id, int(code.factor * SCALE)) for code in codes],
    )


def _taken(session: Session, product_id: int, what: str) -> ProductExists:
    ((name,),) = raw(session).execute("SELECT name FROM products WHERE id = ?", (product_id,))
    return ProductExists(f"“{name}” já tem {what}.", existente=IdKind.PRODUCT.to_wire(product_id))


def _choose_gtin(session: Session, product: Product, fields: ProductIn) -> str | None:
    """The new ``gtin``; None while the product keeps a barcode that it shares with another one (``SharedCode``).

    So an older product with a shared barcode can be changed without deciding whose the barcode is.
    """
    if product.gtin is None and product.barcode == fields.barcode:
        rows = raw(session).execute("SELECT 1 FROM products WHERE gtin = ?", (fields.gtin,))
        return None if rows else fields.gtin
    return fields.gtin


class SharedCode(NamedTuple):
    """Two products with the same barcode, from before it had to be unique. Only a person can say whose it is."""

    product_id: int
    name: str
    other_id: int
    other_name: str
    barcode: str

    @property
    def sentence(self) -> str:
        return (
            f"“{self.name}” (P{self.product_id:05}) e “{self.other_name}” (P{self.other_id:05}) têm o mesmo código de"
            f" barras {self.barcode}. No cadastro, apague o código de um deles, ou desative o que está repetido."
        )


def list_shared_codes(session: Session) -> list[SharedCode]:
    """Among active products, each pair once."""
    later = raw(session).execute(
        "SELECT id, name, barcode FROM products WHERE gtin IS NULL AND barcode IS NOT NULL AND is_active ORDER BY id"
    )
    found = []
    for product_id, name, barcode in later:
        first = raw(session).execute(
            "SELECT id, name FROM products WHERE gtin = ? AND is_active", (to_gtin14(barcode),)
        )
        found += [SharedCode(first_id, first_name, product_id, name, barcode) for first_id, first_name in first]
    return found


def _find_twin(session: Session, fields: ProductIn, except_id: int = 0) -> ProductExists:
    """The error about the product that has the name, the barcode or the short code already."""
    product_id, name = raw(session).execute(
        "SELECT id, name FROM products WHERE (name_folded = ? OR gtin = ? OR barcode = ? OR sku_folded = ?) AND id != ?"
        " ORDER BY id LIMIT 1",
        (fold_case(fields.name), fields.gtin, fields.barcode, fold(fields.sku or "") or None, except_id),
    )[0]
    sentence = f"Já existe “{name}” com este nome, código curto ou código de barras."
    return ProductExists(sentence, existente=IdKind.PRODUCT.to_wire(product_id))


# --- balances: raw SQL and integers, because every movement passes here ----------------------


@dataclass(slots=True)
class StockItem:
    """A product in a shop with its balance, as movements need it. The fields up to ``newest_seq`` are ``_STOCKED``."""

    product_id: int
    shop_id: int
    name: str
    unit: str
    takes_decimals: bool
    is_active: bool
    policy: str
    """The shop's ``StockPolicy``."""
    balance: int
    """In ten-thousandths, like all quantities here."""
    is_shop_active: bool
    newest_seq: int
    """Of all movements, when this was read: the ledger goes on from there."""
    change: int | None = None
    """What ``apply`` has added, which ``write_balances`` writes."""

    def apply(self, effect: int, *, has_happened: bool = False) -> int:
        """Add ``effect`` (signed) to the balance and return the new one.

        Raises BalanceOutOfRange, and InsufficientStock where the shop's policy says so, unless the goods have left
        already (``has_happened``).
        """
        new_balance = self.balance + effect
        if not -LIMIT <= new_balance <= LIMIT:
            raise BalanceOutOfRange
        # An entry is never refused, even where the balance stays below zero.
        if new_balance < 0 and effect < 0 and self.policy == StockPolicy.BLOCK and not has_happened:
            shown = brazil.format_number(to_decimal(self.balance))
            raise InsufficientStock(f"O saldo de “{self.name}” é {shown} {self.unit}: não é suficiente.")
        self.balance = new_balance
        self.change = (self.change or 0) + effect
        return new_balance


class StockItems:
    """The ``StockItem`` of some products in some shops, within one transaction."""

    def __init__(self, rows: Callable[[], Iterable[tuple[Any, ...]]]) -> None:
        """``rows`` gives the rows of ``_STOCKED``; it is called when the first item is needed."""
        self._rows = rows
        self._found: dict[tuple[int, int], StockItem] | None = None

    def _find(self) -> dict[tuple[int, int], StockItem]:
        if self._found is None:
            self._found = {row[:2]: StockItem(*row) for row in self._rows()}
        return self._found

    def __iter__(self) -> Iterator[StockItem]:
        return iter(self._find().values())

    def get(self, product_id: int, shop_id: int) -> StockItem:
        """Raises ProductNotFound."""
        item = self._find().get((product_id, shop_id))
        if item is None:
            raise ProductNotFound
        return item


_STOCKED = (
    "SELECT p.id, s.id, p.name, p.unit, coalesce(u.takes_decimals, false), p.is_active, s.policy,"
    " coalesce(b.quantity, 0), s.is_active, (SELECT coalesce(max(seq), 0) FROM movements)"
)
_WITH_UNIT_AND_BALANCE = (
    "LEFT JOIN units u ON u.code = p.unit LEFT JOIN balances b ON b.product_id = p.id AND b.shop_id = s.id"
)
MANY = 1000
"""From so many products on it is quicker to read all of them."""


_FIND_STOCK = (
    f"WITH asked (product_id, shop_id) AS (VALUES (?, ?)) {_STOCKED}"
    " FROM asked a JOIN products p ON p.id = a.product_id JOIN shops s ON s.id = a.shop_id"
    f" {_WITH_UNIT_AND_BALANCE}"
)
# SQLite makes a table of its own for the list of values, which takes longer than to find one item.
_FIND_ONE = f"{_STOCKED} FROM products p CROSS JOIN shops s {_WITH_UNIT_AND_BALANCE} WHERE p.id = ? AND s.id = ?"
_ADD = (
    "INSERT INTO balances AS b (shop_id, product_id, quantity) VALUES (?, ?, ?)"
    " ON CONFLICT (shop_id, product_id) DO UPDATE SET quantity = b.quantity + excluded.quantity"
)
_ADD_AND_READ = f"{_ADD} RETURNING shop_id, product_id, quantity"


def find_stock(session: Session, pairs: Iterable[tuple[int, int]]) -> StockItems:
    """The items of these (product, shop) pairs; pairs that do not exist are missing.

    The statement is sent now; its result is read when the first item is needed.
    """
    keys, database = [*set(pairs)], raw(session)
    return StockItems(database.send(_FIND_ONE, keys[0]) if len(keys) == 1 else database.send_many(_FIND_STOCK, keys))


def find_stock_of_shop(session: Session, shop_id: int, product_ids: Collection[int]) -> StockItems:
    """``find_stock`` for one shop. For a long list one statement reads all products."""
    if len(product_ids) < MANY:
        return find_stock(session, [(product_id, shop_id) for product_id in product_ids])
    ids = set(product_ids)
    rows = raw(session).execute(
        f"{_STOCKED} FROM products p JOIN shops s ON s.id = ? {_WITH_UNIT_AND_BALANCE}", (shop_id,)
    )
    return StockItems(lambda: [row for row in rows if row[0] in ids])


def find_prices(session: Session, product_ids: Iterable[int]) -> Callable[[], dict[int, int]]:
    """The prices in centavos of those products that have one. Sent now; calling the result waits for the database."""
    rows = raw(session).send_many(
        "WITH asked (id) AS (VALUES (?)) SELECT p.id, p.price FROM asked a JOIN products p ON p.id = a.id"
        " WHERE p.price IS NOT NULL",
        [(product_id,) for product_id in set(product_ids)],
    )
    return lambda: dict(rows())


def write_balances(session: Session, stock: StockItems) -> None:
    """Write the balances that ``apply`` has changed. Raises WriteFailed when somebody else changed one meanwhile."""
    changed = {(item.shop_id, item.product_id): item for item in stock if item.change is not None}
    if not changed:
        return
    database, changes = raw(session), [(*key, item.change) for key, item in changed.items()]
    if not database.is_remote:  # nobody else can write to a file since this transaction has begun
        database.send_many(_ADD, changes)
    else:
        for shop_id, product_id, balance in database.execute_many(_ADD_AND_READ, changes):
            if balance != changed[shop_id, product_id].balance:
                raise WriteFailed
    mark_changed(session, "balances")


def to_decimal(ten_thousandths: int) -> Decimal:
    return Decimal(ten_thousandths) / SCALE


def require_active(item: StockItem) -> None:
    """Raises ProductInactive, ShopInactive."""
    if not item.is_shop_active:
        raise ShopInactive
    if not item.is_active:
        raise ProductInactive(f"O produto “{item.name}” está desativado.")

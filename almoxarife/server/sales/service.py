"""Records and cancels sales, each with its movements, audit entries, totals and idempotency key in one transaction.

A sale has happened at the till already, so it is never refused for lack of stock, whatever the shop's policy: it is
recorded and marked.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, tzinfo
from decimal import Decimal
from functools import partial
from typing import NamedTuple

from sqlalchemy.orm import Session

from almoxarife.server.audit import service as audit
from almoxarife.server.audit.tags import Tag
from almoxarife.server.catalog import service as catalog
from almoxarife.server.catalog.errors import BalanceOutOfRange
from almoxarife.server.catalog.service import LIMIT, StockItem
from almoxarife.server.errors import AlmoxarifeError, SaleNotFound, bad_fields
from almoxarife.server.identity import Identity
from almoxarife.server.ids import IdKind
from almoxarife.server.sales.amounts import find_amount, list_shares, share_out
from almoxarife.server.sales.errors import AlreadyCancelled, CancellationNotAllowed
from almoxarife.server.sales.models import SELECT_ITEMS, SELECT_ROWS, ItemRow, Sale, SaleCancellation, SaleItem, SaleRow
from almoxarife.server.stock import service as stock_service
from almoxarife.server.stock.service import Ledger
from almoxarife.server.store import idempotency
from almoxarife.server.store.columns import insert_into, to_micros
from almoxarife.server.store.contract import Raw
from almoxarife.server.store.idempotency import GivenKey, UsedKeys
from almoxarife.server.store.sessions import postpone, raw
from almoxarife.server.stores import service as stores
from almoxarife.server.stores.errors import ShopInactive
from almoxarife.server.upkeep import sales_totals
from almoxarife.server.upkeep.sales_totals import Share
from almoxarife.wire.accounts import Role
from almoxarife.wire.problem import FieldError
from almoxarife.wire.sales import CancellationIn, SaleIn, find_subtotal
from almoxarife.wire.stock import MovementKind

_INSERT = insert_into(Sale.__table__)
_INSERT_ITEM = insert_into(SaleItem.__table__)
_INSERT_CANCELLATION = insert_into(SaleCancellation.__table__)


class SaleEntry(NamedTuple):
    """A request to record a sale, parsed."""

    sale: SaleIn
    product_ids: tuple[int, ...]
    """The products of its items, in the same order."""
    shop_id: int | None
    """None: the usual or only shop of ``by``."""
    zone: tzinfo
    by: Identity
    given_key: GivenKey | None = None

    @property
    def chosen_shop(self) -> int | None:
        return self.shop_id or self.by.usual_shop_id


class Sold(NamedTuple):
    """A sale with its lines, and whether an earlier request with the same key recorded it."""

    row: SaleRow
    items: Sequence[ItemRow]
    is_replay: bool = False


class _PricedLine(NamedTuple):
    """A valid line with its price, in ten-thousandths and centavos."""

    stock_item: StockItem
    quantity: int
    price: int
    subtotal: int


def record(session: Session, entries: Sequence[SaleEntry]) -> list[Sold | AlmoxarifeError]:
    """Append sales with their movements. The writer calls it with all waiting requests together.

    Returns the outcome of each, in their order. A refused one does not affect the others: ShopNotVisible, ShopNotFound,
    ShopRequired, ProductNotFound, ProductInactive, ShopInactive, BalanceOutOfRange, KeyReused, and BadRequest for
    decimals of a whole unit, a product without a price, or a wrong total. Each sale records
    ``sales:sale:recorded``, and ``stock:movement:recorded`` for each line.
    """
    till = _SaleBatch(session, entries)
    outcomes = [till.attempt(entry) for entry in entries]
    till.write()
    return outcomes


class _SaleBatch:
    """The sales of one call of ``record``: data that was read for all of them, and the rows to write."""

    def __init__(self, session: Session, entries: Sequence[SaleEntry]) -> None:
        self._session = session
        self._known = idempotency.find_all(session, ((entry.by.user_id, entry.given_key) for entry in entries))
        self._stock = catalog.find_stock(session, _list_balance_keys(entries))
        prices = catalog.find_prices(session, _list_without_price(entries))
        closed = stores.list_closed(session)
        self._ledger = Ledger(session)
        self._newest = raw(session).send("SELECT coalesce(max(seq), 0) FROM sales")
        self._last: int | None = None
        # All statements above were only sent. Reading the first result waits for all of them: one round trip.
        self._names = find_names(session, {entry.by.user_id for entry in entries})
        self._prices, self._closed = prices(), closed()
        self._sales: list[tuple[object, ...]] = []
        self._items: list[tuple[object, ...]] = []

    def attempt(self, entry: SaleEntry) -> Sold | AlmoxarifeError:
        try:
            return self._sell(entry, self._known)
        except AlmoxarifeError as refusal:
            return refusal

    def _sell(self, entry: SaleEntry, known: UsedKeys) -> Sold:
        sale, by, given_key = entry.sale, entry.by, entry.given_key
        found = known.find_row(by.user_id, given_key)
        if found is not None:
            return _replay(self._session, found)
        # Checked after the key: a repeated request is answered again even if the person has lost the shop since.
        shop_id = by.choose_shop(entry.chosen_shop)
        if shop_id in self._closed:
            raise ShopInactive
        # All lines have been checked: nothing is refused from here on.
        lines = self._find_lines(entry, shop_id)
        amount, discount = find_amount(sale, [line.subtotal for line in lines])
        now = datetime.now(UTC)
        occurred_at, is_corrected = stock_service.place_in_time(sale.occurred_at, now, entry.zone)
        times = to_micros(now), to_micros(occurred_at)
        seq = self._take_number()
        items = [
            self._append_line(entry, seq, line, share, times, is_clock_corrected=is_corrected)
            for line, share in zip(lines, share_out(discount, [line.subtotal for line in lines]), strict=True)
        ]
        is_below_zero = any(item.is_below_zero for item in items)
        self._sales.append((seq, shop_id, by.user_id, amount, discount, *times, is_corrected, is_below_zero))
        covered = [
            (number, item.product_id, item.quantity, item.price, item.subtotal, item.discount, item.movement_seq)
            for number, item in enumerate(items, start=1)
        ]
        self._items += [(seq, *item) for item in covered]
        _add_up(
            self._session, occurred_at=times[1], zone=entry.zone, shares=list_shares(shop_id, by.user_id, amount, items)
        )
        idempotency.remember(self._session, by.user_id, given_key, seq)
        key, fingerprint = (None, None) if given_key is None else (given_key.key, given_key.fingerprint)
        audit.record(
            self._session,
            Tag.SALE_RECORDED,
            by=by,
            subject=IdKind.SALE.to_wire(seq),
            row_hash=partial(audit.hash_sale, self._sales[-1], covered, key, fingerprint),
        )
        name = self._names[by.user_id]
        row = SaleRow(seq, shop_id, by.user_id, name, amount, discount, *times, is_corrected, is_below_zero)
        return Sold(row, items)

    def _find_lines(self, entry: SaleEntry, shop_id: int) -> list[_PricedLine]:
        lines = []
        taken: dict[int, int] = {}
        items = entry.sale.items or []
        for number, (product_id, item) in enumerate(zip(entry.product_ids, items, strict=True)):
            stock_item = self._stock.get(product_id, shop_id)
            catalog.require_active(stock_item)
            quantity = stock_service.scale(stock_item, item.quantity, f"itens.{number}.quantidade")
            taken[product_id] = taken.get(product_id, 0) + quantity
            if stock_item.balance - taken[product_id] < -LIMIT:
                raise BalanceOutOfRange
            price = self._prices.get(product_id) if item.price is None else int(item.price * 100)
            if price is None:
                sentence = f"“{stock_item.name}” não tem preço no cadastro. Informe o preço."
                raise bad_fields([FieldError(campo=f"itens.{number}.preco", mensagem=sentence)])
            subtotal = find_subtotal(item.quantity, Decimal(price).scaleb(-2))
            lines.append(_PricedLine(stock_item, quantity, price, int(subtotal * 100)))
        return lines

    def _append_line(
        self,
        entry: SaleEntry,
        sale_seq: int,
        line: _PricedLine,
        share: int,
        times: tuple[int, int],
        *,
        is_clock_corrected: bool,
    ) -> ItemRow:
        movement = self._ledger.append(
            line.stock_item, kind=MovementKind.SALE.value, quantity=line.quantity, effect=-line.quantity,
            document=IdKind.SALE.to_wire(sale_seq), recorded_at=times[0],
            occurred_at=times[1], is_clock_corrected=is_clock_corrected, by=entry.by, has_happened=True,
        )  # fmt: skip
        audit.record(
            self._session,
            Tag.MOVEMENT_RECORDED,
            by=entry.by,
            subject=IdKind.MOVEMENT.to_wire(movement.seq),
            row_hash=self._ledger.cover_last(None),
        )
        return ItemRow(
            sale_seq, line.stock_item.product_id, line.stock_item.name, line.stock_item.unit, line.quantity, line.price,
            line.subtotal, share, movement.seq, movement.is_below_zero,
        )  # fmt: skip

    def _take_number(self) -> int:
        if self._last is None:
            ((self._last,),) = self._newest()
        self._last += 1
        return self._last

    def write(self) -> None:
        self._ledger.write()
        raw(self._session).send_many(_INSERT, self._sales)
        raw(self._session).send_many(_INSERT_ITEM, self._items)
        catalog.write_balances(self._session, self._stock)


def cancel(
    session: Session,
    seq: int,
    cancellation: CancellationIn,
    *,
    zone: tzinfo,
    by: Identity,
    given_key: GivenKey | None = None,
) -> Sold:
    """Cancel a sale and reverse its movements.

    A gerente may cancel any sale of their shops, others their own of the same local day. Raises SaleNotFound,
    CancellationNotAllowed, AlreadyCancelled, BalanceOutOfRange; records ``sales:sale:cancelled``, and
    ``stock:movement:reversed`` for each line.
    """
    known = idempotency.find(session, by.user_id, given_key)
    if known is not None:
        return get_sale(session, known)._replace(is_replay=True)
    sold = get_seen(session, seq, by)
    now = datetime.now(UTC)
    if not (by.may(Role.MANAGER) or stock_service.is_same_day(sold.row.recorded_at, now, zone)):
        raise CancellationNotAllowed
    if sold.row.cancelled_at is not None:
        raise AlreadyCancelled
    moment = to_micros(now)
    _reverse_movements(session, sold, cancellation.reason, moment, by)
    row = (seq, cancellation.reason, by.user_id, moment)
    raw(session).execute(_INSERT_CANCELLATION, row)
    shares = list_shares(sold.row.shop_id, sold.row.seller_id, sold.row.amount, sold.items)
    back = [share._replace(amount=-share.amount, sales=-share.sales, quantity=-share.quantity) for share in shares]
    _add_up(session, occurred_at=sold.row.occurred_at, zone=zone, shares=back)
    idempotency.remember(session, by.user_id, given_key, seq)
    key, fingerprint = (None, None) if given_key is None else (given_key.key, given_key.fingerprint)
    audit.record(
        session,
        Tag.SALE_CANCELLED,
        by=by,
        subject=IdKind.SALE.to_wire(seq),
        row_hash=partial(audit.hash_cancellation, row, key, fingerprint),
    )
    return get_sale(session, seq)


def _reverse_movements(session: Session, sold: Sold, reason: str, moment: int, by: Identity) -> None:
    stock = catalog.find_stock(session, [(item.product_id, sold.row.shop_id) for item in sold.items])
    ledger = Ledger(session)
    for item in sold.items:
        ledger.append(
            stock.get(item.product_id, sold.row.shop_id),
            kind=MovementKind.REVERSAL.value, quantity=item.quantity, effect=item.quantity,
            reason=reason, document=IdKind.SALE.to_wire(sold.row.seq), reverses=item.movement_seq,
            recorded_at=moment, by=by,
        )  # fmt: skip
        audit.record(
            session,
            Tag.MOVEMENT_REVERSED,
            by=by,
            subject=IdKind.MOVEMENT.to_wire(item.movement_seq),
            row_hash=ledger.cover_last(None),
        )
    ledger.write()
    catalog.write_balances(session, stock)


# --- one sale -------------------------------------------------------------------------


def get_sale(session: Session, seq: int) -> Sold:
    """Raises SaleNotFound."""
    rows = raw(session).execute(f"{SELECT_ROWS} WHERE s.seq = ?", (seq,))
    if not rows:
        raise SaleNotFound
    return Sold(SaleRow(*rows[0]), list_items(session, [seq]).get(seq, []))


def get_seen(session: Session, seq: int, by: Identity) -> Sold:
    """Raises SaleNotFound, also for sales of shops that ``by`` does not see and, below gerente, of other people."""
    sold = get_sale(session, seq)
    if sold.row.shop_id not in by.shop_ids or not (by.may(Role.MANAGER) or sold.row.seller_id == by.user_id):
        raise SaleNotFound
    return sold


def list_items(session: Session, seqs: Iterable[int]) -> dict[int, list[ItemRow]]:
    """The lines of some sales, in their order."""
    found: dict[int, list[ItemRow]] = {}
    rows = raw(session).execute_many(
        f"WITH asked (seq) AS (VALUES (?)) {SELECT_ITEMS} ORDER BY i.sale_seq, i.line", [(seq,) for seq in seqs]
    )
    for row in map(ItemRow._make, rows):
        found.setdefault(row.sale_seq, []).append(row)
    return found


def _replay(session: Session, seq: int) -> Sold:
    """The sale as in the first response, without a later cancellation."""
    row, items, _ = get_sale(session, seq)
    return Sold(row._replace(cancelled_at=None, cancelled_by=None, cancelled_by_name=None, reason=None), items, True)


# --- totals -----------------------------------------------------------------------------


class _Change(NamedTuple):
    """What one sale or cancellation changes in the totals."""

    occurred_at: int
    zone: tzinfo
    shares: list[Share]


def _add_up(session: Session, *, occurred_at: int, zone: tzinfo, shares: list[Share]) -> None:
    postpone(session, _Change(occurred_at, zone, shares), _write_sums)


def _write_sums(database: Raw, changes: list[_Change]) -> None:
    """Write the totals once for all sales of a COMMIT, because tills of one shop change the same rows."""
    together: sales_totals.Sums = {}
    for change in changes:
        sales_totals.add(together, change.occurred_at, change.zone, change.shares)
    sales_totals.write(database, together, changes[0].zone)


# --- read for all sales of a call ---------------------------------------------------


def _list_balance_keys(entries: Sequence[SaleEntry]) -> list[tuple[int, int]]:
    """The products with their shops; entries whose shop is refused are left out (``_sell`` raises then)."""
    keys = []
    for entry in entries:
        try:
            shop_id = entry.by.choose_shop(entry.chosen_shop)
        except AlmoxarifeError:
            continue
        keys += [(product_id, shop_id) for product_id in entry.product_ids]
    return keys


def _list_without_price(entries: Sequence[SaleEntry]) -> list[int]:
    return [
        product_id
        for entry in entries
        for product_id, item in zip(entry.product_ids, entry.sale.items or [], strict=True)
        if item.price is None
    ]


def find_names(session: Session, user_ids: set[int]) -> dict[int, str]:
    """The full names of people, or their user names."""
    rows = raw(session).execute_many(
        "WITH asked (id) AS (VALUES (?)) SELECT u.id, coalesce(u.full_name, u.username) FROM asked a"
        " JOIN users u ON u.id = a.id",
        [(user_id,) for user_id in user_ids],
    )
    return dict(rows)

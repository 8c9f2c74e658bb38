"""Records and reverses movements of stock.

The balance of a product in a shop is stored beside the ledger and changed in the same transaction.
Only one transaction writes at a time, so two tills cannot sell the last item twice.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, tzinfo
from decimal import Decimal
from functools import partial
from typing import NamedTuple

from sqlalchemy.orm import Session

from almoxarife.server.audit import service as audit
from almoxarife.server.audit.tags import Tag
from almoxarife.server.catalog import service as catalog
from almoxarife.server.catalog.service import StockItem, StockItems
from almoxarife.server.errors import AlmoxarifeError, BadRequest, MovementNotFound
from almoxarife.server.identity import Identity
from almoxarife.server.ids import IdKind
from almoxarife.server.stock.errors import AlreadyReversed, MovementOfSale, NotReversible, ReversalNotAllowed
from almoxarife.server.stock.models import INSERT, SELECT_ROWS, MovementRow
from almoxarife.server.store import idempotency
from almoxarife.server.store.columns import from_micros, to_micros
from almoxarife.server.store.idempotency import GivenKey, UsedKeys
from almoxarife.server.store.sessions import mark_changed, raw
from almoxarife.wire.accounts import Role
from almoxarife.wire.fields import SCALE
from almoxarife.wire.problem import FieldError
from almoxarife.wire.stock import MovementIn, MovementKind, RecordedKind, ReversalIn


class MovementEntry(NamedTuple):
    """A request to record a movement, parsed."""

    movement: MovementIn
    product_id: int
    shop_id: int | None
    """None: the only shop of ``by``."""
    zone: tzinfo
    by: Identity
    given_key: GivenKey | None = None


class Recorded(NamedTuple):
    """A movement, and whether an earlier request with the same key recorded it."""

    row: MovementRow
    is_replay: bool


def record(session: Session, entries: Sequence[MovementEntry]) -> list[Recorded | AlmoxarifeError]:
    """Append movements and change the balances with them. Called by the writer with all requests that wait.

    Returns the outcome of each, in their order. A refused one does not affect the others: ShopNotVisible,
    ShopNotFound, ShopRequired, ProductNotFound, ProductInactive, ShopInactive, InsufficientStock,
    BalanceOutOfRange, KeyReused, and BadRequest for decimals of a whole unit. Each movement records
    ``stock:movement:recorded``.
    """
    known = idempotency.find_all(session, ((entry.by.user_id, entry.given_key) for entry in entries))
    stock = catalog.find_stock(session, filter(None, map(_find_balance_key, entries)))
    ledger = Ledger(session)
    outcomes = [_attempt(session, entry, known, stock, ledger) for entry in entries]
    ledger.write()
    catalog.write_balances(session, stock)
    return outcomes


def _find_balance_key(entry: MovementEntry) -> tuple[int, int] | None:
    """The product and the shop; None where the shop is refused (``_record_one`` raises then)."""
    try:
        return entry.product_id, entry.by.choose_shop(entry.shop_id or entry.by.usual_shop_id)
    except AlmoxarifeError:
        return None


def _attempt(
    session: Session, entry: MovementEntry, known: UsedKeys, stock: StockItems, ledger: "Ledger"
) -> Recorded | AlmoxarifeError:
    try:
        return _record_one(session, entry, known, stock, ledger)
    except AlmoxarifeError as refusal:
        return refusal


def _record_one(
    session: Session, entry: MovementEntry, known: UsedKeys, stock: StockItems, ledger: "Ledger"
) -> Recorded:
    movement, by, given_key = entry.movement, entry.by, entry.given_key
    row_id = known.find_row(by.user_id, given_key)
    if row_id is not None:
        return Recorded(get_row(session, row_id), is_replay=True)
    # After the key: a request that was recorded is answered again even if its person has lost the shop since.
    item = stock.get(entry.product_id, by.choose_shop(entry.shop_id or by.usual_shop_id))
    catalog.require_active(item)
    quantity = scale(item, movement.quantity)
    effect = -quantity if movement.kind is RecordedKind.EXIT else quantity
    now = datetime.now(UTC)
    occurred_at, is_corrected = place_in_time(movement.occurred_at, now, entry.zone)
    row = ledger.append(
        item, kind=str(movement.kind), quantity=quantity, effect=effect,
        reason=movement.reason, document=movement.document, supplier=movement.supplier,
        recorded_at=to_micros(now), occurred_at=to_micros(occurred_at), is_clock_corrected=is_corrected, by=by,
    )  # fmt: skip
    idempotency.remember(session, by.user_id, given_key, row.seq)
    covered = ledger.cover_last(given_key)
    audit.record(session, Tag.MOVEMENT_RECORDED, by=by, subject=IdKind.MOVEMENT.to_wire(row.seq), row_hash=covered)
    return Recorded(row, is_replay=False)


def reverse(
    session: Session, seq: int, reversal: ReversalIn, *, zone: tzinfo, by: Identity, given_key: GivenKey | None = None
) -> Recorded:
    """Append the opposite of a movement.

    A gerente may reverse any, others their own of the same local day. Raises
    MovementNotFound, ReversalNotAllowed, AlreadyReversed, NotReversible,
    InsufficientStock; records ``stock:movement:reversed``.
    """
    known = idempotency.find(session, by.user_id, given_key)
    if known is not None:
        return Recorded(get_row(session, known), is_replay=True)
    original = get_row(session, seq)
    # 404, not 403: a person must not learn of movements in shops that they do not see.
    if original.shop_id not in by.shop_ids:
        raise MovementNotFound
    now = datetime.now(UTC)
    is_own_today = original.recorded_by == by.user_id and is_same_day(original.recorded_at, now, zone)
    if not (is_own_today or by.may(Role.MANAGER)):
        raise ReversalNotAllowed
    if original.kind == MovementKind.REVERSAL:
        raise NotReversible
    if original.kind == MovementKind.SALE:
        raise MovementOfSale
    if raw(session).execute("SELECT 1 FROM movements WHERE reverses = ?", (seq,)):
        raise AlreadyReversed
    stock = catalog.find_stock(session, [(original.product_id, original.shop_id)])
    effect = -original.effect
    ledger = Ledger(session)
    row = ledger.append(
        stock.get(original.product_id, original.shop_id),
        kind=MovementKind.REVERSAL.value, quantity=abs(effect), effect=effect,
        reason=reversal.reason, reverses=seq, recorded_at=to_micros(now), by=by,
    )  # fmt: skip
    ledger.write()
    catalog.write_balances(session, stock)
    idempotency.remember(session, by.user_id, given_key, row.seq)
    covered = ledger.cover_last(given_key)
    audit.record(session, Tag.MOVEMENT_REVERSED, by=by, subject=IdKind.MOVEMENT.to_wire(seq), row_hash=covered)
    return Recorded(row, is_replay=False)


def get_row(session: Session, seq: int) -> MovementRow:
    """Raises MovementNotFound."""
    rows = raw(session).execute(f"{SELECT_ROWS} WHERE m.seq = ?", (seq,))
    if not rows:
        raise MovementNotFound
    return MovementRow(*rows[0])


# --- many at once, for imports ------------------------------------------------------------


class Counted(NamedTuple):
    """The quantity of a product in an imported list, in ten-thousandths."""

    product_id: int
    quantity: int
    is_first: bool
    """Whether it is the opening balance of the shop, rather than a count that corrects the balance."""


def record_counts(
    session: Session, shop_id: int, counts: Sequence[Counted], *, reason: str, by: Identity
) -> dict[int, int]:
    """Append the movements that bring the balances of one shop to the counted quantities.

    Opening balances become ``saldo_inicial``, the others ``ajuste`` with ``reason``. Returns the ``seq`` of each
    product's movement, if it needed one. Each records ``stock:movement:recorded``. Raises ProductNotFound,
    ShopInactive, ProductInactive, BalanceOutOfRange.
    """
    stock = catalog.find_stock_of_shop(session, shop_id, [count.product_id for count in counts])
    now = to_micros(datetime.now(UTC))
    ledger, numbers = Ledger(session), {}
    for product_id, quantity, is_first in counts:
        item = stock.get(product_id, shop_id)
        catalog.require_active(item)
        effect = quantity - item.balance
        if effect == 0:
            continue
        kind = MovementKind.OPENING if is_first else MovementKind.ADJUSTMENT
        row = ledger.append(
            item, kind=kind.value, quantity=effect, effect=effect, reason=None if is_first else reason,
            recorded_at=now, by=by,
        )  # fmt: skip
        numbers[product_id] = row.seq
        subject = IdKind.MOVEMENT.to_wire(row.seq)
        audit.record(session, Tag.MOVEMENT_RECORDED, by=by, subject=subject, row_hash=ledger.cover_last(None))
    ledger.write()
    catalog.write_balances(session, stock)
    return numbers


def reverse_all(session: Session, shop_id: int, seqs: Sequence[int], *, reason: str, by: Identity) -> None:
    """Reverse movements of one shop, all or none. Raises AlreadyReversed.

    They must be the last movements of their products. Balances go back to what they were, even below zero. Each
    records ``stock:movement:reversed``.
    """
    rows = raw(session).execute_many(
        "WITH asked (seq) AS (VALUES (?)) SELECT m.seq, m.product_id, m.effect, r.seq"
        " FROM asked a JOIN movements m ON m.seq = a.seq LEFT JOIN movements r ON r.reverses = m.seq",
        [(seq,) for seq in seqs],
    )
    stock = catalog.find_stock_of_shop(session, shop_id, [product_id for _, product_id, _, _ in rows])
    now = to_micros(datetime.now(UTC))
    ledger = Ledger(session)
    for seq, product_id, effect, reversed_by in sorted(rows, reverse=True):
        if reversed_by is not None:
            raise AlreadyReversed
        ledger.append(
            stock.get(product_id, shop_id), kind=MovementKind.REVERSAL.value, quantity=abs(effect), effect=-effect,
            reason=reason, reverses=seq, recorded_at=now, by=by, has_happened=True,
        )  # fmt: skip
        subject = IdKind.MOVEMENT.to_wire(seq)
        audit.record(session, Tag.MOVEMENT_REVERSED, by=by, subject=subject, row_hash=ledger.cover_last(None))
    ledger.write()
    catalog.write_balances(session, stock)


# --- the ledger -----------------------------------------------------------------------------


class Ledger:
    """Appends movements in one transaction. No other transaction writes meanwhile, so it numbers them itself.

    For each ``append`` the caller records an audit entry that covers the row (``cover_last``). After the last
    one it calls ``write`` and ``catalog.write_balances``.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._last: int | None = None
        self._rows: list[tuple[object, ...]] = []

    def append(
        self,
        item: StockItem,
        *,
        kind: str,
        quantity: int,
        effect: int,
        recorded_at: int,
        by: Identity,
        reason: str | None = None,
        document: str | None = None,
        supplier: str | None = None,
        reverses: int | None = None,
        occurred_at: int | None = None,
        is_clock_corrected: bool = False,
        has_happened: bool = False,
    ) -> MovementRow:
        """Change the balance of ``item`` and add a movement for ``write``. Raises as ``StockItem.apply``.

        Without ``occurred_at`` it occurred when it was recorded.
        """
        balance = item.apply(effect, has_happened=has_happened)
        is_below_zero = effect < 0 and balance < 0
        self._last = (item.newest_seq if self._last is None else self._last) + 1
        row = MovementRow(
            self._last, item.shop_id, item.product_id, kind, quantity, effect, balance, reason, document, supplier,
            by.user_id, recorded_at, recorded_at if occurred_at is None else occurred_at, is_clock_corrected,
            is_below_zero, reverses, item.name, by.username,
        )  # fmt: skip
        self._rows.append(row.columns)
        return row

    def cover_last(self, given_key: GivenKey | None) -> Callable[[], bytes]:
        """``row_hash`` for the audit entry about the last movement, which was sent with ``given_key``."""
        key, fingerprint = (None, None) if given_key is None else (given_key.key, given_key.fingerprint)
        return partial(audit.hash_movement, self._rows[-1], key, fingerprint)

    def write(self) -> None:
        raw(self._session).send_many(INSERT, self._rows)
        if self._rows:
            mark_changed(self._session, "movements")


def scale(item: StockItem, quantity: Decimal, field: str = "quantidade") -> int:
    """A quantity in ten-thousandths. Raises BadRequest about ``field`` for decimals of a unit that takes none."""
    if not item.takes_decimals and quantity != quantity.to_integral_value():
        sentence = f"A quantidade em {item.unit} deve ser um número inteiro."
        raise BadRequest(sentence, errors=[FieldError(campo=field, mensagem=sentence)])
    return int(quantity * SCALE)


def place_in_time(occurred_at: datetime | None, now: datetime, zone: tzinfo) -> tuple[datetime, bool]:
    """When it occurred, and whether that was in the future and had to be replaced by now."""
    if occurred_at is None:
        return now, False
    if occurred_at.tzinfo is None:
        occurred_at = occurred_at.replace(tzinfo=zone)
    return (now, True) if occurred_at > now else (occurred_at, False)


def is_same_day(recorded_at: int, now: datetime, zone: tzinfo) -> bool:
    """Whether a moment in microseconds lies in the local day of ``now``."""
    return from_micros(recorded_at).astimezone(zone).date() == now.astimezone(zone).date()

"""Stock is a ledger: movements are appended, never edited.

The balance of a product in a shop is kept beside the ledger and changed in the same
transaction by a statement that checks it, so two tills cannot sell the last item twice.
"""

from datetime import UTC, datetime, tzinfo
from decimal import Decimal
from typing import NamedTuple

from sqlalchemy.orm import Session

from almoxarife.server import idempotency
from almoxarife.server.access import Identity
from almoxarife.server.audit import service as audit
from almoxarife.server.audit.tags import Tag
from almoxarife.server.catalog import service as catalog
from almoxarife.server.catalog.service import Stocked
from almoxarife.server.database import from_micros, raw, to_micros, touch
from almoxarife.server.errors import (
    AlreadyReversed,
    BadRequest,
    MovementNotFound,
    NotReversible,
    ReversalNotAllowed,
)
from almoxarife.server.idempotency import Once
from almoxarife.server.ids import IdKind
from almoxarife.server.stock.models import SELECT_ROWS, MovementRow
from almoxarife.wire.accounts import Role
from almoxarife.wire.fields import SCALE
from almoxarife.wire.problem import FieldError
from almoxarife.wire.stock import MovementIn, MovementKind, RecordedKind, ReversalIn

_INSERT = (
    "INSERT INTO movements (shop_id, product_id, kind, quantity, effect, balance_after, reason, document, supplier,"
    " recorded_by, recorded_at, occurred_at, is_clock_corrected, is_below_zero, reverses)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING seq"
)


class Recorded(NamedTuple):
    """A movement, and whether it was there already under the same key."""

    row: MovementRow
    is_replay: bool


def record(
    session: Session,
    asked: MovementIn,
    *,
    product_id: int,
    shop_id: int | None,
    zone: tzinfo,
    by: Identity,
    once: Once | None = None,
) -> Recorded:
    """Append a movement and change the balance with it; ``shop_id`` None is the only shop of ``by``.

    Raises ShopNotVisible, ShopNotFound, ShopRequired, ProductNotFound, ProductInactive,
    InsufficientStock, BalanceOutOfRange and BadRequest for decimals of a whole unit;
    records ``stock:movement:recorded``.
    """
    known = idempotency.find(session, by.user_id, once)
    if known is not None:
        return Recorded(get_row(session, known), is_replay=True)
    # After the key: what was recorded once is answered again, also by who has changed shops since.
    shop_id = by.choose_shop(shop_id)
    stocked = catalog.get_stocked(session, product_id, shop_id)
    catalog.require_active(stocked)
    quantity = _scale(stocked, asked.quantity)
    effect = -quantity if asked.kind is RecordedKind.EXIT else quantity
    now = datetime.now(UTC)
    occurred_at, is_corrected = _place_in_time(asked.occurred_at, now, zone)
    balance = catalog.change_balance(session, stocked, shop_id, effect)
    row = _append(
        session,
        product_id=product_id, product_name=stocked.name, shop_id=shop_id, kind=asked.kind.value,
        quantity=quantity, effect=effect, balance_after=balance,
        reason=asked.reason, document=asked.document, supplier=asked.supplier, reverses=None,
        recorded_at=to_micros(now), occurred_at=to_micros(occurred_at), is_clock_corrected=is_corrected, by=by,
    )  # fmt: skip
    idempotency.remember(session, by.user_id, once, row.seq)
    audit.record(session, Tag.MOVEMENT_RECORDED, by=by, subject=IdKind.MOVEMENT.to_wire(row.seq))
    return Recorded(row, is_replay=False)


def reverse(
    session: Session, seq: int, asked: ReversalIn, *, zone: tzinfo, by: Identity, once: Once | None = None
) -> Recorded:
    """Append the opposite of a movement.

    A gerente may reverse any, others their own of the same local day. Raises
    MovementNotFound, ReversalNotAllowed, AlreadyReversed, NotReversible,
    InsufficientStock; records ``stock:movement:reversed``.
    """
    known = idempotency.find(session, by.user_id, once)
    if known is not None:
        return Recorded(get_row(session, known), is_replay=True)
    original = _get_original(session, seq, by)
    now = datetime.now(UTC)
    is_own_today = original.recorded_by == by.user_id and _local_day(
        from_micros(original.recorded_at), zone
    ) == _local_day(now, zone)
    if not (is_own_today or by.may(Role.MANAGER)):
        raise ReversalNotAllowed
    if original.kind == MovementKind.REVERSAL:
        raise NotReversible
    if raw(session).execute("SELECT 1 FROM movements WHERE reverses = ?", (seq,)):
        raise AlreadyReversed
    stocked = catalog.get_stocked(session, original.product_id, original.shop_id)
    effect = -original.effect
    balance = catalog.change_balance(session, stocked, original.shop_id, effect)
    row = _append(
        session,
        product_id=original.product_id, product_name=stocked.name, shop_id=original.shop_id,
        kind=MovementKind.REVERSAL.value, quantity=abs(effect), effect=effect, balance_after=balance,
        reason=asked.reason, document=None, supplier=None, reverses=seq,
        recorded_at=to_micros(now), occurred_at=to_micros(now), is_clock_corrected=False, by=by,
    )  # fmt: skip
    idempotency.remember(session, by.user_id, once, row.seq)
    audit.record(session, Tag.MOVEMENT_REVERSED, by=by, subject=IdKind.MOVEMENT.to_wire(seq))
    return Recorded(row, is_replay=False)


def get_row(session: Session, seq: int) -> MovementRow:
    """Raises MovementNotFound."""
    rows = raw(session).execute(f"{SELECT_ROWS} WHERE m.seq = ?", (seq,))
    if not rows:
        raise MovementNotFound
    return MovementRow(*rows[0])


class _Original(NamedTuple):
    shop_id: int
    product_id: int
    kind: str
    effect: int
    recorded_by: int
    recorded_at: int


def _get_original(session: Session, seq: int, by: Identity) -> _Original:
    rows = raw(session).execute(
        "SELECT shop_id, product_id, kind, effect, recorded_by, recorded_at FROM movements WHERE seq = ?", (seq,)
    )
    # Another shop's movement is not there for whoever may not see the shop.
    if not rows or rows[0][0] not in by.shop_ids:
        raise MovementNotFound
    return _Original(*rows[0])


def _append(
    session: Session,
    *,
    product_id: int,
    product_name: str,
    shop_id: int,
    kind: str,
    quantity: int,
    effect: int,
    balance_after: int,
    reason: str | None,
    document: str | None,
    supplier: str | None,
    reverses: int | None,
    recorded_at: int,
    occurred_at: int,
    is_clock_corrected: bool,
    by: Identity,
) -> MovementRow:
    is_below_zero = effect < 0 and balance_after < 0
    inserted = raw(session).execute(
        _INSERT,
        (
            shop_id, product_id, kind, quantity, effect, balance_after, reason, document, supplier,
            by.user_id, recorded_at, occurred_at, is_clock_corrected, is_below_zero, reverses,
        ),
    )  # fmt: skip
    touch(session, "movements")
    return MovementRow(
        inserted[0][0], product_id, product_name, quantity, effect, balance_after, kind, shop_id, by.username,
        recorded_at, occurred_at, reason, document, supplier, reverses, is_clock_corrected, is_below_zero,
    )  # fmt: skip


def _scale(stocked: Stocked, quantity: Decimal) -> int:
    if not stocked.unit.accepts(quantity):
        sentence = f"A quantidade em {stocked.unit} deve ser um número inteiro."
        raise BadRequest(sentence, errors=[FieldError(campo="quantidade", mensagem=sentence)])
    return int(quantity * SCALE)


def _place_in_time(occurred_at: datetime | None, now: datetime, zone: tzinfo) -> tuple[datetime, bool]:
    """When it happened, and whether that was later than our clock and had to be corrected."""
    if occurred_at is None:
        return now, False
    if occurred_at.tzinfo is None:
        occurred_at = occurred_at.replace(tzinfo=zone)
    return (now, True) if occurred_at > now else (occurred_at, False)


def _local_day(moment: datetime, zone: tzinfo) -> object:
    return moment.astimezone(zone).date()

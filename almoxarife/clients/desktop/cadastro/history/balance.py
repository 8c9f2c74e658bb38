"""The movements that add up to a product's balance, and texts about them. No widget here."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from decimal import Decimal

from almoxarife.brazil import format_datetime, format_number
from almoxarife.clients.desktop.kit.virtual_list import Row
from almoxarife.clients.desktop.kit.wording import kind_word, sign, signed
from almoxarife.tables.writer import Heading, Kind, Sheet
from almoxarife.wire.accounts import LoggedInUser, Role
from almoxarife.wire.catalog import Product
from almoxarife.wire.stock import Movement, MovementKind

_REVERSIBLE = {
    MovementKind.ENTRY: "da entrada",
    MovementKind.EXIT: "da saída",
    MovementKind.ADJUSTMENT: "do ajuste",
    MovementKind.OPENING: "do saldo inicial",
}
_LATE = timedelta(minutes=2)
"""A movement recorded later than this has waited in a queue, so both times are shown."""


@dataclass(frozen=True)
class History:
    """The movements of one product in one shop or all shops, newest first."""

    movements: Sequence[Movement]

    @property
    def came_in(self) -> Decimal:
        return sum((m.effect for m in self.movements if m.effect > 0), Decimal(0))

    @property
    def went_out(self) -> Decimal:
        return -sum((m.effect for m in self.movements if m.effect < 0), Decimal(0))

    @property
    def balance(self) -> Decimal:
        return self.came_in - self.went_out


def of_shop(movements: Iterable[Movement], shop_id: str | None) -> History:
    """``shop_id`` None: of all shops."""
    return History([m for m in movements if shop_id is None or m.shop_id == shop_id])


def rows(history: History, shops: Mapping[str, str], zone: tzinfo | None = None) -> list[Row]:
    """``shops``: names by id; empty if there is only one."""
    return [_row(movement, shops, zone) for movement in history.movements]


def question(product: Product) -> str:
    return f"Por que {format_number(product.balance)}?"


def answer(history: History, product: Product) -> tuple[str, str]:
    """(kind of label, sentence): "3 movimentações: entraram 50, saíram 43 e sobram 7 UN, como na lista."."""
    count = len(history.movements)
    if count == 0:
        return "Quiet", "Nenhuma movimentação ainda: o saldo é 0."
    moved = f"{format_number(count)} {'movimentação' if count == 1 else 'movimentações'}"
    came, went, left = (format_number(n) for n in (history.came_in, history.went_out, history.balance))
    sentence = f"{moved}: entraram {came}, saíram {went} e sobram {left} {product.unit}"
    if history.balance != product.balance:
        return "Warn", f"{sentence}. A lista mostra {format_number(product.balance)}: atualize com F5."
    return "Good", f"{sentence}, como na lista."


def find_reversible(
    history: History, movement_id: str | None, user: LoggedInUser | None, now: datetime, zone: tzinfo
) -> Movement | None:
    """The movement of this id if ``person`` may reverse it: a clerk their own of the same day, a manager any.

    The server checks it again.
    """
    if user is None or not user.role.includes(Role.STOCK_CLERK):
        return None
    movement = next((m for m in history.movements if m.id == movement_id), None)
    if movement is None or movement.kind not in _REVERSIBLE or movement.reverses:
        return None
    if any(m.reverses == movement.id for m in history.movements):
        return None
    is_today = movement.recorded_at.astimezone(zone).date() == now.astimezone(zone).date()
    is_own = movement.recorded_by == user.username
    return movement if user.role.includes(Role.MANAGER) or (is_own and is_today) else None


def describe_reversal(movement: Movement, unit: str) -> str:
    """The question before ``movement`` is reversed."""
    what = f"{_REVERSIBLE[movement.kind]} de {signed(movement.effect)} {unit}"
    return f"O estorno {what} registra o contrário, com o seu nome e o motivo. O que foi registrado não se apaga."


def detail(movement: Movement, shop: str | None = None, zone: tzinfo | None = None) -> str:
    """Shop, reason, document and supplier, and the time of recording if that was later."""
    parts = [shop, *movement.notes]
    if movement.recorded_at - movement.occurred_at > _LATE:
        parts.append(f"registrado em {format_datetime(movement.recorded_at, zone)}")
    return " · ".join(filter(None, parts))


def sheet(history: History, shops: Mapping[str, str], zone: tzinfo | None = None) -> Sheet:
    headings = (
        Heading("Quando", Kind.MOMENT, 20),
        Heading("Tipo", width=16),
        Heading("Produto", width=32),
        Heading("Variação", Kind.QUANTITY),
        Heading("Saldo na loja", Kind.QUANTITY),
        Heading("Loja", width=18),
        Heading("Quem", width=18),
        Heading("Motivo", width=28),
        Heading("Documento"),
        Heading("Fornecedor", width=24),
        Heading("Registrado em", Kind.MOMENT, 20),
    )
    lines = (
        (
            m.occurred_at, kind_word(m.kind), m.product_name, m.effect, m.balance, shops.get(m.shop_id, m.shop_id),
            m.recorded_by, m.reason, m.document, m.supplier, m.recorded_at,
        )
        for m in history.movements
    )  # fmt: skip
    return Sheet("Movimentações", headings, lines, zone)


def _row(movement: Movement, shops: Mapping[str, str], zone: tzinfo | None) -> Row:
    cells = (
        format_datetime(movement.occurred_at, zone),
        f"{sign(movement)} {kind_word(movement.kind)}",
        signed(movement.effect),
        format_number(movement.balance),
        movement.recorded_by,
        detail(movement, shops.get(movement.shop_id), zone),
    )
    return Row(movement.id, cells, ("in" if movement.effect > 0 else "out",))

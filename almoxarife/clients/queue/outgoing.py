"""What a person confirmed, as it waits to be sent: the exact bytes, whose they are and how far they got."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from urllib.parse import quote

from almoxarife.brazil import format_money
from almoxarife.clients.api.session import json_body
from almoxarife.wire.accounts import ClientEvent, Event
from almoxarife.wire.sales import CancellationIn, SaleIn
from almoxarife.wire.stock import MovementIn, ReversalIn


class State(StrEnum):
    PENDING = "pending"
    SENT = "sent"
    """The server may have it; only its answer says."""
    ACKED = "acked"
    REJECTED = "rejected"


class Kind(StrEnum):
    MOVEMENT = "movement"
    REVERSAL = "reversal"
    SALE = "sale"
    CANCELLATION = "cancellation"
    EVENT = "event"


@dataclass(frozen=True)
class Owner:
    """Whose a row is: ``account`` alone says it. ``server`` is where it was confirmed, which may have moved since."""

    account: str
    name: str = field(compare=False)
    server: str = field(compare=False)


@dataclass(frozen=True)
class Outgoing:
    """A request before it is in the queue. ``reverses`` is the key of the row it takes back."""

    kind: Kind
    path: str
    body: bytes
    label: str
    reverses: str | None = None


@dataclass(frozen=True)
class Row:
    """A request in the queue, as it was when it was read. ``number`` is its place in the order of this device."""

    number: int
    key: str
    owner: Owner
    kind: Kind
    path: str
    body: bytes
    label: str
    state: State
    reason: str
    confirmed_at: datetime
    recorded_id: str | None
    """The server's, of the movement or the sale that it has made of it."""
    is_undone: bool

    @property
    def is_waiting(self) -> bool:
        return self.state in {State.PENDING, State.SENT}


def of_movement(movement: MovementIn, label: str) -> Outgoing:
    return Outgoing(Kind.MOVEMENT, "/inventario", json_body(movement), label)


def of_reversal(row: Row, reason: str) -> Outgoing:
    """Takes back a row the server has recorded. Raises ValueError for another one."""
    body = json_body(ReversalIn(motivo=reason))
    return Outgoing(Kind.REVERSAL, f"/inventario/{_recorded(row)}/estorno", body, f"Estorno de {row.label}", row.key)


def of_sale(sale: SaleIn) -> Outgoing:
    """With its amount in it: what the seller has read is what the server records, or it refuses."""
    if sale.amount is None:
        raise ValueError("a sale goes out with its amount")
    return Outgoing(Kind.SALE, "/vendas", json_body(sale), f"Venda {format_money(sale.amount)}")


def of_cancellation(row: Row, reason: str) -> Outgoing:
    """Takes back a sale the server has recorded. Raises ValueError for another row."""
    body = json_body(CancellationIn(motivo=reason))
    path = f"/vendas/{_recorded(row)}/cancelamento"
    return Outgoing(Kind.CANCELLATION, path, body, f"Cancelamento de {row.label}", row.key)


def _recorded(row: Row) -> str:
    if row.recorded_id is None:
        raise ValueError(f"the server has recorded nothing of {row.key}")
    return quote(row.recorded_id, safe="")


def of_closing() -> Outgoing:
    event = ClientEvent(evento=Event.WINDOW_CLOSED)
    return Outgoing(Kind.EVENT, "/historico/eventos", json_body(event), Event.WINDOW_CLOSED.value)

"""A confirmed request: its exact bytes, owner and state.

The ``of_`` functions create an ``Outgoing``; once it is in the queue (``store``) it is a ``QueuedRow``.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from almoxarife.brazil import format_money
from almoxarife.clients.api.session import json_body, path_of
from almoxarife.wire.accounts import ClientEvent, Event
from almoxarife.wire.sales import CancellationIn, SaleIn
from almoxarife.wire.stock import MovementIn, ReversalIn


class State(StrEnum):
    PENDING = "pending"
    SENT = "sent"
    """Sent without a response so far: the server may or may not have it."""
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
    """The person who confirmed a row, identified by ``account`` alone.

    ``server`` is the address at the time of confirmation; the server may have moved since.
    """

    account: str
    name: str = field(compare=False)
    server: str = field(compare=False)


@dataclass(frozen=True)
class Outgoing:
    """A request that is not in the queue yet. ``reverses`` is the key of the row that it reverses or cancels."""

    kind: Kind
    path: str
    body: bytes
    label: str
    reverses: str | None = None


@dataclass(frozen=True)
class QueuedRow:
    """A request in the queue, as read from disk. ``number`` gives the order of sending on this computer."""

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
    """The server's id of the recorded movement or sale."""
    is_undone: bool

    @property
    def is_waiting(self) -> bool:
        return self.state in {State.PENDING, State.SENT}


def of_movement(movement: MovementIn, label: str) -> Outgoing:
    return Outgoing(Kind.MOVEMENT, "/inventario", json_body(movement), label)


def of_reversal(row: QueuedRow, reason: str) -> Outgoing:
    """The reversal of a movement that the server has recorded. Raises ValueError for any other row."""
    body = json_body(ReversalIn(motivo=reason))
    path = path_of("inventario", _recorded(row), "estorno")
    return Outgoing(Kind.REVERSAL, path, body, f"Estorno de {row.label}", row.key)


def of_sale(sale: SaleIn) -> Outgoing:
    """A sale with the amount that the seller has seen, so that the server refuses it if its own amount differs.

    Raises ValueError for a sale without an amount.
    """
    if sale.amount is None:
        raise ValueError("a sale goes out with its amount")
    return Outgoing(Kind.SALE, "/vendas", json_body(sale), f"Venda {format_money(sale.amount)}")


def of_cancellation(row: QueuedRow, reason: str) -> Outgoing:
    """The cancellation of a sale that the server has recorded. Raises ValueError for any other row."""
    body = json_body(CancellationIn(motivo=reason))
    path = path_of("vendas", _recorded(row), "cancelamento")
    return Outgoing(Kind.CANCELLATION, path, body, f"Cancelamento de {row.label}", row.key)


def _recorded(row: QueuedRow) -> str:
    if row.recorded_id is None:
        raise ValueError(f"the server has recorded nothing of {row.key}")
    return row.recorded_id


def of_closing() -> Outgoing:
    event = ClientEvent(evento=Event.WINDOW_CLOSED)
    return Outgoing(Kind.EVENT, "/historico/eventos", json_body(event), Event.WINDOW_CLOSED.value)

"""What a person confirmed, as it waits to be sent: the exact bytes, whose they are and how far they got."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from urllib.parse import quote

from almoxarife.clients.api.session import json_body
from almoxarife.wire.accounts import ClientEvent, Event
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
    movement_id: str | None
    is_undone: bool

    @property
    def is_waiting(self) -> bool:
        return self.state in {State.PENDING, State.SENT}


def of_movement(movement: MovementIn, label: str) -> Outgoing:
    return Outgoing(Kind.MOVEMENT, "/inventario", json_body(movement), label)


def of_reversal(row: Row, reason: str) -> Outgoing:
    """Takes back a row the server has recorded. Raises ValueError for another one."""
    if row.movement_id is None:
        raise ValueError(f"{row.key} has no movement")
    path = f"/inventario/{quote(row.movement_id, safe='')}/estorno"
    return Outgoing(Kind.REVERSAL, path, json_body(ReversalIn(motivo=reason)), f"Estorno de {row.label}", row.key)


def of_closing() -> Outgoing:
    event = ClientEvent(evento=Event.WINDOW_CLOSED)
    return Outgoing(Kind.EVENT, "/historico/eventos", json_body(event), Event.WINDOW_CLOSED.value)

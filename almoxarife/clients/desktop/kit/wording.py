"""Texts for movements. The signs ▲ and ▼ repeat what the colour says."""

from decimal import Decimal

from almoxarife.brazil import format_number
from almoxarife.wire.stock import KIND_NAMES, Movement, MovementKind

_WORDS = KIND_NAMES | {
    MovementKind.TRANSFER_OUT: "transf. saída",
    MovementKind.TRANSFER_IN: "transf. entrada",
}


def kind_word(kind: MovementKind) -> str:
    return _WORDS[kind]


def sign(movement: Movement) -> str:
    return "▲" if movement.effect >= 0 else "▼"


def signed(effect: Decimal) -> str:
    number = format_number(effect)
    return f"+{number}" if effect >= 0 else number

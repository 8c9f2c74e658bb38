"""The monitor's filter. It limits what is shown; all movements are logged. No widget here."""

from dataclasses import dataclass
from functools import cached_property

from almoxarife.wire.fields import fold
from almoxarife.wire.stock import Movement, MovementKind

ALL_KINDS = "Todos os tipos"
KINDS: dict[str, frozenset[MovementKind]] = {
    ALL_KINDS: frozenset(MovementKind),
    "Entradas": frozenset({MovementKind.ENTRY}),
    "Saídas": frozenset({MovementKind.EXIT}),
    "Vendas": frozenset({MovementKind.SALE}),
    "Ajustes": frozenset({MovementKind.ADJUSTMENT}),
    "Estornos": frozenset({MovementKind.REVERSAL}),
    "Saldos iniciais": frozenset({MovementKind.OPENING}),
    "Transferências": frozenset({MovementKind.TRANSFER_OUT, MovementKind.TRANSFER_IN}),
}
"""The kinds of movement, by the texts to choose from."""


@dataclass(frozen=True)
class MovementFilter:
    kinds: frozenset[MovementKind] = KINDS[ALL_KINDS]
    shop_id: str | None = None
    """None: all shops."""
    text: str = ""

    @property
    def is_narrowed(self) -> bool:
        return self.kinds != KINDS[ALL_KINDS] or self.shop_id is not None or bool(self._words)

    def matches(self, movement: Movement) -> bool:
        """Ignoring case and accents, every word of ``text`` must occur in the movement."""
        if movement.kind not in self.kinds or self.shop_id not in (None, movement.shop_id):
            return False
        if not self._words:
            return True
        searched = _searchable(movement)
        return all(word in searched for word in self._words)

    @cached_property
    def _words(self) -> list[str]:
        return fold(self.text).split()


EVERYTHING = MovementFilter()


def _searchable(movement: Movement) -> str:
    return fold(" ".join((movement.product_name, movement.recorded_by, *movement.notes)))

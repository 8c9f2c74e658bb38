"""The usual quantity of a product's movements, to notice typing errors."""

from collections.abc import Iterable
from decimal import Decimal
from statistics import median

from almoxarife.clients.desktop.cadastro.server_call import ServerCall
from almoxarife.wire.stock import Movement, RecordedKind

TIMES = 10
_LOOKED_AT = 30


class UsualQuantities:
    """Asks the server once for each chosen product, and keeps the movements for when it is away."""

    def __init__(self, server_call: ServerCall) -> None:
        self._server_call = server_call
        self._movements: dict[str, list[Movement]] = {}

    def start_over(self) -> None:
        """Forget everything, for another person or shop."""
        self._server_call.forget()
        self._movements.clear()

    def prepare(self, product_id: str) -> None:
        if product_id not in self._movements:
            self._server_call.ask(
                lambda api: api.product_movements(product_id, limit=_LOOKED_AT),
                then=lambda movements: self._movements.update({product_id: movements}),
                failed=lambda _: None,
            )

    def find(self, product_id: str, kind: RecordedKind) -> Decimal | None:
        return usual_quantity(self._movements.get(product_id, ()), kind)


def usual_quantity(movements: Iterable[Movement], kind: RecordedKind) -> Decimal | None:
    """The median quantity of movements of this kind; None if there is none."""
    quantities = [abs(movement.quantity) for movement in movements if movement.kind.value == kind.value]
    return Decimal(median(quantities)) if quantities else None


def is_unusual(quantity: Decimal, usual: Decimal | None) -> bool:
    return usual is not None and abs(quantity) > TIMES * usual

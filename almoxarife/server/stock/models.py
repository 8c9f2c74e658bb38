"""The ledger: movements are appended, never edited or removed (a trigger refuses both).

``effect`` is signed; the balance of a product in a shop is the sum of its effects. Each row also
stores the balance after it, so that a repeated request is answered as the first one was.
"""

from typing import Annotated, NamedTuple

from sqlalchemy import Boolean, ForeignKey, Index, PrimaryKeyConstraint, String, Table

from almoxarife.server.ids import IdKind
from almoxarife.server.store.columns import (
    TenThousandths,
    UtcDateTime,
    WholeNumber,
    columns_of,
    insert_into,
    micros_to_iso,
    partial_index,
)
from almoxarife.server.store.sessions import Base
from almoxarife.wire.fields import ten_thousandths_to_json


class MovementRow(NamedTuple):
    """A movement as it is stored and read: quantities in ten-thousandths, times in microseconds.

    The annotated fields are the columns of the table, in its order; the last two are joined by ``SELECT_ROWS``.
    """

    seq: Annotated[int, WholeNumber]
    shop_id: Annotated[int, WholeNumber, ForeignKey("shops.id")]
    product_id: Annotated[int, WholeNumber, ForeignKey("products.id")]
    kind: Annotated[str, String(24)]
    quantity: Annotated[int, TenThousandths]
    """As it was sent: positive, or signed for an adjustment."""
    effect: Annotated[int, TenThousandths]
    balance_after: Annotated[int, TenThousandths]
    reason: Annotated[str | None, String(200)]
    document: Annotated[str | None, String(120)]
    supplier: Annotated[str | None, String(120)]
    recorded_by: Annotated[int, WholeNumber, ForeignKey("users.id")]
    recorded_at: Annotated[int, UtcDateTime]
    occurred_at: Annotated[int, UtcDateTime]
    is_clock_corrected: Annotated[int, Boolean]
    is_below_zero: Annotated[int, Boolean]
    reverses: Annotated[int | None, WholeNumber, ForeignKey("movements.seq")]
    product_name: str
    username: str
    """Of the person who recorded it."""

    @property
    def columns(self) -> tuple[object, ...]:
        """The columns of the table: what is inserted, and what an audit entry covers."""
        return self[:-2]

    def to_wire(self) -> dict[str, object]:
        """``wire.stock.Movement``, without the cost of the model: lists may be long."""
        return {
            "id": IdKind.MOVEMENT.to_wire(self.seq),
            "seq": self.seq,
            "produto_id": IdKind.PRODUCT.to_wire(self.product_id),
            "nome_produto": self.product_name,
            "quantidade": ten_thousandths_to_json(self.quantity),
            "variacao": ten_thousandths_to_json(self.effect),
            "saldo": ten_thousandths_to_json(self.balance_after),
            "tipo": self.kind,
            "loja_id": IdKind.SHOP.to_wire(self.shop_id),
            "registrado_por": self.username,
            "timestamp": micros_to_iso(self.recorded_at),
            "ocorrido_em": micros_to_iso(self.occurred_at),
            "motivo": self.reason,
            "documento": self.document,
            "fornecedor": self.supplier,
            "estorna": None if self.reverses is None else IdKind.MOVEMENT.to_wire(self.reverses),
            "relogio_corrigido": bool(self.is_clock_corrected),
            "abaixo_de_zero": bool(self.is_below_zero),
        }


MOVEMENTS = Table(
    "movements",
    Base.metadata,
    *columns_of(MovementRow),
    PrimaryKeyConstraint("seq"),
    Index("ix_movements_product_id_seq", "product_id", "seq"),
    Index("ix_movements_recorded_at", "recorded_at"),
    # Few movements are reversals: the others stay out of the index.
    partial_index("uq_movements_reverses", "reverses", where="reverses IS NOT NULL", is_unique=True),
    sqlite_autoincrement=True,
)
INSERT = insert_into(MOVEMENTS)
SELECT_ROWS = (
    f"SELECT {', '.join(f'm.{column.name}' for column in MOVEMENTS.columns)}, p.name, u.username"  # noqa: S608
    " FROM movements m JOIN products p ON p.id = m.product_id JOIN users u ON u.id = m.recorded_by"
)

"""The ledger: movements are appended, never edited or removed (a trigger refuses both).

``effect`` is signed; the balance of a product in a shop is the sum of its effects.
Each row keeps the balance after it, so that a repeated request gets its first answer.
"""

from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from almoxarife.server.ids import IdKind
from almoxarife.server.store.columns import TenThousandths, UtcDateTime, micros_to_iso, partial_index
from almoxarife.server.store.sessions import Base
from almoxarife.wire.fields import ten_thousandths_to_json


class Movement(Base):
    __tablename__ = "movements"
    __table_args__ = (
        Index("ix_movements_product_id_seq", "product_id", "seq"),
        Index("ix_movements_recorded_at", "recorded_at"),
        # Few movements are reversals: the others stay out of the index.
        partial_index("uq_movements_reverses", "reverses", where="reverses IS NOT NULL", is_unique=True),
        {"sqlite_autoincrement": True},
    )

    seq: Mapped[int] = mapped_column(primary_key=True)
    shop_id: Mapped[int] = mapped_column(ForeignKey("shops.id"))
    product_id: Mapped[int] = mapped_column(ForeignKey("products.id"))
    kind: Mapped[str] = mapped_column(String(24))
    quantity: Mapped[Decimal] = mapped_column(TenThousandths)
    """As asked: positive, signed for an adjustment."""
    effect: Mapped[Decimal] = mapped_column(TenThousandths)
    balance_after: Mapped[Decimal] = mapped_column(TenThousandths)
    reason: Mapped[str | None] = mapped_column(String(200))
    document: Mapped[str | None] = mapped_column(String(120))
    supplier: Mapped[str | None] = mapped_column(String(120))
    recorded_by: Mapped[int] = mapped_column(ForeignKey("users.id"))
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    occurred_at: Mapped[datetime] = mapped_column(UtcDateTime)
    is_clock_corrected: Mapped[bool] = mapped_column(default=False)
    is_below_zero: Mapped[bool] = mapped_column(default=False)
    reverses: Mapped[int | None] = mapped_column(ForeignKey("movements.seq"))


class MovementRow(NamedTuple):
    """A movement with its names, as ``SELECT_ROWS`` reads it: ten-thousandths, microseconds."""

    seq: int
    product_id: int
    product_name: str
    quantity: int
    effect: int
    balance_after: int
    kind: str
    shop_id: int
    recorded_by: str
    recorded_at: int
    occurred_at: int
    reason: str | None
    document: str | None
    supplier: str | None
    reverses: int | None
    is_clock_corrected: int
    is_below_zero: int

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
            "registrado_por": self.recorded_by,
            "timestamp": micros_to_iso(self.recorded_at),
            "ocorrido_em": micros_to_iso(self.occurred_at),
            "motivo": self.reason,
            "documento": self.document,
            "fornecedor": self.supplier,
            "estorna": None if self.reverses is None else IdKind.MOVEMENT.to_wire(self.reverses),
            "relogio_corrigido": bool(self.is_clock_corrected),
            "abaixo_de_zero": bool(self.is_below_zero),
        }


SELECT_ROWS = (
    "SELECT m.seq, m.product_id, p.name, m.quantity, m.effect, m.balance_after, m.kind, m.shop_id, u.username,"
    " m.recorded_at, m.occurred_at, m.reason, m.document, m.supplier, m.reverses, m.is_clock_corrected, m.is_below_zero"
    " FROM movements m JOIN products p ON p.id = m.product_id JOIN users u ON u.id = m.recorded_by"
)

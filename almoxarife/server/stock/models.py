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
from almoxarife.server.store.columns import TenThousandths, UtcDateTime, insert_into, micros_to_iso, partial_index
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


COLUMNS = tuple(Movement.__table__.columns.keys())
INSERT = insert_into(Movement.__table__)
_OF_THE_LEDGER = ", ".join(f"m.{column}" for column in COLUMNS)
SELECT_ROWS = (
    f"SELECT {_OF_THE_LEDGER}, p.name, u.username"  # noqa: S608  # the names of our own columns
    " FROM movements m JOIN products p ON p.id = m.product_id JOIN users u ON u.id = m.recorded_by"
)


class MovementRow(NamedTuple):
    """``COLUMNS`` and the names, as ``SELECT_ROWS`` reads them: ten-thousandths, microseconds."""

    seq: int
    shop_id: int
    product_id: int
    kind: str
    quantity: int
    effect: int
    balance_after: int
    reason: str | None
    document: str | None
    supplier: str | None
    recorded_by: int
    recorded_at: int
    occurred_at: int
    is_clock_corrected: int
    is_below_zero: int
    reverses: int | None
    product_name: str
    username: str
    """Of who recorded it."""

    @property
    def columns(self) -> tuple[object, ...]:
        """What is written, and what an entry of the trail covers."""
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

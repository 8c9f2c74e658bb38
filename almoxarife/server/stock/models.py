"""The ledger: movements are appended, never edited or removed (a trigger refuses both).

``effect`` is signed; the balance of a product in a shop is the sum of its effects.
Each row keeps the balance after it, so that a repeated request gets its first answer.
"""

from datetime import datetime
from decimal import Decimal

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from almoxarife.server.database import Base, TenThousandths, UtcDateTime


class Movement(Base):
    __tablename__ = "movements"
    __table_args__ = (
        Index("ix_movements_product_id_seq", "product_id", "seq"),
        Index("ix_movements_recorded_at", "recorded_at"),
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
    reverses: Mapped[int | None] = mapped_column(ForeignKey("movements.seq"), unique=True)

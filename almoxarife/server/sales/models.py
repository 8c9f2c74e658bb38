"""Sales are appended, never edited or removed (triggers refuse both); a cancellation is a row of its own.

Money is in whole centavos. Totals by day and month are stored beside the sales, and written in
the same transaction (``upkeep/sales_totals.py``).
"""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from almoxarife.server.ids import IdKind
from almoxarife.server.store.columns import Centavos, TenThousandths, UtcDateTime, micros_to_iso
from almoxarife.server.store.sessions import Base
from almoxarife.wire.fields import ten_thousandths_to_json


class Sale(Base):
    __tablename__ = "sales"
    __table_args__ = (
        Index("ix_sales_occurred_at_seq", "occurred_at", "seq"),
        Index("ix_sales_seller_id_occurred_at_seq", "seller_id", "occurred_at", "seq"),
        {"sqlite_autoincrement": True},
    )

    seq: Mapped[int] = mapped_column(primary_key=True)
    shop_id: Mapped[int] = mapped_column(ForeignKey("shops.id"))
    seller_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    amount: Mapped[Decimal] = mapped_column(Centavos)
    discount: Mapped[Decimal] = mapped_column(Centavos)
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    occurred_at: Mapped[datetime] = mapped_column(UtcDateTime)
    is_clock_corrected: Mapped[bool]
    is_below_zero: Mapped[bool]


class SaleItem(Base):
    __tablename__ = "sale_items"
    __table_args__ = (
        # For the foreign key: without it, SQLite reads all items for each movement that is inserted with others.
        Index("uq_sale_items_movement_seq", "movement_seq", unique=True),
        Index("ix_sale_items_product_id", "product_id"),
        {"sqlite_with_rowid": False},
    )

    sale_seq: Mapped[int] = mapped_column(ForeignKey("sales.seq"), primary_key=True)
    line: Mapped[int] = mapped_column(primary_key=True)
    """From 1."""
    product_id: Mapped[int] = mapped_column(ForeignKey("products.id"))
    quantity: Mapped[Decimal] = mapped_column(TenThousandths)
    price: Mapped[Decimal] = mapped_column(Centavos)
    subtotal: Mapped[Decimal] = mapped_column(Centavos)
    discount: Mapped[Decimal] = mapped_column(Centavos)
    """The line's share in the discount of the sale."""
    movement_seq: Mapped[int] = mapped_column(ForeignKey("movements.seq"))


class SaleCancellation(Base):
    __tablename__ = "sale_cancellations"

    sale_seq: Mapped[int] = mapped_column(ForeignKey("sales.seq"), primary_key=True, autoincrement=False)
    """The primary key, so that a sale is cancelled only once."""
    reason: Mapped[str] = mapped_column(String(200))
    cancelled_by: Mapped[int] = mapped_column(ForeignKey("users.id"))
    cancelled_at: Mapped[datetime] = mapped_column(UtcDateTime)


class SaleSum(Base):
    """The total of a shop in a period: of the whole shop, a seller, an hour of the day or a product."""

    __tablename__ = "sale_sums"
    __table_args__ = ({"sqlite_with_rowid": False},)

    dimension: Mapped[str] = mapped_column(String(10), primary_key=True)
    period: Mapped[int] = mapped_column(primary_key=True)
    """20231120 is a day, 202311 a month; see ``periods.py``."""
    shop_id: Mapped[int] = mapped_column(ForeignKey("shops.id"), primary_key=True)
    key: Mapped[int] = mapped_column(primary_key=True)
    """The id of the seller or product, or the hour, as ``dimension`` says; 0 for the whole shop."""
    amount: Mapped[Decimal] = mapped_column(Centavos)
    sales: Mapped[int]
    quantity: Mapped[Decimal] = mapped_column(TenThousandths, server_default="0")
    """Of a product, in its unit; 0 for all else."""


class SaleCalendar(Base):
    """One row: the time zone of the days in ``sale_sums``."""

    __tablename__ = "sale_calendar"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    zone: Mapped[str] = mapped_column(String(60))


def centavos_to_wire(centavos: int) -> str:
    """1990 as "19.90"."""
    reais, rest = divmod(centavos, 100)
    return f"{reais}.{rest:02}"


class ItemRow(NamedTuple):
    """A line of a sale with its product, as ``SELECT_ITEMS`` reads it; in ten-thousandths and centavos."""

    sale_seq: int
    product_id: int
    product_name: str
    unit: str
    quantity: int
    price: int
    subtotal: int
    discount: int
    movement_seq: int
    is_below_zero: int

    def to_wire(self) -> dict[str, object]:
        return {
            "produto_id": IdKind.PRODUCT.to_wire(self.product_id),
            "nome_produto": self.product_name,
            "unidade": self.unit,
            "quantidade": ten_thousandths_to_json(self.quantity),
            "preco": centavos_to_wire(self.price),
            "subtotal": centavos_to_wire(self.subtotal),
            "desconto": centavos_to_wire(self.discount),
            "movimentacao_id": IdKind.MOVEMENT.to_wire(self.movement_seq),
            "estoque_negativo": bool(self.is_below_zero),
        }


SELECT_ITEMS = (
    "SELECT i.sale_seq, i.product_id, p.name, p.unit, i.quantity, i.price, i.subtotal, i.discount, i.movement_seq,"
    " m.is_below_zero"
    " FROM asked a JOIN sale_items i ON i.sale_seq = a.seq JOIN products p ON p.id = i.product_id"
    " JOIN movements m ON m.seq = i.movement_seq"
)


class SaleRow(NamedTuple):
    """A sale with people's names and its cancellation, as ``SELECT_ROWS`` reads it; in centavos and microseconds."""

    seq: int
    shop_id: int
    seller_id: int
    seller_name: str
    amount: int
    discount: int
    recorded_at: int
    occurred_at: int
    is_clock_corrected: int
    is_below_zero: int
    cancelled_at: int | None = None
    cancelled_by: int | None = None
    cancelled_by_name: str | None = None
    reason: str | None = None

    def to_wire(self, items: Sequence[ItemRow]) -> dict[str, object]:
        """``wire.sales.Sale``, without the cost of the model: lists may be long."""
        return {
            "id": IdKind.SALE.to_wire(self.seq),
            "seq": self.seq,
            "loja_id": IdKind.SHOP.to_wire(self.shop_id),
            "vendedor": {"id": IdKind.USER.to_wire(self.seller_id), "nome": self.seller_name},
            "valor": centavos_to_wire(self.amount),
            "desconto": centavos_to_wire(self.discount),
            "itens": [item.to_wire() for item in items],
            "registrada_em": micros_to_iso(self.recorded_at),
            "ocorrido_em": micros_to_iso(self.occurred_at),
            "estoque_negativo": bool(self.is_below_zero),
            "relogio_corrigido": bool(self.is_clock_corrected),
            "cancelada_em": None if self.cancelled_at is None else micros_to_iso(self.cancelled_at),
            "cancelada_por": (
                None
                if self.cancelled_by is None
                else {"id": IdKind.USER.to_wire(self.cancelled_by), "nome": self.cancelled_by_name}
            ),
            "motivo_cancelamento": self.reason,
        }


SELECT_ROWS = (
    "SELECT s.seq, s.shop_id, s.seller_id, coalesce(u.full_name, u.username), s.amount, s.discount, s.recorded_at,"
    " s.occurred_at, s.is_clock_corrected, s.is_below_zero, c.cancelled_at, c.cancelled_by,"
    " coalesce(b.full_name, b.username), c.reason"
    " FROM sales s JOIN users u ON u.id = s.seller_id"
    " LEFT JOIN sale_cancellations c ON c.sale_seq = s.seq LEFT JOIN users b ON b.id = c.cancelled_by"
)

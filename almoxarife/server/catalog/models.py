"""Products, and the balance of each in each shop.

A balance is a cache of the ledger: it changes in the transaction that appends the
movement, and recomputing it from the movements must give the same number.
"""

from datetime import datetime
from decimal import Decimal

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from almoxarife.server.store.columns import Centavos, TenThousandths, UtcDateTime
from almoxarife.server.store.sessions import Base

TAKEN_BACK = "\x1f"
"""First character of the folded name of a product whose import was undone; no other name begins with it. Another
product may have its name and codes, and no list shows it."""


class Product(Base):
    __tablename__ = "products"
    __table_args__ = (
        Index("uq_products_gtin", "gtin", unique=True),
        Index("uq_products_sku_folded", "sku_folded", unique=True),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    name_folded: Mapped[str] = mapped_column(String(600), unique=True)
    """Case-folded; accents count, so two products may differ in an accent."""
    unit: Mapped[str] = mapped_column(String(6))
    barcode: Mapped[str | None] = mapped_column(String(14), unique=True)
    """As it was typed."""
    minimum_stock: Mapped[Decimal | None] = mapped_column(TenThousandths)
    price: Mapped[Decimal | None] = mapped_column(Centavos)
    is_active: Mapped[bool] = mapped_column(default=True)
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[int] = mapped_column(ForeignKey("users.id"))
    name_searched: Mapped[str] = mapped_column(String(600), server_default="")
    """Without accents and case."""
    gtin: Mapped[str | None] = mapped_column(String(14))
    """The barcode as 14 digits. Also None while an older product has the same one (``service.list_shared_codes``)."""
    sku: Mapped[str | None] = mapped_column(String(40))
    """The shop's own short code, as it was typed."""
    sku_folded: Mapped[str | None] = mapped_column(String(120))
    cost: Mapped[Decimal | None] = mapped_column(Centavos)
    """Of one unit. Sellers do not see it."""


class ProductCode(Base):
    """A further barcode of a product, or of a box of it. It is not the barcode in ``Product`` of any product."""

    __tablename__ = "product_codes"
    __table_args__ = (Index("ix_product_codes_product_id", "product_id"),)

    gtin: Mapped[str] = mapped_column(String(14), primary_key=True)
    """The barcode as 14 digits."""
    code: Mapped[str] = mapped_column(String(14))
    """As it was typed."""
    product_id: Mapped[int] = mapped_column(ForeignKey("products.id"))
    factor: Mapped[Decimal] = mapped_column(TenThousandths)
    """How many of the product are in the box; 1 for the product itself."""


class Unit(Base):
    """A unit of measure. Administradores add units, and remove unused ones of their own."""

    __tablename__ = "units"

    code: Mapped[str] = mapped_column(String(6), primary_key=True)
    name: Mapped[str] = mapped_column(String(60))
    takes_decimals: Mapped[bool]


class Balance(Base):
    __tablename__ = "balances"
    __table_args__ = (Index("ix_balances_product_id", "product_id"),)

    shop_id: Mapped[int] = mapped_column(ForeignKey("shops.id"), primary_key=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("products.id"), primary_key=True)
    quantity: Mapped[Decimal] = mapped_column(TenThousandths)

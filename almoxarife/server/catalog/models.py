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
"""Begins the folded name of a product that an import had made and that was taken back with it. No name begins so:
its own, and its codes, are free for another product, and no list shows it."""


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
    """Without case: two products may differ in an accent."""
    unit: Mapped[str] = mapped_column(String(6))
    barcode: Mapped[str | None] = mapped_column(String(14), unique=True)
    """As it was given."""
    minimum_stock: Mapped[Decimal | None] = mapped_column(TenThousandths)
    price: Mapped[Decimal | None] = mapped_column(Centavos)
    is_active: Mapped[bool] = mapped_column(default=True)
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[int] = mapped_column(ForeignKey("users.id"))
    name_searched: Mapped[str] = mapped_column(String(600), server_default="")
    """Without accents and case."""
    gtin: Mapped[str | None] = mapped_column(String(14))
    """The barcode in 14 places. None too while an older product has the same one: ``service.list_shared_codes``."""
    sku: Mapped[str | None] = mapped_column(String(40))
    """The shop's own short code, as it was given."""
    sku_folded: Mapped[str | None] = mapped_column(String(120))
    cost: Mapped[Decimal | None] = mapped_column(Centavos)
    """Of one. Sellers do not see it."""


class ProductCode(Base):
    """A further barcode of a product, or that of a box of it. No product has it as its own."""

    __tablename__ = "product_codes"
    __table_args__ = (Index("ix_product_codes_product_id", "product_id"),)

    gtin: Mapped[str] = mapped_column(String(14), primary_key=True)
    """In 14 places."""
    code: Mapped[str] = mapped_column(String(14))
    """As it was given."""
    product_id: Mapped[int] = mapped_column(ForeignKey("products.id"))
    factor: Mapped[Decimal] = mapped_column(TenThousandths)
    """How many of the product are in what it is on."""


class Unit(Base):
    """How something is counted; an administrador adds some, none goes away."""

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

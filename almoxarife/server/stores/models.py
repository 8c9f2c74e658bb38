"""Tables of shops, with their policy for balances below zero, and of chains."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from almoxarife.server.store.columns import UtcDateTime
from almoxarife.server.store.sessions import Base


class StockPolicy(StrEnum):
    BLOCK = "bloquear"
    ALLOW = "permitir"


class Chain(Base):
    """Shops of one owner."""

    __tablename__ = "chains"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    name_folded: Mapped[str] = mapped_column(String(400), unique=True)
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Shop(Base):
    __tablename__ = "shops"
    __table_args__ = (Index("uq_shops_cnpj", "cnpj", unique=True),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    name_folded: Mapped[str] = mapped_column(String(400), unique=True)
    policy: Mapped[str] = mapped_column(String(10), default=StockPolicy.BLOCK)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    cnpj: Mapped[str | None] = mapped_column(String(14))
    """Fourteen letters and digits, without punctuation."""
    chain_id: Mapped[int | None] = mapped_column(ForeignKey("chains.id"))
    is_active: Mapped[bool] = mapped_column(default=True)
    """An inactive shop takes no new movements, and is seen as before."""
    version: Mapped[int] = mapped_column(default=1)
    scale_label: Mapped[str | None] = mapped_column(String(10))
    """The format of its scale's labels, as "peso-5"; None for a shop without such a scale."""

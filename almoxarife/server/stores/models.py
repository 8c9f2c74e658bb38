"""A shop, and what it does when an exit would take a balance below zero."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from almoxarife.server.store.columns import UtcDateTime
from almoxarife.server.store.sessions import Base


class StockPolicy(StrEnum):
    BLOCK = "bloquear"
    ALLOW = "permitir"


class Shop(Base):
    __tablename__ = "shops"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    name_folded: Mapped[str] = mapped_column(String(400), unique=True)
    policy: Mapped[str] = mapped_column(String(10), default=StockPolicy.BLOCK)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

"""The responses to lists of people, and the objects that were refused.

The names are those of the older program, whose tables are views of these.
"""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from almoxarife.server.store.columns import UtcDateTime
from almoxarife.server.store.sessions import Base


class Code(Base):
    """A response to a list."""

    __tablename__ = "codes"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[int]
    """The status of the response."""
    method: Mapped[str] = mapped_column(String(10))
    answered_at: Mapped[datetime] = mapped_column(UtcDateTime)
    description: Mapped[str] = mapped_column(String(500))


class BadUser(Base):
    """An object of a list that was refused."""

    __tablename__ = "bad_users"
    __table_args__ = (Index("ix_bad_users_login_folded", "login_folded"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    code_id: Mapped[int] = mapped_column(ForeignKey("codes.id"), index=True)
    object_id: Mapped[int]
    """Its number in the list, from 1."""
    login: Mapped[str | None] = mapped_column(String(60))
    login_folded: Mapped[str | None] = mapped_column(String(180))
    """To find the rows of a person who is erased."""
    description: Mapped[str] = mapped_column(String(500))


class ZoneOffset(Base):
    """The offset of the shop's zone from UTC, from a second on: views in SQLite cannot convert time zones."""

    __tablename__ = "zone_offsets"

    since_s: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    offset_s: Mapped[int]

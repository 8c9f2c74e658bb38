"""What was answered to each list of people, and whom it could not make.

The names are those of the older program, whose readers find the same in views.
"""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from almoxarife.server.store.columns import UtcDateTime
from almoxarife.server.store.sessions import Base


class Code(Base):
    """One answer."""

    __tablename__ = "codes"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[int]
    """The status of the answer."""
    method: Mapped[str] = mapped_column(String(10))
    answered_at: Mapped[datetime] = mapped_column(UtcDateTime)
    description: Mapped[str] = mapped_column(String(500))


class BadUser(Base):
    """One object of a list that no person was made of."""

    __tablename__ = "bad_users"
    __table_args__ = (Index("ix_bad_users_login_folded", "login_folded"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    code_id: Mapped[int] = mapped_column(ForeignKey("codes.id"), index=True)
    object_id: Mapped[int]
    """Its place in the list, from 1 on."""
    login: Mapped[str | None] = mapped_column(String(60))
    login_folded: Mapped[str | None] = mapped_column(String(180))
    """By which it is found where its person is erased."""
    description: Mapped[str] = mapped_column(String(500))


class ZoneOffset(Base):
    """How far the shop's zone is from UTC since a second: a file's views have no other way to know."""

    __tablename__ = "zone_offsets"

    since_s: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    offset_s: Mapped[int]

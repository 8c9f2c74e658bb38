"""People and what they have open.

A token names a user, a login session and the user's generation: ending the session
kills one token, raising the generation kills them all.
"""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from almoxarife.server.store.columns import UtcDateTime
from almoxarife.server.store.sessions import Base
from almoxarife.server.stores.models import Shop


class UserShop(Base):
    """The shops a person sees and acts in; an administrador needs none, they see all."""

    __tablename__ = "user_shops"

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True)
    shop_id: Mapped[int] = mapped_column(ForeignKey("shops.id"), primary_key=True)


class User(Base):
    __tablename__ = "users"
    __table_args__ = (
        *(Index(f"uq_users_{column}", column, unique=True) for column in ("cpf_hash", "email_folded", "phone")),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str] = mapped_column(String(60))
    username_folded: Mapped[str] = mapped_column(String(180), unique=True)
    """Without case; accents count, "Ana" and "Aná" are two people."""
    username_upper: Mapped[str | None] = mapped_column(String(180))
    """In capitals, for the views of older readers: not every database can make them."""
    password_hash: Mapped[str | None] = mapped_column(String(255))
    """None: erased, nobody logs in with it."""
    is_password_weak: Mapped[bool] = mapped_column(default=False)
    """Made on loopback below the rules for the network: works from loopback alone."""
    must_change_password: Mapped[bool] = mapped_column(default=False)
    role: Mapped[str] = mapped_column(String(20))
    state: Mapped[str] = mapped_column(String(10))
    generation: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_login_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    usual_shop_id: Mapped[int | None] = mapped_column(ForeignKey("shops.id"))
    """What an administrador means who records something and names no shop, as older clients do."""
    erased_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """Since then nothing here is personal, and nobody finds the row but by what it recorded."""

    full_name: Mapped[str | None] = mapped_column(String(60))
    cpf_hash: Mapped[str | None] = mapped_column(String(64))
    """Under a key of its own (``cpf.py``); the CPF itself is kept nowhere."""
    cpf_mask: Mapped[str | None] = mapped_column(String(14))
    birth_year: Mapped[int | None]

    first_name: Mapped[str | None] = mapped_column(String(50))
    last_name: Mapped[str | None] = mapped_column(String(50))
    patronymic: Mapped[str | None] = mapped_column(String(50))
    birthday: Mapped[str | None] = mapped_column(String(10))
    """As ISO writes a day."""
    email: Mapped[str | None] = mapped_column(String(254))
    email_folded: Mapped[str | None] = mapped_column(String(254))
    phone: Mapped[str | None] = mapped_column(String(15))
    """Digits alone."""

    shops: Mapped[list[Shop]] = relationship(secondary="user_shops", lazy="selectin", order_by=Shop.id)

    @validates("username")
    def _raise(self, _: str, username: str) -> str:
        self.username_upper = username.upper()
        return username


class DirectoryPerson(Base):
    """Somebody whom another program knows, under that program's own number."""

    __tablename__ = "directory_people"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(String(200))
    email: Mapped[str | None] = mapped_column(String(254))
    age: Mapped[int | None]
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"), index=True)
    """The account of the same person, where an administrador has said so."""


class LoginSession(Base):
    __tablename__ = "login_sessions"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class LoginFailure(Base):
    """One failed login. The name is kept as a keyed hash: people type passwords there."""

    __tablename__ = "login_failures"
    __table_args__ = (
        Index("ix_login_failures_name_hash_address", "name_hash", "address"),
        Index("ix_login_failures_address", "address"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name_hash: Mapped[str] = mapped_column(String(32))
    address: Mapped[str] = mapped_column(String(45))
    failed_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)

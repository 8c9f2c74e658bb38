"""Tables of people, their login sessions and failed logins.

A token holds the ids of a user and a login session and the user's generation: ending the session
revokes one token, raising the generation revokes all.
"""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from almoxarife.server.store.columns import UtcDateTime
from almoxarife.server.store.sessions import Base
from almoxarife.server.stores.models import Shop


class UserShop(Base):
    """The shops that a person sees and acts in. Administradores see all and need no rows here."""

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
    """Case-folded; accents count: "Ana" and "Aná" are two people."""
    username_upper: Mapped[str | None] = mapped_column(String(180))
    """In upper case, for the views that older programs read: SQLite has no ``upper`` for all letters."""
    password_hash: Mapped[str | None] = mapped_column(String(255))
    """None where the person was erased."""
    is_password_weak: Mapped[bool] = mapped_column(default=False)
    """Chosen on the server's own machine, below the rules for the network: works only there."""
    must_change_password: Mapped[bool] = mapped_column(default=False)
    role: Mapped[str] = mapped_column(String(20))
    state: Mapped[str] = mapped_column(String(10))
    generation: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_login_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    usual_shop_id: Mapped[int | None] = mapped_column(ForeignKey("shops.id"))
    """The shop for an administrador's requests that name none, as those of older clients do."""
    erased_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """From then on the row holds nothing personal and is in no list."""

    full_name: Mapped[str | None] = mapped_column(String(60))
    cpf_hash: Mapped[str | None] = mapped_column(String(64))
    """See ``cpf.py``."""
    cpf_mask: Mapped[str | None] = mapped_column(String(14))
    birth_year: Mapped[int | None]

    first_name: Mapped[str | None] = mapped_column(String(50))
    last_name: Mapped[str | None] = mapped_column(String(50))
    patronymic: Mapped[str | None] = mapped_column(String(50))
    birthday: Mapped[str | None] = mapped_column(String(10))
    """YYYY-MM-DD."""
    email: Mapped[str | None] = mapped_column(String(254))
    email_folded: Mapped[str | None] = mapped_column(String(254))
    phone: Mapped[str | None] = mapped_column(String(15))
    """Only digits."""

    shops: Mapped[list[Shop]] = relationship(secondary="user_shops", lazy="selectin", order_by=Shop.id)

    @validates("username")
    def _set_upper(self, _: str, username: str) -> str:
        self.username_upper = username.upper()
        return username


class DirectoryPerson(Base):
    """A person as another program knows them, with that program's own number (``/users/``)."""

    __tablename__ = "directory_people"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(String(200))
    email: Mapped[str | None] = mapped_column(String(254))
    age: Mapped[int | None]
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"), index=True)
    """The account of the same person, if an administrador has linked it."""


class LoginSession(Base):
    __tablename__ = "login_sessions"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class LoginFailure(Base):
    """A failed login. The name is stored as a keyed hash, because people type their password there by mistake."""

    __tablename__ = "login_failures"
    __table_args__ = (
        Index("ix_login_failures_name_hash_address", "name_hash", "address"),
        Index("ix_login_failures_address", "address"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name_hash: Mapped[str] = mapped_column(String(32))
    address: Mapped[str] = mapped_column(String(45))
    failed_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)

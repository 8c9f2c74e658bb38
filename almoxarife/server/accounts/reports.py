"""Reads people for others than administradores: sellers and names for managers, CPFs for the start of the server."""

from collections.abc import Collection

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from almoxarife.server.accounts.models import User, UserShop
from almoxarife.server.identity import Identity
from almoxarife.server.store.sessions import raw
from almoxarife.wire.accounts import AccountState, Role


def list_sellers(session: Session, shop_ids: tuple[int, ...] | None, *, after: int, limit: int | None) -> list[User]:
    """The sellers of these shops, None for all shops, in the order in which they registered."""
    query = select(User).where(User.id > after, User.role == Role.SELLER, User.erased_at.is_(None)).order_by(User.id)
    query = query.where(User.state != AccountState.PENDING)
    if shop_ids is not None:
        query = query.where(User.id.in_(select(UserShop.user_id).where(UserShop.shop_id.in_(shop_ids))))
    return list(session.scalars(query.limit(limit)))


def find_names(session: Session, user_ids: Collection[int], *, by: Identity) -> dict[int, str]:
    """The full names, or user names, of those whom ``by`` may see: a gerente the people of their own shops."""
    query = select(User.id, func.coalesce(User.full_name, User.username)).where(User.id.in_(user_ids))
    if not by.may(Role.ADMIN):
        of_their_shops = select(UserShop.user_id).where(UserShop.shop_id.in_(by.shop_ids))
        query = query.where(or_(User.id == by.user_id, User.role == Role.ADMIN, User.id.in_(of_their_shops)))
    return {row[0]: row[1] for row in session.execute(query)}


def has_cpfs(session: Session) -> bool:
    """Whether anybody has registered a CPF."""
    return bool(raw(session).execute("SELECT EXISTS (SELECT 1 FROM users WHERE cpf_hash IS NOT NULL)")[0][0])

"""Shops and their stock policy."""

from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from almoxarife.server.audit import service as audit
from almoxarife.server.audit.tags import Tag
from almoxarife.server.errors import ShopExists, ShopNotFound
from almoxarife.server.ids import IdKind
from almoxarife.server.store.sessions import touch
from almoxarife.server.stores.models import Shop, StockPolicy
from almoxarife.wire.fields import fold, tidy

DEFAULT_SHOP_ID = 1
"""The shop "Matriz", made with the database."""


# What other features need of shops.
__all__ = ["DEFAULT_SHOP_ID", "Shop", "StockPolicy", "create_shop", "get_shop", "list_shops", "set_policy"]


def list_shops(session: Session) -> list[Shop]:
    return list(session.scalars(select(Shop).order_by(Shop.id)))


def get_shop(session: Session, shop_id: int) -> Shop:
    """Raises ShopNotFound."""
    shop = session.get(Shop, shop_id)
    if shop is None:
        raise ShopNotFound
    return shop


def create_shop(session: Session, name: str) -> Shop:
    """Raises ShopExists; records ``stores:shop:created``."""
    name = tidy(name)
    shop = Shop(name=name, name_folded=fold(name), policy=StockPolicy.BLOCK, created_at=datetime.now(UTC))
    session.add(shop)
    try:
        session.flush()
    except IntegrityError:
        raise ShopExists from None
    audit.record(session, Tag.SHOP_CREATED, subject=IdKind.SHOP.to_wire(shop.id))
    touch(session, "people", "products")
    return shop


def set_policy(session: Session, shop_id: int, policy: StockPolicy) -> Shop:
    """Raises ShopNotFound; records ``stores:shop:changed``."""
    shop = get_shop(session, shop_id)
    shop.policy = policy
    session.flush()
    audit.record(session, Tag.SHOP_CHANGED, subject=IdKind.SHOP.to_wire(shop.id), cause=policy)
    return shop

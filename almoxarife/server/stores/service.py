"""Creates, changes and lists shops and chains."""

from collections.abc import Callable, Collection
from datetime import UTC, datetime
from functools import partial

from sqlalchemy import select
from sqlalchemy.orm import Session

from almoxarife import brazil
from almoxarife.server.audit import service as audit
from almoxarife.server.audit.tags import Tag
from almoxarife.server.errors import ChainNotFound, ShopNotFound, StaleVersion, bad_fields
from almoxarife.server.identity import Identity
from almoxarife.server.ids import IdKind
from almoxarife.server.store.database import flush_unique
from almoxarife.server.store.sessions import mark_changed, raw
from almoxarife.server.stores.errors import ChainExists, ShopExists
from almoxarife.server.stores.models import Chain, Shop, StockPolicy
from almoxarife.wire.fields import fold, normalize_text
from almoxarife.wire.problem import FieldError
from almoxarife.wire.stores import CNPJ_REFUSED, LabelContent, ScaleLabel

DEFAULT_SHOP_ID = 1
"""The shop "Matriz", which is created with the database."""


UNCHANGED = ScaleLabel(conteudo=LabelContent.WEIGHT, digitos=4)
"""A sentinel, compared by identity: keep the format of the labels."""

# What other features need of shops.
__all__ = [
    "DEFAULT_SHOP_ID",
    "Chain",
    "Shop",
    "StockPolicy",
    "change_chain",
    "change_shop",
    "create_chain",
    "create_shop",
    "get_shop",
    "list_chains",
    "list_closed",
    "list_shops",
    "read_label",
    "rename_first_shop",
    "set_policy",
]


def list_shops(session: Session, chain_id: int | None = None) -> list[Shop]:
    query = select(Shop).order_by(Shop.id)
    return list(session.scalars(query if chain_id is None else query.where(Shop.chain_id == chain_id)))


def get_shop(session: Session, shop_id: int) -> Shop:
    """Raises ShopNotFound."""
    shop = session.get(Shop, shop_id)
    if shop is None:
        raise ShopNotFound
    return shop


def list_closed(session: Session) -> Callable[[], set[int]]:
    """The inactive shops. Sent now; calling the result waits for the database."""
    rows = raw(session).send("SELECT id FROM shops WHERE NOT is_active")
    return lambda: {shop_id for (shop_id,) in rows()}


def create_shop(
    session: Session,
    name: str,
    *,
    cnpj: str | None = None,
    chain_id: int | None = None,
    scale_label: ScaleLabel | None = None,
    by: Identity | None = None,
) -> Shop:
    """Raises ShopExists, ChainNotFound; records ``stores:shop:created``. ``by`` is None on the server's own console."""
    name = normalize_text(name)
    if chain_id is not None:
        get_chain(session, chain_id)
    shop = Shop(
        name=name,
        name_folded=fold(name),
        policy=StockPolicy.BLOCK,
        created_at=datetime.now(UTC),
        cnpj=cnpj,
        chain_id=chain_id,
        scale_label=_write_label(scale_label),
        is_active=True,
        version=1,
    )
    session.add(shop)
    flush_unique(session, partial(_find_twin_of_shop, session, name, cnpj))
    audit.record(session, Tag.SHOP_CREATED, by=by, subject=IdKind.SHOP.to_wire(shop.id))
    mark_changed(session, "people", "products")
    return shop


def rename_first_shop(session: Session, name: str, *, cnpj: str, chain_id: int) -> Shop:
    """Rename the shop that every database begins with, for demo data; records ``stores:shop:changed``."""
    shop = get_shop(session, DEFAULT_SHOP_ID)
    shop.name, shop.name_folded, shop.cnpj, shop.chain_id = name, fold(name), cnpj, chain_id
    shop.version += 1
    flush_unique(session, partial(_find_twin_of_shop, session, name, cnpj, DEFAULT_SHOP_ID))
    cause = f"versao {shop.version}"
    audit.record(session, Tag.SHOP_CHANGED, subject=IdKind.SHOP.to_wire(shop.id), cause=cause)
    return shop


def change_shop(
    session: Session,
    shop_id: int,
    *,
    name: str,
    cnpj: str | None,
    chain_id: int | None,
    is_active: bool,
    scale_label: ScaleLabel | None = UNCHANGED,
    versions: frozenset[str] | None,
    by: Identity,
) -> Shop:
    """Change a shop. Raises ShopNotFound, StaleVersion, ShopExists, ChainNotFound, BadRequest.

    ``versions`` are those of ``If-Match``, None for ``*``. Records ``stores:shop:changed``.
    """
    shop = get_shop(session, shop_id)
    _require_version(shop.version, versions)
    if cnpj is not None and cnpj != shop.cnpj and not brazil.is_cnpj(cnpj):
        raise bad_fields([FieldError(campo="cnpj", mensagem=CNPJ_REFUSED)])
    if chain_id is not None:
        get_chain(session, chain_id)
    shop.name, shop.name_folded = name, fold(name)
    shop.cnpj, shop.chain_id, shop.is_active = cnpj, chain_id, is_active
    if scale_label is not UNCHANGED:
        shop.scale_label = _write_label(scale_label)
    shop.version += 1
    flush_unique(session, partial(_find_twin_of_shop, session, name, cnpj, shop_id))
    audit.record(
        session,
        Tag.SHOP_CHANGED,
        by=by,
        subject=IdKind.SHOP.to_wire(shop.id),
        cause=f"versao {shop.version}",
    )
    mark_changed(session, "people")
    return shop


def read_label(shop: Shop) -> ScaleLabel | None:
    """The format of the shop's scale labels, if it has a scale."""
    if shop.scale_label is None:
        return None
    content, _, digits = shop.scale_label.partition("-")
    return ScaleLabel(conteudo=LabelContent(content), digitos=int(digits))


def _write_label(label: ScaleLabel | None) -> str | None:
    return None if label is None else f"{label.content}-{label.digits}"


def set_policy(session: Session, shop_id: int, policy: StockPolicy) -> Shop:
    """Raises ShopNotFound; records ``stores:shop:changed``."""
    shop = get_shop(session, shop_id)
    shop.policy = policy
    session.flush()
    audit.record(session, Tag.SHOP_CHANGED, subject=IdKind.SHOP.to_wire(shop.id), cause=policy)
    return shop


def _find_twin_of_shop(session: Session, name: str, cnpj: str | None, except_id: int = 0) -> ShopExists:
    """The error about the shop that has the name or the CNPJ already."""
    number, known = raw(session).execute(
        "SELECT id, name FROM shops WHERE (name_folded = ? OR cnpj = ?) AND id != ? ORDER BY id LIMIT 1",
        (fold(name), cnpj, except_id),
    )[0]
    sentence = f"Já existe a loja “{known}” com este nome ou CNPJ."
    return ShopExists(sentence, existente=IdKind.SHOP.to_wire(number))


def _require_version(version: int, versions: frozenset[str] | None) -> None:
    if versions is not None and str(version) not in versions:
        raise StaleVersion


# --- chains -----------------------------------------------------------------------------


def list_chains(session: Session, shop_ids: Collection[int] | None) -> list[Chain]:
    """The chains of these shops in the order of their creation; None for all chains."""
    chains = list(session.scalars(select(Chain).order_by(Chain.id)))
    if shop_ids is None:
        return chains
    visible_chains = {shop.chain_id for shop in list_shops(session) if shop.id in shop_ids}
    return [chain for chain in chains if chain.id in visible_chains]


def get_chain(session: Session, chain_id: int) -> Chain:
    """Raises ChainNotFound."""
    chain = session.get(Chain, chain_id)
    if chain is None:
        raise ChainNotFound
    return chain


def create_chain(session: Session, name: str, *, by: Identity | None = None) -> Chain:
    """Raises ChainExists; records ``stores:chain:created``."""
    chain = Chain(name=name, name_folded=fold(name), version=1, created_at=datetime.now(UTC))
    session.add(chain)
    flush_unique(session, partial(_find_twin_of_chain, session, name))
    audit.record(session, Tag.CHAIN_CREATED, by=by, subject=IdKind.CHAIN.to_wire(chain.id))
    mark_changed(session, "chains")
    return chain


def change_chain(session: Session, chain_id: int, name: str, *, versions: frozenset[str] | None, by: Identity) -> Chain:
    """Raises ChainNotFound, StaleVersion, ChainExists; records ``stores:chain:changed``."""
    chain = get_chain(session, chain_id)
    _require_version(chain.version, versions)
    chain.name, chain.name_folded = name, fold(name)
    chain.version += 1
    flush_unique(session, partial(_find_twin_of_chain, session, name, chain_id))
    audit.record(
        session,
        Tag.CHAIN_CHANGED,
        by=by,
        subject=IdKind.CHAIN.to_wire(chain.id),
        cause=f"versao {chain.version}",
    )
    mark_changed(session, "chains")
    return chain


def _find_twin_of_chain(session: Session, name: str, except_id: int = 0) -> ChainExists:
    """The error about the chain that has the name already."""
    number, known = raw(session).execute(
        "SELECT id, name FROM chains WHERE name_folded = ? AND id != ?", (fold(name), except_id)
    )[0]
    return ChainExists(f"Já existe a rede “{known}”.", existente=IdKind.CHAIN.to_wire(number))

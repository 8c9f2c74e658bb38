"""``/lojas`` and ``/redes``: lists the shops that a person sees and their chains; administradores change them."""

from flask import Blueprint, Response
from flask.typing import ResponseReturnValue

from almoxarife.server.context import reading, transaction
from almoxarife.server.errors import ChainNotFound
from almoxarife.server.http.access import current_identity, requires
from almoxarife.server.http.openapi import describe
from almoxarife.server.http.requests import parse, parse_id, parse_if_match, parse_query
from almoxarife.server.http.responses import respond, respond_models, respond_unless_known
from almoxarife.server.ids import IdKind
from almoxarife.server.stores import service
from almoxarife.wire.accounts import Role
from almoxarife.wire.stores import Chain, ChainIn, Shop, ShopChange, ShopIn, ShopsQuery

bp = Blueprint("stores", __name__)


@bp.get("/lojas")
@describe(
    "As lojas que a pessoa vê; de uma rede, com `rede`.",
    query=ShopsQuery,
    responses={200: list[Shop]},
    problems=(404,),
    is_cached=True,
)
@requires(Role.SELLER)
def list_shops() -> ResponseReturnValue:
    query = parse_query(ShopsQuery)
    chain_id = _parse_chain(query.chain_id)
    identity = current_identity()

    def make() -> Response:
        with reading() as session:
            if chain_id not in {None, *(chain.id for chain in service.list_chains(session, _find_visible_shops()))}:
                raise ChainNotFound
            shops = [shop for shop in service.list_shops(session, chain_id) if shop.id in identity.shop_ids]
        return respond_models(map(_shop, shops))

    return respond_unless_known(("chains",), make)


@bp.post("/lojas")
@describe("Cadastra uma loja.", body=ShopIn, responses={201: Shop}, problems=(404, 409))
@requires(Role.ADMIN)
def create_shop() -> ResponseReturnValue:
    fields = parse(ShopIn)
    chain_id = _parse_chain(fields.chain_id)
    with transaction() as session:
        shop = service.create_shop(
            session,
            fields.name,
            cnpj=fields.cnpj,
            chain_id=chain_id,
            scale_label=fields.scale_label,
            by=current_identity(),
        )
    return respond(_shop(shop), status=201, headers=_version_tag(shop.version))


@bp.put("/lojas/<shop_id>")
@describe("Altera ou desativa uma loja.", body=ShopChange, responses={200: Shop}, problems=(404, 409), if_match=True)
@requires(Role.ADMIN)
def change_shop(shop_id: str) -> ResponseReturnValue:
    change = parse(ShopChange)
    versions = parse_if_match()
    with transaction() as session:
        shop = service.change_shop(
            session,
            parse_id(IdKind.SHOP, shop_id),
            name=change.name,
            cnpj=change.cnpj,
            chain_id=_parse_chain(change.chain_id),
            is_active=change.active,
            scale_label=change.scale_label if "scale_label" in change.model_fields_set else service.UNCHANGED,
            versions=versions,
            by=current_identity(),
        )
    return respond(_shop(shop), headers=_version_tag(shop.version))


@bp.get("/redes")
@describe("As redes das lojas que a pessoa vê.", responses={200: list[Chain]}, is_cached=True)
@requires(Role.SELLER)
def list_chains() -> ResponseReturnValue:
    def make() -> Response:
        with reading() as session:
            chains = service.list_chains(session, _find_visible_shops())
        return respond_models(map(_chain, chains))

    return respond_unless_known(("chains",), make)


@bp.post("/redes")
@describe("Cadastra uma rede de lojas.", body=ChainIn, responses={201: Chain}, problems=(409,))
@requires(Role.ADMIN)
def create_chain() -> ResponseReturnValue:
    fields = parse(ChainIn)
    with transaction() as session:
        chain = service.create_chain(session, fields.name, by=current_identity())
    return respond(_chain(chain), status=201, headers=_version_tag(chain.version))


@bp.put("/redes/<chain_id>")
@describe("Muda o nome de uma rede.", body=ChainIn, responses={200: Chain}, problems=(404, 409), if_match=True)
@requires(Role.ADMIN)
def change_chain(chain_id: str) -> ResponseReturnValue:
    fields = parse(ChainIn)
    versions = parse_if_match()
    with transaction() as session:
        number = parse_id(IdKind.CHAIN, chain_id)
        chain = service.change_chain(session, number, fields.name, versions=versions, by=current_identity())
    return respond(_chain(chain), headers=_version_tag(chain.version))


def _find_visible_shops() -> tuple[int, ...] | None:
    """The shops whose chains the person sees; None for an administrador, who also sees chains without shops."""
    identity = current_identity()
    return None if identity.may(Role.ADMIN) else identity.shop_ids


def _parse_chain(chain_id: str | None) -> int | None:
    return None if chain_id is None else parse_id(IdKind.CHAIN, chain_id)


def _version_tag(version: int) -> dict[str, str]:
    return {"ETag": f'"{version}"'}


def _shop(shop: service.Shop) -> Shop:
    return Shop(
        id=IdKind.SHOP.to_wire(shop.id),
        nome=shop.name,
        cnpj=shop.cnpj,
        rede_id=None if shop.chain_id is None else IdKind.CHAIN.to_wire(shop.chain_id),
        ativa=shop.is_active,
        versao=shop.version,
        etiqueta=service.read_label(shop),
    )


def _chain(chain: service.Chain) -> Chain:
    return Chain(id=IdKind.CHAIN.to_wire(chain.id), nome=chain.name, versao=chain.version)

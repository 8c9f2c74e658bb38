"""``/lojas``: the shops a person sees."""

from flask import Blueprint, Response
from flask.typing import ResponseReturnValue

from almoxarife.server.context import reading
from almoxarife.server.http.access import current_identity, requires
from almoxarife.server.http.answers import respond_models, respond_unless_known
from almoxarife.server.http.openapi import describe
from almoxarife.server.ids import IdKind
from almoxarife.server.stores import service
from almoxarife.wire.accounts import Role
from almoxarife.wire.stores import Shop

bp = Blueprint("stores", __name__)


@bp.get("/lojas")
@describe("As lojas que a pessoa vê.", answers={200: list[Shop]}, is_cached=True)
@requires(Role.SELLER)
def list_shops() -> ResponseReturnValue:
    identity = current_identity()

    def make() -> Response:
        with reading() as session:
            shops = [shop for shop in service.list_shops(session) if shop.id in identity.shop_ids]
        return respond_models(Shop(id=IdKind.SHOP.to_wire(shop.id), nome=shop.name) for shop in shops)

    return respond_unless_known((), make)

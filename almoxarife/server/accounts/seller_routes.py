"""``/vendedores``: the sellers of a manager's shops. The response has no CPF, not even its mask."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from almoxarife.server.accounts import reports
from almoxarife.server.context import reading
from almoxarife.server.http.access import current_identity, requires
from almoxarife.server.http.openapi import describe
from almoxarife.server.http.requests import parse_cursor, parse_query
from almoxarife.server.http.responses import find_limit, link_next, respond_models
from almoxarife.server.ids import IdKind
from almoxarife.wire.accounts import AccountState, Role, Seller, SellersQuery

bp = Blueprint("sellers", __name__)


@bp.get("/vendedores")
@describe("Os vendedores das lojas que a pessoa vê.", query=SellersQuery, responses={200: list[Seller]})
@requires(Role.MANAGER)
def list_sellers() -> ResponseReturnValue:
    query = parse_query(SellersQuery)
    after = parse_cursor(IdKind.USER, query.after)
    limit = find_limit(query.limit, query.after)
    identity = current_identity()
    shop_ids = None if identity.may(Role.ADMIN) else identity.shop_ids
    with reading() as session:
        sellers = reports.list_sellers(session, shop_ids, after=after, limit=limit)
    response = respond_models(
        Seller(
            id=IdKind.USER.to_wire(user.id),
            nome=user.full_name or user.username,
            username=user.username,
            ativo=user.state == AccountState.ACTIVE,
        )
        for user in sellers
    )
    return link_next(response, sellers, limit, lambda user: IdKind.USER.to_wire(user.id))

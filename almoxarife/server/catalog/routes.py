"""``/produtos``: the products and their balances."""

from flask import Blueprint, Response
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from almoxarife.server.catalog import models, reports, service
from almoxarife.server.catalog.cached_list import CachedProducts
from almoxarife.server.context import current, reading, transaction
from almoxarife.server.http.access import current_identity, requires
from almoxarife.server.http.openapi import describe
from almoxarife.server.http.requests import (
    parse,
    parse_cursor,
    parse_id,
    parse_if_match,
    parse_keyed,
    parse_query,
    parse_shop,
)
from almoxarife.server.http.responses import (
    PAGE,
    find_limit,
    link_next,
    respond,
    respond_unless_known,
    stream,
)
from almoxarife.server.ids import IdKind
from almoxarife.server.store import idempotency
from almoxarife.server.store.database import Database
from almoxarife.wire.accounts import Role
from almoxarife.wire.catalog import (
    Product,
    ProductChange,
    ProductIn,
    ProductsQuery,
    RegisteredProduct,
    ShownProduct,
)

bp = Blueprint("catalog", __name__)


@bp.get("/produtos")
@describe(
    "Os produtos com o saldo das lojas que a pessoa vê.",
    query=ProductsQuery,
    responses={200: list[Product]},
    problems=(404,),
    is_cached=True,
)
@requires(Role.SELLER)
def list_products() -> ResponseReturnValue:
    query = parse_query(ProductsQuery)
    shop_ids = current_identity().visible_shops(parse_shop(query.shop_id))
    after = parse_cursor(IdKind.PRODUCT, query.after)
    chosen: reports.Choice = {
        "search": query.search,
        "code": query.code,
        "with_inactive": query.with_inactive,
        "state": query.state,
    }

    def make() -> Response:
        limit = find_limit(query.limit, query.after)
        if limit is None:
            read = current(Database).reading
            return stream(reports.pages(read, PAGE, shop_ids, **chosen))
        with reading() as session:
            rows = reports.list_products(session, shop_ids, **chosen, after=after, limit=limit)
        return link_next(respond(rows), rows, limit, lambda row: row["id"])

    return respond_unless_known(CachedProducts.topics, make)


@bp.get("/produtos/<product_id>")
@describe("Um produto; o ETag serve de If-Match para alterá-lo.", responses={200: ShownProduct}, problems=(404,))
@requires(Role.SELLER)
def show_product(product_id: str) -> ResponseReturnValue:
    number = parse_id(IdKind.PRODUCT, product_id)
    with reading() as session:
        body = _registered(session, service.get_product(session, number))
        body["saldos"] = reports.list_balances(session, number, current_identity().shop_ids)
    # The ETag is the product's version, for If-Match. Balances change without it, so the response must not be cached.
    headers = {"ETag": f'"{body["versao"]}"', "Cache-Control": "no-store"}
    always: dict[str, object] = {"sku": None, "codigos": []}
    if _may_see_cost():
        always["custo"] = None
    return respond({**always, **body}, headers=headers)


@bp.post("/produtos")
@describe("Cadastra um produto.", body=ProductIn, responses={201: RegisteredProduct}, problems=(409,), once=True)
@requires(Role.STOCK_CLERK)
def create_product() -> ResponseReturnValue:
    product, given_key = parse_keyed(ProductIn)
    identity = current_identity()
    with idempotency.running(current(Database), identity.user_id, given_key), transaction() as session:
        created = service.create_product(session, product, by=identity, given_key=given_key)
        body = _registered(session, created.product)
    headers = {"ETag": f'"{body["versao"]}"'}
    if created.is_replay:
        headers["Idempotent-Replayed"] = "true"
    return respond(body, status=201, headers=headers)


@bp.put("/produtos/<product_id>")
@describe(
    "Altera ou desativa um produto.",
    body=ProductChange,
    responses={200: RegisteredProduct},
    problems=(404, 409),
    if_match=True,
)
@requires(Role.STOCK_CLERK)
def change_product(product_id: str) -> ResponseReturnValue:
    change = parse(ProductChange)
    versions = parse_if_match()
    identity = current_identity()
    with transaction() as session:
        product = service.change_product(
            session, parse_id(IdKind.PRODUCT, product_id), change, versions=versions, by=identity
        )
        body = _registered(session, product)
    return respond(body, headers={"ETag": f'"{body["versao"]}"'})


def _registered(session: Session, product: models.Product) -> dict[str, object]:
    """One product, with its cost for roles that may set it."""
    body = reports.show_product(session, product.id, current_identity().shop_ids)
    if product.cost is not None and _may_see_cost():
        body["custo"] = f"{product.cost:.2f}"
    return body


def _may_see_cost() -> bool:
    return current_identity().may(Role.STOCK_CLERK)

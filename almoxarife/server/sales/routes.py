"""``/vendas``: records, lists and cancels sales."""

from flask import Blueprint, Response
from flask.typing import ResponseReturnValue

from almoxarife.server.accounts import service as accounts
from almoxarife.server.clock import to_moment
from almoxarife.server.context import current, reading, transaction
from almoxarife.server.errors import ChainNotFound, UserNotFound, bad_fields
from almoxarife.server.http.access import current_identity, requires
from almoxarife.server.http.fast_path import DirectRequest, PlannedWrite, direct
from almoxarife.server.http.openapi import describe
from almoxarife.server.http.requests import find_moment_of_waiting, parse_id, parse_keyed, parse_query, parse_shop
from almoxarife.server.http.responses import PAGE, PlainResponse, find_limit, link_next, plain_response, respond, stream
from almoxarife.server.identity import Identity
from almoxarife.server.ids import IdKind
from almoxarife.server.sales import reports, service
from almoxarife.server.sales.errors import NotYourSales
from almoxarife.server.sales.reports import START, Cursor, Filter
from almoxarife.server.sales.service import SaleEntry, Sold
from almoxarife.server.settings import Settings
from almoxarife.server.store import idempotency
from almoxarife.server.store.database import Database
from almoxarife.server.stores import service as stores
from almoxarife.wire.accounts import Role
from almoxarife.wire.problem import FieldError
from almoxarife.wire.sales import CancellationIn, Sale, SaleIn, SalesQuery

bp = Blueprint("sales", __name__)


@bp.post("/vendas")
@describe(
    "Registra uma venda, de itens ou só de um valor. Falta de estoque não a recusa: ela fica marcada.",
    body=SaleIn,
    responses={201: Sale},
    problems=(404, 409),
    once=True,
    may_wait=True,
)
@direct(Role.SELLER)
def sell(request: DirectRequest) -> PlannedWrite:
    sale, given_key = parse_keyed(SaleIn, request.environ)
    if sale.occurred_at is None and (moment := find_moment_of_waiting(request.environ)):
        sale = sale.model_copy(update={"occurred_at": moment})
    product_ids = tuple(parse_id(IdKind.PRODUCT, item.product_id) for item in sale.items or ())
    shop_id = parse_shop(sale.shop_id)
    entry = SaleEntry(sale, product_ids, shop_id, request.settings.timezone, request.identity, given_key)
    return PlannedWrite(service.record, entry, given_key, _made)


@bp.post("/vendas/<sale_id>/cancelamento")
@describe(
    "Cancela uma venda: o estoque volta por estornos.",
    body=CancellationIn,
    responses={201: Sale},
    problems=(404, 409),
    once=True,
)
@requires(Role.SELLER)
def cancel(sale_id: str) -> ResponseReturnValue:
    cancellation, given_key = parse_keyed(CancellationIn)
    identity = current_identity()
    seq = parse_id(IdKind.SALE, sale_id)
    with idempotency.running(current(Database), identity.user_id, given_key), transaction() as session:
        sold = service.cancel(
            session, seq, cancellation, zone=current(Settings).timezone, by=identity, given_key=given_key
        )
    return _made(sold).to_response()


def _made(sold: Sold) -> PlainResponse:
    headers = {"Idempotent-Replayed": "true"} if sold.is_replay else None
    return plain_response(sold.row.to_wire(sold.items), status=201, headers=headers)


@bp.get("/vendas")
@describe(
    "As vendas, das mais antigas às mais novas: as próprias, ou para um gerente as de suas lojas.",
    query=SalesQuery,
    responses={200: list[Sale]},
    problems=(404,),
)
@requires(Role.SELLER)
def list_sales() -> ResponseReturnValue:
    query = parse_query(SalesQuery)
    identity = current_identity()
    zone = current(Settings).timezone
    chosen = Filter(
        shop_ids=find_shops(identity, query.shop_id, query.chain_id),
        seller_id=find_seller(identity, query.seller_id),
        since=None if query.since is None else to_moment(query.since, zone),
        before=None if query.until is None else to_moment(query.until, zone, whole_day=True),
        product_id=None if query.product_id is None else parse_id(IdKind.PRODUCT, query.product_id),
        hour=query.hour,
        zone=zone,
        with_cancelled=query.with_cancelled,
    )
    if query.latest is not None:
        with reading() as session:
            before = None if query.before is None else parse_id(IdKind.SALE, query.before)
            return _respond(reports.list_newest(session, chosen, query.latest, before=before))
    after = _parse_cursor(query.after)
    limit = find_limit(query.limit, query.after)
    if limit is None:
        pages = reports.pages(current(Database).reading, PAGE, chosen)
        return stream(map(_to_wire, sales) for sales in pages)
    with reading() as session:
        sales = reports.list_after(session, chosen, after=after, limit=limit)
    return link_next(_respond(sales), sales, limit, lambda sold: reports.cursor_of(sold).to_wire())


@bp.get("/vendas/<sale_id>")
@describe("Uma venda com seus itens.", responses={200: Sale}, problems=(404,))
@requires(Role.SELLER)
def show_sale(sale_id: str) -> ResponseReturnValue:
    seq = parse_id(IdKind.SALE, sale_id)
    with reading() as session:
        sold = service.get_seen(session, seq, current_identity())
    return respond(_to_wire(sold))


def find_shops(identity: Identity, shop_id: str | None, chain_id: str | None) -> tuple[int, ...]:
    """The shops to read: one, those of a chain, or all that the person sees.

    Raises ShopNotVisible, ShopNotFound, ChainNotFound.
    """
    shop_ids = identity.visible_shops(parse_shop(shop_id))
    if chain_id is None:
        return shop_ids
    number = parse_id(IdKind.CHAIN, chain_id)
    with reading() as session:
        visible_shops = None if identity.may(Role.ADMIN) else identity.shop_ids
        if number not in {chain.id for chain in stores.list_chains(session, visible_shops)}:
            raise ChainNotFound
        of_chain = {shop.id for shop in stores.list_shops(session, number)}
    return tuple(shop for shop in shop_ids if shop in of_chain)


def find_seller(identity: Identity, seller_id: str | None) -> int | None:
    """The person whose sales to read; None for everybody's. Raises NotYourSales, UserNotFound."""
    user_id = None if seller_id is None else parse_id(IdKind.USER, seller_id)
    if not identity.may(Role.MANAGER):
        if user_id not in {None, identity.user_id}:
            raise NotYourSales
        return identity.user_id
    if user_id is not None:
        with reading() as session:
            seller = accounts.find_by_id(session, user_id)  # also an erased one, whose sales stay
        if seller is None:
            raise UserNotFound
    return user_id


def _parse_cursor(after: str | None) -> Cursor:
    cursor = Cursor.find(after) if after else START
    if cursor is None:
        raise bad_fields([FieldError(campo="depois", mensagem="Siga o endereço do cabeçalho Link da página anterior.")])
    return cursor


def _respond(sales: list[Sold]) -> Response:
    return respond([_to_wire(sold) for sold in sales])


def _to_wire(sold: Sold) -> dict[str, object]:
    return sold.row.to_wire(sold.items)

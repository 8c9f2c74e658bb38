"""``/inventario``: recording, reversing and listing movements, a day's summary, a product's movements."""

from collections.abc import Iterator

from flask import Blueprint, Response
from flask.typing import ResponseReturnValue

from almoxarife.server.catalog import service as catalog
from almoxarife.server.clock import to_moment, today
from almoxarife.server.context import current, reading, transaction
from almoxarife.server.http.access import current_identity, requires
from almoxarife.server.http.fast_path import DirectRequest, PlannedWrite, direct
from almoxarife.server.http.openapi import describe
from almoxarife.server.http.requests import find_moment_of_waiting, parse_id, parse_keyed, parse_query, parse_shop
from almoxarife.server.http.responses import (
    PAGE,
    PlainResponse,
    find_limit,
    link_next,
    plain_response,
    respond,
    respond_unless_known,
    send_pages,
    stream,
)
from almoxarife.server.identity import Identity
from almoxarife.server.ids import IdKind
from almoxarife.server.settings import Settings
from almoxarife.server.stock import reports, service
from almoxarife.server.stock.models import MovementRow
from almoxarife.server.stock.poll import CachedMovements
from almoxarife.server.stock.reports import Filter
from almoxarife.server.stock.service import MovementEntry, Recorded
from almoxarife.server.stock.whole_list import WholeLists
from almoxarife.server.store import idempotency
from almoxarife.server.store.database import Database
from almoxarife.wire.accounts import Role
from almoxarife.wire.stock import (
    HistoryQuery,
    Movement,
    MovementIn,
    MovementsChoice,
    MovementsQuery,
    ReversalIn,
    Summary,
    SummaryQuery,
)

bp = Blueprint("stock", __name__)


@bp.post("/inventario")
@describe(
    "Registra uma entrada, saída ou ajuste.",
    body=MovementIn,
    responses={201: Movement},
    problems=(404, 409),
    once=True,
    may_wait=True,
)
@direct(Role.STOCK_CLERK)
def record_movement(request: DirectRequest) -> PlannedWrite:
    movement, given_key = parse_keyed(MovementIn, request.environ)
    if movement.occurred_at is None and (moment := find_moment_of_waiting(request.environ)):
        movement = movement.model_copy(update={"occurred_at": moment})
    product_id = parse_id(IdKind.PRODUCT, movement.product_id)
    shop_id = parse_shop(movement.shop_id)
    entry = MovementEntry(movement, product_id, shop_id, request.settings.timezone, request.identity, given_key)
    return PlannedWrite(service.record, entry, given_key, _created)


@bp.post("/inventario/<movement_id>/estorno")
@describe("Estorna uma movimentação.", body=ReversalIn, responses={201: Movement}, problems=(404, 409), once=True)
@requires(Role.STOCK_CLERK)
def reverse_movement(movement_id: str) -> ResponseReturnValue:
    reversal, given_key = parse_keyed(ReversalIn)
    identity = current_identity()
    seq = parse_id(IdKind.MOVEMENT, movement_id)
    with idempotency.running(current(Database), identity.user_id, given_key), transaction() as session:
        recorded = service.reverse(
            session, seq, reversal, zone=current(Settings).timezone, by=identity, given_key=given_key
        )
    return _created(recorded).to_response()


def _created(recorded: Recorded) -> PlainResponse:
    return plain_response(
        recorded.row.to_wire(), status=201, headers={"Idempotent-Replayed": "true"} if recorded.is_replay else None
    )


@bp.get("/inventario")
@describe(
    "As movimentações, das mais antigas às mais novas.",
    query=MovementsQuery,
    responses={200: list[Movement]},
    problems=(404,),
    is_cached=True,
)
@requires(Role.SELLER)
def list_movements() -> ResponseReturnValue:
    query = parse_query(MovementsQuery)
    chosen = to_filter(query, current_identity())

    def make() -> Response:
        if query.latest is not None:
            with reading() as session:
                rows = reports.list_before(session, chosen, before=reports.NEWEST, limit=query.latest)
            return _respond_rows(rows[::-1])
        limit = find_limit(query.limit, query.after)
        if limit is None:
            kept = current(WholeLists).find_pages(chosen.shop_ids or ()) if chosen.is_whole else None
            if kept is not None:
                return send_pages(kept)
            return _stream(reports.pages(current(Database).reading, PAGE, chosen))
        with reading() as session:
            rows = reports.list_after(session, chosen, after=query.after or 0, limit=limit)
        return _respond_page(rows, limit)

    return respond_unless_known(CachedMovements.topics, make)


@bp.get("/inventario/resumo")
@describe("As entradas de um dia.", query=SummaryQuery, responses={200: Summary}, problems=(404,))
@requires(Role.SELLER)
def summarise_day() -> ResponseReturnValue:
    query = parse_query(SummaryQuery)
    shop_ids = current_identity().visible_shops(parse_shop(query.shop_id))
    day = query.day or today(current(Settings).timezone)
    with reading() as session:
        summary = reports.summarise(session, day, shop_ids, current(Settings).timezone)
    return respond(summary)


@bp.get("/produtos/<product_id>/movimentacoes")
@describe(
    "As movimentações que formam o saldo, das mais novas às mais antigas.",
    query=HistoryQuery,
    responses={200: list[Movement]},
    problems=(404,),
)
@requires(Role.SELLER)
def list_product_movements(product_id: str) -> ResponseReturnValue:
    query = parse_query(HistoryQuery)
    number = parse_id(IdKind.PRODUCT, product_id)
    chosen = Filter(shop_ids=current_identity().shop_ids, product_id=number)
    with reading() as session:
        catalog.get_product(session, number)
    limit = find_limit(query.limit, query.after)
    if limit is None:
        return _stream(reports.pages_backwards(current(Database).reading, PAGE, chosen))
    with reading() as session:
        before = reports.NEWEST if query.after is None else query.after
        rows = reports.list_before(session, chosen, before=before, limit=limit)
    return _respond_page(rows, limit)


def _respond_rows(rows: list[MovementRow]) -> Response:
    return respond([row.to_wire() for row in rows])


def _respond_page(rows: list[MovementRow], limit: int) -> Response:
    return link_next(_respond_rows(rows), rows, limit, lambda row: row.seq)


def _stream(pages: Iterator[list[MovementRow]]) -> Response:
    return stream(map(MovementRow.to_wire, rows) for rows in pages)


def to_filter(query: MovementsChoice, identity: Identity) -> Filter:
    """Raises ProductNotFound, ShopNotFound, and NotAllowed for a shop that the person does not see."""
    since, until = query.since, query.until
    return Filter(
        shop_ids=identity.visible_shops(parse_shop(query.shop_id)),
        kind=query.kind,
        product_id=None if query.product_id is None else parse_id(IdKind.PRODUCT, query.product_id),
        since=None if since is None else to_moment(since, current(Settings).timezone),
        before=None if until is None else to_moment(until, current(Settings).timezone, whole_day=True),
        recorded_by=query.recorded_by,
    )

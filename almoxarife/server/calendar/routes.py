"""``/eventos``: the calendar of the shops."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

from flask import Blueprint
from flask.typing import ResponseReturnValue

from almoxarife.server.calendar import service
from almoxarife.server.calendar.models import CalendarEvent
from almoxarife.server.calendar.service import Page
from almoxarife.server.clock import to_moment
from almoxarife.server.context import current, reading, transaction
from almoxarife.server.errors import BadRequest
from almoxarife.server.http.access import current_identity, requires
from almoxarife.server.http.openapi import describe
from almoxarife.server.http.requests import parse, parse_id, parse_query, parse_shop
from almoxarife.server.http.responses import find_limit, link_next, respond, respond_models
from almoxarife.server.ids import IdKind
from almoxarife.server.logs.request_log import log_calls
from almoxarife.server.settings import Settings
from almoxarife.server.store.columns import from_micros, to_micros
from almoxarife.wire.accounts import Role
from almoxarife.wire.calendar import EventIn, EventsQuery, ShopEvent

bp = Blueprint("calendar", __name__)

View = TypeVar("View", bound=Callable[..., Any])


def _log_calls(action: str) -> Callable[[View], View]:
    return log_calls("event_service", action, about=lambda *_, **__: IdKind.USER.to_wire(current_identity().user_id))


_LATEST_MICROS = 2**55  # the year 3111; the wire's own bound on years is nearer


@bp.get("/eventos")
@describe(
    "O calendário das lojas, na ordem do início.", query=EventsQuery, responses={200: list[ShopEvent]}, problems=(404,)
)
@requires(Role.SELLER)
@_log_calls("get_events")
def list_events() -> ResponseReturnValue:
    query = parse_query(EventsQuery)
    zone = current(Settings).timezone
    limit = find_limit(query.limit, query.after)
    page = Page(
        shop_ids=current_identity().visible_shops(parse_shop(query.shop_id)),
        since=None if query.since is None else to_moment(query.since, zone),
        before=None if query.until is None else to_moment(query.until, zone, whole_day=True),
        after=None if query.after is None else _parse_cursor(query.after),
        limit=limit,
    )
    with reading() as session:
        events = service.list_events(session, page)
    response = respond_models(_event(event) for event in events)
    return link_next(response, events, limit, _cursor_of)


@bp.post("/eventos")
@describe("Põe um evento no calendário.", body=EventIn, responses={201: ShopEvent}, problems=(404,))
@requires(Role.STOCK_CLERK)
@_log_calls("create_event")
def create_event() -> ResponseReturnValue:
    fields = parse(EventIn)
    with transaction() as session:
        event = service.create(
            session, fields, shop_id=parse_shop(fields.shop_id), zone=current(Settings).timezone, by=current_identity()
        )
    return respond(_event(event), status=201)


@bp.get("/eventos/<event_id>")
@describe("Um evento.", responses={200: ShopEvent}, problems=(404,))
@requires(Role.SELLER)
@_log_calls("get_event")
def show_event(event_id: str) -> ResponseReturnValue:
    with reading() as session:
        event = service.get_event(session, parse_id(IdKind.EVENT, event_id), by=current_identity())
    return respond(_event(event))


@bp.put("/eventos/<event_id>")
@describe("Substitui um evento.", body=EventIn, responses={200: ShopEvent}, problems=(404,))
@requires(Role.STOCK_CLERK)
@_log_calls("update_event")
def replace_event(event_id: str) -> ResponseReturnValue:
    fields = parse(EventIn)
    number, shop_id = parse_id(IdKind.EVENT, event_id), parse_shop(fields.shop_id)
    with transaction() as session:
        event = service.replace(
            session, number, fields, shop_id=shop_id, zone=current(Settings).timezone, by=current_identity()
        )
    return respond(_event(event))


@bp.delete("/eventos/<event_id>")
@describe("Tira um evento do calendário.", responses={200: ShopEvent}, problems=(404,))
@requires(Role.STOCK_CLERK)
@_log_calls("delete_event")
def remove_event(event_id: str) -> ResponseReturnValue:
    with transaction() as session:
        event = service.remove(session, parse_id(IdKind.EVENT, event_id), by=current_identity())
    return respond(_event(event))


def _event(event: CalendarEvent) -> ShopEvent:
    return ShopEvent(
        id=IdKind.EVENT.to_wire(event.id),
        titulo=event.title,
        inicio=event.starts_at,
        fim=event.ends_at,
        loja_id=IdKind.SHOP.to_wire(event.shop_id),
        descricao=event.description,
    )


def _cursor_of(event: CalendarEvent) -> str:
    """The cursor of a page that ends with this event: its start and its id."""
    return f"{to_micros(event.starts_at)}-{IdKind.EVENT.to_wire(event.id)}"


def _parse_cursor(text: str) -> tuple[datetime, int]:
    micros, _, event = text.partition("-")
    number = IdKind.EVENT.find_number(event)
    if number is None or not (micros.isascii() and micros.isdigit() and len(micros) <= 18):
        raise BadRequest("Siga o endereço do cabeçalho Link da página anterior.", field="depois")
    return from_micros(min(int(micros), _LATEST_MICROS)), number

"""``/usuarios/{nome}/historico``: what a person did on a day; ``/historico/eventos``: events that clients report."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from almoxarife.server.accounts import history
from almoxarife.server.audit import service as audit
from almoxarife.server.audit.tags import Outcome, Tag
from almoxarife.server.clock import today
from almoxarife.server.context import current, reading, transaction
from almoxarife.server.http.access import current_identity, requires
from almoxarife.server.http.openapi import describe
from almoxarife.server.http.requests import parse, parse_query
from almoxarife.server.http.responses import respond, respond_nothing
from almoxarife.server.ids import IdKind
from almoxarife.server.settings import Settings
from almoxarife.wire.accounts import ClientEvent, DayQuery, Role, UserDay

bp = Blueprint("history", __name__)


@bp.get("/usuarios/<username>/historico")
@describe(
    "O dia de uma pessoa: cadastro, entradas e janelas fechadas. O de outra pessoa, só para gerentes.",
    query=DayQuery,
    responses={200: UserDay},
    problems=(404,),
)
@requires(Role.SELLER)
def show_day(username: str) -> ResponseReturnValue:
    zone = current(Settings).timezone
    day = parse_query(DayQuery).day or today(zone)
    with reading() as session:
        body = history.list_day_events(session, username, day, zone, by=current_identity())
    return respond(body)


@bp.post("/historico/eventos")
@describe("Registra o que um programa fez.", body=ClientEvent, responses={204: None})
@requires(Role.SELLER, even_with_temporary_password=True)
def record_client_event() -> ResponseReturnValue:
    parse(ClientEvent)
    identity = current_identity()
    subject = IdKind.USER.to_wire(identity.user_id)
    with transaction() as session:
        audit.record(session, Tag.WINDOW_CLOSED, by=identity, subject=subject, outcome=Outcome.SYSTEM)
    return respond_nothing()

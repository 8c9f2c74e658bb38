"""``/log/visoes``: lists, saves and removes views of the log."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from almoxarife.server.context import reading, transaction
from almoxarife.server.http.access import requires
from almoxarife.server.http.openapi import describe
from almoxarife.server.http.requests import parse
from almoxarife.server.http.responses import respond, respond_models, respond_nothing
from almoxarife.server.logs.views import service
from almoxarife.server.logs.views.models import SavedView
from almoxarife.wire.accounts import Role
from almoxarife.wire.programs.log_views import LogView, LogViewIn

bp = Blueprint("log_views", __name__)


@bp.get("/log/visoes")
@describe("As visões guardadas dos registros.", responses={200: list[LogView]})
@requires(Role.MANAGER)
def list_views() -> ResponseReturnValue:
    with reading() as session:
        return respond_models(map(_to_wire, service.list_views(session)))


@bp.post("/log/visoes")
@describe("Guarda uma visão; a de mesmo nome é trocada.", body=LogViewIn, responses={201: LogView}, problems=(409,))
@requires(Role.MANAGER)
def save_view() -> ResponseReturnValue:
    parsed = parse(LogViewIn)
    with transaction() as session:
        view = _to_wire(service.save(session, parsed.name, parsed.query))
    return respond(view, status=201)


@bp.delete("/log/visoes/<view_id>")
@describe("Apaga uma visão; os registros ficam.", responses={204: None}, problems=(404,))
@requires(Role.MANAGER)
def remove_view(view_id: str) -> ResponseReturnValue:
    # 0 is the id of no view.
    number = int(view_id) if view_id.isascii() and view_id.isdigit() and len(view_id) <= 15 else 0
    with transaction() as session:
        service.remove(session, number)
    return respond_nothing()


def _to_wire(view: SavedView) -> LogView:
    return LogView(id=str(view.id), nome=view.name, consulta=view.query)

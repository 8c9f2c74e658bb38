"""``/saude``, ``/openapi.json`` and ``/docs``."""

from functools import cache
from importlib.resources import files

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from almoxarife.build import name_build
from almoxarife.server.clock import ClockJumpWatch
from almoxarife.server.context import Run, current, find_current
from almoxarife.server.coordination.service import CoordinatorWatch
from almoxarife.server.http.access import anyone, current_origin
from almoxarife.server.http.openapi import Document, describe
from almoxarife.server.http.responses import respond
from almoxarife.server.identity import Authenticator
from almoxarife.server.logs.service import GatewayReceiver, LogQueue
from almoxarife.server.store.database import Database
from almoxarife.server.upkeep.nightly import Nightly
from almoxarife.wire.health import Health

bp = Blueprint("health", __name__)

# The page may run only its own script and connect only to this server.
_PAGE_POLICY = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'"
_PAGE_FILES = {
    "index.html": "text/html; charset=utf-8",
    "page.js": "text/javascript; charset=utf-8",
    "swagger-ui.css": "text/css; charset=utf-8",
    "swagger-ui-bundle.js": "text/javascript; charset=utf-8",
}


@bp.get("/saude")
@describe("Se o servidor está no ar e consegue gravar.", responses={200: Health})
@anyone
def show_health() -> ResponseReturnValue:
    database = current(Database)
    is_writing = database.probe()
    nightly, clock, may_know = find_current(Nightly), find_current(ClockJumpWatch), _may_know()
    last = nightly.last if nightly and may_know else None
    receiver = find_current(GatewayReceiver)
    body = Health(
        nome="almoxarife",
        versao=name_build(),
        estado="ok" if is_writing else "sem-gravacao",
        banco=database.dialect,
        registros_perdidos=current(LogQueue).dropped,
        registros_perdidos_da_entrada=receiver.missing if receiver else None,
        ultima_copia=last and last.made_at,
        copia_falhou=nightly.has_failed if nightly and may_know else None,
        relogio_saltou_s=clock.jumped_s if clock and may_know else None,
        coordenador=current(CoordinatorWatch).coordinator if may_know else None,
        replica=database.replica_state if may_know else None,
        instancia=current(Run).instance,
    )
    return respond(body, status=200 if is_writing else 503, headers=None if is_writing else {"Retry-After": "5"})


def _may_know() -> bool:
    """Whether the caller may see details: somebody on the server's machine, or logged in."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if current_origin().is_local:
        return True
    return scheme.lower() == "bearer" and current(Authenticator).identify(token) is not None


@bp.get("/openapi.json")
@describe("Este documento.", responses={200: dict})
@anyone
def show_document() -> ResponseReturnValue:
    return respond(current(Document).body)


@bp.get("/docs")
@describe("Uma página com todas as rotas; funciona sem internet.", responses={200: "text/html"})
@anyone
def show_page() -> ResponseReturnValue:
    return _page_file("index.html")


@bp.get("/docs/<name>")
@describe("Os arquivos da página.", responses={200: "text/*"}, problems=(404,))
@anyone
def show_page_file(name: str) -> ResponseReturnValue:
    return _page_file(name)


def _page_file(name: str) -> Response:
    if name not in _PAGE_FILES:
        raise NotFound
    response = Response(_read(name), content_type=_PAGE_FILES[name])
    response.headers["Content-Security-Policy"] = _PAGE_POLICY
    response.headers["Cache-Control"] = "no-cache"
    response.add_etag()
    tag, _ = response.get_etag()
    # Not make_conditional: it handles If-Match too, with an error page of its own.
    if tag is not None and request.if_none_match.contains_weak(tag):
        response.status_code, response.data = 304, b""
    return response


@cache
def _read(name: str) -> bytes:
    return files(__package__).joinpath("page", name).read_bytes()

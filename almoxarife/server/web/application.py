"""Registers the pages in the application: their routes, their cookie, and the headers of their answers."""

from contextlib import suppress
from functools import wraps

from flask import Flask, Response, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException, NotFound

from almoxarife.server.context import current
from almoxarife.server.errors import AlmoxarifeError, NotAuthenticated, RequestFailed
from almoxarife.server.http import problems
from almoxarife.server.http.access import PAGE_TOKEN, PROBLEM, anyone, is_encrypted
from almoxarife.server.settings import Settings
from almoxarife.server.web import account_pages, assets, cookies, installable, lists, pages, themes, words
from almoxarife.server.web.api_calls import Refused
from almoxarife.server.web.logs import pages as log_pages
from almoxarife.server.web.panel import lists as panel_lists
from almoxarife.server.web.panel import live, messages, people, sales, situation, stock
from almoxarife.server.web.selling import pages as selling
from almoxarife.wire.problem import Problem

# In the order of the menu.
PANEL = (selling, stock, live, sales, messages, people, panel_lists, log_pages, situation)
OTHERS = (lists, installable, themes)
pages.arrange_menu([module.__name__ for module in PANEL])

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data: blob:",
        "connect-src 'self'",
        "manifest-src 'self'",
        "worker-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
COMPILING = "script-src 'self' 'wasm-unsafe-eval'"
"""For the worker that reads barcodes in pictures, which needs WebAssembly."""
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), microphone=(), geolocation=(), payment=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_FORMS = {"application/x-www-form-urlencoded", "multipart/form-data"}
FILES = ("/useradd/export/", "/log/exportar/")
"""API routes that pages link to, for downloads."""
_NO_ROUTE = {
    404: "Não há nada neste endereço.",
    405: "Neste endereço não há o que ver: ele só recebe o que uma página envia.",
}
HALF_A_DAY_S = 12 * 60 * 60


find_page_token = cookies.find_page_token


def install(app: Flask, keys: list[bytes]) -> None:
    """Register the pages in ``app``, after its API routes."""
    cookies.install(app, keys)
    app.config["WTF_CSRF_TIME_LIMIT"] = HALF_A_DAY_S
    words.install(app)
    app.register_blueprint(pages.bp)
    _share(app, "accounts.log_in", account_pages.log_in)
    _share(app, "accounts.log_out", account_pages.log_out)
    for status in (404, 405):
        app.register_error_handler(status, _show_no_route)
    app.register_error_handler(Refused, _show_refused)
    app.register_error_handler(NotAuthenticated, _redirect_to_login)


def _share(app: Flask, endpoint: str, show: pages.View) -> None:
    """Let a page handle the forms that are sent to the path of an API route; programs send JSON or a token."""
    route: pages.View = app.view_functions[endpoint]  # type: ignore[assignment]  # none of ours is asynchronous

    @wraps(route)
    def either() -> ResponseReturnValue:
        if not _is_from_page():
            return route()
        try:
            pages.identify_visitor()
            return secure(app.make_response(show()))
        except Exception as error:  # noqa: BLE001  # the handlers of the route answer programs
            return show_fault(error)

    app.view_functions[endpoint] = either


def _is_from_page() -> bool:
    """Whether the request is a form of a page, or comes from a browser without a form."""
    if "Authorization" in request.headers:
        return False
    return request.mimetype in _FORMS or (not request.mimetype and request.environ.get(PAGE_TOKEN) is not None)


@pages.bp.after_request
def secure(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if is_encrypted(request.environ, current(Settings)):
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    return response


@pages.bp.get("/recursos/<name>")
@anyone
def send_asset(name: str) -> ResponseReturnValue:
    asset = assets.find(name)
    if asset is None:
        raise NotFound
    response = Response(asset.body, content_type=asset.kind)
    if asset.packed is not None:
        response.headers["Vary"] = "Accept-Encoding"
        if request.accept_encodings["gzip"]:
            response.set_data(asset.packed)
            response.headers["Content-Encoding"] = "gzip"
    response.headers["Cache-Control"] = assets.LONG_AS_CAN_BE
    if asset.compiles:
        response.headers["Content-Security-Policy"] = POLICY.replace("script-src 'self'", COMPILING)
    return response


send_asset.is_page = True  # type: ignore[attr-defined]


def wants_page() -> bool:
    """Whether the client prefers HTML; a program that accepts anything gets JSON."""
    accepted = request.accept_mimetypes
    return accepted["text/html"] > accepted["application/json"] or "text/html" in accepted.values()


def _show_no_route(error: HTTPException) -> Response:
    """No route has this path, or none of those that have it takes this method."""
    answer = problems.explain(error, request.environ)
    if not wants_page():
        return answer.to_response()
    with suppress(RequestFailed):  # without the database it is nobody's page
        pages.identify_visitor()
    response = secure(pages.show_refusal(answer.status, _NO_ROUTE[answer.status], request.environ[PROBLEM]))
    response.headers.extend((name, value) for name, value in answer.headers if name == "Allow")
    return response


def _redirect_to_login(error: NotAuthenticated) -> Response:
    """For a download without a login: to the login page, and back afterwards."""
    if request.path.startswith(FILES) and wants_page() and "Authorization" not in request.headers:
        return secure(pages.redirect_to_login())
    return problems.explain(error, request.environ).to_response()


@pages.bp.errorhandler(AlmoxarifeError)
@pages.bp.errorhandler(HTTPException)
@pages.bp.errorhandler(Exception)
def show_fault(error: Exception) -> Response:
    """Show an error as a page."""
    if isinstance(error, Refused):
        return _show_refused(error)
    answer = problems.explain(error, request.environ)
    problem = Problem.model_validate_json(answer.body)
    response = secure(pages.show_refusal(problem.status, problem.message, problem.code))
    response.headers.extend((name, value) for name, value in answer.headers if name == "Retry-After")
    return response


def _show_refused(error: Refused) -> Response:
    problem = error.reply.problem
    return secure(pages.show_refusal(problem.status, problem.message, problem.code))

"""The pages in the application: their addresses, their cookie, and the headers of all that a browser shows."""

from functools import wraps

from flask import Flask, Response, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException, NotFound

from almoxarife.server.context import current
from almoxarife.server.errors import AlmoxarifeError, NotAuthenticated
from almoxarife.server.http import problems
from almoxarife.server.http.access import PAGE_TOKEN, anyone, is_encrypted
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
"""For the one worker that reads codes in pictures."""
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
"""Routes that pages link to."""
HALF_A_DAY_S = 12 * 60 * 60


find_page_token = cookies.find_page_token


def install(app: Flask, keys: list[bytes]) -> None:
    """Give ``app``, which has its routes, the pages."""
    cookies.install(app, keys)
    app.config["WTF_CSRF_TIME_LIMIT"] = HALF_A_DAY_S
    words.install(app)
    app.register_blueprint(pages.bp)
    _share(app, "accounts.log_in", account_pages.log_in)
    _share(app, "accounts.log_out", account_pages.log_out)
    app.register_error_handler(404, _show_unknown)
    app.register_error_handler(Refused, _show_refused)
    app.register_error_handler(NotAuthenticated, _lead_to_login)


def _share(app: Flask, endpoint: str, show: pages.View) -> None:
    """Leave to a page the forms that come to the address of a route; a program brings a token, or no form."""
    route: pages.View = app.view_functions[endpoint]  # type: ignore[assignment]  # none of ours is asynchronous

    @wraps(route)
    def either() -> ResponseReturnValue:
        if _is_from_page():
            pages.learn_visitor()
            return secure(app.make_response(show()))
        return route()

    app.view_functions[endpoint] = either


def _is_from_page() -> bool:
    """A form of a page, or a bare request of a browser that shows our pages."""
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
    """Whether a browser asks: a program that takes anything gets JSON."""
    accepted = request.accept_mimetypes
    return accepted["text/html"] > accepted["application/json"] or "text/html" in accepted.values()


def _show_unknown(error: NotFound) -> Response:
    if not wants_page():
        return problems.explain(error, request.environ).to_response()
    pages.learn_visitor()
    return secure(pages.show_refusal(404, "Não há nada neste endereço.", "rota-desconhecida"))


def _lead_to_login(error: NotAuthenticated) -> Response:
    """Whoever follows a page's link to a file comes back to it as to a page."""
    if request.path.startswith(FILES) and wants_page() and "Authorization" not in request.headers:
        return secure(pages.lead_to_login())
    return problems.explain(error, request.environ).to_response()


@pages.bp.errorhandler(AlmoxarifeError)
@pages.bp.errorhandler(HTTPException)
@pages.bp.errorhandler(Exception)
def show_fault(error: Exception) -> Response:
    """On a page what went wrong is a page too."""
    answer = problems.explain(error, request.environ)
    problem = Problem.model_validate_json(answer.body)
    return secure(pages.show_refusal(problem.status, problem.message, problem.code))


@pages.bp.errorhandler(Refused)
def _show_refused(error: Refused) -> Response:
    problem = error.reply.problem
    return secure(pages.show_refusal(problem.status, problem.message, problem.code))

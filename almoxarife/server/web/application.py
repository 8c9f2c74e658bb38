"""Makes the pages' application: its routes, its cookie, and the headers of its responses."""

from contextlib import suppress

from flask import Flask, Response, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound

from almoxarife.server.context import Services, current
from almoxarife.server.errors import AlmoxarifeError, NotAuthenticated, RequestFailed
from almoxarife.server.http import problems
from almoxarife.server.http.access import PROBLEM, UNANSWERED, anyone, is_encrypted, required_role
from almoxarife.server.http.application import make_application
from almoxarife.server.settings import Settings
from almoxarife.server.web import (
    account_pages,
    assets,
    cookies,
    installable,
    list_responses,
    pages,
    themes,
    visitors,
    words,
)
from almoxarife.server.web.api_calls import Refused
from almoxarife.server.web.logs import pages as log_pages
from almoxarife.server.web.movements import pages as movements
from almoxarife.server.web.panel import lists, live, messages, product_form, sales, situation, stock, users
from almoxarife.server.web.selling import pages as selling
from almoxarife.wire.problem import Problem

# In the order of the menu.
PANEL = (selling, stock, live, movements, sales, messages, users, lists, log_pages, situation)
OTHERS = (account_pages, list_responses, installable, themes, product_form)
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
_NO_ROUTE = {
    404: "Não há nada neste endereço.",
    405: "Neste endereço não há o que ver: ele só recebe o que uma página envia.",
}
HALF_A_DAY_S = 12 * 60 * 60


def make_pages(routes: Flask, keys: list[bytes]) -> Flask:
    """The pages that ask ``routes``, whose services they share. ``keys`` sign their cookie.

    Raises AttributeError for a page without a role.
    """
    app = make_application()
    services = app.extensions["almoxarife"] = Services.of(routes)
    services.add(routes)
    cookies.install(app, keys)
    visitors.install(app)
    app.config["WTF_CSRF_TIME_LIMIT"] = HALF_A_DAY_S
    words.install(app)
    app.register_blueprint(pages.bp)
    for status in (404, 405):
        app.register_error_handler(status, _show_no_route)
    for view in app.view_functions.values():
        required_role(view)
    return app


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


def _show_no_route(error: HTTPException) -> Response:
    """Neither a route nor a page has this path, or none of those that have it takes this method."""
    cause: Exception | None = request.environ[UNANSWERED]
    if isinstance(cause, NotAuthenticated):
        return secure(pages.redirect_to_login())
    if isinstance(cause, MethodNotAllowed):
        methods = {*(cause.valid_methods or ()), *(getattr(error, "valid_methods", None) or ())}
        error = MethodNotAllowed(valid_methods=sorted(methods))
    refusal = problems.explain(error, request.environ)
    if not problems.wants_page():
        return refusal.to_response()
    with suppress(RequestFailed):  # without the database it is nobody's page
        pages.identify_visitor()
    response = secure(pages.show_refusal(refusal.status, _NO_ROUTE[refusal.status], request.environ[PROBLEM]))
    response.headers.extend((name, value) for name, value in refusal.headers if name == "Allow")
    return response


@pages.bp.errorhandler(AlmoxarifeError)
@pages.bp.errorhandler(HTTPException)
@pages.bp.errorhandler(Exception)
def show_fault(error: Exception) -> Response:
    """Show an error as a page."""
    if isinstance(error, Refused):
        return _show_refused(error)
    refusal = problems.explain(error, request.environ)
    problem = Problem.model_validate_json(refusal.body)
    response = secure(pages.show_refusal(problem.status, problem.message, problem.code))
    response.headers.extend((name, value) for name, value in refusal.headers if name == "Retry-After")
    return response


def _show_refused(error: Refused) -> Response:
    problem = error.reply.problem
    return secure(pages.show_refusal(problem.status, problem.message, problem.code))

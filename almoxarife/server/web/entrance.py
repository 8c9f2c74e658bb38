"""The way from the routes' application to the pages', which is loaded and made by the first request for a page.

Flask asks the routes first. What none of them answers is the pages' to answer, and so are the forms that pages send to
the path of a route.
"""

from collections.abc import Callable
from functools import wraps
from threading import Lock

from flask import Flask, Response, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from almoxarife.server.errors import NotAuthenticated
from almoxarife.server.http import problems
from almoxarife.server.http.access import PAGE_TOKEN, UNANSWERED

_FORMS = {"application/x-www-form-urlencoded", "multipart/form-data"}
_FILES = ("/useradd/export/", "/log/exportar/", "/inventario/exportar/")
"""API routes that pages link to, for downloads."""


def install(routes: Flask, keys: list[bytes]) -> None:
    """Let the pages answer what is theirs, after all routes were registered. ``keys`` sign their cookie."""
    pages = _Pages(routes, keys)
    _share(routes, "accounts.log_in", pages)
    _share(routes, "accounts.log_out", pages)
    for status in (404, 405):
        routes.register_error_handler(status, pages.answer)

    def redirect_to_login(error: NotAuthenticated) -> ResponseReturnValue:
        """For a download without a login."""
        if request.path.startswith(_FILES) and problems.wants_page() and "Authorization" not in request.headers:
            return pages.answer(error)
        return problems.explain(error, request.environ).to_response()

    routes.register_error_handler(NotAuthenticated, redirect_to_login)


class _Pages:
    def __init__(self, routes: Flask, keys: list[bytes]) -> None:
        self._routes = routes
        self._keys = keys
        self._making = Lock()
        self._made: Flask | None = None

    def answer(self, error: NotAuthenticated | HTTPException | None = None) -> ResponseReturnValue:
        """Their response to the request that ``routes`` has; ``error``: why no route has one."""
        environ = request.environ
        environ[UNANSWERED] = error
        try:
            pages = self._find().wsgi_app
        except Exception as fault:  # noqa: BLE001  # a browser is shown no JSON; the next request tries again
            return problems.explain_before_flask(fault, environ).to_response()
        # In this very environment, of which werkzeug makes a copy: what they note of the request is logged afterwards.
        return Response.from_app(lambda _copy, begin: pages(environ, begin), environ)

    def _find(self) -> Flask:
        with self._making:
            if self._made is None:
                from almoxarife.server.web.application import make_pages

                self._made = make_pages(self._routes, self._keys)
            return self._made


def _share(routes: Flask, endpoint: str, pages: _Pages) -> None:
    """Leave the forms that are sent to the path of a route to the pages; programs send JSON or a token."""
    route: Callable[[], ResponseReturnValue] = routes.view_functions[endpoint]  # type: ignore[assignment]  # not async

    @wraps(route)
    def either() -> ResponseReturnValue:
        return pages.answer() if request.method == "OPTIONS" or _is_from_page() else route()

    routes.view_functions[endpoint] = either
    for rule in routes.url_map.iter_rules(endpoint):
        rule.provide_automatic_options = False  # type: ignore[attr-defined]  # Flask's own: pages take more methods


def _is_from_page() -> bool:
    """Whether the request is a form of a page, or comes from a browser without a form."""
    if "Authorization" in request.headers:
        return False
    return request.mimetype in _FORMS or (not request.mimetype and request.environ.get(PAGE_TOKEN) is not None)

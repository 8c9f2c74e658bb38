"""Flask's application as this server makes it, for the routes and for the pages."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any, NoReturn

from flask import Flask, Request, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound
from werkzeug.routing import MapAdapter, RoutingException, Rule

from almoxarife.server.context import Services
from almoxarife.server.errors import StoreUnavailable
from almoxarife.server.http import problems
from almoxarife.server.http.access import RULE
from almoxarife.server.http.requests import MAX_BODY
from almoxarife.server.store.database import Database


class _Rule(Rule):
    """A rule that compiles its two builders of URLs at their first use: compiling all takes 0.03 s of a start."""

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        return _Rule._build_first_unknown if append_unknown else _Rule._build_first

    def _build_first(self, /, **values: Any) -> tuple[str, str]:
        self._build = super()._compile_builder(False).__get__(self, None)
        return self._build(**values)

    def _build_first_unknown(self, /, **values: Any) -> tuple[str, str]:
        self._build_unknown = super()._compile_builder(True).__get__(self, None)
        return self._build_unknown(**values)


class _Application(Flask):
    url_rule_class = _Rule

    def dispatch_request(self) -> ResponseReturnValue:
        """Try a reading request again on the primary if the replica was lost during it: it has changed nothing."""
        try:
            return super().dispatch_request()
        except StoreUnavailable:
            database = Services.of(self).find(Database)
            if request.method not in {"GET", "HEAD"} or database is None or not database.has_lost_replica:
                raise
            return super().dispatch_request()

    def raise_routing_exception(self, request: Request) -> NoReturn:
        """Werkzeug takes a wrong method for a wrong path where a route ends with a slash and the path does not."""
        if isinstance(request.routing_exception, NotFound) and not request.path.endswith("/"):
            adapter = self.create_url_adapter(request)
            with suppress(NotFound, RoutingException):
                if adapter is not None:
                    adapter.match(f"{request.path}/")
        super().raise_routing_exception(request)

    def create_url_adapter(self, request: Request | None) -> MapAdapter | None:
        """Without the host: routes differ only by path and method, and Flask would parse the host for each request."""
        if request is None:
            return super().create_url_adapter(request)
        return self.url_map.bind(
            request.environ.get("HTTP_HOST") or "localhost",
            script_name=request.environ.get("SCRIPT_NAME") or "/",
            url_scheme=request.scheme,
            default_method=request.method,
            path_info=request.path,
            query_args=request.environ.get("QUERY_STRING", ""),
        )


def make_application() -> Flask:
    """Without routes and services. ``problems`` answers its errors."""

    def begin() -> None:
        if request.url_rule is not None:
            request.environ[RULE] = request.url_rule.rule
        else:
            request.environ.setdefault(RULE, "")  # a route has one, though a page says what it was refused for

    app = _Application("almoxarife", static_folder=None)
    app.url_map.strict_slashes = False  # "/login/" is "/login", as it is behind the gateway
    app.url_map.merge_slashes = False  # "/usuarios//senha" is no route: 404, not a redirect
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY
    app.json.sort_keys = False  # type: ignore[attr-defined]
    problems.install(app)
    app.before_request(begin)
    return app

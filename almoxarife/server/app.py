"""Creates the Flask application: services, the blueprints of all features, caches and the middleware."""

import hashlib
import logging
import socket
import sys
import threading
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

from flask import Flask

from almoxarife.server.accounts import history_routes as history
from almoxarife.server.accounts import routes as accounts
from almoxarife.server.accounts import seller_routes as sellers
from almoxarife.server.accounts.cpf import CpfKey
from almoxarife.server.accounts.directory import routes as directory
from almoxarife.server.accounts.limits.anonymous_attempts import RefusalLimit
from almoxarife.server.accounts.limits.hashing import FirstLogins, HashingQueue
from almoxarife.server.accounts.limits.registrations import RegistrationLimit
from almoxarife.server.accounts.limits.temporary_passwords import TemporaryPasswords
from almoxarife.server.accounts.limits.throttle import Throttle
from almoxarife.server.accounts.profiles import routes as profiles
from almoxarife.server.accounts.registration import routes as registration
from almoxarife.server.accounts.tokens import Tokens
from almoxarife.server.audit import routes as audit
from almoxarife.server.bulk import list_routes as lists
from almoxarife.server.bulk import routes as bulk
from almoxarife.server.bulk.importing import ListsUnderWay
from almoxarife.server.bulk.pending import PendingLists
from almoxarife.server.calendar import routes as calendar
from almoxarife.server.catalog import routes as catalog
from almoxarife.server.catalog.cached_list import CachedProducts
from almoxarife.server.catalog.units import routes as units
from almoxarife.server.clock import SteadyClock
from almoxarife.server.context import Run, Services
from almoxarife.server.coordination import routes as coordination
from almoxarife.server.coordination.service import CoordinatorWatch
from almoxarife.server.data_directory.secret_keys import cpf_key, terminal_key
from almoxarife.server.data_directory.service_keys import ServiceKeys
from almoxarife.server.health import routes as health
from almoxarife.server.health import situation_routes as situation
from almoxarife.server.http.access import HostCheck, required_role
from almoxarife.server.http.application import make_application
from almoxarife.server.http.fast_path import DirectViews
from almoxarife.server.http.middleware import FindPageToken, Middleware, Responder, RouteKey, WriteLine
from almoxarife.server.http.openapi import Document, operation_of
from almoxarife.server.http.response_cache import CachedList, ResponseCache
from almoxarife.server.http.responses import StreamLimits
from almoxarife.server.identity import Authenticator, Identity
from almoxarife.server.importing import routes as importing
from almoxarife.server.importing.batches import ImportsUnderWay, LongImports
from almoxarife.server.logs import routes as log_routes
from almoxarife.server.logs.service import LogQueue, redact_cached
from almoxarife.server.logs.views import routes as log_views
from almoxarife.server.messaging import routes as messaging
from almoxarife.server.messaging.cached_list import CachedUnread
from almoxarife.server.sales import routes as sales
from almoxarife.server.sales import total_routes as totals
from almoxarife.server.settings import Settings
from almoxarife.server.stock import report_routes as stock_reports
from almoxarife.server.stock import routes as stock
from almoxarife.server.stock.poll import CachedMovements
from almoxarife.server.stock.whole_list import WholeLists
from almoxarife.server.store.database import Database
from almoxarife.server.store.idempotency import LateClaims
from almoxarife.server.store.versions import Versions
from almoxarife.server.stores import routes as stores
from almoxarife.server.web import cookies, entrance

BLUEPRINTS = (
    *(health.bp, registration.bp, accounts.bp, sellers.bp, profiles.bp, history.bp, directory.bp, bulk.bp, stores.bp),
    *(calendar.bp, catalog.bp, units.bp, importing.bp, stock.bp, stock_reports.bp, sales.bp, totals.bp),
    *(log_routes.bp, coordination.bp, lists.bp, log_views.bp, log_routes.reading_bp, messaging.bp),
    *(situation.bp, audit.bp),
)
"""The routes of all features but the pages."""


def _write_nothing(line: bytes) -> None:
    pass


def create_app(
    settings: Settings,
    database: Database,
    *,
    keys: list[bytes],
    run: Run,
    logs: LogQueue,
    write_line: WriteLine = _write_nothing,
) -> Flask:
    """The application on an open database. ``keys`` sign tokens: oldest first, the last one signs."""
    database.limit_requests()
    settings = replace(settings, terminal_key=terminal_key(settings))
    app = make_application()
    clock = SteadyClock()
    services = Services(
        app,
        *(settings, database, clock, run, logs),
        Tokens(keys, database, clock),
        CpfKey(cpf_key(settings)),
        ServiceKeys.of(settings),
        WholeLists(database),
        LongImports(database),
        ImportsUnderWay(),
        CoordinatorWatch(settings, database, logs),
        ListsUnderWay(),
        PendingLists(),
        Throttle(hashlib.sha256(b"almoxarife.throttle" + keys[0]).digest(), clock),
        hashing := HashingQueue(),
        FirstLogins(hashing, clock),
        TemporaryPasswords(timedelta(days=settings.temporary_password_days), clock),
        RegistrationLimit(clock),
        RefusalLimit(database, clock),
        LateClaims(database),
        Document(app),
        situation.TrailChecks(),
    )
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    entrance.install(app, keys)
    cached_lists: dict[str, CachedList] = {
        "/inventario": CachedMovements(database),
        "/produtos": CachedProducts(database),
        "/mensagens/resumo": CachedUnread(database),
    }
    cache = ResponseCache(database, services.get(Authenticator), cached_lists)
    direct = DirectViews(app)
    responders = dict.fromkeys(cache.route_keys, cache) | dict.fromkeys(direct.route_keys, direct)
    return _install_middleware(app, settings, write_line, database.versions, responders, cookies.reader(keys))


def create_log_app(settings: Settings, *, logs: LogQueue, write_line: WriteLine = _write_nothing) -> Flask:
    """The application of the log service that runs alone: it knows neither people nor products."""
    app = make_application()
    Services(app, settings, logs, _NoAuthenticator(), ServiceKeys.of(settings))
    app.register_blueprint(log_routes.bp)
    app.register_blueprint(log_routes.standalone_bp)
    return _install_middleware(app, settings, write_line, Versions(), {})


class _NoAuthenticator(Authenticator):
    def identify(self, token: str) -> Identity | None:
        """No token is anybody's."""
        return None

    def is_ours(self, token: str) -> bool:
        return False


def _install_middleware(
    app: Flask,
    settings: Settings,
    write_line: WriteLine,
    versions: Versions,
    responders: Mapping[RouteKey, Responder],
    find_page_token: FindPageToken | None = None,
) -> Flask:
    """Install the middleware; checks that every route has a role and a description."""
    Services.of(app).add(StreamLimits())
    _require_roles_and_descriptions(app)
    app.wsgi_app = Middleware(  # type: ignore[method-assign]
        app.wsgi_app,
        settings,
        HostCheck(settings, socket.gethostname()),
        versions,
        responders,
        Services.of(app).get(LogQueue).put_request,
        write_line,
        redact_cached,
        find_page_token,
    )
    return app


def _require_roles_and_descriptions(app: Flask) -> None:
    """Raises AttributeError for a route without ``@requires`` (or the like) or without ``@describe``."""
    for view in app.view_functions.values():
        required_role(view)
        operation_of(view)


def log_uncaught() -> None:
    """Log exceptions that end a thread, or that nobody can catch.

    Python would write them to the terminal, and that thread would hang if the terminal is stopped.
    """
    log = logging.getLogger(__name__)

    def tell_of_thread(args: threading.ExceptHookArgs) -> None:
        log.critical("fault", {"thread": args.thread.name if args.thread else None}, exc_info=args.exc_value)

    def tell_of_unraisable(args: "sys.UnraisableHookArgs") -> None:
        log.critical("fault", {"within": str(args.err_msg)}, exc_info=args.exc_value)

    threading.excepthook = tell_of_thread
    sys.unraisablehook = tell_of_unraisable

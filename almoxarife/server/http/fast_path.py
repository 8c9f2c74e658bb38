"""``@direct``: views that are called by the middleware, without Flask.

Flask's contexts, proxies and objects take twice the time that an entry takes without them. A view marked ``@direct``
gets a ``DirectRequest`` and returns a ``PlannedWrite``: what to write, and how to answer then. So its caller
may wait for the write or not. It is registered as a route too, and Flask calls it for paths that only Flask
normalises. Access control, errors and the request log use the same functions as other
routes.
"""

import logging
from collections.abc import Callable
from functools import wraps
from typing import Any, NamedTuple

from flask import Flask, Response, request

from almoxarife.server.context import Services, current
from almoxarife.server.errors import KeyInProgress
from almoxarife.server.http import problems
from almoxarife.server.http.access import IDENTITY, RULE, admit, required_role
from almoxarife.server.http.middleware import RouteKey
from almoxarife.server.http.requests import Environ
from almoxarife.server.http.responses import PlainResponse
from almoxarife.server.identity import Authenticator, Identity
from almoxarife.server.settings import Settings
from almoxarife.server.store import idempotency
from almoxarife.server.store.database import Database
from almoxarife.server.store.idempotency import RETRY_AFTER_S, GivenKey, LateClaims
from almoxarife.server.store.sessions import Work
from almoxarife.server.store.versions import MAX_AGE_S
from almoxarife.server.store.writer import UnitOfWork
from almoxarife.wire.accounts import Role

log = logging.getLogger(__name__)

ABOUT_PEOPLE = ("people", "sessions")
"""Topics that decide whether a token is valid."""


class DirectRequest(NamedTuple):
    environ: Environ
    identity: Identity
    settings: Settings


class PlannedWrite(NamedTuple):
    """What a request writes, and how it is answered then."""

    work: Work[Any, Any]
    """Called with the items of many requests (``Database.run``)."""
    item: Any
    given_key: GivenKey | None
    respond: Callable[[Any], PlainResponse]


View = Callable[[DirectRequest], PlannedWrite]


def direct(role: Role) -> Callable[[View], Any]:
    """Let in callers with ``role`` or a higher one, before Flask. For paths without parameters."""

    def decorate(view: View) -> Callable[[], Response]:
        @wraps(view)
        def through_flask() -> Response:
            """For a request that only Flask recognises as ours: "//inventario", a method in lower case."""
            environ = request.environ
            identity = environ[IDENTITY] = admit(environ, current(Authenticator), role)
            write = view(DirectRequest(environ, identity, current(Settings)))
            pending = PendingWrite(current(Database), current(LateClaims), environ, identity.user_id, write)
            return pending.wait().to_response()

        through_flask.required_role = role  # type: ignore[attr-defined]
        through_flask.direct_view = view  # type: ignore[attr-defined]
        return through_flask

    return decorate


class DirectViews:
    """The direct views of an application, by method and path."""

    def __init__(self, app: Flask) -> None:
        services = Services.of(app)
        self._authenticator = services.get(Authenticator)
        self._database = services.get(Database)
        self._settings = services.get(Settings)
        self._late_claims = services.get(LateClaims)
        self._views: dict[RouteKey, tuple[View, Role]] = {}
        for rule in app.url_map.iter_rules():
            view: Any = app.view_functions[rule.endpoint]
            role = required_role(view)
            direct_view: View | None = getattr(view, "direct_view", None)
            if direct_view is not None and role is not None:
                # OPTIONS is Flask's own response.
                self._views |= {
                    (method, rule.rule): (direct_view, role) for method in (rule.methods or set()) - {"OPTIONS"}
                }

    @property
    def route_keys(self) -> list[RouteKey]:
        return list(self._views)

    def find_response(self, environ: Environ) -> "PlainResponse | PendingWrite":
        path = environ["PATH_INFO"]
        view, role = self._views[environ["REQUEST_METHOD"], path]
        environ[RULE] = path
        self._database.versions.begin_request(MAX_AGE_S, topics=ABOUT_PEOPLE)
        try:
            identity = environ[IDENTITY] = admit(environ, self._authenticator, role)
            write = view(DirectRequest(environ, identity, self._settings))
        except Exception as error:  # noqa: BLE001  # Flask would turn it into the same response
            return problems.explain(error, environ)
        return PendingWrite(self._database, self._late_claims, environ, identity.user_id, write)


class PendingWrite:
    """``middleware.PendingResponse``: the response comes when ``write`` is done or has failed."""

    def __init__(
        self, database: Database, late_claims: LateClaims, environ: Environ, user_id: int, write: PlannedWrite
    ) -> None:
        self._database = database
        self._late_claims = late_claims
        self._environ = environ
        self._user_id = user_id
        self._write = write

    def wait(self) -> PlainResponse:
        try:
            with idempotency.running(self._database, self._user_id, self._write.given_key, is_one_batch=True):
                return self._write.respond(self._database.run(self._write.work, self._write.item))
        except Exception as error:  # noqa: BLE001  # Flask would turn it into the same response
            return problems.explain(error, self._environ)

    def when_done(self, done: Callable[[PlainResponse], None]) -> None:
        """Raises WouldWait while another request with the same key runs."""
        held = self._late_claims.hold(self._user_id, self._write.given_key, lambda: self._respond(_refuse_key, done))

        def end(unit: UnitOfWork[Any]) -> None:
            if held.release():
                self._respond(unit.result, done)

        try:
            self._database.submit(self._write.work, self._write.item, end)
        except Exception as error:  # noqa: BLE001  # the key must not stay taken, and the client waits for a response
            held.release()
            done(problems.explain(error, self._environ))

    def _respond(self, find_result: Callable[[], Any], done: Callable[[PlainResponse], None]) -> None:
        try:
            response = self._write.respond(find_result())
        except Exception as error:  # noqa: BLE001  # this runs in the writer's thread, where nobody else answers it
            response = problems.explain(error, self._environ)
        try:
            done(response)
        except Exception as error:  # one client's fault must not end the thread that writes
            log.error("fault", exc_info=error)


def _refuse_key() -> Any:
    raise KeyInProgress(retry_after=RETRY_AFTER_S)

"""The intake thread: takes in all requests from granian, and answers what needs no waiting.

granian expects an ASGI application with an event loop. Instead it gets an object that immediately runs
whatever it would schedule, in the one thread in which granian calls Python. That thread
collects request bodies, answers from caches, queues entries for the writer, and
passes everything else to the pool. It never waits, neither for slow clients
nor for the database (``store/waiting``): a call that waited would block all clients.

Code that may wait calls ``may_wait`` first; then the request is started again in the pool, or in the thread that has
asked the database for all who need the same, so nothing that was done until there may have an effect twice. granian
calls back immediately, also from the writer's thread.
"""

import logging
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache, partial
from io import BytesIO
from threading import Thread
from time import sleep, thread_time
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_to_bytes

from almoxarife.server.http.access import CLIENT, PAGE_TOKEN, Client
from almoxarife.server.http.middleware import MAKE_CHECK, Middleware
from almoxarife.server.http.requests import ABOUT_BODY, Environ
from almoxarife.server.http.responses import RawHeaders
from almoxarife.server.identity import Authenticator
from almoxarife.server.intake.bodies import Bodies, IsProxy
from almoxarife.server.intake.connections import Connection, Connections, Exchange, FindNetwork, Watcher
from almoxarife.server.intake.pool import Pool
from almoxarife.server.store.waiting import WouldWait, never_wait

if TYPE_CHECKING or sys.platform == "win32":
    from asyncio import Future

ROUND_S = 0.05
"""How often connections are counted, so that a sudden crowd does not fill the backlog for long."""
LONGEST_ROUND_S = 0.3
MAX_KEPT = 2048
"""Bytes of a connection's headers that are cached, for further requests with the same."""

log = logging.getLogger(__name__)


class Loop:
    """The part of an event loop that granian uses; everything runs immediately in the calling thread."""

    def call_soon(self, callback: Callable[..., object], *arguments: object, context: object = None) -> None:
        callback(*arguments)

    call_soon_threadsafe = call_soon

    def create_future(self) -> "Future[Any]":
        """Called only by granian's Windows build."""
        from asyncio import Future  # on other systems only tests need it

        return Future(loop=self)  # type: ignore[arg-type]

    def get_debug(self) -> bool:
        return False

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        log.error("fault", {name: str(value) for name, value in context.items()})


class Intake:
    """granian calls ``take`` for each request."""

    def __init__(
        self,
        middleware: Middleware,
        authenticator: Authenticator,
        connections: Connections,
        find_network: FindNetwork,
        is_proxy: IsProxy = lambda _: False,
    ) -> None:
        self._middleware = middleware
        self._authenticator = authenticator
        self._connections = connections
        self._pool = Pool(lambda exchange: exchange.call(middleware), self.refuse, self._is_known)
        self._bodies = Bodies(find_network, self._is_known, self.answer, self.refuse, is_proxy)

    def start(self) -> None:
        Thread(target=self._close_surplus, name="connections", daemon=True).start()

    def take(self, watcher: Watcher) -> None:
        # granian would leave the exception set for the next Python code in this thread.
        try:
            never_wait()
            scope = watcher.scope
            connection = self._connections.begin(scope["client"])
            is_repeated = connection.cached_scope == scope
            if is_repeated and self._answer_again(watcher, connection):
                return
            environ = connection.environ = make_environ(scope, connection)
            exchange = Exchange(watcher, environ, connection)
            if "CONTENT_LENGTH" in environ or "HTTP_TRANSFER_ENCODING" in environ:
                self._bodies.begin(exchange)
            else:
                self.answer(exchange)
                if is_repeated:
                    # Of a request that another thread answers nothing is known yet; the one before may be right again.
                    connection.repeat = self._middleware.find_repeat(environ) or connection.repeat
                elif MAKE_CHECK in environ and CLIENT in environ and environ.keys().isdisjoint(_ABOUT_BODY):
                    connection.cached_scope, connection.repeat = scope, None
        except Exception as error:
            log.error("fault", exc_info=error)
            watcher.done()

    def _answer_again(self, watcher: Watcher, connection: Connection) -> bool:
        """Whether the last response is still right, and was sent again."""
        repeat = connection.repeat
        added_headers = None if repeat is None else self._middleware.answer_again(repeat)
        if repeat is None or added_headers is None:
            return False
        connection.send_again(watcher, repeat.response, added_headers)
        return True

    def answer(self, exchange: Exchange) -> None:
        """Answer a request that has arrived completely: in this thread, or in one that may wait."""
        exchange.connection.is_request_complete = True
        try:
            if self._middleware.answer_at_once(exchange.environ, exchange.send):
                return
        except WouldWait as obstacle:
            if obstacle.when_ready is not None:
                obstacle.when_ready(partial(self._answer_later, exchange))
                return
        self._pool.submit(exchange)

    def _answer_later(self, exchange: Exchange) -> None:
        """``answer`` again, in the thread that has waited. Never raises."""
        try:
            with suppress(WouldWait):
                if self._middleware.answer_at_once(exchange.environ, exchange.send):
                    return
            self._pool.submit(exchange)
        except Exception as error:
            log.error("fault", exc_info=error)
            exchange.break_off()

    def refuse(self, error: Exception, exchange: Exchange) -> None:
        """Answer a request with an error and close its connection, because the rest of it may still arrive."""
        self._middleware.refuse(error, exchange.environ, exchange.send_last)

    def _is_known(self, environ: Environ) -> bool:
        scheme, _, token = environ.get("HTTP_AUTHORIZATION", "").partition(" ")
        if scheme.lower() != "bearer":
            token = environ.get(PAGE_TOKEN) or ""
        return bool(token) and self._authenticator.is_ours(token)

    def _close_surplus(self) -> None:
        pause_s = ROUND_S
        while True:
            sleep(pause_s)
            began = thread_time()
            try:
                self._connections.close_surplus()
                self._bodies.give_up_overdue()
            except Exception as error:  # the thread must go on; the next round may succeed
                log.error("fault", exc_info=error)
            pause_s = find_pause_s(thread_time() - began)


def find_pause_s(spent_s: float) -> float:
    """How long to wait before counting connections again, to use at most a tenth of a core (thousands take 14 ms)."""
    return min(max(ROUND_S, 10 * spent_s), LONGEST_ROUND_S)


# --- ASGI's words in WSGI's ----------------------------------------------------------------

_SAME_FOR_ALL: Environ = {
    "SCRIPT_NAME": "",
    "wsgi.version": (1, 0),
    "wsgi.multithread": True,
    "wsgi.multiprocess": False,
    "wsgi.run_once": False,
    "wsgi.errors": sys.stderr,
    "wsgi.input_terminated": True,
}


def make_environ(scope: dict[str, Any], connection: Connection) -> Environ:
    """The WSGI environment for an ASGI scope, without the body, which has not arrived yet."""
    headers: RawHeaders = scope["headers"]
    about_body = [header for header in headers if header[0] in ABOUT_BODY]
    about_client = [header for header in headers if header[0] not in ABOUT_BODY] if about_body else headers
    made_from = (about_client, scope["http_version"], scope["scheme"], scope["server"])
    client = connection.client
    if client is not None and client.made_from == made_from:
        environ = client.environ.copy()
        environ[CLIENT] = client
    else:
        environ = _read_client(scope, about_client)
        if _is_short(about_client):
            connection.client = environ[CLIENT] = Client(made_from, environ.copy())
    _add_headers(environ, about_body)
    # Assigned one by one, which takes half the time of a dict display: every request passes here.
    path: bytes = scope["raw_path"]
    environ["REQUEST_METHOD"] = scope["method"]
    environ["PATH_INFO"] = (unquote_to_bytes(path) if b"%" in path else path).decode("latin-1")
    environ["QUERY_STRING"] = scope["query_string"].decode("latin-1")
    environ["wsgi.input"] = BytesIO()
    return environ


def _read_client(scope: dict[str, Any], headers: RawHeaders) -> Environ:
    """The environment that is the same for all requests of a client with these headers."""
    environ = _SAME_FOR_ALL.copy()
    environ["SERVER_PROTOCOL"] = _PROTOCOLS.get(scope["http_version"], "HTTP/1.1")
    environ["SERVER_NAME"], environ["SERVER_PORT"] = scope["server"]
    environ["REMOTE_ADDR"] = scope["client"][0]
    environ["wsgi.url_scheme"] = scope["scheme"]
    _add_headers(environ, headers)
    return environ


def _add_headers(environ: Environ, headers: RawHeaders) -> None:
    for raw_name, raw_value in headers:
        name, value = _name_in_environ(raw_name), raw_value.decode("latin-1")
        if name is None:
            continue
        if name in environ:
            value = f"{environ[name]}{'; ' if name == 'HTTP_COOKIE' else ','}{value}"
        environ[name] = value


def _is_short(headers: RawHeaders) -> bool:
    return sum(len(name) + len(value) for name, value in headers) <= MAX_KEPT


_PROTOCOLS = {"1": "HTTP/1.0", "1.1": "HTTP/1.1", "2": "HTTP/2"}


@lru_cache(maxsize=1000)
def _name_in_environ(raw: bytes) -> str | None:
    """The WSGI name of a header; None if it has an underscore, because it could pass for one that a proxy sets."""
    if b"_" in raw:
        return None
    name = raw.decode("latin-1").upper().replace("-", "_")
    return name if name in {"CONTENT_TYPE", "CONTENT_LENGTH"} else f"HTTP_{name}"


_ABOUT_BODY = frozenset(map(_name_in_environ, ABOUT_BODY))
"""These may be of any length, and ``MAX_KEPT`` leaves them out: a request with one is not kept to be compared."""

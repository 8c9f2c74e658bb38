"""The WSGI middleware around Flask: origin, request id, host check, responders and the request log.

It also calls, before Flask, the responder of a method and path if there is one (``response_cache``,
``fast_path``), which answers most requests of a day.
"""

import logging
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import orjson

from almoxarife.server.errors import UnknownHost
from almoxarife.server.http import problems
from almoxarife.server.http.access import (
    CLIENT,
    IDENTITY,
    ORIGIN,
    PAGE_TOKEN,
    PROBLEM,
    RULE,
    Client,
    HostCheck,
    find_origin,
    new_request_id,
)
from almoxarife.server.http.requests import Environ
from almoxarife.server.http.responses import ALWAYS_ASK, Headers, PlainResponse, RawHeaders, decode_headers
from almoxarife.server.identity import Identity, Origin
from almoxarife.server.settings import Settings
from almoxarife.server.store.versions import Versions

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication

STARTED = "almoxarife.started"
"""Key of the WSGI environment: when the request began. It is kept if the request starts again in the pool."""
LINE = "almoxarife.line"
"""Key of the WSGI environment: the request's line in the log."""
RESPONSE = "almoxarife.response"
"""Key of the WSGI environment: the response that a responder had at once, and the headers added to it."""
MAKE_CHECK = "almoxarife.make_check"
"""Key of the WSGI environment, if its response may be kept: makes a function that says whether the same request would
be given the same response again."""
QUIET = {"/saude", "/log", "/log/recentes", "/ping", "/", "/recursos/<name>"}
"""Routes whose successful requests are not logged: they are uninteresting, or log entries themselves."""

LogRequest = Callable[[datetime, str, str, str, int, str | None, int | None, str, str, float], None]
"""Logs a request: moment, method, rule, path, status, problem, user, address, request id, milliseconds."""

WriteLine = Callable[[bytes], None]
"""Writes an encoded line of JSON to the server's own log, without waiting."""

FindPageToken = Callable[[str], str | None]
"""Finds the token of our pages in a Cookie header."""

Send = Callable[[PlainResponse, RawHeaders], None]
"""Sends a response with further headers."""

USER_HEADER = b"x-almoxarife-user"
"""Header with the caller for a trusted proxy: our gateway logs it and does not pass it on."""
MAX_PATH_LENGTH = 500
"""Characters of the path of a refused request that are logged."""
_NOT_KEPT = (b"cache-control", b"no-store")
_NO_SNIFFING = (b"x-content-type-options", b"nosniff")
_UNAVAILABLE = HTTPStatus.SERVICE_UNAVAILABLE.value
_STATUS_LINES = {status.value: f"{status.value} {status.phrase}" for status in HTTPStatus}


log = logging.getLogger(__name__)


class PendingResponse(Protocol):
    """A response that comes after a write."""

    def wait(self) -> PlainResponse: ...

    def when_done(self, done: Callable[[PlainResponse], None]) -> None:
        """Have ``done`` called with the response, by any thread; it must not raise."""


class Responder(Protocol):
    """Answers requests before Flask."""

    def find_response(self, environ: Environ) -> PlainResponse | PendingResponse | None:
        """None leaves the request to Flask."""


class RepeatableResponse(NamedTuple):
    """A response from memory that a connection is sent again while it asks the same, byte for byte.

    It follows from the request, from what ``is_current`` compares, and from what stays as long as the server runs.
    """

    response: PlainResponse
    is_current: Callable[[], bool]
    line: dict[str, object]
    """The request's line in the log; the next one has another id, time and duration."""
    added_headers: RawHeaders
    """The headers added to it, without the request's id."""


RouteKey = tuple[str, str]
"""A method and a path."""
_ONLY_READ = frozenset({"GET", "HEAD"})


class Middleware:
    def __init__(
        self,
        application: "WSGIApplication",
        settings: Settings,
        host_check: HostCheck,
        versions: Versions,
        responders: Mapping[RouteKey, Responder],
        log_request: LogRequest,
        write_line: WriteLine,
        redact: Callable[[str], str],
        find_page_token: FindPageToken | None = None,
    ) -> None:
        self._application = application
        self._settings = settings
        self._host_check = host_check
        self._versions = versions
        self._responders = responders
        self._log_request = log_request
        # Not through ``logging``, which would cost more than most cached responses.
        self._write_line = write_line
        self._redact = redact
        self._find_page_token = find_page_token

    def __call__(self, environ: Environ, start_response: "StartResponse") -> Iterable[bytes]:
        started: float = environ.setdefault(STARTED, time.perf_counter())
        found = self._find_response(environ)
        if found is not None:
            response = found if isinstance(found, PlainResponse) else found.wait()
            added_headers = self._finish(environ, response.status, response.headers, started)
            start_response(_STATUS_LINES[response.status], [*response.headers, *decode_headers(added_headers)])
            return [response.body]

        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            headers += decode_headers(self._finish(environ, int(status[:3]), headers, started))
            return start_response(status, headers, exc_info) if exc_info else start_response(status, headers)

        return self._application(environ, start)

    def answer_at_once(self, environ: Environ, send: Send) -> bool:
        """Whether a responder answers: ``send`` is called now, or later by another thread.

        For a thread that must not wait: raises WouldWait if the responder would. If it
        returns False or raises, use ``__call__``.
        """
        started: float = environ.setdefault(STARTED, time.perf_counter())
        found = self._find_response(environ)
        if isinstance(found, PlainResponse):
            added_headers = self._finish(environ, found.status, found.headers, started)
            send(found, added_headers)
            environ[RESPONSE] = found, added_headers
        elif found is not None:
            found.when_done(partial(self._send, send, environ, started))
        return found is not None

    def find_repeat(self, environ: Environ) -> RepeatableResponse | None:
        """What further requests like this one are answered with; None if each must be looked at."""
        client: Client | None = environ.get(CLIENT)
        # ``origin`` is None for a proxy's connection, which has many clients; a client with long headers is not kept.
        if RESPONSE not in environ or MAKE_CHECK not in environ or client is None or client.origin is None:
            return None
        response, added_headers = environ[RESPONSE]
        return RepeatableResponse(response, environ[MAKE_CHECK](environ), environ[LINE], added_headers[1:])

    def answer_again(self, repeat: RepeatableResponse) -> RawHeaders | None:
        """Log one more request like ``repeat``. Returns the headers added to its response; None if that is stale."""
        started = time.perf_counter()
        if not repeat.is_current():
            return None
        request_id, line = new_request_id(), repeat.line
        line["timestamp"], line["request_id"] = datetime.now(UTC), request_id
        line["duration_ms"] = _to_ms(time.perf_counter() - started)
        self._write_line(orjson.dumps(line, option=orjson.OPT_UTC_Z))
        return [(b"x-request-id", request_id.encode()), *repeat.added_headers]

    def _send(self, send: Send, environ: Environ, started: float, response: PlainResponse) -> None:
        send(response, self._finish(environ, response.status, response.headers, started))

    def refuse(self, error: Exception, environ: Environ, send: Send) -> None:
        """Answer a request with an error without processing it."""
        started: float = environ.setdefault(STARTED, time.perf_counter())
        self._set_origin(environ)
        self._send(send, environ, started, _refuse(error, environ))

    def _find_response(self, environ: Environ) -> PlainResponse | PendingResponse | None:
        client: Client | None = environ.get(CLIENT)
        origin = None if client is None else client.origin
        if origin is not None:
            environ.setdefault(ORIGIN, Origin(origin.address, new_request_id(), origin.is_local))
        else:
            if ORIGIN not in environ:  # otherwise this was done in the intake thread
                self._set_origin(environ)
            try:
                self._host_check.verify(environ.get("HTTP_HOST", ""))
            except UnknownHost as error:
                return _refuse(error, environ)
            if client is not None and not environ[ORIGIN].is_forwarded:  # a proxy's connection has many clients
                client.origin = environ[ORIGIN]
        if "HTTP_COOKIE" in environ and self._find_page_token is not None:
            environ[PAGE_TOKEN] = self._find_page_token(environ["HTTP_COOKIE"])
        method = environ["REQUEST_METHOD"]
        responder = self._responders.get((method, environ["PATH_INFO"]))
        found = None if responder is None else responder.find_response(environ)
        if found is None:
            self._versions.begin_request(only_reads=method in _ONLY_READ)
        return found

    def _set_origin(self, environ: Environ) -> None:
        """Set the origin of the request, and the scheme that a trusted proxy names."""
        origin = environ[ORIGIN] = find_origin(environ, self._settings)
        if origin.is_forwarded and environ.get("HTTP_X_FORWARDED_PROTO") in {"http", "https"}:
            environ["wsgi.url_scheme"] = environ["HTTP_X_FORWARDED_PROTO"]

    def _finish(self, environ: Environ, status: int, headers: Headers, started: float) -> RawHeaders:
        """Log the request. Returns the headers that are added to every response."""
        moment = datetime.now(UTC)
        duration_ms = _to_ms(time.perf_counter() - started)
        origin: Origin = environ[ORIGIN]
        identity: Identity | None = environ.get(IDENTITY)
        user_id = identity.user_id if identity else None
        problem = environ.get(PROBLEM)
        method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
        if not path.isascii():
            path = _decode(path)
        if status >= 400:
            path = self._redact(path[:MAX_PATH_LENGTH])  # an unknown path may contain anything
        # Cached responses have no rule and are not stored in the log: they would be nearly all entries.
        rule = environ.get(RULE)
        if rule is not None and (rule not in QUIET or status >= 400):
            self._log_request(
                moment, method, rule, path, status, problem, user_id, origin.address, origin.request_id, duration_ms
            )
        line = environ[LINE] = {
            "event": "request",
            "level": "info",
            "timestamp": moment,
            "request_id": origin.request_id,
            "method": method,
            "path": path,
            "status": status,
            "problem": problem,
            "user_id": user_id,
            "address": origin.address,
            "duration_ms": duration_ms,
        }
        if status == _UNAVAILABLE:
            log.info("request", line | {"reason": problem})  # these are counted when they repeat
        else:
            self._write_line(orjson.dumps(line, option=orjson.OPT_UTC_Z))
        added_headers = [(b"x-request-id", origin.request_id.encode()), _NO_SNIFFING]
        if user_id is not None and origin.is_forwarded:
            added_headers.append((USER_HEADER, b"u%d" % user_id))
        if ALWAYS_ASK not in headers and "Cache-Control" not in dict(headers):
            added_headers.append(_NOT_KEPT)
        return added_headers


def _refuse(error: Exception, environ: Environ) -> PlainResponse:
    environ[RULE] = ""
    return problems.explain_before_flask(error, environ)


def _to_ms(duration_s: float) -> float:
    return int(duration_s * 100_000) / 100


def _decode(path: str) -> str:
    """Decode a path: WSGI passes every byte as a character (PEP 3333)."""
    return path.encode("latin-1", "replace").decode(errors="replace")

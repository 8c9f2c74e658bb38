"""The WSGI middleware: where each request comes from, its id, and its one line in the log.

It stands before Flask so that these cost little and are there for every answer, whatever
made it. Where a method and path have a responder, as most of a day's requests have, it is asked before Flask.
"""

import time
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Protocol

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
from almoxarife.server.http.answers import ALWAYS_ASK, Answer, Headers, RawHeaders, decode_headers
from almoxarife.server.http.requests import Environ
from almoxarife.server.identity import Identity, Origin
from almoxarife.server.settings import Settings
from almoxarife.server.store.versions import Versions

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication

STARTED = "almoxarife.started"
"""Key of a request's environment: when it was first looked at. What waits for a thread then is begun anew."""
QUIET = {"/saude", "/log", "/log/recentes", "/ping", "/", "/recursos/<name>"}
"""Routes whose answered requests are not noted: they say nothing, or are log entries themselves."""

NoteRequest = Callable[[datetime, str, str, str, int, str | None, int | None, str, str, float], None]
"""Keeps the line of a request: moment, method, rule, path, status, problem, user, address, request id, milliseconds."""

WriteLine = Callable[[bytes], None]
"""Writes a finished line of JSON to the server's own log, without waiting for it."""

FindPageToken = Callable[[str], str | None]
"""The token in the cookies of a browser that shows our pages."""

Send = Callable[[Answer, RawHeaders], None]
"""Sends an answer with some more headers."""

WHO = b"x-almoxarife-user"
"""Tells a trusted proxy who asked: our gateway writes it to its log and hands it to nobody."""
LONGEST_PATH = 500
"""Characters that the log keeps of the path of a refused request."""
_NOT_KEPT = (b"cache-control", b"no-store")
_NO_SNIFFING = (b"x-content-type-options", b"nosniff")
_STATUS_LINES = {status.value: f"{status.value} {status.phrase}" for status in HTTPStatus}


class PendingAnswer(Protocol):
    """An answer that comes once something has been written."""

    def wait(self) -> Answer: ...

    def when_kept(self, done: Callable[[Answer], None]) -> None:
        """Call ``done`` instead of waiting, in whatever thread; it must not raise."""


class Responder(Protocol):
    """Answers before Flask what it can."""

    def find_answer(self, environ: Environ) -> Answer | PendingAnswer | None:
        """None leaves the request to Flask."""


Place = tuple[str, str]
"""A method and a path."""
_ONLY_READ = frozenset({"GET", "HEAD"})


class Middleware:
    def __init__(
        self,
        application: "WSGIApplication",
        settings: Settings,
        host_check: HostCheck,
        versions: Versions,
        responders: Mapping[Place, Responder],
        note: NoteRequest,
        write_line: WriteLine,
        redact: Callable[[str], str],
        find_page_token: FindPageToken | None = None,
    ) -> None:
        self._application = application
        self._settings = settings
        self._host_check = host_check
        self._versions = versions
        self._responders = responders
        self._note = note
        # Past the logger, whose record would cost more than most answers from memory.
        self._write_line = write_line
        self._redact = redact
        self._find_page_token = find_page_token

    def __call__(self, environ: Environ, start_response: "StartResponse") -> Iterable[bytes]:
        started: float = environ.setdefault(STARTED, time.perf_counter())
        found = self._find_answer(environ)
        if found is not None:
            answer = found if isinstance(found, Answer) else found.wait()
            more = self._finish(environ, answer.status, answer.headers, started)
            start_response(_STATUS_LINES[answer.status], [*answer.headers, *decode_headers(more)])
            return [answer.body]

        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            headers += decode_headers(self._finish(environ, int(status[:3]), headers, started))
            return start_response(status, headers, exc_info) if exc_info else start_response(status, headers)

        return self._application(environ, start)

    def answer_at_once(self, environ: Environ, send: Send) -> bool:
        """Whether a responder has the answer: ``send`` is called with it now, or by another thread when it comes.

        For a thread that must not wait: raises WouldWait where a responder would. Where it is
        False or raises, ``__call__`` is to be asked.
        """
        started: float = environ.setdefault(STARTED, time.perf_counter())
        found = self._find_answer(environ)
        if isinstance(found, Answer):
            send(found, self._finish(environ, found.status, found.headers, started))
        elif found is not None:
            found.when_kept(partial(self._send, send, environ, started))
        return found is not None

    def _send(self, send: Send, environ: Environ, started: float, answer: Answer) -> None:
        send(answer, self._finish(environ, answer.status, answer.headers, started))

    def refuse(self, error: Exception, environ: Environ, send: Send) -> None:
        """The answer to a request that is not even looked at."""
        started: float = environ.setdefault(STARTED, time.perf_counter())
        self._place(environ)
        self._send(send, environ, started, _refuse(error, environ))

    def _find_answer(self, environ: Environ) -> Answer | PendingAnswer | None:
        client: Client | None = environ.get(CLIENT)
        origin = None if client is None else client.origin
        if origin is not None:
            environ.setdefault(ORIGIN, Origin(origin.address, new_request_id(), origin.is_local))
        else:
            if ORIGIN not in environ:  # the thread that takes requests in has asked before
                self._place(environ)
            try:
                self._host_check.verify(environ.get("HTTP_HOST", ""))
            except UnknownHost as error:
                return _refuse(error, environ)
            if client is not None and not environ[ORIGIN].is_forwarded:  # a proxy's requests are many people's
                client.origin = environ[ORIGIN]
        if "HTTP_COOKIE" in environ and self._find_page_token is not None:
            environ[PAGE_TOKEN] = self._find_page_token(environ["HTTP_COOKIE"])
        method = environ["REQUEST_METHOD"]
        responder = self._responders.get((method, environ["PATH_INFO"]))
        found = None if responder is None else responder.find_answer(environ)
        if found is None:
            self._versions.begin_request(only_reads=method in _ONLY_READ)
        return found

    def _place(self, environ: Environ) -> None:
        """Settle where a request comes from, and how its client sees us."""
        origin = environ[ORIGIN] = find_origin(environ, self._settings)
        if origin.is_forwarded and environ.get("HTTP_X_FORWARDED_PROTO") in {"http", "https"}:
            environ["wsgi.url_scheme"] = environ["HTTP_X_FORWARDED_PROTO"]

    def _finish(self, environ: Environ, status: int, headers: Headers, started: float) -> RawHeaders:
        """Note the request. Returns the headers that every answer carries besides its own."""
        moment = datetime.now(UTC)
        duration_ms = int((time.perf_counter() - started) * 100_000) / 100
        origin: Origin = environ[ORIGIN]
        identity: Identity | None = environ.get(IDENTITY)
        user_id = identity.user_id if identity else None
        problem = environ.get(PROBLEM)
        method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
        if not path.isascii():
            path = _decode(path)
        if status >= 400:
            path = self._redact(path[:LONGEST_PATH])  # what is no address of ours may be anything
        # What memory answered has no rule, and is not kept in the log store: it would be nearly all.
        rule = environ.get(RULE)
        if rule is not None and (rule not in QUIET or status >= 400):
            self._note(
                moment, method, rule, path, status, problem, user_id, origin.address, origin.request_id, duration_ms
            )
        self._write_line(
            orjson.dumps(
                {
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
                },
                option=orjson.OPT_UTC_Z,
            )
        )
        more = [(b"x-request-id", origin.request_id.encode()), _NO_SNIFFING]
        if user_id is not None and origin.is_forwarded:
            more.append((WHO, b"u%d" % user_id))
        if ALWAYS_ASK not in headers and "Cache-Control" not in dict(headers):
            more.append(_NOT_KEPT)
        return more


def _refuse(error: Exception, environ: Environ) -> Answer:
    environ[RULE] = ""
    return problems.explain(error, environ)


def _decode(path: str) -> str:
    """As it was meant: WSGI hands every byte on as a character of its own."""
    return path.encode("latin-1", "replace").decode(errors="replace")

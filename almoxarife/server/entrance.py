"""The WSGI entrance: where each request comes from, its id, and its one line in the log.

It stands before Flask so that these cost little and are there for every answer, whatever
made it. What a desk can answer, most of a day's requests, ends here.
"""

import time
from collections.abc import Iterable, Sequence
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Protocol

import orjson
import structlog

from almoxarife.server.access import IDENTITY, ORIGIN, PROBLEM, RULE, Identity, find_origin
from almoxarife.server.column_types import micros_to_iso
from almoxarife.server.logs.service import LogQueue, RequestLine, now_micros
from almoxarife.server.messages import Answer, Environ
from almoxarife.server.settings import Settings

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication

QUIET = {"/saude", "/log", "/ping"}
"""Rules whose successes say nothing, or are entries themselves."""

_STATUS_LINES = {status.value: f"{status.value} {status.phrase}" for status in HTTPStatus}


class Desk(Protocol):
    """Somebody who answers before Flask."""

    def find_answer(self, environ: Environ) -> Answer | None:
        """None leaves the request to the next desk, and at last to Flask."""


class Entrance:
    def __init__(
        self, application: "WSGIApplication", settings: Settings, desks: Sequence[Desk], logs: LogQueue
    ) -> None:
        self._application = application
        self._settings = settings
        self._desks = desks
        self._logs = logs
        # Without structlog's processors, which cost more than most answers from memory.
        self._lines = structlog.get_config()["logger_factory"]()

    def __call__(self, environ: Environ, start_response: "StartResponse") -> Iterable[bytes]:
        started = time.perf_counter()
        environ[ORIGIN] = find_origin(environ, self._settings)
        for desk in self._desks:
            answer = desk.find_answer(environ)
            if answer is not None:
                self._finish(environ, answer.status, answer.headers, started)
                start_response(_STATUS_LINES[answer.status], answer.headers)
                return [answer.body]

        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            self._finish(environ, int(status[:3]), headers, started)
            return start_response(status, headers, exc_info) if exc_info else start_response(status, headers)

        return self._application(environ, start)

    def _finish(self, environ: Environ, status: int, headers: list[tuple[str, str]], started: float) -> None:
        """Add what every answer carries, and note the request."""
        line = _line(environ, status, round((time.perf_counter() - started) * 1000, 2))
        headers += (("X-Request-Id", line.request_id), ("X-Content-Type-Options", "nosniff"))
        if "Cache-Control" not in dict(headers):
            headers.append(("Cache-Control", "no-store"))
        # What memory answered has no rule, and is not kept in the log store: it would be nearly all.
        if RULE in environ and (line.rule not in QUIET or status >= 400):
            self._logs.put(line)
        self._lines.info(
            orjson.dumps(
                {
                    "event": "request",
                    "level": "info",
                    "timestamp": micros_to_iso(line.moment),
                    "request_id": line.request_id,
                    "method": line.method,
                    "path": line.path,
                    "status": status,
                    "problem": line.problem,
                    "user_id": line.user_id,
                    "address": line.address,
                    "duration_ms": line.duration_ms,
                }
            )
        )


def _line(environ: Environ, status: int, duration_ms: float) -> RequestLine:
    identity: Identity | None = environ.get(IDENTITY)
    origin = environ[ORIGIN]
    return RequestLine(
        now_micros(),
        environ["REQUEST_METHOD"],
        environ.get(RULE, ""),
        environ["PATH_INFO"],
        status,
        environ.get(PROBLEM),
        identity.user_id if identity else None,
        origin.address,
        origin.request_id,
        duration_ms,
    )

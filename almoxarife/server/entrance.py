"""The WSGI entrance: where each request comes from, its id, and its one line in the log.

It stands before Flask so that these cost little and are there for every answer, whatever
made it. What ``memory`` can answer, most of a day's requests, ends here.
"""

import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import structlog

from almoxarife.server.access import IDENTITY, ORIGIN, PROBLEM, RULE, Identity, Origin, find_origin
from almoxarife.server.logs.service import LogQueue, RequestLine, now_micros
from almoxarife.server.memory import Memory
from almoxarife.server.settings import Settings

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

log = structlog.get_logger("request")

QUIET = {"/saude", "/log", "/ping"}
"""Rules whose successes say nothing, or are entries themselves."""


class Entrance:
    def __init__(
        self, application: "WSGIApplication", settings: Settings, memory: Memory | None, logs: LogQueue
    ) -> None:
        self._application = application
        self._settings = settings
        self._memory = memory
        self._logs = logs

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        started = time.perf_counter()
        origin = environ[ORIGIN] = find_origin(environ, self._settings)

        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            headers.append(("X-Request-Id", origin.request_id))
            headers.append(("X-Content-Type-Options", "nosniff"))
            if not any(name == "Cache-Control" for name, _ in headers):
                headers.append(("Cache-Control", "no-store"))
            identity: Identity | None = environ.get(IDENTITY)
            duration_ms = round((time.perf_counter() - started) * 1000, 2)
            if RULE in environ:
                self._keep(environ, int(status[:3]), origin, identity, duration_ms)
            log.info(
                "request",
                request_id=origin.request_id,
                method=environ["REQUEST_METHOD"],
                path=environ["PATH_INFO"],
                status=int(status[:3]),
                problem=environ.get(PROBLEM),
                user_id=identity.user_id if identity else None,
                address=origin.address,
                duration_ms=duration_ms,
            )
            return start_response(status, headers, exc_info) if exc_info else start_response(status, headers)

        answer = self._memory.find_answer(environ) if self._memory else None
        if answer is not None:
            start(answer.status, answer.headers)
            return [answer.body]
        return self._application(environ, start)

    def _keep(
        self, environ: "WSGIEnvironment", status: int, origin: Origin, identity: Identity | None, duration_ms: float
    ) -> None:
        """Note the request for the log store. What ``memory`` answered never comes here: it would be nearly all."""
        rule: str = environ[RULE]
        if rule in QUIET and status < 400:
            return
        self._logs.put(
            RequestLine(
                moment=now_micros(),
                method=environ["REQUEST_METHOD"],
                rule=rule,
                path=environ["PATH_INFO"],
                status=status,
                problem=environ.get(PROBLEM),
                user_id=identity.user_id if identity else None,
                address=origin.address,
                request_id=origin.request_id,
                duration_ms=duration_ms,
            )
        )

"""The WSGI entrance: where each request comes from, its id, and its one line in the log.

It stands before Flask so that these cost little and are there for every answer, whatever
made it. What ``memory`` can answer, most of a day's requests, ends here.
"""

import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import structlog

from almoxarife.server.access import IDENTITY, ORIGIN, PROBLEM, Identity, find_origin
from almoxarife.server.memory import Memory
from almoxarife.server.settings import Settings

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

log = structlog.get_logger("request")


class Entrance:
    def __init__(self, application: "WSGIApplication", settings: Settings, memory: Memory) -> None:
        self._application = application
        self._settings = settings
        self._memory = memory

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        started = time.perf_counter()
        origin = environ[ORIGIN] = find_origin(environ, self._settings)

        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            headers.append(("X-Request-Id", origin.request_id))
            headers.append(("X-Content-Type-Options", "nosniff"))
            if not any(name == "Cache-Control" for name, _ in headers):
                headers.append(("Cache-Control", "no-store"))
            identity: Identity | None = environ.get(IDENTITY)
            log.info(
                "request",
                request_id=origin.request_id,
                method=environ["REQUEST_METHOD"],
                path=environ["PATH_INFO"],
                status=int(status[:3]),
                problem=environ.get(PROBLEM),
                user_id=identity.user_id if identity else None,
                address=origin.address,
                duration_ms=round((time.perf_counter() - started) * 1000, 2),
            )
            return start_response(status, headers, exc_info) if exc_info else start_response(status, headers)

        answer = self._memory.find_answer(environ)
        if answer is not None:
            start(answer.status, answer.headers)
            return [answer.body]
        return self._application(environ, start)

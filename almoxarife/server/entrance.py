"""The WSGI entrance: where each request comes from, its id, and its one line in the log.

It stands before Flask so that these cost little and are there for every answer, whatever
made it. The monitors' poll, most of a day's requests, is answered here.
"""

import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import structlog

from almoxarife.server.access import IDENTITY, ORIGIN, PROBLEM, Identity, find_origin
from almoxarife.server.settings import Settings
from almoxarife.server.stock.poll import Poll

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

log = structlog.get_logger("request")


class Entrance:
    def __init__(self, application: "WSGIApplication", settings: Settings, poll: Poll) -> None:
        self._application = application
        self._settings = settings
        self._poll = poll

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

        if environ["PATH_INFO"] == "/inventario" and environ["REQUEST_METHOD"] == "GET":
            answer = self._poll.find_answer(environ)
            if answer is not None:
                start(answer.status, answer.headers)
                return [answer.body]
        return self._application(environ, start)

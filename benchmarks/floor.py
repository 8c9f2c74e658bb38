"""The lower bound: a WSGI callable that does nothing, on granian, the server that Almoxarife uses.

``python -m benchmarks.floor PORT``. It runs granian's own WSGI with one thread, which is its fastest setting.
Whatever Almoxarife needs beyond this is its own cost.
"""

import asyncio
import sys
from collections.abc import Iterable
from importlib import import_module
from pathlib import Path
from typing import Any

from benchmarks.contender import Contender, Server
from benchmarks.load import PROJECT
from benchmarks.operations import Request, is_list_of

_JSON = ("Content-Type", "application/json")


class Floor(Contender):
    name = "floor"
    title = "bare WSGI callable, same server"
    operations = ("poll-none", "poll-known", "create", "create-monitors")
    health = "/"

    def prepare(self, folder: Path) -> None:
        """It has no data."""

    def command(self, folder: Path, port: int) -> list[str]:
        return [sys.executable, "-m", "benchmarks.floor", str(port)]

    def variables(self, folder: Path, port: int) -> dict[str, str]:
        return {"PYTHONPATH": str(PROJECT)}

    def request(self, operation: str, server: Server) -> Request:
        if operation.startswith("create"):
            return Request("POST", "/", lambda answer: answer.status == 201, bodies=(b'{"quantidade": 3}',))
        if operation == "poll-known":
            return Request("GET", "/", lambda answer: answer.status == 304, {"If-None-Match": '"x"'})
        return Request("GET", "/", is_list_of(0))


def answer(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    if environ["REQUEST_METHOD"] == "POST":
        environ["wsgi.input"].read()
        start_response("201 Created", [_JSON, ("Content-Length", "2")])
        return [b"{}"]
    if "HTTP_IF_NONE_MATCH" in environ:
        start_response("304 Not Modified", [])
        return [b""]
    start_response("200 OK", [_JSON, ("Content-Length", "2")])
    return [b"[]"]


def main() -> None:
    from almoxarife.server.intake import listening
    from almoxarife.signals import stop_on_signals

    native: Any = import_module("granian._granian")
    wrap: Any = import_module("granian.wsgi")._callback_wrapper
    new_scheduler: Any = import_module("granian._futures")._new_cbscheduler
    http1: Any = import_module("granian.http").HTTP1Settings()
    stopping = stop_on_signals()
    listener = listening.bind("127.0.0.1", int(sys.argv[1]))
    holder = native.SocketHolder(listener.detach(), False, listening.BACKLOG)
    tls: tuple[Any, ...] = (False, None, None, None, "tls1.2", None, [], False)
    worker = native.WSGIWorker(
        1, (None, holder), None, 1, 1, 1, 30, listening.BACKLOG, "1", http1, None, None, *tls, (None, None)
    )
    loop = asyncio.new_event_loop()
    worker.serve_mtr(new_scheduler(loop, wrap(answer, {}, None), impl_asyncio=False), loop, native.WorkerSignal())
    stopping.wait()


if __name__ == "__main__":
    main()

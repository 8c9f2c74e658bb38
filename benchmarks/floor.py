"""The floor: a WSGI callable that does nothing, on the very server that Almoxarife runs on.

``python -m benchmarks.floor PORT``. What an answer costs above this is ours to reduce.
"""

import sys
from collections.abc import Iterable
from pathlib import Path
from types import SimpleNamespace
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
    from almoxarife.server import listening, serving
    from almoxarife.server.settings import Settings

    settings = Settings(data_dir=Path(), port=int(sys.argv[1]))
    application: Any = SimpleNamespace(wsgi_app=answer, extensions={"database": SimpleNamespace(fatal=None)})
    listener = listening.bind(settings.host, settings.port)
    serving.choose_server(settings)(application, listener, settings, serving.stop_on_signals())


if __name__ == "__main__":
    main()

"""A tiny HTTP server that answers what a test tells it to, and a clock that a test turns."""

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from almoxarife.clients.api.client import ApiClient


@dataclass
class Seen:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Reply:
    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    content_type: str = "application/json"
    hangs_on: threading.Event | None = None
    breaks_off: bool = False

    @property
    def raw(self) -> bytes:
        if isinstance(self.body, bytes):
            return self.body
        return b"" if self.body is None else json.dumps(self.body).encode()


def problem(status: int, code: str, message: str, **more: Any) -> Reply:
    headers = {"Retry-After": more.pop("retry_after")} if "retry_after" in more else {}
    body = {"type": "about:blank", "title": code, "status": status, "detail": message, "mensagem": message}
    return Reply(status, {**body, "codigo": code, **more}, headers, "application/problem+json")


class TinyServer:
    """``next`` is the reply to every request until it is set anew, or a function of the request."""

    def __init__(self) -> None:
        self.seen: list[Seen] = []
        self.next: Reply | Callable[[Seen], Reply] = Reply()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                seen = Seen(self.command, self.path, dict(self.headers), self.rfile.read(length))
                outer.seen.append(seen)
                reply = outer.next(seen) if callable(outer.next) else outer.next
                if reply.hangs_on is not None:
                    reply.hangs_on.wait(20)
                self.send_response(reply.status)
                for name, value in reply.headers.items():
                    self.send_header(name, value)
                if reply.status not in {204, 304}:
                    self.send_header("Content-Type", reply.content_type)
                    self.send_header("Content-Length", str(len(reply.raw) + (10 if reply.breaks_off else 0)))
                self.end_headers()
                if reply.status not in {204, 304}:
                    self.wfile.write(reply.raw)
                self.close_connection = reply.breaks_off

            do_GET = do_POST = do_PUT = do_PATCH = answer  # noqa: N815  # the names http.server looks for

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # overridden
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self.thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join(5)


@pytest.fixture
def server() -> Iterator[TinyServer]:
    server = TinyServer()
    yield server
    server.close()


@pytest.fixture
def client(server: TinyServer) -> Iterator[ApiClient]:
    client = ApiClient(server.url, program="teste")
    yield client
    client.close()


@dataclass
class Timer:
    at_ms: int
    number: int
    act: Callable[[], Any]


class FakeScheduler:
    """Tk's ``after`` with a clock that stands still until ``advance``."""

    def __init__(self) -> None:
        self.now_ms = 0
        self._timers: dict[str, Timer] = {}
        self._count = 0

    def clock(self) -> float:
        return self.now_ms / 1000

    def after(self, ms: int, func: Callable[[], Any], /) -> str:
        self._count += 1
        self._timers[str(self._count)] = Timer(self.now_ms + ms, self._count, func)
        return str(self._count)

    def after_cancel(self, id: str, /) -> None:  # noqa: A002  # Tk's name
        self._timers.pop(id, None)

    def advance(self, ms: int) -> None:
        until = self.now_ms + ms
        while due := [(t.at_ms, t.number, name) for name, t in self._timers.items() if t.at_ms <= until]:
            at_ms, _, name = min(due)
            self.now_ms = max(self.now_ms, at_ms)
            self._timers.pop(name).act()
        self.now_ms = until

    @property
    def is_idle(self) -> bool:
        return not self._timers


@pytest.fixture
def scheduler() -> FakeScheduler:
    return FakeScheduler()

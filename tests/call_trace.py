"""Which files of the server a request passes through: ``python -m tests.call_trace`` prints them in order.

Each request comes in as granian hands it over, and is followed in every thread that works for it, once the
server has seen some of its like: what is made once is no part of the way.
"""

import json
import tempfile
import threading
from asyncio import Future
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import almoxarife.server
from almoxarife.server.context import Services
from almoxarife.server.identity import Authenticator
from almoxarife.server.intake.asgi import Intake, Loop
from almoxarife.server.intake.connections import Connections, Limits
from tests.api.cast import PASSWORDS, Person, Server, make_database, open_server
from tests.cheap_setup import weak_passwords
from tests.databases import Place
from tests.programs import PATIENCE_S, wait_for

ROOT = Path(almoxarife.server.__file__).parent
TIMES = 4
"""How often each is asked; the last time counts."""
PRODUCT = "Parafuso 10mm"


class CallTrace:
    """Calls of the server's functions, by file and in the order in which each file was first reached."""

    def __init__(self) -> None:
        self.calls: Counter[str] = Counter()
        self.changes = 0
        """Of file, from one call to the next; in several threads at once they depend on luck."""
        self._is_followed = False
        self._last = ""

    @property
    def files(self) -> list[str]:
        return list(self.calls)

    @contextmanager
    def followed(self) -> Iterator[None]:
        self._is_followed = True
        try:
            yield
        finally:
            self._is_followed = False

    def see(self, frame: FrameType, event: str, _: object) -> None:
        if event != "call" or not self._is_followed:
            return
        path = Path(frame.f_code.co_filename)
        if path.is_relative_to(ROOT):
            name = path.relative_to(ROOT).as_posix()
            self.calls[name] += 1
            self.changes += name != self._last
            self._last = name

    def __str__(self) -> str:
        files = "\n".join(f"  {number:4}  {name}" for name, number in self.calls.items())
        return f"{self.calls.total()} calls in {len(self.calls)} files, {self.changes} changes of file\n{files}"


class _Request:
    """A request in granian's words that has come in full, and whether it is answered."""

    def __init__(self, method: str, target: str, body: object, headers: dict[str, str]) -> None:
        path, _, query = target.partition("?")
        self._body = b"" if body is None else json.dumps(body).encode()
        if self._body:
            headers = {**headers, "content-type": "application/json", "content-length": str(len(self._body))}
        self.scope = {
            "method": method,
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "http_version": "1.1",
            "scheme": "http",
            "client": ("127.0.0.1", "50000"),
            "server": ("127.0.0.1", "5000"),
            "headers": [(b"host", b"127.0.0.1"), *((name.encode(), value.encode()) for name, value in headers.items())],
        }
        self.proto = self
        self.status = 0
        self.ended = threading.Event()

    def receive(self) -> "Future[dict[str, Any]]":
        future = _LOOP.create_future()
        future.set_result({"type": "http.request", "body": self._body, "more_body": False})
        return future

    def send(self, message: dict[str, Any]) -> object:
        self.status = message.get("status", self.status)
        if message["type"] == "http.response.body" and not message.get("more_body"):
            self.ended.set()
        return object()

    def done(self) -> None:
        self.ended.set()


_LOOP = Loop()


def follow(place: Place, folder: Path) -> dict[str, CallTrace]:
    """The trace of each kind of request, at a server on the database at ``place``."""
    traces: dict[str, CallTrace] = {}
    current = CallTrace()

    def see(frame: FrameType, event: str, argument: object) -> None:
        current.see(frame, event, argument)

    # Before any thread of the server starts: those are the ones that are followed.
    threading.setprofile(see)
    try:
        with open_server(place, folder) as server:
            intake = _make_intake(server)
            ana = server.person("Ana")
            product_id = server.person("Carla").add(PRODUCT).json["id"]
            for turn in range(TIMES):
                for name, request in _requests(ana, product_id, turn).items():
                    current = traces[name] = CallTrace()
                    with current.followed():
                        _ask(intake, *request)
    finally:
        threading.setprofile(None)
    return traces


def _make_intake(server: Server) -> Intake:
    connections = Connections(5000, Limits.of(1024), str)
    return Intake(server.app.wsgi_app, Services.of(server.app).get(Authenticator), connections, str)


def _requests(ana: Person, product_id: str, turn: int) -> dict[str, tuple[str, str, object, dict[str, str]]]:
    """By name: method, target, body, headers. A poll is asked for twice: when there is something new, and when not."""
    known = {"authorization": f"Bearer {ana.token}"}
    return {
        "entry": ("POST", "/inventario", {"produto_id": product_id, "quantidade": 1}, known),
        "poll after an entry": ("GET", f"/inventario?depois={turn}", None, known),
        "poll": ("GET", f"/inventario?depois={turn}", None, known),
        "imported row": ("POST", "/produtos/importar", [{"nome": PRODUCT, "preco": 1 + turn}], known),
        "login": ("POST", "/login", {"username": "Ana", "password": PASSWORDS["Ana"]}, {}),
    }


def _ask(intake: Intake, method: str, target: str, body: object, headers: dict[str, str]) -> None:
    request = _Request(method, target, body, headers)
    # A thread that has taken one in may never wait again.
    taking = threading.Thread(target=intake.take, args=(request,), daemon=True)
    taking.start()
    taking.join(PATIENCE_S)
    if not request.ended.wait(PATIENCE_S) or request.status not in {200, 201}:
        raise AssertionError(f"{method} {target} was answered with {request.status}")
    # Its thread goes on for a moment after the answer, which would count for the next request.
    wait_for("the thread of the request is free again", lambda: intake._pool._pending == 0)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, weak_passwords():
        place = make_database(Path(folder) / "almoxarife.db", with_cast=True)
        for name, trace in follow(place, Path(folder)).items():
            print(f"{name}: {trace}\n")


if __name__ == "__main__":
    main()

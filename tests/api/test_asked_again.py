"""What a kept connection asks again, byte for byte: sent again without a look, and never otherwise than anew.

Requests come in as granian hands them over. Each question has a connection that repeats it, beside fresh ones.
"""

import random
import threading
from asyncio import Future
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from datetime import datetime
from typing import Any

import pytest
from flask import Flask

from almoxarife.server.clock import SteadyClock
from almoxarife.server.context import Services
from almoxarife.server.errors import StoreUnavailable
from almoxarife.server.http import response_cache
from almoxarife.server.http.middleware import Middleware, RepeatableResponse
from almoxarife.server.identity import Authenticator
from almoxarife.server.intake import connections
from almoxarife.server.intake.asgi import MAX_KEPT, Intake, Loop
from almoxarife.server.intake.connections import Connections, Limits
from almoxarife.server.store.database import is_server
from almoxarife.server.web import cookies
from tests.api.cast import CENTRO, HOME, KEYS, LAN, LAN_SERVER, NORTE, PASSWORDS, Person, Server, open_server
from tests.api.conftest import Open
from tests.log_capture import LogCapture
from tests.programs import PATIENCE_S

Answer = tuple[int, dict[str, str], bytes]
"""Status, headers without the request's id, body."""
PROXY = "10.0.0.1"
POLL = "/inventario?depois=0"


class Asked:
    """A request as granian hands it over, and what is sent back."""

    def __init__(self, target: str, peer: tuple[str, str], headers: dict[str, str], version: str, method: str) -> None:
        path, _, query = target.partition("?")
        self.scope = {
            "method": method,
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "http_version": version,
            "scheme": "http",
            "client": peer,
            "server": ("127.0.0.1", "5000"),
            "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
        }
        self.proto = self
        self.status, self.headers, self.body = 0, dict[str, str](), b""
        self._ended = threading.Event()

    def send(self, message: dict[str, Any]) -> object:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = {name.decode(): value.decode() for name, value in message["headers"]}
        else:
            self.body += message["body"]
            if not message.get("more_body"):
                self._ended.set()
        return object()

    def done(self) -> None:
        self._ended.set()

    def wait(self) -> Answer:
        assert self._ended.wait(PATIENCE_S)
        self.id = self.headers.pop("x-request-id")
        return self.status, self.headers, self.body


class Edge:
    """The intake of a server, in a thread that never waits."""

    def __init__(self, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
        application: Any = server.app.wsgi_app
        self.connections = Connections(5000, Limits.of(1024), str)
        self._intake = Intake(application, Services.of(server.app).get(Authenticator), self.connections, str)
        self._thread = ThreadPoolExecutor(1)
        self._ports = iter(range(10_000, 60_000))
        self.repeated = 0
        """How many were answered without a look."""
        answer_again = Middleware.answer_again

        def count(middleware: Middleware, repeat: RepeatableResponse) -> object:
            more = answer_again(middleware, repeat)
            self.repeated += more is not None
            return more

        monkeypatch.setattr(Middleware, "answer_again", count)

    def open(self, address: str = HOME) -> "Line":
        return Line(self, (address, str(next(self._ports))))

    def take(self, asked: Asked) -> None:
        self._thread.submit(self._intake.take, asked).result(PATIENCE_S)

    def close(self) -> None:
        self._thread.shutdown()


class Line:
    """A connection."""

    def __init__(self, edge: Edge, peer: tuple[str, str]) -> None:
        self._edge = edge
        self.peer = peer
        self.id = ""
        """Of the last request."""

    def ask(self, target: str, token: str, *, version: str = "1.1", method: str = "GET", **headers: str) -> Answer:
        said = {"Host": "127.0.0.1:5000", "Authorization": f"Bearer {token}"} if token else {"Host": "127.0.0.1:5000"}
        said |= {name.replace("_", "-"): value for name, value in headers.items()}
        asked = Asked(target, self.peer, said, version, method)
        self._edge.take(asked)
        answer = asked.wait()
        self.id = asked.id
        return answer

    def is_repeated(self, target: str, token: str, **more: str) -> bool:
        """Whether it is, now that it asks for the fourth time."""
        for _ in range(3):
            self.ask(target, token, **more)
        before = self._edge.repeated
        self.ask(target, token, **more)
        return self._edge.repeated > before


@pytest.fixture
def connect(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Server], Edge]]:
    edges: list[Edge] = []

    def connect(server: Server) -> Edge:
        edges.append(Edge(server, monkeypatch))
        return edges[-1]

    yield connect
    for edge in edges:
        edge.close()


@pytest.fixture
def edge(connect: Callable[[Server], Edge], shop: Server) -> Edge:
    return connect(shop)


def cookie_of(person: Person) -> str:
    """Of somebody who is logged in to our pages."""
    pages = Flask("pages")
    cookies.install(pages, KEYS)
    serializer: Any = pages.session_interface.get_signing_serializer(pages)  # type: ignore[attr-defined]
    return f"almoxarife={serializer.dumps({'_user_id': person.token})}"


@pytest.mark.sqlite
@pytest.mark.parametrize("target", ["/inventario?depois=999", POLL, "/produtos", "/mensagens/resumo"])
def test_what_is_asked_again_is_sent_again_without_a_look(edge: Edge, ana: Person, bolts: str, target: str) -> None:
    ana.receive(bolts, 3)
    fresh = edge.open().ask(target, ana.token)
    line = edge.open()

    assert line.is_repeated(target, ana.token)
    assert line.ask(target, ana.token) == fresh
    assert line.is_repeated(target, ana.token, If_None_Match=fresh[1]["etag"])
    assert line.ask(target, ana.token, If_None_Match=fresh[1]["etag"])[0] == 304
    assert line.is_repeated(target, "", Cookie=cookie_of(ana))


@pytest.mark.sqlite
def test_a_long_answer_is_kept_by_no_connection(edge: Edge, carla: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    length = len(edge.open().ask(POLL, carla.token)[2])
    monkeypatch.setattr(response_cache, "MAX_REPEATED", length)
    assert edge.open().is_repeated(POLL, carla.token)
    monkeypatch.setattr(response_cache, "MAX_REPEATED", length - 1)
    assert not edge.open().is_repeated(POLL, carla.token)


@pytest.mark.sqlite
@pytest.mark.parametrize("name", ["X_Nome", "Idempotency_Key", "Content_Type"])
def test_of_a_request_that_says_much_a_connection_keeps_nothing(edge: Edge, ana: Person, name: str) -> None:
    line = edge.open()

    assert not line.is_repeated(POLL, ana.token, **{name: "a" * MAX_KEPT})
    assert edge.connections._known[line.peer].cached_scope is None


def test_each_has_its_own_line_in_the_log(edge: Edge, ana: Person, vera: Person, log: LogCapture) -> None:
    line, other = edge.open(), edge.open()
    known = {"If_None_Match": edge.open().ask(POLL, ana.token)[1]["etag"]}
    log.text = ""
    asked = []
    for _ in range(5):
        asked += [(ana.number, line.ask(POLL, ana.token)[0], "/inventario", line.id)]
        asked += [(vera.number, other.ask("/produtos", vera.token)[0], "/produtos", other.id)]
    asked += [(ana.number, line.ask(POLL, ana.token, **known)[0], "/inventario", line.id) for _ in range(4)]

    entries = [entry for entry in log.entries if entry["event"] == "request"]
    names = ("user_id", "status", "path", "request_id")
    assert [tuple(entry[name] for name in names) for entry in entries] == asked
    assert len({entry["request_id"] for entry in entries}) == len(asked)
    for entry in entries:
        assert (entry["method"], entry["address"], entry["problem"]) == ("GET", HOME, None)
        assert list(entry) == list(entries[0])
        assert 0 <= entry["duration_ms"] < 60_000
    moments = [datetime.fromisoformat(entry["timestamp"]) for entry in entries]
    assert moments == sorted(set(moments))


@pytest.mark.sqlite
def test_a_connection_counts_as_one_that_has_asked_and_is_let_in(
    edge: Edge, ana: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = edge.open()
    assert line.is_repeated(POLL, ana.token)
    connection = edge.connections._known[line.peer]
    connection.is_authenticated = False
    began, ended = 7.0, 8.0
    monkeypatch.setattr(connections, "monotonic", iter([began, ended]).__next__)

    line.ask(POLL, ana.token)

    assert (connection.rank(), connection.environ) == ((True, True, ended), None)


# --- what may change ---------------------------------------------------------------------------


def change_password(ana: Person) -> object:
    new = {"senha_atual": PASSWORDS["Ana"], "senha_nova": "outra frase bem longa"}
    return ana.post("/conta/senha", new, token=ana.open_session())


def pass_time(ana: Person) -> None:
    clock = Services.of(ana.server.app).get(SteadyClock)
    elapsed_s = clock.elapsed_s
    clock.elapsed_s = lambda: elapsed_s() + 12 * 3600 + 1


EVENTS: dict[str, Callable[[Person, Person], object]] = {
    "a movement here": lambda ana, _: ana.receive("p1", 2),
    "a movement elsewhere": lambda _, carla: carla.receive("p1", 2, loja_id=NORTE),
    "another name of a product": lambda _, carla: carla.change("p1", "*", nome=f"Parafuso {random.random()}"),
    "a message": lambda ana, carla: carla.post("/mensagens", {"para": ana.id, "texto": "Bom dia"}),
    "another role": lambda ana, carla: carla.patch(f"/usuarios/{ana.id}", {"papel": "vendedor"}),
    "another shop": lambda ana, carla: carla.patch(f"/usuarios/{ana.id}", {"lojas": [NORTE]}),
    "both shops": lambda ana, carla: carla.patch(f"/usuarios/{ana.id}", {"lojas": [CENTRO, NORTE]}),
    "no shop": lambda ana, carla: carla.patch(f"/usuarios/{ana.id}", {"lojas": []}),
    "a temporary password": lambda ana, carla: carla.post(f"/usuarios/{ana.id}/senha"),
    "a password of her own": lambda ana, _: change_password(ana),
    "logging out": lambda ana, _: ana.post("/logout"),
    "deactivated": lambda ana, carla: carla.patch(f"/usuarios/{ana.id}", {"ativo": False}),
    "activated": lambda ana, carla: carla.patch(f"/usuarios/{ana.id}", {"ativo": True}),
    "wrong passwords": lambda ana, _: [ana.server.log_in("Ana", "errada") for _ in range(6)],
    "twelve hours": lambda ana, _: pass_time(ana),
    "erased": lambda ana, carla: carla.ask("DELETE", f"/usuarios/{ana.id}"),
}
ENDS = {
    "a temporary password",
    "a password of her own",
    "logging out",
    "deactivated",
    "twelve hours",
    "erased",
}
"""After these the token opens nothing."""
QUESTIONS = ["/inventario?depois=1", "/inventario?depois=999", POLL, "/produtos", "/mensagens/resumo"]


class Compared:
    """Ana's questions, each on a connection of its own that asks nothing else."""

    def __init__(self, edge: Edge, ana: Person, tag: str) -> None:
        self._edge = edge
        plain: list[tuple[str, str, dict[str, str]]] = [(target, ana.token, {}) for target in QUESTIONS]
        known = [(POLL, ana.token, {"If_None_Match": tag})]
        by_cookie = [(POLL, "", {"Cookie": cookie_of(ana)})]
        self._lines = [(edge.open(), *question) for question in plain + known + by_cookie]

    def check(self) -> list[int]:
        """Each says what a new connection is told. Returns the status of each."""
        statuses = []
        for line, target, token, headers in self._lines:
            again = [line.ask(target, token, **headers) for _ in range(4)]
            fresh = [self._edge.open().ask(target, token, **headers) for _ in range(2)]
            # Problems name their request.
            assert [strip(answer) for answer in again] == [strip(fresh[-1])] * 4, target
            assert strip(fresh[0]) == strip(fresh[1])
            statuses.append(again[-1][0])
        return statuses


def strip(answer: Answer) -> Answer:
    status, headers, body = answer
    return (status, headers, body) if status in {200, 304} else (status, {"etag": headers.get("etag", "")}, b"")


@pytest.fixture
def compared(edge: Edge, ana: Person, bolts: str) -> Compared:
    ana.receive(bolts, 3)
    return Compared(edge, ana, edge.open().ask(POLL, ana.token)[1]["etag"])


@pytest.mark.parametrize("name", EVENTS)
def test_what_changes_is_seen_by_who_asks_again(compared: Compared, ana: Person, carla: Person, name: str) -> None:
    assert set(compared.check()) == {200, 304}

    EVENTS[name](ana, carla)

    is_refused = not {401, 403}.isdisjoint(compared.check())
    assert is_refused == (name in ENDS)


@pytest.mark.parametrize("seed", range(3))
def test_in_any_order_who_asks_again_is_told_what_a_stranger_to_the_server_is_told(
    compared: Compared, ana: Person, carla: Person, edge: Edge, seed: int
) -> None:
    chosen = random.Random(seed)
    for _ in range(15):
        # What ends the session ends the test's way too: then little is left to see.
        name = chosen.choice([name for name in EVENTS if name not in ENDS or chosen.random() < 0.1])
        EVENTS[name](ana, carla)
        compared.check()


def test_a_movement_at_another_server_is_seen_by_who_asks_again(
    edge: Edge, shop: Server, ana: Person, bolts: str
) -> None:
    line = edge.open()
    # A file has one server only: its own.
    with open_server(shop.place, shop.folder) if is_server(shop.place) else nullcontext(shop) as other:
        for number in range(5):
            assert len(line.ask(POLL, ana.token)[2].split(b'"seq"')) == number + 1
            Person(other, ana.name, ana.number).receive(bolts, 1)


def test_while_the_database_is_away_who_asks_again_is_told_so_where_others_are(
    edge: Edge, ana: Person, bolts: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = edge.open()
    for _ in range(4):
        assert line.ask(POLL, ana.token)[0] == 200
    ana.receive(bolts, 1)

    def fail(*_: object) -> object:
        raise StoreUnavailable

    monkeypatch.setattr(type(ana.server.database), "reading", fail)
    assert line.ask(POLL, ana.token)[0] == edge.open().ask(POLL, ana.token)[0] == 503


# --- what another request would be judged by ------------------------------------------------------


@pytest.mark.sqlite
@pytest.mark.parametrize(
    ("other", "status"),
    [
        ({"target": "/inventario?depois=1"}, 200),
        ({"target": "/produtos?depois=0"}, 400),
        ({"target": "/produto?depois=0"}, 404),
        ({"method": "DELETE"}, 405),
        ({"version": "1"}, 200),
        ({"Host": "evil.example"}, 400),
        ({"If_None_Match": '"x"'}, 200),
        ({"X_Forwarded_For": "203.0.113.9"}, 200),
        ({"Via": "1.1 tunnel"}, 200),
        ({"X_Almoxarife_Terminal": "x"}, 200),
        ({"token": "a.b.c"}, 401),
        ({"token": ""}, 401),
    ],
)
def test_who_says_anything_else_is_looked_at_anew(edge: Edge, ana: Person, other: dict[str, str], status: int) -> None:
    line, other = edge.open(), {"target": POLL, "token": ana.token, **other}
    assert line.is_repeated(POLL, ana.token)
    before = edge.repeated

    assert line.ask(**other)[0] == status == edge.open().ask(**other)[0]
    assert edge.repeated == before


def test_a_weak_password_s_poll_is_refused_once_it_comes_from_afar(
    start: Open, connect: Callable[[Server], Edge]
) -> None:
    server = start()
    server.register("curta", "1234")
    answer = server.log_in("curta", "1234").json
    assert answer is not None
    token = answer["token"]
    line = connect(server).open()
    for _ in range(4):
        assert line.ask("/produtos", token)[0] == 200

    assert line.ask("/produtos", token, X_Forwarded_For="203.0.113.9")[0] == 403
    assert line.ask("/produtos", token)[0] == 200


def test_a_request_with_a_body_is_read_to_its_end(edge: Edge, ana: Person) -> None:
    line = edge.open()
    for _ in range(4):
        line.ask(POLL, ana.token)

    class Body(Asked):
        received = 0

        def receive(self) -> "Future[Any]":
            self.received += 1
            future: Future[Any] = Loop().create_future()
            future.set_result({"type": "http.request", "body": b"ab", "more_body": False})
            return future

    headers = {"Host": "127.0.0.1:5000", "Authorization": f"Bearer {ana.token}", "Content-Length": "2"}
    for _ in range(3):
        asked = Body(POLL, line.peer, headers, "1.1", "GET")
        edge.take(asked)
        assert asked.wait()[0] == 200
        assert asked.received == 1


@pytest.mark.sqlite
def test_what_comes_through_a_proxy_is_looked_at_each_time(start: Open, connect: Callable[[Server], Edge]) -> None:
    server = start({**LAN_SERVER, "ALMOXARIFE_TRUSTED_PROXIES": PROXY})
    edge, ana = connect(server), server.person("Ana")
    said = {"X_Forwarded_For": "203.0.113.9", "X_Request_ID": "0123456789abcdef"}
    through_it, past_it = edge.open(PROXY), edge.open(LAN)

    assert not through_it.is_repeated(POLL, ana.token, **said)
    assert through_it.id == said["X_Request_ID"]
    assert through_it.ask(POLL, ana.token, **said)[1]["x-almoxarife-user"] == ana.id
    assert past_it.is_repeated(POLL, ana.token, **said)
    assert past_it.id != said["X_Request_ID"]


@pytest.mark.sqlite
def test_what_the_terminal_asks_again_counts_where_the_person_sits(
    edge: Edge, ana: Person, shop: Server, log: LogCapture
) -> None:
    key = (shop.folder / "chave-terminal.txt").read_text().strip()
    line = edge.open()
    for address in (LAN, "192.168.0.77", LAN):
        said = {"X_Forwarded_For": address, "X_Almoxarife_Terminal": key}
        log.text = ""
        assert line.is_repeated(POLL, ana.token, **said)
        assert {entry["address"] for entry in log.entries} == {address}

"""What clients do with HTTP that is allowed, rare, clumsy or hostile. The same on both servers."""

import json
import socket
import sys
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from tests.databases import Databases
from tests.server.conftest import FirstDay, copied
from tests.server.processes import BOLTS, Client, Server, wait_until

ENTRY = json.dumps({"produto_id": BOLTS, "quantidade": 5}).encode()

pytestmark = pytest.mark.once


@pytest.fixture(scope="module", params=["granian", "waitress"])
def server(
    request: pytest.FixtureRequest,
    databases: Databases,
    first_day: FirstDay,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Server]:
    """One for all the tests here; in the end it stops as if nothing had been."""
    with copied(first_day, databases, tmp_path_factory.mktemp("http") / "dados") as data:
        server = Server(data, change="without_granian" if request.param == "waitress" else None)
        server.token = first_day.token
        try:
            yield server.start()
            assert server.stop() == 0
            assert "Traceback" not in server.errors
        finally:
            server.end()


class Wire(socket.socket):
    """A connection on which everything can be said."""

    def __init__(self, server: Server) -> None:
        super().__init__()
        self.settimeout(30)
        self.connect(("127.0.0.1", server.port))
        self.head = f"POST /inventario HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {server.token}\r\n".encode()
        self.head += b"Content-Type: application/json\r\n"

    def status(self) -> int | None:
        """Of the next answer; None when the connection was simply closed."""
        try:
            line = self.recv(1000)
        except ConnectionError:
            return None
        return int(line.split()[1]) if line else None


class Entries:
    """What is recorded during a test."""

    def __init__(self, ana: Client) -> None:
        self._ana = ana
        self._before = len(ana.get("/inventario").body)

    def new(self) -> list[int]:
        return [movement["quantidade"] for movement in self._ana.get("/inventario").body[self._before :]]


@pytest.fixture
def entries(ana: Client) -> Entries:
    return Entries(ana)


@pytest.fixture
def wire(server: Server) -> Iterator[Wire]:
    with Wire(server) as wire:
        yield wire


def test_a_body_in_chunks(wire: Wire, entries: Entries) -> None:
    wire.sendall(wire.head + b"Transfer-Encoding: chunked\r\n\r\n")
    for part in (ENTRY[:10], ENTRY[10:]):
        wire.sendall(f"{len(part):x}\r\n".encode() + part + b"\r\n")
    wire.sendall(b"0\r\n\r\n")

    assert wire.status() == 201
    assert entries.new() == [5]


@pytest.mark.parametrize(
    "line", ["POST //inventario", "POST ///inventario", "POST /%2Finventario", "post /inventario", "Post //inventario"]
)
def test_an_entry_oddly_addressed_is_an_entry_or_nothing(server: Server, entries: Entries, line: str) -> None:
    rest = f"Content-Type: application/json\r\nContent-Length: {len(ENTRY)}\r\n\r\n".encode() + ENTRY
    with Wire(server) as stranger:
        stranger.sendall(f"{line} HTTP/1.1\r\nHost: localhost\r\n".encode() + rest)
        assert stranger.status() in {400, 401}
    with Wire(server) as ana:
        authorization = f"Authorization: Bearer {server.token}\r\n"
        ana.sendall(f"{line} HTTP/1.1\r\nHost: localhost\r\n{authorization}".encode() + rest)
        status = ana.status()

    assert status in {201, 400}, "waitress takes no method in small letters"
    assert entries.new() == ([5] if status == 201 else [])


def test_a_client_that_asks_before_it_sends_the_body(wire: Wire) -> None:
    wire.sendall(wire.head + f"Content-Length: {len(ENTRY)}\r\nExpect: 100-continue\r\n\r\n".encode())

    assert wire.recv(1000).startswith(b"HTTP/1.1 100 ")
    wire.sendall(ENTRY)
    assert wire.status() == 201


@pytest.mark.parametrize(
    "sent",
    [
        b"NONSENSE\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
        b"GET /saude HTTP/1.1\r\nHost: localhost\r\nX-Long: " + b"a" * 1_000_000 + b"\r\n\r\n",
        b"GET /saude?" + b"a" * 300_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"POST /inventario HTTP/1.1\r\nHost: localhost\r\nContent-Length: many\r\n\r\n",
        b"POST /inventario HTTP/1.1\r\nHost: localhost\r\nContent-Length: -5\r\n\r\n",
        b"GET /saude HTTP/1.1\r\nHost: elsewhere.example\r\n\r\n",
    ],
    ids=["no HTTP", "TLS", "header", "address", "length", "negative length", "host"],
)
def test_nonsense_is_refused_and_harms_nobody(wire: Wire, ana: Client, sent: bytes) -> None:
    with suppress(ConnectionError):  # it may be refused before all of it is sent
        wire.sendall(sent)

    assert wire.status() in {None, 400, 411, 413, 414, 431, 505}
    assert ana.get("/saude").status == 200


@pytest.mark.parametrize(
    "announced",
    [f"Content-Length: {len(ENTRY)}\r\n\r\n", f"Transfer-Encoding: chunked\r\n\r\n{len(ENTRY):x}\r\n"],
    ids=["by its length", "in chunks"],
)
def test_a_body_that_breaks_off_changes_nothing(wire: Wire, entries: Entries, announced: str) -> None:
    wire.sendall(wire.head + announced.encode() + ENTRY[:-1])
    wire.shutdown(socket.SHUT_WR)

    assert wire.status() in {None, 400}
    assert entries.new() == []


def test_a_body_over_the_limit_is_refused(wire: Wire, entries: Entries) -> None:
    with suppress(ConnectionError):  # granian does not wait for what it will not read
        wire.sendall(wire.head + b"Content-Length: 1500000\r\n\r\n" + ENTRY.ljust(1_500_000))

    assert wire.status() in {None, 413}
    assert entries.new() == []


def test_a_half_sent_request_holds_up_nobody(server: Server, ana: Client) -> None:
    with ExitStack() as stack:
        for _ in range(30):
            half = stack.enter_context(Wire(server))
            half.sendall(half.head + b"Content-Length: 100\r\n\r\n{")

        assert ana.receive(BOLTS, 5).status == 201


def test_a_till_that_loses_its_power_in_the_middle_is_noticed(server: Server, wire: Wire) -> None:
    connections = Path("/proc/net/tcp")
    if sys.platform != "linux":
        pytest.skip("this system does not tell the timers of another process's connections")
    wire.sendall(wire.head + b"Content-Length: 100\r\n\r\n{")

    ends = f"0100007F:{server.port:04X} 0100007F:{wire.getsockname()[1]:04X} 01"

    def timer() -> str:
        # A line is there twice if another connection came or went while the list was read.
        line, *_ = [line for line in connections.read_text().splitlines() if ends in line]
        return line.split()[5].split(":")[0]

    wait_until(lambda: timer() == "02", "the server's end asks now and then whether the other is alive")


def test_200_idle_connections_hold_up_nobody(server: Server, ana: Client) -> None:
    idle = [server.client() for _ in range(200)]
    try:
        for client in idle:
            assert client.get("/saude").status == 200
        assert ana.receive(BOLTS, 5).status == 201
        assert all(client.get("/saude").status == 200 for client in idle)
    finally:
        for client in idle:
            client.connection.close()


def test_head_has_no_body_and_options_lists_the_methods(ana: Client) -> None:
    whole, head = ana.get("/produtos"), ana.ask("HEAD", "/produtos")

    assert (head.status, head.raw, head.headers["ETag"]) == (200, b"", whole.headers["ETag"])
    for _ in range(10):  # each gives its place among the whole lists back
        assert ana.ask("HEAD", "/inventario").status == 200
    options = ana.ask("OPTIONS", "/inventario")
    assert options.status in {200, 204}
    assert {"GET", "POST"} <= set(options.headers["Allow"].replace(" ", "").split(","))
    assert ana.get("/saude").status == 200


def test_requests_sent_ahead_are_answered_in_order(server: Server, wire: Wire) -> None:
    ask = f"HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {server.token}\r\n\r\n"
    wire.sendall(f"GET /saude {ask}GET /lojas {ask}GET /nenhuma {ask}".encode())

    received = b""
    while received.count(b"HTTP/1.1 ") < 3:
        received += wire.recv(65536)
    statuses = [int(part[:3]) for part in received.split(b"HTTP/1.1 ")[1:]]
    assert statuses == [200, 200, 404]


def test_bodies_that_never_come_do_not_silence_the_server(server: Server, ana: Client) -> None:
    with ExitStack() as stack:
        for _ in range(70):
            stalled = stack.enter_context(Wire(server))
            stalled.sendall(b"POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n")
            stalled.sendall(b"Content-Length: 100\r\n\r\n{")

        assert ana.get("/saude").status == 200
        assert ana.get("/inventario?depois=0").status == 200
    assert ana.receive(BOLTS, 1).status == 201


@pytest.mark.parametrize(("version", "status"), [("1.1", 200), ("1.0", 401)])
def test_a_proxy_that_asks_with_http_1_0_is_no_program_of_this_machine(wire: Wire, version: str, status: int) -> None:
    wire.sendall(f"GET /users/ HTTP/{version}\r\nHost: 127.0.0.1:{wire.getpeername()[1]}\r\n\r\n".encode())

    assert wire.status() == status

"""Who has to close a connection where they become too many."""

import socket
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from almoxarife.server.http.access import IDENTITY, find_limited_network
from almoxarife.server.http.requests import Environ
from almoxarife.server.intake.connections import Connection, Connections, Limits
from almoxarife.server.intake.open_files import Peer, find_connections, raise_open_files
from almoxarife.server.settings import Settings

if sys.platform == "win32":
    pytest.skip("Windows does not list the open files of a process", allow_module_level=True)

import resource

LIMITS = Limits(most=40, full=30, share=10)
Connect = Callable[[str], socket.socket]


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener


@pytest.fixture
def connections(listener: socket.socket) -> Connections:
    """Each address of this machine stands for another one."""
    return Connections(listener.getsockname()[1], LIMITS, str)


@pytest.fixture
def connect(listener: socket.socket) -> Iterator[Connect]:
    with ExitStack() as stack:

        def connect(address: str = "127.0.0.1") -> socket.socket:
            client = stack.enter_context(socket.socket())
            client.bind((address, 0))
            client.connect(listener.getsockname())
            stack.enter_context(listener.accept()[0])
            client.setblocking(False)
            return client

        yield connect


def is_open(client: socket.socket) -> bool:
    with suppress(BlockingIOError):
        return client.recv(1) != b""
    return True


def peer(client: socket.socket) -> Peer:
    address, port = client.getsockname()
    return address, str(port)


def begin(connections: Connections, client: Peer, environ: Environ) -> Connection:
    connection = connections.begin(client)
    connection.environ = environ
    return connection


def test_no_connection_is_closed_while_there_are_few(connections: Connections, connect: Connect) -> None:
    clients = [connect("127.0.0.1") for _ in range(10)]

    connections.close_surplus()

    assert all(map(is_open, clients))


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere this machine has one loopback address")
def test_an_address_has_its_share_and_the_others_theirs(connections: Connections, connect: Connect) -> None:
    crowd = [connect("127.0.0.2") for _ in range(14)]
    others = [connect("127.0.0.3") for _ in range(10)]

    connections.close_surplus()

    assert sum(map(is_open, crowd)) == 10
    assert all(map(is_open, others))


def test_who_has_asked_for_nothing_gives_way_before_who_was_let_in(connections: Connections, connect: Connect) -> None:
    let_in, asked = connect("127.0.0.1"), connect("127.0.0.1")
    begin(connections, peer(let_in), {IDENTITY: object()}).is_request_complete = True
    for client in (let_in, asked):
        connection = begin(connections, peer(client), {IDENTITY: object()} if client is let_in else {})
        connection.is_request_complete = True
        connection.end()
    silent = [connect("127.0.0.1") for _ in range(9)]

    connections.close_surplus()

    assert is_open(let_in)
    assert is_open(asked)
    assert sum(map(is_open, silent)) == 8


def test_a_body_that_is_yet_to_come_counts_as_nothing(connections: Connections, connect: Connect) -> None:
    announced = [connect("127.0.0.1") for _ in range(5)]
    for client in announced:
        begin(connections, peer(client), {})
    whole = [connect("127.0.0.1") for _ in range(8)]
    for client in whole:
        begin(connections, peer(client), {}).is_request_complete = True

    connections.close_surplus()

    assert sum(map(is_open, announced)) == 2
    assert all(map(is_open, whole))


def test_in_all_there_is_room_for_who_comes_next(listener: socket.socket, connect: Connect) -> None:
    connections = Connections(listener.getsockname()[1], LIMITS, lambda address: None)
    tills = [connect("127.0.0.1") for _ in range(25)]
    for client in tills:
        begin(connections, peer(client), {IDENTITY: object()}).end()
    strangers = [connect("127.0.0.1") for _ in range(10)]

    connections.close_surplus()

    assert all(map(is_open, tills))
    assert not any(map(is_open, strangers)), "five are too many, and a crowd has more to come"


def test_who_is_read_during_the_listing_is_not_preferred_to_who_waits_to_be_read(
    connections: Connections, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    crowd = [connect() for _ in range(10)]
    new = connect()

    def read_meanwhile(numbers: Iterable[int], port: int) -> dict[Peer, int]:
        for client in crowd:
            begin(connections, peer(client), {})
        return find_connections(numbers, port)

    monkeypatch.setattr("almoxarife.server.intake.connections.find_connections", read_meanwhile)
    connections.close_surplus()

    assert is_open(new)
    assert sum(map(is_open, crowd)) == 9


def test_what_is_gone_is_forgotten(connections: Connections, connect: Connect) -> None:
    for _ in range(50):
        client = connect("127.0.0.1")
        begin(connections, peer(client), {}).end()
        client.close()
    for port in range(50):
        begin(connections, ("127.0.0.9", str(port)), {})

    connections.close_surplus()
    connections.close_surplus()

    assert len(connections) <= 50


def test_no_open_file_but_its_own_connections_is_touched(
    connections: Connections, connect: Connect, tmp_path: Path
) -> None:
    with ExitStack() as stack:
        files = [stack.enter_context((tmp_path / str(number)).open("w")) for number in range(50)]
        elsewhere = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        client = stack.enter_context(socket.create_connection(elsewhere.getsockname()))
        stack.enter_context(elsewhere.accept()[0])
        client.setblocking(False)
        crowd = [connect("127.0.0.1") for _ in range(12)]

        connections.close_surplus()

        assert sum(map(is_open, crowd)) == 10
        assert is_open(client)
        for file in files:
            file.write("as before")


@pytest.mark.parametrize(
    ("peer", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::99", "2001:db8:1:2::/64"),
        ("127.0.0.1", None),
        ("::1", None),
        ("10.1.2.3", None),
    ],
)
def test_whose_share_an_address_uses(tmp_path: Path, peer: str, network: str | None) -> None:
    settings = Settings.from_mapping({"ALMOXARIFE_DATA_DIR": str(tmp_path), "ALMOXARIFE_TRUSTED_PROXIES": "10.0.0.0/8"})

    assert find_limited_network(peer, settings) == network


@pytest.mark.parametrize(("files", "most"), [(64, 64), (1024, 768), (100_000, 4096)])
def test_connections_leave_files_for_the_rest(files: int, most: int) -> None:
    limits = Limits.of(files)

    assert limits.most == most
    assert limits.share < limits.full < limits.most


def test_the_start_raises_what_the_system_lets_it_open() -> None:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, before[1]))
    try:
        counted_on = raise_open_files()

        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        assert soft > 256, "whoever runs the tests lets nobody open more"
        assert soft <= hard or hard == resource.RLIM_INFINITY
        assert counted_on <= soft
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)

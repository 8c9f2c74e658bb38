"""A stop finishes what was accepted, and nothing is left behind."""

import signal
import socket
from pathlib import Path

import pytest

from tests.databases import writing_held
from tests.server.conftest import MakeServer, place_of
from tests.server.crowd import Doing
from tests.server.processes import BOLTS, ENTRY, Client, Server, begin_entry, wait_until

# A service manager, Ctrl+C, a closed terminal; Windows knows the first two.
STOPS = [getattr(signal, name) for name in ("SIGTERM", "SIGINT", "SIGHUP") if hasattr(signal, name)]


@pytest.mark.parametrize("sent", STOPS, ids=lambda sent: sent.name)
def test_it_ends_with_a_farewell_and_leaves_nothing(server: Server, sent: signal.Signals) -> None:
    assert (server.data / "servidor.json").exists()

    assert server.stop(sent) == 0

    assert server.said.splitlines()[-1] == "Servidor encerrado. Até logo!"
    assert not (server.data / "servidor.json").exists()
    assert not server.is_listening()
    assert "Traceback" not in server.errors


def test_a_start_that_is_no_longer_wanted_ends_in_order_too(make_server: MakeServer, tmp_path: Path) -> None:
    data = tmp_path / "dados"
    server = make_server(data).spawn()
    wait_until((data / "almoxarife.lock").exists, "it has begun")

    assert server.stop() == 0
    assert server.errors == ""
    assert not (data / "servidor.json").exists()


def test_a_request_under_way_is_answered_and_kept(server: Server, ana: Client) -> None:
    with begin_entry(server.port, server.token) as slow:
        server.send(signal.SIGTERM)
        wait_until(lambda: not server.is_listening(), "it takes on nothing new")
        slow.sendall(ENTRY)

        assert slow.recv(1000).startswith(b"HTTP/1.1 201 ")
        assert server.finish() == 0

    server.start()
    assert ana.balance(BOLTS) == 7


def test_a_write_that_waits_for_the_disk_is_answered_and_kept(server: Server, ana: Client) -> None:
    with begin_entry(server.port, server.token) as slow:
        with writing_held(place_of(server.data)):
            slow.sendall(ENTRY)
            server.send(signal.SIGTERM)
            wait_until(lambda: not server.is_listening(), "it takes on nothing new")

        assert slow.recv(1000).startswith(b"HTTP/1.1 201 ")
        assert server.finish() == 0

    server.start()
    assert ana.balance(BOLTS) == 7


def test_open_connections_do_not_hold_it_up(server: Server) -> None:
    clients = [server.client() for _ in range(20)]
    for client in clients:
        assert client.get("/saude").status == 200
    silent = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(5)]

    assert server.stop() == 0

    for connection in [*silent, *(client.connection for client in clients)]:
        connection.close()


def test_a_request_that_never_comes_in_full_does_not_hold_it_up_for_ever(server: Server, ana: Client) -> None:
    with begin_entry(server.port, server.token), socket.create_connection(("127.0.0.1", server.port)) as another:
        another.sendall(b"GET /sau")

        assert server.stop() == 0

    assert not (server.data / "servidor.json").exists()
    server.start()
    assert ana.get("/inventario").body == []


def test_entries_of_a_crowd_are_either_refused_or_kept(server: Server, ana: Client) -> None:
    acknowledged: list[int] = []

    def write() -> None:
        with server.client() as writer:
            try:
                while (answer := writer.receive(BOLTS, 1)).status == 201:
                    acknowledged.append(answer.body["seq"])
            except OSError:
                return

    writers = [Doing(write) for _ in range(8)]
    wait_until(lambda: len(acknowledged) > 100, "100 entries")
    assert server.stop() == 0
    for writer in writers:
        writer.outcome()

    server.start()
    assert sorted(acknowledged) == [movement["seq"] for movement in ana.get("/inventario").body]

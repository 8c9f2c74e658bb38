"""Older monitors ask for the whole list again and again, all at once, and go away without a word."""

import json
import select
import shutil
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from operator import itemgetter
from pathlib import Path

import pytest

from tests.databases import Databases, execute
from tests.server.conftest import FirstDay, MakeServer, copied, place_of
from tests.server.crowd import at_once
from tests.server.processes import BOLTS, PATIENCE_S, Answer, Server, wait_until
from tests.server.test_whole_list import HISTORY, MOVEMENTS

MANY = 20_000


@pytest.fixture(scope="module")
def history(databases: Databases, first_day: FirstDay, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Data of a shop that has recorded 20,000 entries of bolts."""
    with copied(first_day, databases, tmp_path_factory.mktemp("history") / "dados") as data:
        of_many = HISTORY.replace(str(MOVEMENTS), str(MANY))
        balance = f"INSERT INTO balances VALUES (1, 1, {MANY * 10_000})"
        execute(place_of(data), of_many, balance, asks_nobody=True)
        yield data


@pytest.fixture
def shop(make_server: MakeServer, history: Path) -> Server:
    return make_server(history).start()


def test_twenty_that_ask_for_everything_get_it(shop: Server) -> None:
    def ask(_: int) -> Answer:
        with shop.client() as monitor:
            return monitor.get("/inventario")

    with shop.client() as ana:
        for _ in range(3):
            newest = ana.receive(BOLTS, 1).body["seq"]
            # Read afterwards: meanwhile the others' threads would stand still, as if they had stopped reading.
            for answer in at_once(20, ask):
                assert answer.status == 200, answer.raw
                assert json.loads(answer.raw, object_hook=itemgetter("seq")) == list(range(1, newest + 1))


def test_a_new_name_is_in_the_list_that_is_kept(shop: Server) -> None:
    with shop.client() as ana:
        assert ana.get("/inventario").body[0]["nome_produto"] == "Parafuso 10mm"
        bolts = ana.get("/produtos?busca=parafuso").body[0]
        changed = {"nome": "Parafuso 12mm", "unidade": "UN"}
        assert ana.ask("PUT", f"/produtos/{BOLTS}", changed, If_Match=f'"{bolts["versao"]}"').status == 200

        assert ana.get("/inventario").body[0]["nome_produto"] == "Parafuso 12mm"


def test_those_who_have_gone_are_not_worked_for(make_server: MakeServer, data: Path, tmp_path: Path) -> None:
    server, held = make_server(data, change="held_reading"), tmp_path / "held"
    server.environ["HELD"] = str(held)
    server.start()
    path = "/inventario?tipo=entrada"  # is not kept: it is read for each
    head = f"GET {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {server.token}\r\n\r\n".encode()
    with server.client() as ana:
        assert ana.get(path).status == 200  # her token is known from now on

    with ExitStack() as stack:

        def ask() -> socket.socket:
            monitor = stack.enter_context(socket.create_connection(("127.0.0.1", server.port), PATIENCE_S))
            monitor.sendall(head)
            return monitor

        held.mkdir()
        served = [ask() for _ in range(2)]
        wait_until(lambda: len([*held.iterdir()]) == 2, "both threads read")
        waiting = {ask() for _ in range(10)}
        refused: set[socket.socket] = set()
        while len(refused) < 6:  # then the other four are in the queue
            refused.update(select.select([*(waiting - refused)], [], [], PATIENCE_S)[0])
        for gone in waiting - refused:
            gone.close()
        wait_until(lambda: len([*tmp_path.glob("held.*")]) == 4, "the server knows that they have gone")
        shutil.rmtree(held)
        assert all(monitor.recv(12) == b"HTTP/1.1 200" for monitor in served)
        with server.client() as ana:
            assert ana.get(path).status == 200  # it would come after them

    assert server.stop() == 0
    lines = [json.loads(line) for line in server.errors.splitlines()]
    assert [line["status"] for line in lines if line.get("path") == "/inventario"].count(200) == 4
    assert sum(server.unavailable("request")["servidor-ocupado"]) == 6

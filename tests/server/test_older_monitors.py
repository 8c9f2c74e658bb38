"""Older monitors ask for the whole list again and again, all at once, and go away without a word."""

import json
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from operator import itemgetter
from pathlib import Path

import pytest

from tests.databases import Databases, execute
from tests.server.conftest import FirstDay, MakeServer, copied, place_of
from tests.server.crowd import at_once
from tests.server.processes import BOLTS, Answer, Server
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


def test_those_who_have_gone_are_not_worked_for(shop: Server) -> None:
    path = "/inventario?tipo=entrada"  # is not kept: 20,000 rows for each
    head = f"GET {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {shop.token}\r\n\r\n".encode()
    with shop.client() as monitor:
        one_s = longest(lambda: monitor.get(path), 5)
    for _ in range(1000):
        with socket.create_connection(("127.0.0.1", shop.port), 30) as gone, suppress(ConnectionError):
            gone.sendall(head)

    with shop.client() as ana:
        took_s = longest(lambda: ana.get("/inventario?ultimos=1"), 1)
    assert took_s < 100 * one_s, "it worked for hundreds of them"


def longest(ask: Callable[[], Answer], times: int) -> float:
    """Seconds, of so many times."""
    durations = []
    for _ in range(times):
        began = time.monotonic()
        assert ask().status == 200
        durations.append(time.monotonic() - began)
    return max(durations)

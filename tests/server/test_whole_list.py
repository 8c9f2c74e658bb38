"""The list without parameters: a long history leaves page by page, and costs one page of memory."""

import json
import re
import socket
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from operator import itemgetter
from pathlib import Path

import pytest

from almoxarife.server.intake.open_files import CAN_LIST
from tests.databases import Databases, execute
from tests.server.conftest import FirstDay, MakeServer, copied, place_of
from tests.server.processes import BOLTS, Server, wait_until

MOVEMENTS = 80_000
MEGABYTE = 1024 * 1024
HISTORY = f"""
INSERT INTO movements (shop_id, product_id, kind, quantity, effect, balance_after, recorded_by, recorded_at,
                       occurred_at, is_clock_corrected, is_below_zero)
WITH RECURSIVE days (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM days WHERE n < {MOVEMENTS})
SELECT 1, 1, 'entrada', 10000, 10000, n * 10000, 1, 1700000000000000 + n, 1700000000000000 + n, false, false FROM days
"""


@pytest.fixture(scope="module")
def long_history(databases: Databases, first_day: FirstDay, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Data of a shop that has recorded 80,000 entries of bolts."""
    with copied(first_day, databases, tmp_path_factory.mktemp("long history") / "dados") as data:
        balance = f"INSERT INTO balances VALUES (1, 1, {MOVEMENTS * 10_000})"
        execute(place_of(data), HISTORY, balance, asks_nobody=True)
        yield data


@pytest.fixture
def archive(make_server: MakeServer, long_history: Path) -> Iterator[Server]:
    server = make_server(long_history).start()
    yield server
    assert server.stop() == 0


def ask_for_all(server: Server) -> socket.socket:
    """Ask for the whole list, and read no more of it than the status."""
    reader = socket.socket()
    reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    reader.settimeout(30)
    reader.connect(("127.0.0.1", server.port))
    head = f"GET /inventario HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {server.token}\r\n\r\n"
    reader.sendall(head.encode())
    return reader


def memory(server: Server, name: str) -> int:
    """0 where the system does not tell of another process."""
    if sys.platform != "linux":
        return 0
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    found = re.search(rf"^{name}:\s+(\d+) kB$", status, re.MULTILINE)
    assert found
    return int(found[1]) * 1024


def test_it_is_complete_in_order_and_costs_little_memory(archive: Server) -> None:
    if sys.platform != "linux":
        pytest.skip("this system does not tell how much memory another process uses")
    with archive.client() as ana:
        assert len(ana.get("/inventario?limite=500").body) == 500
        before = memory(archive, "VmRSS")

        text = ana.get("/inventario").raw

    assert memory(archive, "VmHWM") - before < 50 * MEGABYTE
    numbers = json.loads(text, object_hook=itemgetter("seq"))
    assert numbers == list(range(1, MOVEMENTS + 1))


def test_slow_readers_cost_little_memory_and_hold_up_nobody(archive: Server) -> None:
    with ExitStack() as stack, archive.client() as ana:
        before = memory(archive, "VmRSS")
        for _ in range(8):
            assert is_let_in(stack.enter_context(ask_for_all(archive)))

        assert ana.get("/produtos?limite=10").status == 200
        entry = ana.receive(BOLTS, 5)
        assert (entry.status, entry.body["quantidade"]) == (201, 5)
        refused = ana.get("/inventario")
        assert (refused.status, refused.code) == (503, "muitas-listas")
        assert int(refused.headers["Retry-After"]) >= 1
    assert memory(archive, "VmHWM") - before < 50 * MEGABYTE


def test_a_reader_that_goes_away_makes_room_for_another(archive: Server) -> None:
    with ExitStack() as first_ones:
        for _ in range(8):
            assert is_let_in(first_ones.enter_context(ask_for_all(archive)))
        with ask_for_all(archive) as ninth:
            assert not is_let_in(ninth)

    with ExitStack() as others:

        def let_one_more_in() -> bool:
            return is_let_in(others.enter_context(ask_for_all(archive)))

        for _ in range(8):
            wait_until(let_one_more_in, "another is let in")


def test_readers_that_stop_reading_are_dropped(make_server: MakeServer, long_history: Path) -> None:
    server = make_server(long_history, change="short_deadlines").start()
    with ExitStack() as stack, server.client() as ana:
        stalled = [stack.enter_context(ask_for_all(server)) for _ in range(8)]
        assert all(map(is_let_in, stalled))
        assert ana.get("/inventario").status == 503

        wait_until(lambda: ana.get("/inventario").status == 200, "there is room again")

        for reader in stalled:
            assert not reads_to_the_end(reader), "a part must not pass for the whole"


def reads_to_the_end(reader: socket.socket) -> bool:
    last = b""
    if not CAN_LIST:  # what is sent has arrived, and nobody closes the connection
        reader.settimeout(2)
    try:
        while piece := reader.recv(65536):
            last = (last + piece)[-20:]
    except ConnectionError:
        return False
    except TimeoutError:
        assert not CAN_LIST, "it was let go, and its connection is still there"
        return False
    return b"]" in last


def is_let_in(reader: socket.socket) -> bool:
    status = reader.recv(12)
    assert status in {b"HTTP/1.1 200", b"HTTP/1.1 503"}
    return status == b"HTTP/1.1 200"


def test_what_comes_while_it_is_sent_is_not_part_of_it(archive: Server) -> None:
    with archive.client() as ana, archive.client() as reader:
        newest = ana.get("/inventario?ultimos=1").body[0]["seq"]
        reader.connection.request("GET", "/inventario", headers={"Authorization": f"Bearer {archive.token}"})
        response = reader.connection.getresponse()
        start = response.read(1000)

        assert ana.receive(BOLTS, 1).body["seq"] == newest + 1

        numbers = json.loads(start + response.read(), object_hook=itemgetter("seq"))
        assert numbers == list(range(1, newest + 1))

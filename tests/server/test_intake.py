"""One thread takes all requests in: nobody's slowness is everybody's, neither a client's nor the disk's."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from select import select

import pytest

from tests.server.conftest import MakeServer
from tests.server.crowd import Doing
from tests.server.processes import BOLTS, Client, Server, wait_until
from tests.server.test_http import ENTRY, Wire

LONG = 100_000
"""Bytes of a body that not everybody may be sending at once."""
MAX_OF_IT = 70_000
PADDED = ENTRY.ljust(LONG)


def announce(server: Server, stack: ExitStack, length: int) -> Wire:
    """Begin an entry and go no further than the first byte of its body."""
    wire = stack.enter_context(Wire(server))
    wire.sendall(wire.head + f"Content-Length: {length}\r\n\r\n".encode() + ENTRY[:1])
    return wire


def test_hundreds_who_send_nothing_hold_up_nobody(server: Server, ana: Client) -> None:
    with ExitStack() as stack:
        stalled = [announce(server, stack, len(ENTRY)) for _ in range(300)]

        assert ana.receive(BOLTS, 1).status == 201
        assert ana.log_in().status == 200
        assert ana.get("/inventario?depois=0").status == 200
        for wire in stalled[-3:]:
            wire.sendall(ENTRY[1:])
            assert wire.status() == 201


def test_a_long_body_too_many_is_told_to_come_back(server: Server, ana: Client) -> None:
    with ExitStack() as stack:
        waiting = [announce(server, stack, LONG) for _ in range(17)]
        for wire in waiting:
            wire.sendall(PADDED[1:MAX_OF_IT])
        refused, _, _ = select(waiting, [], [], 30)
        assert {wire.status() for wire in refused} == {503}
        assert ana.receive(BOLTS, 1).status == 201

        last = next(wire for wire in reversed(waiting) if wire not in refused)
        last.sendall(PADDED[MAX_OF_IT:])
        assert last.status() == 201


def test_those_who_stop_sending_a_long_body_give_way_to_whoever_sends_one(server: Server) -> None:
    with ExitStack() as stack:
        for _ in range(16):
            announce(server, stack, LONG).sendall(PADDED[1:MAX_OF_IT])

        wait_until(lambda: send(server, stack, PADDED) == 201, "the slowest has given way")


def test_announcing_long_bodies_keeps_nobody_from_sending_one(server: Server) -> None:
    with ExitStack() as stack:
        for _ in range(50):
            announce(server, stack, LONG)

        assert send(server, stack, PADDED) == 201


def test_strangers_with_long_bodies_do_not_take_the_places_of_those_with_an_account(server: Server) -> None:
    with ExitStack() as stack:
        crowd = [stack.enter_context(Wire(server)) for _ in range(40)]
        for wire in crowd:
            wire.sendall(f"POST /log HTTP/1.1\r\nHost: localhost\r\nContent-Length: {LONG}\r\n\r\n".encode())
            wire.sendall(b" " * MAX_OF_IT)

        assert [send(server, stack, PADDED) for _ in range(3)] == [201, 201, 201]


def send(server: Server, stack: ExitStack, body: bytes) -> int | None:
    wire = announce(server, stack, len(body))
    wire.sendall(body[1:])
    return wire.status()


@dataclass
class Slow:
    """A server whose disk holds every COMMIT until it is let go."""

    server: Server
    held: Path

    def hold(self) -> None:
        self.held.touch()

    def wait(self) -> None:
        wait_until(self.held.with_suffix(".waiting").exists, "a COMMIT waits")

    def let_go(self) -> None:
        self.held.unlink(missing_ok=True)


@pytest.fixture
def slow(make_server: MakeServer, data: Path, tmp_path: Path) -> Iterator[Slow]:
    server = make_server(data, change="held_commits")
    slow = Slow(server, tmp_path / "held")
    server.environ["HELD"] = str(slow.held)
    server.start()
    yield slow
    slow.let_go()


@pytest.mark.sqlite
def test_while_the_disk_takes_its_time_everything_but_writing_goes_on(slow: Slow) -> None:
    def receive(quantity: int) -> int:
        with slow.server.client() as client:
            return client.receive(BOLTS, quantity).status

    with slow.server.client() as ana:
        newest = ana.receive(BOLTS, 1).body["seq"]
        slow.hold()
        first = Doing(lambda: receive(2))
        slow.wait()
        others = [Doing(lambda quantity=quantity: receive(quantity)) for quantity in range(3, 9)]

        for _ in range(20):
            assert ana.get(f"/inventario?depois={newest}").body == []
            assert ana.get("/produtos").status == 200
            assert ana.get("/saude").status == 200
        slow.let_go()

        assert {doing.outcome() for doing in (first, *others)} == {201}
        assert ana.balance(BOLTS) == sum(range(1, 9))


@pytest.mark.sqlite
def test_a_key_that_runs_is_waited_for_by_its_second_request_alone(slow: Slow) -> None:
    def receive() -> tuple[int, str | None]:
        with slow.server.client() as client:
            answer = client.receive(BOLTS, 5, Idempotency_Key="a-till-that-insists")
            return answer.status, answer.headers["Idempotent-Replayed"]

    with slow.server.client() as ana:
        slow.hold()
        first = Doing(receive)
        slow.wait()
        second = Doing(receive)
        assert ana.get("/inventario?depois=0").body == []
        slow.let_go()

        assert (first.outcome(), second.outcome()) == ((201, None), (201, "true"))
        assert ana.balance(BOLTS) == 5


def test_a_client_that_goes_away_before_its_answer_harms_nobody(server: Server, ana: Client) -> None:
    for _ in range(50):
        with Wire(server) as wire:
            wire.sendall(wire.head + f"Content-Length: {len(ENTRY)}\r\n\r\n".encode() + ENTRY)

    assert ana.receive(BOLTS, 1).status == 201
    assert "fault" not in server.errors

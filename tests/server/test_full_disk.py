"""A disk that fills up: nobody is told "saved" who is not, and the shop goes on when there is space again."""

import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.server.conftest import MakeServer
from tests.server.crowd import Doing, at_once
from tests.server.processes import BOLTS, Answer, Client, Server, almoxarife

if sys.platform != "linux":
    pytest.skip("only Linux lets one process limit the files of another", allow_module_level=True)

import resource

pytestmark = pytest.mark.sqlite

UNLIMITED = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)


@contextmanager
def disk_full(server: Server, *, left: int = 0) -> Iterator[None]:
    """No file of the server grows beyond the size of its log of changes and a little: then writing fails."""
    size = (server.data / "almoxarife.db-wal").stat().st_size
    resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (size + left, resource.RLIM_INFINITY))
    try:
        yield
    finally:
        if server.process.poll() is None:
            resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, UNLIMITED)


def assert_come_back_later(answer: Answer) -> None:
    assert (answer.status, answer.code) in {(503, "gravacao-indisponivel"), (503, "banco-indisponivel")}
    assert int(answer.headers["Retry-After"]) >= 1


def write(server: Server, index: int) -> Answer:
    with server.client() as writer:
        return writer.receive(BOLTS, 1, Idempotency_Key=f"entry-{index}")


def state(client: Client) -> tuple[int, str]:
    answer = client.get("/saude")
    return answer.status, answer.body["estado"]


def test_everybody_is_refused_until_there_is_space_again(server: Server, ana: Client) -> None:
    kept = [write(server, index).body["id"] for index in range(5)]

    with disk_full(server):
        for answer in at_once(16, lambda index: write(server, 100 + index)):
            assert_come_back_later(answer)
        assert state(ana) == (503, "sem-gravacao")
        assert [movement["id"] for movement in ana.get("/inventario").body] == kept

    assert state(ana) == (200, "ok")
    retried = at_once(16, lambda index: write(server, 100 + index))
    assert {answer.status for answer in retried} == {201}
    assert ana.balance(BOLTS) == 21
    assert_books_balance(server)


def test_the_log_says_it_once_and_then_how_often(server: Server, ana: Client) -> None:
    write(server, 0)
    with disk_full(server):
        for number in range(100):
            assert_come_back_later(ana.receive(BOLTS, 1, Idempotency_Key=f"k{number}"))
    assert server.stop() == 0

    for event, reason in (("unavailable", "disk I/O error"), ("request", "gravacao-indisponivel")):
        ((said, (first, *sums)),) = server.unavailable(event).items()
        assert (said, first, sum(sums)) == (reason, 1, 99)
        assert len(sums) < 20, "one each ten seconds"


def test_in_the_middle_of_a_batch_nobody_of_it_is_acknowledged(server: Server, ana: Client) -> None:
    write(server, 0)
    with closing(sqlite3.connect(server.data / "almoxarife.db", isolation_level=None)) as other:
        # Whoever comes first waits for this lock, and the others queue behind it: one batch.
        other.execute("BEGIN IMMEDIATE")
        doings = [Doing(lambda index=index: write(server, index)) for index in range(1, 17)]
        with disk_full(server, left=3 * 4096):
            other.execute("ROLLBACK")
            for doing in doings:
                assert_come_back_later(doing.outcome())

    assert state(ana) == (200, "ok")
    assert ana.balance(BOLTS) == 1


def test_a_start_after_it_finds_all_that_was_acknowledged(server: Server, ana: Client) -> None:
    acknowledged: list[str] = []

    def write_on(writer_index: int) -> None:
        for index in range(1000):
            answer = write(server, writer_index * 1000 + index)
            if answer.status != 201:
                assert_come_back_later(answer)
                return
            acknowledged.append(answer.body["id"])

    write(server, 100_000)
    with disk_full(server, left=100 * 4096):
        at_once(16, write_on)
        server.kill()
    server.start()

    kept = [movement["id"] for movement in ana.get("/inventario").body]
    assert len(kept) > 1
    assert set(acknowledged) <= set(kept)
    assert len(set(kept)) == len(kept)
    assert_books_balance(server)


def test_a_log_that_cannot_be_written_stops_nobody(server: Server, ana: Client) -> None:
    size = Path(f"/proc/{server.process.pid}/fd/2").stat().st_size
    resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))

    assert ana.get("/produtos").status == 200
    assert_come_back_later(ana.receive(BOLTS, 1))

    resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, UNLIMITED)
    assert ana.receive(BOLTS, 1).status == 201
    assert server.stop() == 0
    assert '"status":201' in server.errors.splitlines()[-1]


def test_a_disk_that_lost_what_it_was_given_ends_the_server(make_server: MakeServer, data: Path) -> None:
    broken = data / "disk is broken"
    server = make_server(data, change="failing_fsync")
    server.environ["BROKEN"] = str(broken)
    server.start()
    with server.client() as ana:
        kept = ana.receive(BOLTS, 5).body
        broken.touch()

        assert_come_back_later(ana.receive(BOLTS, 7))

    assert server.finish() == 2
    assert "O disco de" in server.errors.splitlines()[-1]
    assert "Nada que foi confirmado se perdeu" in server.errors.splitlines()[-1]
    assert not (data / "servidor.json").exists()
    broken.unlink()
    server.start()
    with server.client() as ana:
        assert ana.get("/inventario").body == [kept]


def assert_books_balance(server: Server) -> None:
    assert "0 diferenças" in almoxarife("check", data=server.data).stdout

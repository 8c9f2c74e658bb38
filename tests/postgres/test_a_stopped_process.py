"""A server process that is stopped in the middle of its work: the others wait for it no longer than its limit."""

import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from almoxarife.server.errors import WriteFailed
from almoxarife.server.store import postgres_connection
from almoxarife.server.store.database import Database
from almoxarife.server.store.sessions import raw
from almoxarife.server.upkeep.migrations import migrate
from tests.databases import rows
from tests.postgres.conftest import Shop, close, open_shop
from tests.postgres_server import Cluster
from tests.server.crowd import Doing
from tests.server.processes import BOLTS, Server, wait_until

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows stops no process")


@pytest.fixture
def shop(cluster: Cluster, tmp_path: Path) -> Iterator[Shop]:
    opened = open_shop(cluster, tmp_path, change="stops_before_commit")
    yield opened
    close(opened)


def find_stopped(server: Server) -> psutil.Process:
    said = server.data / "STOPPED"
    wait_until(said.exists, "it is about to commit")
    process = psutil.Process(int(said.read_text()))
    wait_until(lambda: process.status() == psutil.STATUS_STOPPED, "it is stopped")
    return process


def test_a_process_that_is_stopped_before_its_commit_holds_nobody_up(shop: Shop) -> None:
    (shop.servers[0].data / "STOP").touch()
    with shop.client(0) as here, shop.client(1) as there:
        waiting = Doing(lambda: here.receive(BOLTS, 5, Idempotency_Key="a-till-that-waits"))
        stopped = find_stopped(shop.servers[0])
        try:
            assert there.receive(BOLTS, 7).status == 201
        finally:
            stopped.resume()
        answer = waiting.outcome()

        assert (answer.status, answer.code) == (503, "gravacao-indisponivel")
        assert here.balance(BOLTS) == 7
        again = here.receive(BOLTS, 5, Idempotency_Key="a-till-that-waits")
        assert (again.status, again.headers["Idempotent-Replayed"]) == (201, None)
    assert shop.rows("SELECT effect FROM movements ORDER BY seq") == [(70_000,), (50_000,)]
    assert shop.rows("SELECT quantity FROM balances") == [(120_000,)]


@pytest.mark.parametrize("number", [1, 5, 200])
def test_nor_does_one_that_has_just_written_several_rows(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    url = cluster.create()
    migrate(url)
    monkeypatch.setattr(postgres_connection, "_SESSION", postgres_connection._SESSION.replace("30s", "1s"))
    database = Database.open(url)

    def write_and_stop() -> None:
        with database.transaction() as session:
            raw(session).execute_many("INSERT INTO versions VALUES (?, ?)", [(f"t{n}", n) for n in range(number)])
            assert is_idle_in_transaction(url)
            wait_until(lambda: not is_idle_in_transaction(url), "its transaction is ended")

    with pytest.raises(WriteFailed):
        write_and_stop()
    assert rows(url, "SELECT count(*) FROM versions WHERE topic LIKE 't_'") == [(0,)]
    database.close()


def is_idle_in_transaction(url: str) -> bool:
    sql = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND state = 'idle in transaction'"
    return bool(rows(url, sql))

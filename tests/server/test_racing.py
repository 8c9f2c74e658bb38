"""Many people at once: the last pieces are sold once, a key has its effect once, a monitor misses nothing."""

from collections import Counter
from pathlib import Path

import pytest

from tests.server.conftest import MakeServer
from tests.server.crowd import Poller, Writers, at_once
from tests.server.processes import BOLTS, Client, Server, wait_until


def test_50_people_issue_the_last_10_pieces(server: Server, ana: Client) -> None:
    ana.receive(BOLTS, 10)

    def issue(index: int) -> tuple[int, str | None]:
        with server.client() as seller:
            answer = seller.issue(BOLTS, 1)
            return answer.status, answer.code if answer.status != 201 else None

    outcomes = Counter(at_once(50, issue))

    assert outcomes == {(201, None): 10, (409, "estoque-insuficiente"): 40}
    assert ana.balance(BOLTS) == 0
    assert [movement["saldo"] for movement in ana.get("/inventario").body] == list(range(10, -1, -1))


def test_20_posts_with_one_key_make_one_movement(server: Server, ana: Client) -> None:
    def receive(index: int) -> tuple[int, str, str | None]:
        with server.client() as client:
            answer = client.receive(BOLTS, 5, Idempotency_Key="a-till-that-insists")
            return answer.status, answer.body["id"], answer.headers["Idempotent-Replayed"]

    outcomes = Counter(at_once(20, receive))

    (movement,) = ana.get("/inventario").body
    assert outcomes == {(201, movement["id"], None): 1, (201, movement["id"], "true"): 19}
    assert ana.balance(BOLTS) == 5


def test_monitors_miss_and_double_nothing_of_16_writers(server: Server, ana: Client) -> None:
    writers, monitors = Writers(server), [Poller(server), Poller(server, more="&limite=20")]
    writers.start()
    wait_until(lambda: len(writers.acknowledged) > 500, "500 entries")
    writers.stop()

    kept = ana.get("/inventario").body

    assert writers.unanswered == set()
    assert {movement["id"] for movement in kept} == set(writers.acknowledged.values())
    for monitor in monitors:
        assert monitor.finish() == kept
        assert monitor.numbers == sorted(set(monitor.numbers))


@pytest.mark.sqlite
def test_64_writers_share_their_commits(make_server: MakeServer, data: Path, tmp_path: Path) -> None:
    commits = tmp_path / "commits"
    server = make_server(data, change="slow_commits")
    server.environ["COMMITS"] = str(commits)
    server.start()

    def write(index: int) -> list[int]:
        with server.client() as writer:
            return [writer.receive(BOLTS, 1).status for _ in range(5)]

    statuses = [status for statuses in at_once(64, write) for status in statuses]

    assert statuses == [201] * 320
    assert 320 / commits.stat().st_size >= 5

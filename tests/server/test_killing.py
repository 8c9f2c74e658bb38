"""``kill -9`` at any moment: every acknowledged entry is there, once, and everybody can go on."""

import pytest

from tests.server.crowd import Poller, Writers
from tests.server.processes import BOLTS, Server, almoxarife, wait_until

ROUNDS = 3
ENTRIES_A_ROUND = 150


@pytest.mark.parametrize("group", [False, True], ids=["the parent alone", "the whole group"])
def test_every_acknowledged_entry_is_there_once(server: Server, group: bool) -> None:
    writers = Writers(server)
    monitors = [Poller(server), Poller(server, more="&limite=20")]

    for number in range(1, ROUNDS + 1):
        writers.start()
        wait_until(lambda number=number: len(writers.acknowledged) > number * ENTRIES_A_ROUND, "entries enough")
        server.kill(group=group)
        writers.wait()
        assert not server.is_listening()
        server.start()
        writers.retry()

    assert writers.refused == []
    assert_one_server_serves(server)
    assert_all_is_well(server, writers, monitors)


def assert_one_server_serves(server: Server) -> None:
    with server.client() as client:
        running = client.get("/saude").body["instancia"]
    assert running in (server.data / "servidor.json").read_text()
    refused = almoxarife("migrate", data=server.data)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "Outro servidor" in refused.stderr


def assert_all_is_well(server: Server, writers: Writers, monitors: list[Poller]) -> None:
    with server.client() as ana:
        kept = ana.get("/inventario").body
        assert ana.balance(BOLTS) == len(kept)
        # Every key makes its one movement for ever.
        key, movement = next(iter(writers.acknowledged.items()))
        again = ana.receive(BOLTS, 1, Idempotency_Key=key)
    assert (again.body["id"], again.headers["Idempotent-Replayed"]) == (movement, "true")
    assert sorted(writers.acknowledged.values()) == sorted(movement["id"] for movement in kept)
    for monitor in monitors:
        assert monitor.finish() == kept
        assert monitor.numbers == sorted(set(monitor.numbers))
    check = almoxarife("check", data=server.data)
    assert (check.returncode, check.stderr) == (0, "")
    assert "0 diferenças" in check.stdout

"""``kill -9`` at any moment: every acknowledged entry is there, once, and everybody can go on."""

import os

import pytest

from tests.server import processes
from tests.server.crowd import Poller, Writers
from tests.server.processes import BOLTS, Answer, Client, Server, almoxarife, wait_until

ROUNDS = 3
ENTRIES_A_ROUND = 150
PATIENCE_S = processes.PATIENCE_S if os.name == "posix" else 60
"""Of clients: Wine keeps a connection of a killed server now and then, on which nobody answers."""


@pytest.mark.parametrize("group", [False, True], ids=["the parent alone", "the whole group"])
def test_every_acknowledged_entry_is_there_once(server: Server, group: bool) -> None:
    server.patience_s = PATIENCE_S
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


def test_every_acknowledged_sale_is_there_once_with_its_stock_and_in_the_totals(server: Server) -> None:
    server.patience_s = PATIENCE_S
    sellers = Writers(server, write=sell_two)

    for number in (1, 2):
        sellers.start()
        wait_until(lambda number=number: len(sellers.acknowledged) > number * ENTRIES_A_ROUND, "sales enough")
        server.kill(group=True)
        sellers.wait()
        server.start()
        sellers.retry()

    assert sellers.refused == []
    with server.client() as ana:
        kept = ana.get("/vendas").body
        assert sorted(sellers.acknowledged.values()) == sorted(sale["id"] for sale in kept)
        assert ana.balance(BOLTS) == -3 * len(kept)
        total = ana.get("/vendas/total").body
        assert (total["vendas"], total["total"]) == (len(kept), f"{len(kept) * 75 // 100}.{len(kept) * 75 % 100:02}")
        key, sale = next(iter(sellers.acknowledged.items()))
        assert sell_two(ana, key).body["id"] == sale
    check = almoxarife("check", data=server.data)
    assert (check.returncode, check.stderr) == (0, "")


def sell_two(seller: Client, key: str) -> Answer:
    """Two lines of bolts: three for R$ 0,75."""
    items = [{"produto_id": BOLTS, "quantidade": quantity, "preco": "0.25"} for quantity in (1, 2)]
    return seller.post("/vendas", {"itens": items}, Idempotency_Key=key)


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

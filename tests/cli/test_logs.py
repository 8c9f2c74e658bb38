"""``logs`` and ``serve-logs``: beside a running server, and alone."""

import json
import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from almoxarife.server.errors import StoreUnavailable
from almoxarife.server.logs.entries import EntryStore
from almoxarife.server.logs.storage.postgres import PostgresLogStore
from almoxarife.server.logs.storage.sqlite import SqliteLogStore
from tests.cli.conftest import Almoxarife, assert_done, assert_refused
from tests.databases import rows
from tests.programs import start
from tests.server.conftest import place_of
from tests.server.processes import COMMANDS, ROOT, Client, Server, environment, free_port, wait_until

ENTRY = {"service": "pedidos", "user_id": "7", "action": "criar_pedido", "result": "success"}


@pytest.fixture
def log_port(data: Path, tmp_path: Path) -> Iterator[int]:
    """``almoxarife serve-logs`` alone on this shop's data."""
    port = free_port()
    env = {**environment(data), "PYTHONSAFEPATH": "1"}
    process = start(COMMANDS, "serve-logs", "--port", str(port), env=env, folder=ROOT, out=tmp_path / "serve-logs.out")
    try:
        wait_until(lambda: _answers(port), "the log answers")
        yield port
        process.terminate()
        assert process.wait(60) == 0 or os.name != "posix"  # Windows has no SIGTERM: it is killed there
    finally:
        process.kill()


def _answers(port: int) -> bool:
    with Client(port) as client:
        try:
            return client.post("/ping").body == {"status": "success"}
        except OSError:
            return False


def test_the_log_alone_takes_entries_that_the_server_beside_it_finds(
    log_port: int, server: Server, ana: Client, almoxarife: Almoxarife
) -> None:
    with Client(log_port) as program:
        assert program.post("/log", ENTRY).status == 200
        assert program.post("/log", [ENTRY, {}]).body[1]["status"] == "error"
        assert [entry["service"] for entry in program.get("/").body["log"]].count("pedidos") == 2
        assert program.get("/produtos").status == 404
        assert program.post("/log", ENTRY, Authorization="Bearer almx_x").status == 401
        assert program.post("/log", ENTRY, X_Forwarded_For="10.0.0.9").status == 401
        key = almoxarife("keys", "create", "pedidos").stdout.split()[1]
        assert program.post("/log", ENTRY, X_Forwarded_For="10.0.0.9", Authorization=f"Bearer {key}").status == 200
    assert ana.post("/log", ENTRY).status == 200

    assert len(ana.get("/log?service=pedidos").body) == 4


def test_entries_are_exported_and_pruned_beside_a_running_server(
    server: Server, ana: Client, almoxarife: Almoxarife
) -> None:
    old = (datetime.now(UTC) - timedelta(days=31)).isoformat()
    ana.post("/log", [{**ENTRY, "timestamp": old}, {**ENTRY, "cause": "Açúcar"}])

    assert_done(almoxarife("logs", "prune", "--days", "30"), "1 registros apagados.")

    assert [row["cause"] for row in ana.get("/log?service=pedidos").body] == ["Açúcar"]
    (line,) = almoxarife("logs", "export", "--service", "pedidos", "-q", "acucar").stdout.splitlines()
    assert json.loads(line)["event"]["reason"] == "Açúcar"


@pytest.mark.parametrize("failing", [False, True])
def test_a_till_sells_while_entries_are_pruned(
    server: Server, ana: Client, almoxarife: Almoxarife, monkeypatch: pytest.MonkeyPatch, failing: bool
) -> None:
    old = (datetime.now(UTC) - timedelta(days=31)).isoformat()
    ana.post("/log", [{**ENTRY, "timestamp": old} for _ in range(450)])
    sold = []
    for store in (SqliteLogStore, PostgresLogStore):

        def prune(self: EntryStore, before: datetime, was: Callable[..., int] = store.prune) -> int:
            sold.append(ana.receive("p1", 1).status)
            if failing and len(sold) > 1:
                raise StoreUnavailable
            return was(self, before)

        monkeypatch.setattr(store, "prune", prune)

    done = almoxarife("logs", "prune", "--days", "30")

    assert set(sold) == {201}
    assert len(sold) > 1
    assert done.returncode == (2 if failing else 0)
    # Said before it begins: also what was removed before it failed is in the trail.
    recorded = rows(place_of(server.data), "SELECT cause FROM audit_entries WHERE tag = 'logs:entries:pruned'")
    assert recorded == [("mais de 30 dias",)]


@pytest.mark.sqlite
def test_without_entries_there_is_nothing_to_export(almoxarife: Almoxarife, data: Path) -> None:
    (data / "registros.db").unlink(missing_ok=True)

    assert_refused(almoxarife("logs", "export"), "Ainda não há registros")
    assert_refused(almoxarife("logs", "prune", "--days", "0"), "--help")


@pytest.mark.sqlite
def test_a_store_that_cannot_be_read_is_a_sentence(almoxarife: Almoxarife, data: Path) -> None:
    (data / "registros.db").write_bytes(b"nonsense" * 1000)

    assert_refused(almoxarife("logs", "export"), "registros.db", "danificado")


@pytest.mark.sqlite
def test_a_server_whose_log_store_is_broken_serves_and_sells(
    server: Server, ana: Client, almoxarife: Almoxarife
) -> None:
    server.stop()
    for name in ("registros.db", "registros.db-wal", "registros.db-shm"):
        (server.data / name).unlink(missing_ok=True)
    (server.data / "registros.db").mkdir()
    server.start()

    assert ana.receive("p1", 5).status == 201
    assert ana.post("/log", ENTRY).status == 503
    wait_until(lambda: '"state":"failing"' in server.errors, "the failure is logged")
    assert server.stop() == (0 if os.name == "posix" else server.process.returncode)


def test_requests_are_in_the_log_after_the_server_has_stopped(
    server: Server, ana: Client, almoxarife: Almoxarife
) -> None:
    ana.receive("p1", 5)
    server.stop()
    server.start()

    rows = ana.get("/log?service=api&action=POST+/inventario").body
    assert [(row["result"], row["extra"]["status"]) for row in rows] == [("success", 201)]

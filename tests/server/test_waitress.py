"""Where granian has no wheel, waitress serves the same."""

import signal
from pathlib import Path

import pytest

from tests.databases import writing_held
from tests.server.conftest import MakeServer, place_of
from tests.server.crowd import Writers
from tests.server.processes import BOLTS, ENTRY, almoxarife, wait_until
from tests.server.test_killing import PATIENCE_S


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "Ctrl+C"])
def test_waitress_serves_logins_movements_and_lists(make_server: MakeServer, data: Path, sent: signal.Signals) -> None:
    # The one of these that begins anew: what has been imported before would not show that something wants granian.
    server = make_server(data, change="without_granian", anew=True).start()
    with server.client() as ana:
        assert ana.get("/saude").headers["Server"] == "waitress"
        assert ana.log_in().status == 200
        assert ana.receive(BOLTS, 50).body["saldo"] == 50
        assert ana.issue(BOLTS, 51).code == "estoque-insuficiente"
        assert len(ana.get("/inventario").body) == 1

        assert server.stop(sent) == 0

    assert not (data / "servidor.json").exists()
    assert not server.is_listening()
    assert server.said.splitlines()[-1] == "Servidor encerrado. Até logo!"
    assert "Traceback" not in server.errors


def test_a_write_under_way_is_answered_at_a_stop(make_server: MakeServer, data: Path) -> None:
    server = make_server(data, change="without_granian").start()
    headers = {"Content-Type": "application/json"}
    with server.client() as writer, server.client() as ana:
        headers["Authorization"] = f"Bearer {writer.token}"
        with writing_held(place_of(data)):
            writer.connection.request("POST", "/inventario", ENTRY, headers)
            # Its one thread for connections reads the entry, which was sent, before the last of these.
            for _ in range(3):
                ana.get("/saude")
            server.send(signal.SIGTERM)
            wait_until(lambda: not server.is_listening(), "it takes on nothing new")

        assert writer.connection.getresponse().status == 201
    assert server.finish() == 0


def test_a_stop_under_load_and_a_kill_lose_nothing(make_server: MakeServer, data: Path) -> None:
    server = make_server(data, change="without_granian").start()
    server.patience_s = PATIENCE_S
    writers = Writers(server, 8)
    for end in (server.stop, server.kill):
        before = len(writers.acknowledged)
        writers.start()
        wait_until(lambda before=before: len(writers.acknowledged) > before + 50, "50 entries")
        end()
        writers.wait()
        server.start()
        writers.retry()

    with server.client() as ana:
        kept = {movement["id"] for movement in ana.get("/inventario").body}
    assert sorted(writers.acknowledged.values()) == sorted(kept)
    assert "0 diferenças" in almoxarife("check", data=data).stdout


def test_it_has_no_tls_and_says_so(make_server: MakeServer, data: Path) -> None:
    pem = Path(__file__)
    server = make_server(data, change="without_granian", TLS_CERT=str(pem), TLS_KEY=str(pem))

    assert server.spawn().finish() == 2
    assert "ALMOXARIFE_TLS_CERT" in server.errors
    assert "Traceback" not in server.errors

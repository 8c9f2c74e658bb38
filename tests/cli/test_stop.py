"""``almoxarife stop``: the server of this data directory ends in order, however it was started."""

import json
import signal
from contextlib import ExitStack
from pathlib import Path

from tests.cli.conftest import Almoxarife, assert_done
from tests.server.conftest import MakeServer
from tests.server.crowd import Doing
from tests.server.processes import BOLTS, ENTRY, Client, Server, begin_entry, wait_until
from tests.terminal.caller import Caller
from tests.terminal.processes import TerminalProcess


def test_it_ends_with_a_farewell_and_leaves_nothing(almoxarife: Almoxarife, server: Server) -> None:
    assert_done(almoxarife("stop"), "Servidor parado.")

    assert server.finish() == 0
    assert server.said.splitlines()[-1] == "Servidor encerrado. Até logo!"
    assert not {"servidor.json", "parar.txt"} & {file.name for file in server.data.iterdir()}


def test_what_is_under_way_is_answered_first(almoxarife: Almoxarife, server: Server, ana: Client) -> None:
    with begin_entry(server.port, server.token) as slow:
        stopping = Doing(lambda: almoxarife("stop"))
        wait_until(lambda: not server.is_listening(), "it takes on nothing new")
        slow.sendall(ENTRY)

        assert slow.recv(1000).startswith(b"HTTP/1.1 201 ")
        assert_done(stopping.outcome(), "Servidor parado.")
        assert server.finish() == 0

    server.start()
    assert ana.balance(BOLTS) == 7


def test_the_text_terminal_ends_with_it_and_one_that_was_killed_is_none(
    almoxarife: Almoxarife, server: Server, tmp_path: Path
) -> None:
    with ExitStack() as stack:
        ended, killed = (
            TerminalProcess(stack, tmp_path, f"http://127.0.0.1:{server.port}", data=server.data, name=name)
            for name in ("um", "dois")
        )
        killed.start()
        killed.kill()
        ended.start()
        caller = stack.enter_context(Caller(ended.port))
        caller.read_until("usuário: ")

        assert_done(almoxarife("stop"), "Terminal de texto parado.", "Servidor parado.")

        assert ended.process.wait(60) == 0
        assert "O terminal está sendo fechado." in caller.read_to_the_end()
    assert server.finish() == 0
    assert not list((server.data / "processos").iterdir())


def test_without_a_server_it_says_so(almoxarife: Almoxarife, data: Path) -> None:
    assert_done(almoxarife("stop"), f"Nenhum servidor está no ar com os dados de {data}")
    assert_done(almoxarife("stop", DATA_DIR=str(data / "nenhuma")), "Nenhum servidor está no ar")
    assert not (data / "nenhuma").exists()


def test_what_a_killed_server_left_is_no_server(almoxarife: Almoxarife, server: Server) -> None:
    server.kill()
    assert (server.data / "servidor.json").exists()

    assert_done(almoxarife("stop"), "Nenhum servidor está no ar")


def test_a_request_that_an_older_server_has_not_seen_stops_no_newer_one(server: Server, ana: Client) -> None:
    announced = json.loads((server.data / "servidor.json").read_bytes())
    server.kill()
    (server.data / "parar.txt").write_text(announced["instancia"])

    server.start()

    (server.data / "parar.txt").write_text("")
    assert ana.receive(BOLTS, 1).status == 201
    assert server.stop(signal.SIGTERM) == 0
    assert not (server.data / "parar.txt").exists()


def test_one_that_is_still_starting_is_stopped_once_it_is_up(
    almoxarife: Almoxarife, make_server: MakeServer, data: Path
) -> None:
    server = make_server(data).spawn()
    wait_until((data / "almoxarife.lock").exists, "it has begun")

    while "Servidor parado." not in almoxarife("stop").stdout:
        assert server.process.poll() is None

    assert server.finish() == 0
    assert server.said.splitlines()[-1] == "Servidor encerrado. Até logo!"

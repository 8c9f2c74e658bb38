"""What the demo shows: a line for each change, or a table for whoever looks."""

import getpass
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
from contextlib import closing
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread
from types import SimpleNamespace
from typing import Any, cast
from urllib.request import ProxyHandler, build_opener

import pytest

from almoxarife.server.coordination.members import ClusterView, Member, with_absent
from almoxarife.server.errors import StartupError
from almoxarife.server.http.middleware import QUIET
from almoxarife.server.operations.cluster import demo, demo_control, demo_folder
from almoxarife.server.operations.cluster.checking import RunningNodes
from almoxarife.server.operations.cluster.cluster_file import Node, Plan
from almoxarife.server.operations.cluster.failback import Switchover
from almoxarife.server.operations.cluster.live_view import ChangeLines, Screen, describe, fit
from almoxarife.server.operations.cluster.network import NAMES, SharedLoopback
from almoxarife.server.operations.cluster.reports import STALE_S, Rate
from almoxarife.server.operations.commands.cluster import explain_breaking
from tests.programs import wait_until


def member(name: str, *, leads: bool = False, is_synchronous: bool = False, is_up: bool = True, lag: int = 0) -> Member:
    return Member(name, leads, is_synchronous, is_up, "running", 1, lag if is_up else None)


LED_BY_N1 = ClusterView(
    (member("n1", leads=True), member("n2", is_synchronous=True, lag=512), member("n3", is_up=False))
)
LEADERLESS = ClusterView((member("n1", is_up=False), member("n2"), member("n3")))


def test_one_line_tells_of_all_nodes() -> None:
    assert describe(LED_BY_N1) == "n1 coordena · n2 reserva síncrona, atraso 512 bytes · n3 parado"
    assert describe(None) == "nenhum nó responde"
    copying = member("n3", is_up=False)._replace(state="creating replica")
    assert describe(ClusterView((copying,))) == "n3 recebendo a cópia"


def test_lines_tell_changes_alone() -> None:
    written: list[str] = []
    shown = ChangeLines(written.append)
    for view in (LED_BY_N1, LED_BY_N1, LEADERLESS):
        shown.show(view, None)
    shown.tell("n1: tudo morreu.")
    assert [line[10:] for line in written] == [describe(LED_BY_N1), describe(LEADERLESS), "n1: tudo morreu."]


def test_the_screen_shows_nodes_the_rate_and_the_last_events() -> None:
    written: list[str] = []
    screen = Screen(lambda frame: written.append(re.sub(r"\x1b\[.", "", frame)), ["No ar"], size=lambda: (80, 24))
    screen.show(LED_BY_N1, 41.6)
    screen.show(LEADERLESS, None)
    first, last = written
    assert "42 vendas e movimentações por segundo" in first
    assert [line.split() for line in first.splitlines()[3:6]] == [
        ["n1", "coordena"],
        ["n2", "reserva", "síncrona", "512", "bytes"],
        ["n3", "parado", "?"],
    ]
    assert "sem resposta do banco" in last
    assert [line[10:] for line in last.splitlines()[-2:]] == ["n1 coordena", "n1 se perdeu: ninguém coordena"]
    assert "nenhum nó responde" in "\n".join(screen.draw(None, None))


def test_what_is_told_again_takes_one_line_of_the_screen() -> None:
    screen = Screen(str, [])
    for event in ("n1 coordena", *["passando a coordenação de n3 a n1"] * 5, "n1 coordena"):
        screen.tell(event)
    assert [line[10:] for line in screen.draw(None, None)[-3:]] == [
        "n1 coordena",
        "passando a coordenação de n3 a n1 (5 vezes)",
        "n1 coordena",
    ]


def test_a_small_window_shows_the_newest_events_and_never_moves_up() -> None:
    lines = ["x" * 100, "nós", "a", "b", "c"]
    assert fit(lines, 3, 100, 24) == lines
    assert fit(lines, 3, 100, 5) == ["x" * 100, "nós", "b", "c"]
    assert fit(lines, 3, 80, 5) == ["x" * 100, "nós", "c"]
    assert fit(lines, 3, 80, 3) == ["nós"]
    assert fit(lines, 3, 80, 1) == ["nós"]


def test_a_line_is_drawn_over_the_one_before_it() -> None:
    written: list[str] = []
    screen = Screen(written.append, ["x" * 40, "y"], size=lambda: (40, 24))
    screen.show(None, None)
    assert written[0].startswith(f"\x1b[H{'x' * 40}\ny\x1b[K\n")
    assert written[0].endswith("\x1b[J")


def test_a_node_that_is_not_told_of_any_more_is_shown_all_the_same() -> None:
    shown = with_absent(ClusterView((member("n2", leads=True),)), ("n1", "n2"))
    assert describe(shown) == "n1 não responde · n2 coordena"


def test_what_is_recorded_in_a_second_is_told_while_it_is_heard() -> None:
    now = 0.0
    rate = Rate(clock=lambda: now)
    rate.note("100\n1")
    assert rate.per_second is None
    now = 2.0
    rate.note("40\n")
    assert rate.per_second == 20
    now = 2.0 + STALE_S
    assert rate.per_second is None


def test_where_networks_cannot_be_had_a_sentence_says_what_to_do_instead() -> None:
    network = SharedLoopback()
    assert [node.name for node in network.nodes] == list(NAMES)
    ports = {port for node in network.nodes for port in vars(node.ports).values()}
    assert len(ports) == 21
    with pytest.raises(StartupError, match="Use freeze"):
        network.cut(network.nodes[0])


@pytest.mark.skipif(sys.platform != "linux", reason="the demo says that it wants Linux")
def test_a_handover_that_takes_its_time_keeps_nobody_waiting(tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    os.mkfifo(gate)
    patroni = cast("Any", SimpleNamespace(switch=lambda wanted: gate.read_text()))  # until somebody writes
    handover = demo_control.Handover(patroni)
    handover.ask(Switchover("n2", "n1"))
    assert handover.is_under_way()
    gate.write_text("done")
    wait_until(lambda: not handover.is_under_way(), "its end")
    handover.ask(Switchover("n2", "n1"))
    waiting = handover._pid
    handover.close()
    with pytest.raises(ChildProcessError):
        os.waitpid(waiting, os.WNOHANG)


@pytest.mark.skipif(sys.platform != "linux", reason="the demo says that it wants Linux")
@pytest.mark.parametrize(
    ("there", "said"),
    [
        ({}, "Falta instalar: PostgreSQL, OpenSSL, etcd, HAProxy. No Debian e no Ubuntu: sudo apt-get install "),
        ({"15", "openssl", "haproxy"}, "Falta instalar: etcd. No Debian e no Ubuntu: sudo apt-get install "),
        ({"15", "openssl", "haproxy", "etcd"}, 'Falta o Patroni. Instale com: .* -m pip install "patroni'),
    ],
)
def test_what_is_missing_is_said_with_the_line_that_installs_it(
    there: set[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(demo, "_POSTGRESQL", tmp_path)
    monkeypatch.setattr(demo, "find_spec", lambda name: None)
    monkeypatch.setattr(shutil, "which", lambda name, **_: name if name in there else None)
    if "15" in there:
        (tmp_path / "15" / "bin").mkdir(parents=True)
        (tmp_path / "15" / "bin" / "initdb").touch()
    with pytest.raises(StartupError, match=said):
        demo.find_binaries()


def test_a_disk_without_room_is_told_before_anything_is_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "not" / "there"
    demo_folder.require_room(folder)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=30_000_000))
    words = f"precisa de 1000 MB livres em {folder}, e há 30. Libere espaço"
    with pytest.raises(StartupError, match=re.escape(words)):
        demo_folder.require_room(folder)
    assert not folder.parent.exists()


class NeverReady(demo.Demo):
    """Whose parts end as soon as they begin."""

    def __post_init__(self) -> None:
        self.starts = 0

    def run(self, node: Node, part: str) -> None:
        self.starts += 1
        self._running[node.name, part] = subprocess.Popen(["false"])


def test_a_part_that_ends_while_it_is_waited_for_is_started_again(tmp_path: Path) -> None:
    ending, node = NeverReady(tmp_path, tell=str), Node("n1", "127.0.0.1", is_main=True)
    ending.run(node, "api")
    with pytest.raises(StartupError, match=r"Não veio: a API.*n1/api\.log"):
        ending._wait("a API", lambda: False, part=(node, "api"), restarts=2)
    assert ending.starts == 3


@pytest.mark.parametrize(("program", "starts"), [("exit 1", 1), ("exit 0", 0), ("sleep 60", 0)])
def test_what_ends_with_an_error_is_started_again(tmp_path: Path, program: str, starts: int) -> None:
    node = Node("n1", "127.0.0.1", is_main=True)
    ending = NeverReady(tmp_path, tell=str)
    ending.plan = Plan("demo", (), (node,))
    process = ending._running["n1", "api"] = subprocess.Popen(["sh", "-c", program])
    if "exit" in program:
        process.wait()

    ending.restart_failed()

    assert ending.starts == starts
    for started in (process, ending._running["n1", "api"]):
        started.kill()
        started.wait()


def test_what_ends_while_something_else_is_waited_for_is_named_at_once(tmp_path: Path) -> None:
    starting = cast("Any", demo.Demo.__new__(demo.Demo))
    starting.folder, starting.tell, starting.is_over = tmp_path, str, lambda: False
    (tmp_path / "n2").mkdir()
    (tmp_path / "n2" / "etcd.log").write_text("etcd: listening\netcd: address already in use\n")
    etcd, patroni = SimpleNamespace(poll=lambda: 1), SimpleNamespace(poll=lambda: None)
    starting._running = {("n1", "patroni"): patroni, ("n2", "etcd"): etcd}
    with pytest.raises(StartupError, match=r"O etcd de n2 terminou: etcd: address already in use \(.*etcd\.log\)"):
        starting._wait("o nó principal", lambda: False, part=(Node("n1", "127.0.0.1", is_main=True), "patroni"))


@pytest.mark.parametrize(("silent_s", "parts", "is_reset"), [(16, (), True), (14, (), False), (16, ("api",), False)])
def test_a_node_that_was_frozen_for_long_is_reset_as_by_a_watchdog(
    monkeypatch: pytest.MonkeyPatch, silent_s: float, parts: tuple[str, ...], is_reset: bool
) -> None:
    """Awake, it would take itself for the coordinator that it was, and may get its way."""
    now_s, done = 100.0, list[str]()
    monkeypatch.setattr(demo, "monotonic", lambda: now_s)
    running, node = cast("Any", demo.Demo.__new__(demo.Demo)), Node("n1", "127.0.0.1", is_main=True)
    running._running, running._frozen_at, running._postmaster = {}, {}, lambda _: None
    running.network = SimpleNamespace(mend=lambda _: None)
    running.kill = lambda *_: done.append("kill")
    running.run = lambda _, part: done.append(part)
    running.freeze(node, *parts)
    now_s += silent_s
    running.heal(node)
    assert done == (["kill"] if is_reset else []) + list(demo.PARTS)


@pytest.mark.parametrize(("words", "done"), [(("heal", "n1"), True), (("heal", "n9"), False), (("x", "n1"), False)])
def test_what_is_asked_of_the_demo_and_not_done_ends_with_an_error(words: tuple[str, str], done: bool) -> None:
    plan = Plan("demo", (), (Node("n1", "127.0.0.1", is_main=True),))
    # A socket's path may have no more than a hundred characters.
    with TemporaryDirectory() as short, closing(socket.socket(socket.AF_UNIX)) as listener:
        folder = Path(short)
        listener.bind(str(demo_control.control_path(folder)))
        listener.listen()
        running = cast("Any", SimpleNamespace(plan=plan, heal=lambda _: None))
        answering = Thread(target=demo_control._answer, args=(running, listener))
        answering.start()
        if done:
            assert demo_control.ask(folder, *words) == "n1: ligado de novo."
        else:
            with pytest.raises(StartupError, match=r"Não há um nó n9|ninguém entende"):
                demo_control.ask(folder, *words)
        answering.join()


def test_a_check_asks_for_a_service_key_without_an_entry_in_the_log() -> None:
    asked: list[tuple[str, str | None]] = []

    class Api(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append((self.path, self.headers["Authorization"]))
            self.send_response(200 if self.headers["Authorization"] == "Bearer almx_known" else 401)
            self.end_headers()

        def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
            pass

    running = cast("Any", RunningNodes.__new__(RunningNodes))
    running._opener = build_opener(ProxyHandler({}))
    with HTTPServer(("127.0.0.1", 0), Api) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        node = SimpleNamespace(host="127.0.0.1", ports=SimpleNamespace(api=server.server_port))
        known = [running._is_known(node, key) for key in ("almx_known", "almx_of_another")]
        server.shutdown()

    assert known == [True, False]
    assert {path for path, _ in asked} <= QUIET


def test_whoever_breaks_a_demo_of_another_folder_is_told_to_name_it(tmp_path: Path) -> None:
    folder = tmp_path / "outra pasta"
    (_, words) = explain_breaking("n1", folder)
    assert f"kill --dir '{folder}' n1 postgres · kill --dir '{folder}' n1 · " in words

    (_, usual) = explain_breaking("n1", Path(tempfile.gettempdir()) / f"almoxarife-demo-{getpass.getuser()}")
    assert usual == "  kill n1 postgres · kill n1 · freeze n1 · cut n1 · heal n1"

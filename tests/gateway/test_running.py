"""The gateway as a process: it ends in order, and leaves nothing running however it ends."""

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.gateway.doors import Gateway, Recorder, read_all
from tests.programs import wait_for, wait_until
from tests.server.processes import almoxarife


@pytest.fixture
def recorder() -> Iterator[Recorder]:
    with Recorder() as recorder:
        yield recorder


@pytest.fixture
def door(recorder: Recorder, tmp_path: Path) -> Iterator[Gateway]:
    gateway = Gateway(tmp_path / "dados", recorder.port)
    try:
        yield gateway.start()
    finally:
        gateway.end()


def is_listening(door: Gateway) -> bool:
    with socket.socket() as trial:
        return trial.connect_ex(("127.0.0.1", door.port)) == 0


def list_children(door: Gateway) -> list[psutil.Process]:
    """nginx's first process listens a moment before it has made those that answer."""

    def look() -> list[psutil.Process] | None:
        children = psutil.Process(door.process.pid).children(recursive=True)
        return children if len(children) >= 2 else None

    return wait_for("nginx has made its workers", look)


def test_a_stop_answers_who_is_being_served_and_nobody_else(door: Gateway, recorder: Recorder) -> None:
    recorder.held = threading.Event()
    children = list_children(door)
    with socket.create_connection(("127.0.0.1", door.port)) as served:
        served.sendall(b"GET /devagar HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        wait_until(lambda: recorder.asked, "it is being served")
        door.process.terminate()
        wait_until(lambda: not is_listening(door), "nobody else is let in")
        recorder.held.set()
        assert read_all(served).startswith(b"HTTP/1.1 200 ")

    assert door.process.wait(60) == 0
    assert "Porta de entrada encerrada" in door.said.read_text("utf-8")
    assert not any(child.is_running() for child in children)


@pytest.mark.skipif(not hasattr(psutil, "LINUX") or not psutil.LINUX, reason="only Linux ends it with its parent")
def test_a_gateway_that_is_killed_leaves_no_nginx_behind(door: Gateway) -> None:
    children = list_children(door)
    door.process.kill()
    door.process.wait(60)
    psutil.wait_procs(children, timeout=60)
    assert not is_listening(door)


def test_a_port_that_is_taken_is_said_and_harms_nobody(door: Gateway) -> None:
    settings = {"GATEWAY": f"127.0.0.1:{door.port}", "GATEWAY_LOG": f"127.0.0.1:{door.log_port}"}
    done = almoxarife("gateway", data=door.data, **settings)

    assert done.returncode == 2
    assert "a porta já está em uso" in done.stderr
    before = door.count_requests()
    with door.client() as client:
        assert client.get("/produtos").status == 200
    wait_until(lambda: door.count_requests() == before + 1, "it is counted on")


def test_a_port_for_its_log_that_nginx_may_be_given_by_chance_is_refused(tmp_path: Path) -> None:
    """Refused datagrams have it open one socket after another: one on the log's own port keeps every receiver out."""
    for address, code in (("127.0.0.1:32767", 0), ("127.0.0.1:32768", 2), ("10.0.0.7:60999", 2)):
        done = almoxarife("gateway", "render", data=tmp_path / "dados", GATEWAY_LOG=address)
        assert done.returncode == code, done.stderr
        assert ("Use uma até 32767" in done.stderr) == (code == 2)


def test_a_certificate_for_the_server_is_told_to_be_the_gateways(tmp_path: Path) -> None:
    cert = tmp_path / "c.pem"
    cert.touch()
    done = almoxarife("gateway", "render", data=tmp_path / "dados", TLS_CERT=str(cert), TLS_KEY=str(cert))
    assert done.returncode == 2
    assert "ALMOXARIFE_GATEWAY_TLS_CERT" in done.stderr

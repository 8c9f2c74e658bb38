"""Limits of the gateway are each network's: an IPv4 address, or the 64 bits of IPv6 that one subscriber has."""

import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.gateway.doors import Recorder, read_all
from tests.programs import PATIENCE_S, free_port, wait_until
from tests.server.processes import almoxarife

Ask = Callable[[str], int]


@pytest.fixture
def ask_from(tmp_path: Path) -> Iterator[Ask]:
    """Tries to log in from an address, at an nginx that believes it (PROXY protocol); the status."""
    port = free_port()
    with Recorder() as recorder:
        settings = {"GATEWAY": f"127.0.0.1:{port}", "GATEWAY_APIS": f"127.0.0.1:{recorder.port}"}
        done = almoxarife("gateway", "render", "--out", str(tmp_path / "door"), data=tmp_path / "dados", **settings)
        assert done.returncode == 0, done.stderr
        path = tmp_path / "door" / "nginx.conf"
        listen = f"listen 127.0.0.1:{port}"
        told = f"{listen} proxy_protocol; set_real_ip_from 127.0.0.1; real_ip_header proxy_protocol;"
        path.write_text(path.read_text("utf-8").replace(f"{listen};", told), "utf-8")
        nginx = shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/bin")
        assert nginx is not None
        process = subprocess.Popen([nginx, "-p", f"{path.parent}/", "-c", "nginx.conf", "-e", "stderr"])

        def ask(address: str) -> int:
            family = "TCP6" if ":" in address else "TCP4"
            with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S) as line:
                line.sendall(
                    f"PROXY {family} {address} {address} 1 2\r\nPOST /login HTTP/1.1\r\nHost: localhost\r\n"
                    "Content-Length: 0\r\nConnection: close\r\n\r\n".encode()
                )
                return int(read_all(line).split()[1])

        def listens() -> bool:
            with socket.socket() as trial:
                return trial.connect_ex(("127.0.0.1", port)) == 0

        try:
            wait_until(listens, "nginx listens")
            yield ask
        finally:
            process.terminate()
            process.wait(PATIENCE_S)


@pytest.mark.parametrize(
    ("crowd", "neighbour"),
    [
        ("2001:db8:0:1:{0:x}::{0:x}", "2001:db8:0:2::1"),
        ("2001:db8:a:a::{0:x}", "2001:db8:a:b::1"),
        ("::ffff:10.0.0.7", "::ffff:10.0.0.8"),
        ("10.0.0.7", "10.0.0.8"),
    ],
)
def test_a_crowd_of_one_network_holds_up_itself_alone(ask_from: Ask, crowd: str, neighbour: str) -> None:
    assert ask_from(crowd.format(1)) == 200
    assert is_held_up(ask_from, crowd)
    assert ask_from(neighbour) == 200


def test_who_has_the_same_bytes_elsewhere_is_another_network(ask_from: Ask) -> None:
    """Bytes that are signs of a pattern or the end of a line count as any others."""
    for network in ("2001:db8:0a0a:0a0a", "2001:db8:0a0a:0d0a", "2001:db8:2e2a:2b5b", "2001:db8:0:0"):
        assert is_held_up(ask_from, network + ":{0:x}::1")


def is_held_up(ask_from: Ask, crowd: str) -> bool:
    return any(ask_from(crowd.format(number)) == 429 for number in range(1, 500))

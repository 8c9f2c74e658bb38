"""Crowds that hold connections: everybody else is served as if they were not there."""

import os
import resource
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from itertools import cycle
from pathlib import Path

import psutil
import pytest

from tests.programs import pause
from tests.server.conftest import MakeServer
from tests.server.processes import BOLTS, Server, wait_until
from tests.server.test_http import ENTRY, Wire
from tests.waiting import Waiting

HEAD = b"POST /inventario HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
BEGINNINGS = {
    "nothing at all": b"",
    "half a head": b"GET /saude HTTP/1.1\r\nHo",
    "no body": HEAD + b"Content-Length: 10\r\n\r\n",
    "half a body": HEAD + b"Content-Length: 10\r\n\r\n{",
    "a body in chunks": HEAD + b"Transfer-Encoding: chunked\r\n\r\n",
    "a request and no more": b"GET /saude HTTP/1.1\r\nHost: localhost\r\n\r\n",
}

HALF_A_HELLO = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"


@pytest.fixture(autouse=True)
def enough_files() -> Iterator[None]:
    """For the crowd's ends of the connections."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@contextmanager
def crowd(server: Server, number: int, beginning: bytes) -> Iterator[list[socket.socket]]:
    """That many connections that say ``beginning`` and no more."""
    with ExitStack() as stack:
        ends = []
        for _ in range(number):
            end = stack.enter_context(socket.create_connection(("127.0.0.1", server.port), 30))
            with suppress(ConnectionError):  # it may have had to give way already
                end.sendall(beginning)
            ends.append(end)
        yield ends


def longest_wait(server: Server) -> float:
    """Seconds that a till and a monitor that comes anew wait together, the longest but one of 100.

    What the server and this process waited for a processor is taken off.
    """
    durations = []
    waiting = Waiting("self", server.process.pid)
    with server.client() as till:
        for _ in range(100):
            began = time.perf_counter() - waiting.so_far_s()
            with server.client() as new:
                assert new.get("/inventario?depois=0&limite=1").status == 200
            assert till.receive(BOLTS, 1).status == 201
            durations.append(time.perf_counter() - waiting.so_far_s() - began)
    return sorted(durations)[-2]


def assert_served(server: Server) -> None:
    """Within a second, 99 times of 100."""
    assert longest_wait(server) < 1


@pytest.mark.parametrize(
    "beginning",
    # The connections to a database are open files, too.
    [pytest.param(sent, id=name, marks=[pytest.mark.once] * (name != "no body")) for name, sent in BEGINNINGS.items()],
)
def test_a_crowd_that_takes_all_open_files_keeps_nobody_out(
    make_server: MakeServer, data: Path, beginning: bytes
) -> None:
    server = make_server(data, change="few_files").start()

    with crowd(server, 1_100, beginning):
        assert_served(server)

    assert "fault" not in server.errors


@pytest.mark.once
def test_a_crowd_that_comes_again_and_again_keeps_nobody_out(make_server: MakeServer, data: Path) -> None:
    server = make_server(data, change="few_files").start()
    gone = threading.Event()

    def come_again() -> None:
        while not gone.is_set():
            with suppress(OSError), crowd(server, 300, BEGINNINGS["no body"]):
                gone.wait(0.5)

    crowds = [threading.Thread(target=come_again) for _ in range(3)]
    for thread in crowds:
        thread.start()
    try:
        assert_served(server)
    finally:
        gone.set()
        for thread in crowds:
            thread.join()


@pytest.mark.once
def test_a_crowd_before_tls_that_comes_again_and_again_keeps_nobody_out(
    make_server: MakeServer, data: Path, certificate: tuple[Path, Path]
) -> None:
    pem, key = certificate
    server = make_server(data, change="few_files", TLS_CERT=str(pem), TLS_KEY=str(key))
    server.tls = pem
    server.start()
    gone = threading.Event()

    def come_again() -> None:
        # One after the other: of more at once the system turns away beginnings of connections, whatever we do.
        for beginning in cycle((b"", HALF_A_HELLO)):
            if gone.is_set():
                return
            with suppress(OSError), crowd(server, 1_100, beginning):
                gone.wait(0.5)

    again_and_again = threading.Thread(target=come_again)
    again_and_again.start()
    try:
        assert_served(server)
    finally:
        gone.set()
        again_and_again.join()


@pytest.mark.once
def test_thousands_who_announce_ten_bytes_hold_up_nobody(make_server: MakeServer, data: Path) -> None:
    server = make_server(data, change="long_deadlines").start()
    with crowd(server, 2_100, BEGINNINGS["no body"]):
        assert_served(server)


@pytest.mark.once
def test_a_till_that_was_let_in_keeps_its_connection_in_a_crowd(make_server: MakeServer, data: Path) -> None:
    server = make_server(data, change="few_files").start()

    with server.client() as till:
        assert till.receive(BOLTS, 1).status == 201
        kept = till.connection.sock
        with crowd(server, 1_100, b"") as ends:
            wait_until(lambda: any(is_closed(end) for end in ends), "some of the crowd give way")

        assert till.receive(BOLTS, 1).status == 201
        assert till.connection.sock is kept


def is_closed(end: socket.socket) -> bool:
    end.setblocking(False)
    try:
        return end.recv(1, socket.MSG_PEEK) == b""
    except BlockingIOError:
        return False
    except ConnectionError:
        return True


@pytest.mark.once
def test_a_head_and_a_body_have_their_time(make_server: MakeServer, data: Path) -> None:
    server = make_server(data, change="short_deadlines").start()
    with ExitStack() as stack:
        silent = stack.enter_context(Wire(server))
        announced, dripping = stack.enter_context(Wire(server)), stack.enter_context(Wire(server))
        announced.sendall(announced.head + b"Content-Length: 10\r\n\r\n")
        dripping.sendall(dripping.head + b"Content-Length: 100000\r\n\r\n")
        dripper = threading.Thread(target=drip, args=[dripping])
        dripper.start()

        assert announced.recv(1000).startswith(b"HTTP/1.1 408 ")
        assert dripping.recv(1000).startswith(b"HTTP/1.1 408 ")
        assert silent.status() is None
        dripper.join()
        for wire in (announced, dripping):
            with suppress(ConnectionError):
                while wire.recv(1000):
                    pass  # the rest of the answer, and then the end of the connection


def drip(wire: Wire) -> None:
    with suppress(OSError):
        while True:
            wire.sendall(b" ")
            time.sleep(0.1)


@pytest.mark.once
def test_a_body_that_comes_slowly_but_comes_is_waited_for(make_server: MakeServer, data: Path) -> None:
    server = make_server(data, change="short_deadlines").start()
    with Wire(server) as wire:
        body = ENTRY.ljust(60_000)
        wire.sendall(wire.head + f"Content-Length: {len(body)}\r\n\r\n".encode())
        for start in range(0, len(body), 10_000):  # twice as long as a body that brings nothing may take
            wire.sendall(body[start : start + 10_000])
            time.sleep(0.7)

        assert wire.status() == 201


@pytest.mark.once
def test_what_a_wait_owes_to_a_busy_machine_is_what_it_was_ready_to_run() -> None:
    own = os.sched_getaffinity(0)
    with ExitStack() as stack:
        os.sched_setaffinity(0, {min(own)})  # inherited: one processor for both
        stack.callback(os.sched_setaffinity, 0, own)
        one, other = (subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(2))
        for process in (one, other):
            stack.callback(process.wait)
            stack.callback(process.kill)
        os.sched_setaffinity(0, own)
        waiting = Waiting(one.pid)
        wait_until(lambda: waiting.so_far_s() > 0.3, "they wait for each other")

        pause(one.pid)
        before_s = waiting.so_far_s()
        busy = psutil.Process(other.pid)
        so_far_s = busy.cpu_times().user
        wait_until(lambda: busy.cpu_times().user > so_far_s + 0.2, "the other one goes on")
        assert waiting.so_far_s() == before_s

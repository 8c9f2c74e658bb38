"""A gateway as a process of its own, and a stand-in for a server that keeps every byte it is sent."""

import os
import random
import select
import shutil
import signal
import socket
import socketserver
import subprocess
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from almoxarife.server.logs.gateway import tally
from almoxarife.server.settings import MAX_FIXED_PORT
from tests.programs import PATIENCE_S, ROOT, Forked, free_port, start, wait_until
from tests.server.processes import Client, environment

COMMAND = ROOT / "almoxarife" / "server" / "operations" / "commands" / "main.py"
HAS_NGINX = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin") is not None


class Gateway:
    """``almoxarife gateway`` before the servers on ``ports``, on the data of ``data``."""

    def __init__(self, data: Path, *ports: int, **settings: str) -> None:
        self.data = data
        self.port = free_port()
        self.log_port = int(settings.pop("LOG_PORT", "0")) or free_udp_port()
        apis = ",".join(f"127.0.0.1:{port}" for port in ports)
        self.environ = environment(
            data,
            GATEWAY=f"127.0.0.1:{self.port}",
            GATEWAY_LOG=f"127.0.0.1:{self.log_port}",
            GATEWAY_APIS=apis,
            **settings,
        )
        self.tls: Path | None = None
        self.process: Forked | subprocess.Popen[bytes]

    def start(self) -> "Gateway":
        """Returns when it listens."""
        self.data.mkdir(parents=True, exist_ok=True)
        self.said = self.data.parent / f"gateway-{self.port}.out"
        self.process = start(COMMAND, "gateway", env=self.environ, folder=ROOT, out=self.said)
        wait_until(self._has_come_up, "the gateway listens")
        return self

    def client(self, token: str | None = None) -> Client:
        return Client(self.port, token=token, tls=self.tls)

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE_S)

    def end(self) -> None:
        """Whatever a test has left running ends here, and nginx with it."""
        if hasattr(self, "process") and self.process.poll() is None:
            self.stop()

    def count_requests(self) -> int:
        """So many has it answered, as it counts them itself."""
        found = tally.read(self.data / "gateway" / tally.FILE)
        assert found is not None
        return found.requests

    def send(self, raw: bytes) -> bytes:
        """``raw`` over a connection of its own; all that comes back until the gateway ends it."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE_S) as connection:
            connection.sendall(raw)
            return read_all(connection)

    def send_and_leave(self, raw: bytes) -> None:
        """``raw`` over a connection of its own, which ends once something or nothing has come back."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE_S) as connection:
            connection.sendall(raw)
            select.select([connection], [], [], 0.3)

    def _has_come_up(self) -> bool:
        assert self.process.poll() is None, f"it ended instead: {self.said.read_text('utf-8')}"
        # While it checks its configuration nginx listens already, for a moment.
        with socket.socket() as trial:
            return "no ar" in self.said.read_text("utf-8") and trial.connect_ex(("127.0.0.1", self.port)) == 0


def read_all(connection: socket.socket) -> bytes:
    pieces = []
    try:
        while piece := connection.recv(65536):
            pieces.append(piece)
    except ConnectionResetError:
        pass
    return b"".join(pieces)


def free_udp_port() -> int:
    """One that no program is given by chance, above all not nginx, while nobody is bound to it."""
    while True:
        port = random.randint(20_000, MAX_FIXED_PORT)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as trial, suppress(OSError):
            trial.bind(("127.0.0.1", port))
            return port


@dataclass
class Asked:
    line: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Recorder:
    """Answers 200 to whatever it is asked, and says what that was."""

    asked: list[Asked] = field(default_factory=list)
    held: threading.Event | None = None
    """Until it is set, nothing is answered."""
    dies: bool = False
    """Ends the connection instead of answering, as a process does that is killed meanwhile."""

    def __enter__(self) -> "Recorder":
        recorder = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                while line := self.rfile.readline().decode("latin-1").rstrip("\r\n"):
                    headers = {}
                    while head := self.rfile.readline().decode("latin-1").rstrip("\r\n"):
                        name, _, value = head.partition(":")
                        headers[name.lower()] = value.strip()
                    body = self.rfile.read(int(headers.get("content-length", "0")))
                    recorder.asked.append(Asked(line, headers, body))
                    if recorder.held is not None:
                        recorder.held.wait(PATIENCE_S)
                    if recorder.dies:
                        return
                    head = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Almoxarife-User: u1\r\n\r\n"
                    self.wfile.write(head if line.startswith("HEAD ") else head + b"ok")

        class Threading(socketserver.ThreadingTCPServer):
            daemon_threads = True
            allow_reuse_address = True

        self.server = Threading(("127.0.0.1", 0), Handler)
        self.port: int = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *exception: object) -> None:
        self.server.shutdown()
        self.server.server_close()

    def take(self) -> Asked:
        """The one request since the last look."""
        (found,) = self.asked
        self.asked.clear()
        return found

"""Servers as processes of their own: ``python api.py`` on a free port, with data of its own.

What they print goes to files beside their data. Only processes started here are ever
ended here.
"""

import http.client
import json
import os
import select
import signal
import socket
import ssl
import subprocess
import tempfile
import threading
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from almoxarife.server.data_directory.stop_request import stop_server
from tests.programs import IN_A_GROUP_OF_ITS_OWN, PATIENCE_S, ROOT, Forked, free_port, start, start_anew, wait_until

__all__ = ["IN_A_GROUP_OF_ITS_OWN", "PATIENCE_S", "ROOT", "free_port", "wait_until"]

CHANGES = Path(__file__).resolve().parent / "changes"
"""Folders with a ``sitecustomize.py`` that changes what a server finds on its machine."""
BEFORE_IMPORTS = ("failing_fsync", "held_commits", "slow_commits")
"""Those of them that come too late where the program's modules have been imported."""
COMMANDS = ROOT / "almoxarife" / "server" / "operations" / "commands" / "main.py"
NAME, PASSWORD = "Ana", "parafuso-de-latao"
BOLTS = "p1"
"""The product that every shop knows from its first day."""
LAUNCHER = f"start_sistema_completo.{'py' if os.name == 'posix' else 'bat'}"
"""As a sentence of the server's names it."""
ENTRY = json.dumps({"produto_id": BOLTS, "quantidade": 7}).encode()


URLS: dict[Path, str] = {}
"""Where the data of a data directory is, when a server keeps it."""


def environment(data: Path, **settings: str) -> dict[str, str]:
    """This machine's, without any ALMOXARIFE_* but the given ones."""
    if data in URLS:
        settings.setdefault("DATABASE_URL", URLS[data])
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ALMOXARIFE_")}
    given = {f"ALMOXARIFE_{name}": value for name, value in settings.items()}
    return {**kept, "ALMOXARIFE_DATA_DIR": str(data), "PYTHONPATH": str(ROOT), **given}


def almoxarife(*arguments: str, data: Path, **settings: str) -> "subprocess.CompletedProcess[str]":
    """A command of ours that ends by itself."""
    with tempfile.TemporaryDirectory() as folder:
        out, err = Path(folder, "out"), Path(folder, "err")
        # The folder of the commands is none to import from.
        env = {**environment(data, **settings), "PYTHONSAFEPATH": "1"}
        process = start(COMMANDS, *arguments, env=env, folder=data.parent, out=out, err=err)
        try:
            code = process.wait(PATIENCE_S)
        finally:
            process.kill()
        return subprocess.CompletedProcess(arguments, code, out.read_text("utf-8"), err.read_text("utf-8"))


@dataclass(frozen=True)
class Answer:
    status: int
    headers: http.client.HTTPMessage
    raw: bytes

    @property
    def body(self) -> Any:
        return json.loads(self.raw)

    @property
    def code(self) -> str:
        """The slug of a problem."""
        assert self.headers.get_content_type() == "application/problem+json", self.raw
        code: str = self.body["codigo"]
        return code


class Client:
    """One connection to a server, opened anew when the server has closed it. Not for two threads at once."""

    def __init__(
        self,
        port: int,
        *,
        host: str = "127.0.0.1",
        token: str | None = None,
        tls: Path | None = None,
        patience_s: float = PATIENCE_S,
    ) -> None:
        self.token = token
        if tls is None:
            self.connection = http.client.HTTPConnection(host, port, timeout=patience_s)
        else:
            context = ssl.create_default_context(cafile=str(tls))
            self.connection = http.client.HTTPSConnection(host, port, timeout=patience_s, context=context)

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *exception: object) -> None:
        self.connection.close()

    def ask(self, method: str, path: str, body: object = None, **headers: str) -> Answer:
        """``headers`` in Python spelling: ``Idempotency_Key``."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.token:
            sent.setdefault("Authorization", f"Bearer {self.token}")
        idle = self.connection.sock
        if idle is not None and _has_news(idle):
            self.connection.close()  # the server has closed it
        if body is not None:
            sent["Content-Type"] = "application/json"
        try:
            self.connection.request(method, path, None if body is None else json.dumps(body), sent)
            response = self.connection.getresponse()
            return Answer(response.status, response.headers, response.read())
        except BaseException:
            self.connection.close()
            raise

    def get(self, path: str, **headers: str) -> Answer:
        return self.ask("GET", path, **headers)

    def post(self, path: str, body: object = None, **headers: str) -> Answer:
        return self.ask("POST", path, body, **headers)

    def log_in(self, name: str = NAME, password: str = PASSWORD) -> Answer:
        answer = self.post("/login", {"username": name, "password": password})
        self.token = answer.body.get("token")
        return answer

    def register(self, name: str = NAME, password: str = PASSWORD, **more: str) -> Answer:
        return self.post("/registrar_usuario_app", {"username": name, "password": password, **more})

    def receive(self, product: str, quantity: int, **headers: str) -> Answer:
        return self.post("/inventario", {"produto_id": product, "quantidade": quantity}, **headers)

    def issue(self, product: str, quantity: int, **headers: str) -> Answer:
        body = {"produto_id": product, "quantidade": quantity, "tipo": "saida", "motivo": "venda"}
        return self.post("/inventario", body, **headers)

    def new_product(self, name: str) -> str:
        answer = self.post("/produtos", {"nome": name})
        assert answer.status == 201, answer.raw
        product: str = answer.body["id"]
        return product

    def balance(self, product: str) -> object:
        return next(found["saldo"] for found in self.get("/produtos").body if found["id"] == product)


def begin_entry(port: int, token: str | None) -> socket.socket:
    """Send all of ENTRY but its body, and return when the application waits for that."""
    connection = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S)
    head = (
        "POST /inventario HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        f"Authorization: Bearer {token}\r\nContent-Length: {len(ENTRY)}\r\nExpect: 100-continue\r\n\r\n"
    )
    connection.sendall(head.encode())
    assert connection.recv(1000).startswith(b"HTTP/1.1 100 ")
    return connection


def _has_news(connection: socket.socket) -> bool:
    if not hasattr(select, "poll"):
        return bool(select.select([connection], [], [], 0)[0])
    poll = select.poll()  # unlike select, for any number of open files
    poll.register(connection, select.POLLIN)
    return bool(poll.poll(0))


class Server:
    """``python api.py`` on ``data``; it may be started again after it has ended.

    ``anew``: by a Python that has imported nothing yet, as some of the changes want it too.
    """

    def __init__(self, data: Path, *, change: str | None = None, anew: bool = False, **settings: str) -> None:
        self.data = data
        self.port = free_port()
        settings.setdefault("PORT", str(self.port))
        self.token: str | None = None
        self.tls: Path | None = None
        self.patience_s: float = PATIENCE_S
        self.environ = environment(data, **settings)
        if change:
            self.environ["PYTHONPATH"] = os.pathsep.join([str(CHANGES / change), str(ROOT)])
        self._start = start_anew if anew or change in BEFORE_IMPORTS else start
        self.process: Forked | subprocess.Popen[bytes]
        self._asking: threading.Thread | None = None
        self._starts = 0
        self._logs: list[Path] = []

    def start(self) -> "Server":
        """Returns when it answers."""
        self.spawn()
        wait_until(self._has_come_up, "the server answers")
        return self

    def spawn(self) -> "Server":
        self._starts += 1
        folder = next(parent for parent in self.data.parents if parent.is_dir())
        base = folder / f"servidor-{self.port}-{self._starts}"
        out, err = base.with_suffix(".out"), base.with_suffix(".err")
        self._logs = [out, err]
        self.process = self._start(ROOT / "api.py", env=self.environ, folder=ROOT, out=out, err=err)
        return self

    @property
    def said(self) -> str:
        """What it has printed for whoever started it."""
        return self._logs[0].read_text("utf-8")

    @property
    def errors(self) -> str:
        """What it has logged, and its last words."""
        return self._logs[1].read_text("utf-8")

    def unavailable(self, event: str = "unavailable") -> dict[str, list[int]]:
        """For each reason of a 503 how often it was logged, line by line; a sum counts for what it sums."""
        found: dict[str, list[int]] = {}
        for text in self.errors.splitlines():
            line = json.loads(text) if text.startswith("{") else {}
            if line.get("event") == event and "reason" in line:
                found.setdefault(line["reason"], []).append(line.get("repeated", 1))
        return found

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def client(self, *, host: str = "127.0.0.1") -> Client:
        return Client(self.port, host=host, token=self.token, tls=self.tls, patience_s=self.patience_s)

    def is_listening(self) -> bool:
        with socket.socket() as trial:
            return trial.connect_ex(("127.0.0.1", self.port)) == 0

    def stop(self, sent: signal.Signals = signal.SIGTERM) -> int:
        """Ask it to stop; its exit code."""
        self.send(sent)
        return self.finish()

    def send(self, sent: signal.Signals) -> None:
        if os.name == "posix":
            self.process.send_signal(sent)
        else:  # Windows has no signal for a program in another console: the launcher stops it by a file
            asking = partial(stop_server, self.data, timeout_s=PATIENCE_S)
            self._asking = threading.Thread(target=asking, daemon=True)
            self._asking.start()

    def finish(self) -> int:
        """Returns when nobody writes to its data any more."""
        code = self.process.wait(PATIENCE_S)
        if self._asking is not None:
            self._asking.join(PATIENCE_S)
        return code

    def kill(self, *, group: bool = False) -> None:
        """``kill -9``: of the process alone, or of whatever it has started too."""
        if group and os.name == "posix":
            os.killpg(self.process.pid, signal.SIGKILL)
        else:
            self.process.kill()
        self.finish()

    def end(self) -> None:
        """Whatever a test has left running ends here."""
        if hasattr(self, "process") and self.process.poll() is None:
            self.kill(group=True)

    def _has_come_up(self) -> bool:
        assert self.process.poll() is None, f"it ended instead: {self.errors}"
        with self.client() as client:
            try:
                return client.get("/saude").status in {200, 503}
            except OSError:
                return False

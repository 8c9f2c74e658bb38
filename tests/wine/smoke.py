"""From the first start to a copy brought back, with the program as a Windows PC runs it."""

import json
import shutil
import socket
import sqlite3
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from tests.server.processes import BOLTS, ENTRY, Client, begin_entry, free_port, wait_until
from tests.wine.prefix import Windows

PATIENCE_S = 900
"""An update alone took 300 s on a machine that gave it a tenth of a core."""
ENTRIES = 20
IN_A_WINDOW = """
import ctypes, runpy, sys, threading

def close():
    sys.stdin.readline()
    # Where Windows begins a thread in each program of a console that is being closed. Wine ends them instead.
    ctypes.WinDLL("kernelbase").CtrlRoutine(ctypes.c_void_p(2))

threading.Thread(target=close, daemon=True).start()
del sys.argv[0]
runpy.run_path(sys.argv[0], run_name="__main__")
"""
IN_TURN = """
import sys
from almoxarife.server.operations.commands import main

for command in sys.argv[1:]:
    sys.argv = ["almoxarife", *command.split("|")]
    if code := main.main():
        sys.exit(code)
"""
"""Several commands in one process: most of what each costs is the start of Python."""


class Program:
    """A Windows program and what it has said so far."""

    def __init__(
        self, windows: Windows, command: list[str], *, settings: dict[str, str], folder: Path | None = None
    ) -> None:
        # Wine gives Python no standard streams that are files.
        self.process = subprocess.Popen(
            command,
            cwd=folder,
            env={**windows.environ, **settings},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
        )
        self.said: list[str] = []
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def finish(self) -> int:
        code = self.process.wait(PATIENCE_S)
        # What it has started may hold the pipe open.
        self._listener.join(10)
        return code

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(PATIENCE_S)

    def _listen(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.said.append(line.rstrip())


class Shop:
    """A data folder with a name as shops give them, and the server on it."""

    def __init__(self, windows: Windows, folder: Path) -> None:
        self.windows = windows
        self.data = folder / "Loja São João & Cia" / "dados"
        self.port = free_port()
        self.token: str | None = None
        self.settings = {"ALMOXARIFE_DATA_DIR": windows.path(self.data), "ALMOXARIFE_PORT": str(self.port)}
        self.server: Program

    def open(self) -> None:
        self._begin(self.windows.path(self.windows.program / "api.py"))

    def open_in_its_window(self) -> None:
        """As the launcher does; a line of input closes the window."""
        window, api = (self.windows.path(self.windows.program / name) for name in ("launcher/window.py", "api.py"))
        self._begin("-c", IN_A_WINDOW, window, self.windows.path(self.data / "servidor.log"), api)

    def _begin(self, *arguments: str) -> None:
        self.server = Program(self.windows, self.windows.python(*arguments), settings=self.settings)
        deadline = time.monotonic() + PATIENCE_S
        while not self._answers():
            assert time.monotonic() < deadline, f"it does not answer: {self.server.said}"
            time.sleep(0.1)

    def client(self) -> Client:
        return Client(self.port, token=self.token)

    def balance(self) -> int:
        with self.client() as client:
            found = client.balance(BOLTS)
        assert isinstance(found, int)
        return found

    def receive(self, times: int) -> None:
        with self.client() as client:
            for _ in range(times):
                assert client.receive(BOLTS, 1).status == 201

    def almoxarife(self, *arguments: str) -> tuple[int, str]:
        """A command's exit code and words."""
        program = self.start_command(*arguments)
        return program.finish(), "\n".join(program.said)

    def almoxarife_in_turn(self, *commands: tuple[str, ...]) -> tuple[int, str]:
        program = self._start("-c", IN_TURN, *("|".join(command) for command in commands))
        return program.finish(), "\n".join(program.said)

    def start_command(self, *arguments: str) -> Program:
        return self._start("-m", "almoxarife.server.operations.commands.main", *arguments)

    def _start(self, *arguments: str) -> Program:
        settings = {**self.settings, "PYTHONPATH": self.windows.path(self.windows.program)}
        return Program(self.windows, self.windows.python(*arguments), settings=settings)

    def written(self) -> tuple[set[str], str]:
        """What is in the folder, and all that the database says, while no server is open."""
        names = {file.name for file in self.data.iterdir()}
        with tempfile.TemporaryDirectory() as name:
            for file in self.data.glob("almoxarife.db*"):
                shutil.copy(file, name)
            with closing(sqlite3.connect(Path(name, "almoxarife.db"))) as db:
                return names - {"almoxarife.db-shm", "almoxarife.db-wal"}, "\n".join(db.iterdump())

    def close_the_window_with_an_entry_under_way(self) -> None:
        with begin_entry(self.port, self.token) as slow:
            assert self.server.process.stdin is not None
            self.server.process.stdin.write("now\n")
            self.server.process.stdin.flush()
            wait_until(lambda: not self._is_listening(), "it takes on nothing new")
            slow.sendall(ENTRY)
            answer = slow.recv(1000)
            assert answer.startswith(b"HTTP/1.1 201 "), answer
        assert self.server.finish() == 0, self.server.said

    @contextmanager
    def held_open(self) -> Iterator[None]:
        """Another program reads the database: a viewer, a virus scanner, a copy to the cloud."""
        code = "import sys; held = open(sys.argv[1], 'rb'); print('held', flush=True); sys.stdin.read()"
        command = self.windows.python("-c", code, self.windows.path(self.data / "almoxarife.db"))
        holder = Program(self.windows, command, settings={})
        try:
            wait_until(lambda: "held" in holder.said, "the file is open")
            yield
        finally:
            holder.kill()

    def _is_listening(self) -> bool:
        with socket.socket() as trial:
            return trial.connect_ex(("127.0.0.1", self.port)) == 0

    def _answers(self) -> bool:
        assert self.server.process.poll() is None, f"it ended instead: {self.server.said}"
        with self.client() as client:
            try:
                return client.get("/saude").status == 200
            except OSError:
                return False


def run(windows: Windows, folder: Path) -> None:
    """Raises AssertionError at the first thing that is not as it is on Linux."""
    windows.stay_up()
    shop = Shop(windows, folder)
    with step("it starts and answers"):
        shop.open()
    with step("an account, a product, entries"):
        with shop.client() as ana:
            assert ana.register().status == 201
            assert ana.log_in().status == 200
            shop.token = ana.token
            assert ana.new_product("Parafuso sextavado de aço") == BOLTS
        shop.receive(ENTRIES)
        assert shop.balance() == ENTRIES
    copy = windows.path(shop.data / "copia.db")
    with step("check and a copy, beside the running server"):
        code, said = shop.almoxarife_in_turn(("check",), ("backup", copy))
        assert (code, "Tudo certo" in said, (shop.data / "copia.db").exists()) == (0, True, True), said
    with step("killed and started again in its window, it knows the same balance"):
        shop.server.kill()
        shop.open_in_its_window()
        assert shop.balance() == ENTRIES
    with step("its window closed, it takes on nothing new and answers what is under way"):
        shop.close_the_window_with_an_entry_under_way()
        assert "Até logo!" in (shop.data / "servidor.log").read_text("utf-8")
    with step("started again, it knows that entry; more is entered, and it is killed"):
        shop.open()
        assert shop.balance() == ENTRIES + json.loads(ENTRY)["quantidade"]
        shop.receive(ENTRIES)
        shop.server.kill()
    with step("a copy that cannot come back, for another program holds the database open, changes nothing"):
        before = shop.written()
        assert before[1].count('INSERT INTO "movements"') == 2 * ENTRIES + 1
        with shop.held_open():
            code, said = shop.almoxarife("restore", copy, "--force")
            assert (code, "Feche outros programas" in said) == (2, True), said
        after = shop.written()
        assert (after[0] ^ before[0], after[1] == before[1]) == (set(), True)
    with step("then it comes back"):
        code, said = shop.almoxarife("restore", copy, "--force")
        assert code == 0, said
        shop.open()
        assert shop.balance() == ENTRIES
    with step("the command stop"):
        code, said = shop.almoxarife("stop")
        assert (code, said) == (0, "Servidor parado. Tudo o que foi confirmado está guardado.")
        assert shop.server.finish() == 0, shop.server.said
    windows.end()


@contextmanager
def step(what: str) -> Iterator[None]:
    begun = time.monotonic()
    try:
        yield
    except BaseException:
        print(f"FAILED: {what}", flush=True)
        raise
    print(f"{time.monotonic() - begun:5.1f} s  {what}", flush=True)

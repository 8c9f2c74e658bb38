"""The terminal's server as a process of its own, beside a real API."""

import os
import socket

from tests import programs
from tests.gui.desk import stop
from tests.programs import PATIENCE_S, ROOT, free_port, wait_for

PROGRAM = ROOT / "almoxarife" / "clients" / "terminal" / "__main__.py"


class TerminalProcess:
    def __init__(self, stack, folder, url, *, data=None, name="terminal"):
        self._stack = stack
        self._folder = folder
        self._log = folder / f"{name}.log"
        self.port = free_port()
        kept = {name: value for name, value in os.environ.items() if not name.startswith("ALMOXARIFE_")}
        self.env = {
            **kept,
            "ALMOXARIFE_URL": url,
            "ALMOXARIFE_CLIENT_DIR": str(folder / "cliente"),
            "ALMOXARIFE_TERMINAL_PORT": str(self.port),
            "PYTHONPATH": str(ROOT),
        }
        if data is not None:
            self.env["ALMOXARIFE_TERMINAL_KEY_FILE"] = str(data / "chave-terminal.txt")
        self.process = None

    @property
    def queue(self):
        return self._folder / "cliente" / "terminal"

    @property
    def log(self):
        return self._log.read_text(encoding="utf-8")

    def start(self):
        self.process = programs.start(PROGRAM, "server", env=self.env, folder=self._folder, out=self._log)
        self._stack.callback(stop, self.process)
        wait_for("the terminal", self._answers)

    def kill(self):
        self.process.kill()
        self.process.wait(60)

    def _answers(self):
        assert self.process.poll() is None, self.log
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE_S):
                return True
        except OSError:
            return False

"""Opens the monitor and the cadastro, each as a process that keeps running when the launcher ends."""

import subprocess
import sys
import time
from pathlib import Path

from launcher import file_lock
from launcher.entry import ROOT
from launcher.log import Log, utf8_environment
from launcher.messages import complain, interrupts_held, say
from launcher.server import Process, wait

MONITOR_HEAD_START_S = 1.5


class Windows:
    """The two windows. They can be opened while the server is still starting, and show whether it answers."""

    def __init__(self, python: Path, folder: Path) -> None:
        self._python = python
        self._folder = folder
        self._log: Log | None = None
        self._monitor: Process | None = None
        self._cadastro: Process | None = None
        self._cadastro_at = 0.0

    def open(self, url: str) -> None:
        """Open both, unless they are open already."""
        while not self.open_next(url):
            time.sleep(0.1)

    def open_next(self, url: str) -> bool:
        """Open the next window if it is time; True once both are open. Does not wait."""
        if self._log is None:
            self._log, file = Log.begin(self._folder, "janelas.log")
            file.close()
            if is_monitor_open(self._folder):
                say("O monitor já está aberto; abrindo o cadastro…")
            else:
                say("Abrindo o monitor e o cadastro…")
                claim = {file_lock.CLAIM_VARIABLE: str(_monitor_lock(self._folder))}
                with interrupts_held():
                    self._monitor = _open(self._python, "monitor_ui.py", url, self._log, claim)
                # The window that is opened last is in front, which should be the cadastro.
                self._cadastro_at = time.monotonic() + MONITOR_HEAD_START_S
        if self._cadastro is None and time.monotonic() >= self._cadastro_at:
            with interrupts_held():
                self._cadastro = _open(self._python, "cadastro.py", url, self._log, {})
        return self._cadastro is not None

    def wait(self) -> int:
        """Wait until the cadastro is closed and return its exit code."""
        if self._cadastro is None or self._log is None:
            raise RuntimeError("the windows were never opened")
        exit_code = wait(self._cadastro)
        if exit_code != 0:
            words = f"O cadastro fechou com um erro (código {exit_code}). {self._log.last_line()}"
            complain(f"{words}\nDetalhes em {self._log.path}")
        return exit_code

    def close(self) -> None:
        """Close the windows that this launcher has opened."""
        for window in (self._cadastro, self._monitor):
            if window and window.poll() is None:
                window.terminate()
                wait(window)


def is_monitor_open(folder: Path) -> bool:
    return file_lock.is_taken(_monitor_lock(folder))


def _monitor_lock(folder: Path) -> Path:
    return folder / "monitor.lock"


def _open(python: Path, program: str, url: str, log: Log, more: dict[str, str]) -> Process:
    command = [str(python), str(ROOT / program)]
    environ = {**utf8_environment(), **more, "ALMOXARIFE_URL": url}
    with log.path.open("ab") as output:
        if sys.platform == "win32":
            # No console window beside the program's own.
            no_console = subprocess.CREATE_NO_WINDOW
            return subprocess.Popen(
                command, env=environ, stdin=subprocess.DEVNULL, stdout=output, stderr=output, creationflags=no_console
            )
        return subprocess.Popen(
            command, env=environ, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True
        )

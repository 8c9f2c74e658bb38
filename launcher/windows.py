"""The monitor and, in front of it, the cadastro, each a process that outlives this one."""

import subprocess
import sys
import time
from pathlib import Path
from typing import IO

from launcher import only_one
from launcher.entry import ROOT
from launcher.log import Log, in_utf8
from launcher.server import Process, wait
from launcher.speech import complain, say

MONITOR_HEAD_START_S = 1.5


def work_with(python: Path, url: str, folder: Path) -> int:
    """Open both and return the cadastro's exit code once a person closed it; an interruption closes both."""
    monitor = cadastro = None
    log, file = Log.begin(folder, "janelas.log")
    try:
        with file:
            if is_monitor_open(folder):
                say("O monitor já está aberto; abrindo o cadastro…")
            else:
                say("Abrindo o monitor e o cadastro…")
                monitor = _open(python, "monitor_ui.py", url, file, {only_one.CLAIM_VARIABLE: str(_claim(folder))})
                # The window opened last lies in front.
                time.sleep(MONITOR_HEAD_START_S)
            cadastro = _open(python, "cadastro.py", url, file, {})
        exit_code = wait(cadastro)
    except KeyboardInterrupt:
        for window in (cadastro, monitor):
            if window and window.poll() is None:
                window.terminate()
        raise
    if exit_code != 0:
        complain(f"O cadastro fechou com um erro (código {exit_code}). {log.last_words()}\nDetalhes em {log.path}")
    return exit_code


def is_monitor_open(folder: Path) -> bool:
    return only_one.is_taken(_claim(folder))


def _claim(folder: Path) -> Path:
    return folder / "monitor.lock"


def _open(python: Path, program: str, url: str, output: IO[bytes], more: dict[str, str]) -> Process:
    command = [str(python), str(ROOT / program)]
    environ = {**in_utf8(), **more, "ALMOXARIFE_URL": url}
    if sys.platform == "win32":
        # No console: the program has a window of its own, which outlives this one.
        no_console = subprocess.CREATE_NO_WINDOW
        return subprocess.Popen(
            command, env=environ, stdin=subprocess.DEVNULL, stdout=output, stderr=output, creationflags=no_console
        )
    return subprocess.Popen(
        command, env=environ, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True
    )

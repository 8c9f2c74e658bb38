"""Starts the text terminal as a process, if ``ALMOXARIFE_TERMINAL_PORT`` is set."""

import contextlib
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

from launcher.entry import ROOT
from launcher.log import Log, utf8_environment
from launcher.messages import complain, interrupts_held, say
from launcher.server import Process, stop

PORT = "ALMOXARIFE_TERMINAL_PORT"
KEY_FILE = "chave-terminal.txt"
START_TIMEOUT_S = 60.0
_GREETING = b"Almoxarife"


def start(python: Path, url: str, data_dir: Path) -> Process | None:
    """Start the terminal for the server ``url`` and wait until it answers; None if not asked for, or it failed."""
    text = os.environ.get(PORT, "").strip()
    if not text:
        return None
    port = int(text) if text.isascii() and text.isdigit() and len(text) <= 5 else 0
    if port and (greeting := _ask(port)) is not None:
        if greeting.startswith(_GREETING) or "ALMOXARIFE_TERMINAL_TLS_CERT" in os.environ:
            say(f"O terminal de texto já está no ar na porta {port}.")
        else:
            complain(f"A porta {port} do terminal já é usada por outro programa. Escolha outra em {PORT}.")
        return None
    process = None
    try:
        with interrupts_held():
            log, process = _spawn(python, url, data_dir)
        return process if _is_up(process, log, port) else None
    except BaseException:
        if process:
            stop(process)
        raise


def _is_up(process: Process, log: Log | None, port: int) -> bool:
    deadline = time.monotonic() + START_TIMEOUT_S
    while process.poll() is None and time.monotonic() < deadline:
        if port and _ask(port) is not None:
            how = "feche a janela dele" if sys.platform == "win32" else f"kill {process.pid}"
            say(f"Terminal de texto no ar na porta {port}. Para parar: {how}")
            for line in log.lines() if log else []:
                if line.startswith("Atenção"):
                    say(line)
            return True
        time.sleep(0.1)
    stop(process)
    complain(f"O terminal de texto não começou. {log.last_line() if log else ''}")
    return False


def _ask(port: int) -> bytes | None:
    """Return the first bytes sent on this port; None if nothing listens."""
    host = os.environ.get("ALMOXARIFE_TERMINAL_HOST", "").strip()
    host = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104  # compared, not bound
    try:
        with socket.create_connection((host, port), timeout=3) as connection, contextlib.suppress(TimeoutError):
            return connection.recv(100)
    except ConnectionResetError:
        return b""
    except OSError:
        return None
    return b""


def _spawn(python: Path, url: str, data_dir: Path) -> tuple[Log | None, Process]:
    program = ROOT / "almoxarife" / "clients" / "terminal" / "__main__.py"
    command = [str(python), "-X", "utf8", "-P", str(program), "server"]
    env = {
        **utf8_environment(),
        "PYTHONPATH": str(ROOT),
        "ALMOXARIFE_URL": url,
        "ALMOXARIFE_TERMINAL_KEY_FILE": str(data_dir / KEY_FILE),
    }
    if sys.platform == "win32":
        # A console window that a person closes to stop it.
        return None, subprocess.Popen(command, env=env, creationflags=subprocess.CREATE_NEW_CONSOLE)
    log, file = Log.begin(data_dir, "terminal.log")
    with file:
        process = subprocess.Popen(
            command, env=env, stdin=subprocess.DEVNULL, stdout=file, stderr=file, start_new_session=True
        )
    return log, process

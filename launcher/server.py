"""The API as a process: finds the running one or starts one, and stops it.

The API writes ``servidor.json`` into its data directory, with a random ``instancia``, which ``GET /saude``
repeats. If both are equal, the server that answers works on this data directory.
"""

import contextlib
import http.client
import json
import signal
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from launcher.entry import ROOT, how_to_call
from launcher.facts import Facts
from launcher.log import Log, utf8_environment
from launcher.messages import Stop, interrupts_held, say

SILENCE_S = 120.0
"""How long a server that starts may say nothing before it is stopped: it reports while it upgrades a large database.

Generous: an old disk, with a virus scanner that reads every file of a new environment.
"""
WORD_EVERY_S = 10.0
STOP_TIMEOUT_S = 15.0

Process = subprocess.Popen[bytes]


@dataclass(frozen=True)
class Server:
    url: str
    pid: int
    process: Process | None = None
    """The process if the launcher has started it; None if it was running already."""
    notices: tuple[str, ...] = ()
    """Lines of its output that a person must read, such as the code for the first administrator."""
    is_new: bool = False
    """It was started just now, by this launcher or another one."""


def find_running(facts: Facts) -> Server | None:
    """Return the API that runs on this data directory. Raises Stop if something else uses the port."""
    announced = _read_announcement(facts.data_dir)
    if announced:
        health = _ask_health(announced["url"])
        if health and health.get("instancia") == announced["instancia"]:
            return _same_version(facts, announced, health)
    health = _ask_health(facts.url)
    if health is None:
        return None
    remedy = "Feche-o, ou escolha outra porta na variável ALMOXARIFE_PORT (por exemplo ALMOXARIFE_PORT=5050)."
    if health.get("nome") == "almoxarife":
        raise Stop(f"A porta {facts.port} já é usada por outro Almoxarife, com outra pasta de dados. {remedy}")
    raise Stop(f"A porta {facts.port} já é usada por outro programa. {remedy}")


def is_answering(server: Server) -> bool:
    return bool(_ask_health(server.url))


def start(
    facts: Facts, python: Path, *, in_a_window: bool = True, meanwhile: Callable[[], object] = lambda: None
) -> Server:
    """Start ``api.py`` on its own and return once it answers. Raises Stop with its own reason if it does not.

    ``in_a_window``: on Windows, a console that a person closes to stop it. ``meanwhile`` is done again and again
    while it comes up; what takes its time there would keep from being seen that it has died.
    """
    log, file = Log.begin(facts.data_dir, "servidor.log")
    process = None
    try:
        with file, interrupts_held():
            process = _spawn(python, file, facts, in_a_window=in_a_window)
        return _wait_until_healthy(process, facts, log, meanwhile)
    except BaseException:
        if process:
            stop(process)
        raise


def start_in_foreground(facts: Facts, python: Path) -> Server:
    """Like ``start``, with its output on this terminal. The caller must stop it."""
    group = None if sys.platform == "win32" else 0
    # A process group of its own: Ctrl-C reaches only the launcher, which then stops it.
    process = None
    try:
        with interrupts_held():
            process = subprocess.Popen([str(python), str(ROOT / "api.py")], process_group=group)
        return _wait_until_healthy(process, facts, None)
    except BaseException:
        if process:
            stop(process)
        raise


def wait(process: Process) -> int:
    """Wait for the exit code in short steps, because on Windows Ctrl-C cannot interrupt a long wait."""
    while True:
        with contextlib.suppress(subprocess.TimeoutExpired):
            return process.wait(0.5)


def stay_with(process: Process) -> int:
    """Wait for the exit code; Ctrl-C stops the process."""
    try:
        return wait(process)
    except KeyboardInterrupt:
        stop(process)
        raise


def stop(process: Process) -> None:
    """Let it finish what it accepted; only one that hangs is killed."""
    if process.poll() is not None:
        return
    if sys.platform == "win32":
        subprocess.run([sys.executable, str(ROOT / "launcher" / "interrupt.py"), str(process.pid)], check=False)
    else:
        process.send_signal(signal.SIGTERM)
    try:
        process.wait(STOP_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _wait_until_healthy(
    process: Process, facts: Facts, log: Log | None, meanwhile: Callable[[], object] = lambda: None
) -> Server:
    began = heard = time.monotonic()
    length, words = 0, 1
    while (now := time.monotonic()) - heard < SILENCE_S:
        waited = now - began
        # What it says on this terminal is for the person there, who can end it.
        if log is None or log.length() > length:
            heard, length = now, log.length() if log else 0
        if waited > words * WORD_EVERY_S:
            say(f"O servidor ainda está começando ({waited:.0f} s); espere, por favor…")
            words += 1
        announced = _read_announcement(facts.data_dir)
        health = _ask_health(announced["url"]) if announced else None
        if announced and health and health.get("instancia") == announced["instancia"]:
            # With two starts at once, one API has ended, and both use the other.
            ours = process if process.poll() is None else None
            return Server(announced["url"], announced["pid"], ours, _notices(log), is_new=True)
        if process.poll() is not None:
            raise Stop(_why_it_died(process.returncode, log))
        meanwhile()
        time.sleep(0.1)
    raise Stop(
        f"O servidor não deu sinal de vida por {SILENCE_S:.0f} segundos e foi parado.{_point_to(log)}", exit_code=1
    )


def _notices(log: Log | None) -> tuple[str, ...]:
    return tuple(line for line in log.lines() if line.startswith(("Atenção", "Código"))) if log else ()


def _why_it_died(exit_code: int, log: Log | None) -> str:
    reason = log.last_line() if log else ""
    if exit_code == 2:
        return reason or "O servidor não pôde começar; o motivo está acima."
    return f"O servidor parou ao começar (código {exit_code}). {reason}{_point_to(log)}"


def _point_to(log: Log | None) -> str:
    return f"\nDetalhes em {log.path}" if log else ""


def _spawn(python: Path, log: IO[bytes], facts: Facts, *, in_a_window: bool) -> Process:
    command = [str(python), str(ROOT / "api.py")]
    # The request log goes to a file that the API rotates itself.
    env = {"ALMOXARIFE_LOG_FILE": str(facts.data_dir / "registro.log"), **utf8_environment()}
    if sys.platform == "win32":
        base, more = without_redirector(python)
        if not in_a_window:
            return subprocess.Popen(
                [str(base), str(ROOT / "api.py")],
                env={**env, **more},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                creationflags=subprocess.CREATE_NO_WINDOW | subprocess.CREATE_NEW_PROCESS_GROUP,
            )
        # A console window that a person closes to stop it; window.py copies its output to the log.
        window = [str(base), str(ROOT / "launcher" / "window.py"), log.name, str(ROOT / "api.py")]
        return subprocess.Popen(window, env={**env, **more}, creationflags=subprocess.CREATE_NEW_CONSOLE)
    # A session of its own, so that neither Ctrl-C nor closing this terminal ends it.
    return subprocess.Popen(command, env=env, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)


def without_redirector(python: Path) -> tuple[Path, dict[str, str]]:
    """The real Python behind ``.venv\\Scripts\\python.exe`` on Windows, and the variable that tells it the venv.

    The latter is a small program that starts the real Python and waits. Ending it would either kill the real
    one before it has finished, or leave it running.
    """
    try:
        lines = (python.parent.parent / "pyvenv.cfg").read_text(encoding="utf-8").splitlines()
    except OSError:
        return python, {}
    settings = dict(line.split(" = ", 1) for line in lines if " = " in line)
    base = Path(settings.get("home", "")) / python.name
    return (base, {"__PYVENV_LAUNCHER__": str(python)}) if base.is_file() else (python, {})


def _read_announcement(data_dir: Path) -> dict[str, Any] | None:
    """Read ``servidor.json``; an address like 0.0.0.0 is replaced by one that can be connected to."""
    try:
        announced = json.loads((data_dir / "servidor.json").read_text(encoding="utf-8"))
        url = str(announced["url"]).replace("://0.0.0.0:", "://127.0.0.1:").replace("://[::]:", "://[::1]:")
        return {"url": url, "pid": int(announced["pid"]), "instancia": announced["instancia"]}
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _same_version(facts: Facts, announced: dict[str, Any], health: dict[str, Any]) -> Server:
    if health.get("versao") == facts.version:
        return Server(announced["url"], announced["pid"])
    raise Stop(
        f"O Almoxarife {health.get('versao')} está aberto com estes mesmos dados, e este é o {facts.version}. "
        f"Feche o que está aberto ({how_to_stop()}) e rode de novo."
    )


def how_to_stop() -> str:
    if sys.platform == "win32":
        return "menu do cadastro (F10), Estoque, Parar o servidor; ou feche a janela “Almoxarife: servidor”"
    return f"{how_to_call()} stop"


def _ask_health(url: str) -> dict[str, Any] | None:
    """Ask ``/saude``: None if nothing listens, an empty dict if it is not a valid response."""
    # No proxy for this machine; and the certificate is for another host name.
    no_proxy = urllib.request.ProxyHandler({})
    any_certificate = urllib.request.HTTPSHandler(context=ssl._create_unverified_context())  # noqa: S323, SLF001
    try:
        with urllib.request.build_opener(no_proxy, any_certificate).open(f"{url}/saude", timeout=3) as response:
            return _json_object(response.read(10_000))
    except urllib.error.HTTPError as error:
        # 503: our server, which cannot write at the moment.
        return _json_object(error.read(10_000))
    except urllib.error.URLError as error:
        refused = isinstance(error.reason, ConnectionRefusedError)
        return None if refused else {}
    except (OSError, http.client.HTTPException):
        return {}


def _json_object(text: bytes) -> dict[str, Any]:
    try:
        answer = json.loads(text)
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}

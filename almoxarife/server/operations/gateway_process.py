"""Runs nginx as a child process: it is stopped in order with this process, and never outlives it."""

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from almoxarife.server.errors import StartupError
from almoxarife.server.intake.open_files import raise_open_files
from almoxarife.server.logs.gateway import tally
from almoxarife.server.logs.service import now_micros
from almoxarife.server.settings import Address, Settings
from almoxarife.signals import stop_on_signals

POLL_S = 0.2
GRACE_S = 10
"""How long it may take to finish requests under way; its own limit is shorter."""
_ELSEWHERE = ("/usr/sbin", "/usr/local/sbin", "/usr/local/bin", "/opt/homebrew/bin", "/opt/local/sbin")
"""Where it may be although an ordinary user's PATH does not say so."""
_SIGTERM, _PR_SET_PDEATHSIG = 15, 1


def run(settings: Settings, configuration: Path) -> int:
    """Run until SIGTERM or Ctrl-C; returns the exit code. Raises StartupError."""
    stopping = stop_on_signals()
    command = [_find_nginx(), "-p", str(configuration.parent), "-c", str(configuration), "-e", "stderr"]
    _require_valid(command)
    _require_free(settings.gateway)
    tally.begin(configuration.parent / tally.FILE, now_micros())
    raise_open_files()
    # In a separate session, so that Ctrl-C does not reach nginx and abort running requests.
    process = subprocess.Popen(command, start_new_session=True, preexec_fn=_die_with_parent())
    scheme = "https" if settings.gateway_tls_cert else "http"
    print(f"Porta de entrada do Almoxarife no ar em {scheme}://{settings.gateway}. Para parar: Ctrl+C.", flush=True)
    while process.poll() is None and not stopping.wait(POLL_S):
        pass
    if process.returncode is not None:
        raise StartupError("O nginx parou sozinho. Veja acima o motivo e inicie de novo: almoxarife gateway")
    _end(process, command)
    print("Porta de entrada encerrada. Até logo!", flush=True)
    return 0


def _find_nginx() -> str:
    found = shutil.which("nginx") or shutil.which("nginx", path=os.pathsep.join(_ELSEWHERE))
    if found is None:
        raise StartupError(
            "A porta de entrada é o nginx, que não está instalado: no Debian e no Ubuntu, sudo apt install nginx; no "
            "macOS, brew install nginx; no Windows, baixe-o em https://nginx.org/en/download.html, extraia e ponha a "
            "pasta dele no PATH."
        )
    return found


def _require_valid(command: list[str]) -> None:
    tried = subprocess.run([*command, "-t", "-q"], capture_output=True, text=True, errors="replace", check=False)
    if tried.returncode:
        raise StartupError(
            f"O nginx não aceita a configuração: {tried.stderr.strip()} "
            "Confira ALMOXARIFE_GATEWAY_TLS_CERT e ALMOXARIFE_GATEWAY_TLS_KEY."
        )


def _require_free(address: Address) -> None:
    """Raises StartupError if the address is in use, before any file of a running gateway is changed."""
    with socket.socket(socket.AF_INET6 if ":" in address.host else socket.AF_INET, socket.SOCK_STREAM) as trial:
        if os.name == "posix":
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind(address)
        except OSError:
            raise StartupError(
                f"A porta de entrada não pode atender em {address}: o endereço não é deste "
                "computador, a porta já está em uso ou só o administrador do sistema pode usá-la. Escolha outra em "
                "ALMOXARIFE_GATEWAY, por exemplo 0.0.0.0:8080."
            ) from None


def _die_with_parent() -> Callable[[], object] | None:
    """A ``preexec_fn``: on Linux the system ends the child when this process ends, even if it is killed."""
    if sys.platform != "linux":
        return None
    import ctypes

    prctl = ctypes.CDLL(None).prctl
    return lambda: prctl(_PR_SET_PDEATHSIG, _SIGTERM)


def _end(process: "subprocess.Popen[bytes]", command: list[str]) -> None:
    subprocess.run([*command, "-s", "quit"], capture_output=True, check=False)
    try:
        process.wait(GRACE_S)
    except subprocess.TimeoutExpired:
        process.terminate()
        process.wait()

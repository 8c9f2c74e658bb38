"""``almoxarife terminal-server`` and ``terminal``: start programs of ``clients``, as processes of their own.

They get the URL of this computer's server, and the file of the key with which they may name their users' addresses.
"""

import os
import subprocess
import sys
from pathlib import Path

import click

import almoxarife
from almoxarife.server.data_directory.secret_keys import TERMINAL_KEY
from almoxarife.server.settings import Settings

_MODULE = "almoxarife.clients.terminal"


@click.command("terminal-server", help="Inicia o terminal de texto, na porta 3333 (ALMOXARIFE_TERMINAL_PORT).")
def terminal_server() -> int:
    return _run(["server"], _about_the_server())


@click.command(help="Vende por texto: nesta tela, ou no terminal que atende em LUGAR (por exemplo 192.168.0.10:3333).")
@click.argument("place", metavar="[LUGAR]", required=False, default="")
@click.option("--tls", is_flag=True, help="A conexão com LUGAR usa TLS.")
@click.option("--ca", metavar="ARQUIVO", help="Certificado em que confiar (PEM); já inclui --tls.")
def terminal(place: str, *, tls: bool, ca: str | None) -> int:
    if not place:
        return _run(["screen"], _about_the_server())
    return _run(["screen", place, *(["--tls"] if tls else []), *(["--ca", ca] if ca else [])], {})


def _about_the_server() -> dict[str, str]:
    """Environment variables about the server. Raises StartupError."""
    settings = Settings.from_environment()
    return {
        "ALMOXARIFE_URL": os.environ.get("ALMOXARIFE_URL") or settings.own_url,
        "ALMOXARIFE_TERMINAL_KEY_FILE": str(settings.data_dir / TERMINAL_KEY),
    }


def _run(arguments: list[str], more: dict[str, str]) -> int:
    """Run the program; returns its exit code. On POSIX, this process is replaced by it."""
    root = str(Path(almoxarife.__file__).resolve().parent.parent)
    found = os.environ.get("PYTHONPATH")
    env = {**os.environ, **more, "PYTHONPATH": f"{root}{os.pathsep}{found}" if found else root}
    command = [sys.executable, "-X", "utf8", "-m", _MODULE, *arguments]
    if os.name == "posix":
        os.execve(sys.executable, command, env)  # noqa: S606  # our own program
    return subprocess.run(command, env=env, check=False).returncode  # noqa: S603

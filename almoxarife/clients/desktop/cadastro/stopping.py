"""*Parar o servidor*, for an administrator at the computer where the server runs.

The API cannot stop the server. The command ``almoxarife stop`` can, because it finds the server through
the data directory on this computer; it is run as a process of its own.
"""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import almoxarife
from almoxarife.clients.api.errors import ApiError
from almoxarife.clients.desktop.frame.background import Background
from almoxarife.clients.desktop.frame.notice import NoticeBar
from almoxarife.files import disk_reason

QUESTION = "Parar o servidor? Quem trabalha em outro computador espera até ele ser aberto de novo."
REOPENED = "Para voltar, abra o sistema de novo; o que for confirmado até lá fica na fila."
TIMEOUT_S = 120
NO_CONSOLE: int = getattr(subprocess, "CREATE_NO_WINDOW", 0)
"""Keeps Windows from opening a console window for the process."""


class StopServer:
    def __init__(
        self, background: Background, notice: NoticeBar, *, look_again: Callable[[], None], stop: Callable[[], str]
    ) -> None:
        """``look_again`` polls the server, so that the window shows at once that it is away."""
        self._background = background
        self._notice = notice
        self._look_again = look_again
        self._stop = stop

    def ask(self) -> None:
        self._notice.ask(QUESTION, {"Não parar": lambda: None, "Parar o servidor": self._begin})

    def _begin(self) -> None:
        self._background.run(self._stop, then=self._tell, failed=self._failed, key="parar-servidor")

    def _tell(self, sentence: str) -> None:
        self._look_again()
        self._notice.show(f"{sentence} {REOPENED}", sign="✓")

    def _failed(self, error: ApiError) -> None:
        self._notice.show(error.message)


def stop_server() -> str:
    """Run the command and return its output. Raises ApiError if the server was not stopped."""
    code = (
        "import sys; sys.argv[0] = 'almoxarife'; "
        "from almoxarife.server.operations.commands import main; sys.exit(main.main())"
    )
    try:
        done = subprocess.run(  # noqa: S603  # our own command
            [sys.executable, "-X", "utf8", "-P", "-c", code, "stop"],
            env={**os.environ, "PYTHONPATH": str(Path(almoxarife.__file__).resolve().parent.parent)},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=TIMEOUT_S,
            check=False,
            creationflags=NO_CONSOLE,
        )
    except subprocess.TimeoutExpired as error:
        raise ApiError(
            f"O servidor ainda não parou depois de {TIMEOUT_S} segundos. Espere um momento; se ele continuar no ar, "
            "feche a janela dele."
        ) from error
    except OSError as error:
        raise ApiError(f"O servidor não pôde ser parado daqui ({disk_reason(error)}). Feche a janela dele.") from error
    if done.returncode != 0:
        raise ApiError(done.stderr.strip() or "O servidor não pôde ser parado daqui. Feche a janela dele.")
    return " ".join(done.stdout.splitlines())

"""Our own faults: a short code for the person, the whole for the log file."""

import logging
import secrets
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from logging.handlers import RotatingFileHandler
from pathlib import Path

from almoxarife import __version__


@dataclass(frozen=True)
class Fault:
    code: str
    details: str

    @property
    def sentence(self) -> str:
        return f"Algo deu errado. Código {self.code}"


class FaultHandler:
    """Where every unexpected error of a program ends; ``show`` puts it on the screen."""

    def __init__(self, folder: Path, program: str, show: Callable[[Fault], None]) -> None:
        self._show = show
        self._log = logging.getLogger(f"almoxarife.{program}")
        self._log.propagate = False
        self._log.setLevel(logging.INFO)
        folder.mkdir(parents=True, exist_ok=True)
        self._file = RotatingFileHandler(
            folder / f"{program}.log", maxBytes=1_000_000, backupCount=2, encoding="utf-8", delay=True
        )
        self._file.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
        self._log.addHandler(self._file)

    def handle(self, error: BaseException) -> None:
        code = f"E-{secrets.token_hex(2).upper()}"
        trace = "".join(traceback.format_exception(error))
        details = f"Almoxarife {__version__} {code}\n{trace}"
        self._log.error("%s\n%s", code, trace)
        self._show(Fault(code, details))

    def note(self, sentence: str) -> None:
        """Into the log, for those who ask later what happened."""
        self._log.warning("%s", sentence)

    def close(self) -> None:
        self._log.removeHandler(self._file)
        self._file.close()

"""Unexpected exceptions: the person sees a short code, the log file gets the traceback."""

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
    """Handles every unexpected exception of a program. ``show`` displays it."""

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
        """Write a sentence into the log file."""
        self._log.warning("%s", sentence)

    def close(self) -> None:
        self._log.removeHandler(self._file)
        self._file.close()

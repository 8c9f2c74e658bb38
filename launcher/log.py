"""The log file of a program without terminal, and where the output of this run begins in it."""

import os
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

LIMIT_BYTES = 5_000_000


@dataclass(frozen=True)
class Log:
    path: Path
    start: int

    @classmethod
    def begin(cls, folder: Path, name: str) -> "tuple[Log, IO[bytes]]":
        """Open the log; returns it and the file to write to. A large file is renamed first."""
        file = _open(folder, name)
        return cls(Path(file.name), file.seek(0, os.SEEK_END)), file

    def length(self) -> int:
        """Bytes written to it; 0 if it cannot be read."""
        try:
            return self.path.stat().st_size
        except OSError:
            return 0

    def last_line(self) -> str:
        return next((line for line in reversed(self.lines()) if line), "")

    def lines(self) -> list[str]:
        try:
            with self.path.open("rb") as file:
                file.seek(self.start)
                return [line.strip() for line in file.read().decode("utf-8", "replace").split("\n")]
        except OSError:
            return []


def utf8_environment() -> dict[str, str]:
    """The environment for a program that writes to a log, so that its output is UTF-8 on every system."""
    return {**os.environ, "PYTHONIOENCODING": "utf-8"}


def _open(folder: Path, name: str) -> IO[bytes]:
    path = folder / name
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if path.exists() and path.stat().st_size > LIMIT_BYTES:
            with suppress(OSError):  # on Windows, as long as a window has it open: it grows
                path.replace(path.with_name(f"{name}.1"))
        return path.open("ab")
    except OSError:
        # The API will report what is wrong with the folder, and its output must go somewhere.
        return tempfile.NamedTemporaryFile(prefix="almoxarife-", suffix=".log", delete=False)

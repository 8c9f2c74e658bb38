"""What a program without a terminal says: one file, and where this run's words begin in it."""

import os
import tempfile
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
        """The log and the open file to write to; a large one begins anew."""
        file = _open(folder, name)
        return cls(Path(file.name), file.seek(0, os.SEEK_END)), file

    def last_words(self) -> str:
        return next((line for line in reversed(self.lines()) if line), "")

    def lines(self) -> list[str]:
        try:
            with self.path.open("rb") as file:
                file.seek(self.start)
                return [line.strip() for line in file.read().decode("utf-8", "replace").split("\n")]
        except OSError:
            return []


def in_utf8() -> dict[str, str]:
    """The environment for a program that writes into a log, which is UTF-8 whatever the system prefers."""
    return {**os.environ, "PYTHONIOENCODING": "utf-8"}


def _open(folder: Path, name: str) -> IO[bytes]:
    path = folder / name
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if path.exists() and path.stat().st_size > LIMIT_BYTES:
            path.replace(path.with_name(f"{name}.1"))
        return path.open("ab")
    except OSError:
        # The API will say what is wrong with the folder; its words must land somewhere.
        return tempfile.NamedTemporaryFile(prefix="almoxarife-", suffix=".log", delete=False)

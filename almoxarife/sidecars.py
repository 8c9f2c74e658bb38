"""Programs that run beside a server: each has a file in its data directory, by which it is asked to end with it.

The file is locked for as long as the program lives, so what a killed one left is told from one
that runs. Windows has no signal for a program in another console.
"""

import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from almoxarife.files import try_lock

FOLDER = "processos"
TIMEOUT_S = 60.0
POLL_S = 0.1
_ENDING, _REQUEST = ".lock", ".parar"


@contextmanager
def beside(data_dir: Path | None) -> Iterator[Callable[[], bool]]:
    """Whether this program is asked to end. Where the directory is not there for it to write to, it never is."""
    own = None if data_dir is None else _claim(data_dir / FOLDER)
    if own is None:
        yield lambda: False
        return
    file, held = own
    try:
        yield file.with_suffix(_REQUEST).exists
    finally:
        held.close()
        _remove(file)


def end_all(data_dir: Path, *, timeout_s: float = TIMEOUT_S) -> tuple[int, int]:
    """Have them end, and wait until they have: how many did, and how many go on."""
    running = [file for file in _list(data_dir / FOLDER) if _is_running(file)]
    for file in running:
        with suppress(OSError):
            file.with_suffix(_REQUEST).touch()
    left, deadline_s = running, time.monotonic() + timeout_s
    while left and time.monotonic() < deadline_s:
        time.sleep(POLL_S)
        left = [file for file in left if _is_running(file)]
    return len(running) - len(left), len(left)


def _claim(folder: Path) -> tuple[Path, BinaryIO] | None:
    while True:
        file = folder / f"{uuid.uuid4().hex}{_ENDING}"
        try:
            if file.parent.parent.is_dir():
                folder.mkdir(mode=0o700, exist_ok=True)
            held = try_lock(file)
        except OSError:
            return None
        if held is not None:  # else somebody looked at it this very moment
            return file, held


def _list(folder: Path) -> list[Path]:
    return sorted(folder.glob(f"*{_ENDING}")) if folder.is_dir() else []


def _is_running(file: Path) -> bool:
    """What is left of one that was killed goes."""
    try:
        if not file.exists():
            return False
        held = try_lock(file)
    except OSError:
        return False
    if held is None:
        return True
    held.close()
    _remove(file)
    return False


def _remove(file: Path) -> None:
    for left in (file, file.with_suffix(_REQUEST)):
        with suppress(OSError):
            left.unlink()

"""Lets a server end the programs that run beside it, such as a text terminal: each has a file in the data directory.

The program locks its file for as long as it runs, which distinguishes it from the file of a killed one. A request to
end is a second file, because Windows has no signal for a program in another console.
"""

import sys
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
    """Register this program in the block. Yields a function that tells whether it was asked to end.

    Without a writable data directory it never is.
    """
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
    """Ask all registered programs to end, and wait. Returns how many ended, and how many still run."""
    folder = data_dir / FOLDER
    running = [file for file in _list(folder) if _is_running(file)]
    for file in running:
        with suppress(OSError):
            file.with_suffix(_REQUEST).touch()
    left, deadline_s = running, time.monotonic() + timeout_s
    while left and time.monotonic() < deadline_s:
        time.sleep(POLL_S)
        left = [file for file in left if _is_running(file)]
    for request in folder.glob(f"*{_REQUEST}"):
        if not request.with_suffix(_ENDING).exists():  # its program ended by itself just before it was asked to
            _remove(request)
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
        if held is not None:  # otherwise another process is just testing the lock
            return file, held


def _list(folder: Path) -> list[Path]:
    return sorted(folder.glob(f"*{_ENDING}")) if folder.is_dir() else []


def _is_running(file: Path) -> bool:
    """Whether its program runs. Removes the file of a killed one."""
    try:
        if not file.exists():
            return False
        held = try_lock(file)
    except OSError:
        return False
    if held is None:
        return True
    if sys.platform == "win32":  # which removes no open file, neither this one nor that of a program about to lock it
        held.close()
        _remove(file)
    else:
        _remove(file)
        held.close()
    return False


def _remove(file: Path) -> None:
    for left in (file, file.with_suffix(_REQUEST)):
        with suppress(OSError):
            left.unlink()

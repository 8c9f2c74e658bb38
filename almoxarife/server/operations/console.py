"""The console on Windows: stops the server when it is closed, and replaces it for ``pythonw``, which has none."""

import os
import sys
import threading
from collections.abc import Callable, MutableMapping
from pathlib import Path
from typing import Any

CLOSE, LOGOFF, SHUTDOWN = 2, 5, 6

_kept: list[Any] = []
"""Keeps the handler alive: Windows calls it for as long as the process lives, without a reference that Python knows."""


def end_in_order_when_closed(stopping: threading.Event) -> None:
    """When the console is closed, the user logs off or Windows shuts down, stop the server as Ctrl-C does.

    Windows ends the process when the handler returns, or after some seconds. Confirmed writes are on disk by then.
    """
    if sys.platform == "win32":
        import ctypes

        prototype = ctypes.WINFUNCTYPE(ctypes.c_int, ctypes.c_uint)
        _kept.append(prototype(make_handler(stopping, wait_for_the_end=threading.Event().wait)))
        ctypes.windll.kernel32.SetConsoleCtrlHandler(_kept[-1], True)


def make_handler(stopping: threading.Event, *, wait_for_the_end: Callable[[], object]) -> Callable[[int], bool]:
    """A console handler. Windows calls it in a separate thread; it returns True if no other is to be called."""

    def handle(event: int) -> bool:
        if event not in {CLOSE, LOGOFF, SHUTDOWN}:
            return False
        stopping.set()
        wait_for_the_end()
        return True

    return handle


def do_without(data_dir: Path, variables: MutableMapping[str, str]) -> None:
    """Without a console (``pythonw``) there are no standard streams: write them to files in the data directory.

    The launcher uses the same files for a server's output.
    """
    if sys.stdout is not None and sys.stderr is not None:
        return
    try:
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        words = (data_dir / "servidor.log").open("a", encoding="utf-8", buffering=1)
    except OSError:
        words = Path(os.devnull).open("a", encoding="utf-8", buffering=1)  # noqa: SIM115  # open until the process ends
    variables.setdefault("ALMOXARIFE_LOG_FILE", str(data_dir / "registro.log"))
    sys.stdout = sys.stdout or words
    sys.stderr = sys.stderr or words

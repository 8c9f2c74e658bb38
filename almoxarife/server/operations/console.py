"""What Windows does to a program's console: there may be none, and closing it ends the program at once."""

import os
import sys
import threading
from collections.abc import Callable, MutableMapping
from pathlib import Path
from typing import Any

CLOSE, LOGOFF, SHUTDOWN = 2, 5, 6

_kept: list[Any] = []
"""Windows calls it for as long as the process lives, and does not keep it alive."""


def end_in_order_when_closed(stopping: threading.Event) -> None:
    """Closing the console, logging off and shutting down stop the server as Ctrl-C does.

    Windows ends the process as soon as its handler returns, and some seconds after the call
    in any case. What was confirmed is on disk either way.
    """
    if sys.platform == "win32":
        import ctypes

        prototype = ctypes.WINFUNCTYPE(ctypes.c_int, ctypes.c_uint)
        _kept.append(prototype(make_handler(stopping, wait_for_the_end=threading.Event().wait)))
        ctypes.windll.kernel32.SetConsoleCtrlHandler(_kept[-1], True)


def make_handler(stopping: threading.Event, *, wait_for_the_end: Callable[[], object]) -> Callable[[int], bool]:
    """It is called in a thread of its own; True means that nobody else needs to be asked."""

    def handle(event: int) -> bool:
        if event not in {CLOSE, LOGOFF, SHUTDOWN}:
            return False
        stopping.set()
        wait_for_the_end()
        return True

    return handle


def do_without(data_dir: Path, variables: MutableMapping[str, str]) -> None:
    """Without a console (``pythonw``) there are no standard streams: what is said goes to files among the data.

    They are those to which the launcher sends a server's words.
    """
    if sys.stdout is not None and sys.stderr is not None:
        return
    try:
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        words = (data_dir / "servidor.log").open("a", encoding="utf-8", buffering=1)
    except OSError:
        words = Path(os.devnull).open("a", encoding="utf-8", buffering=1)  # noqa: SIM115  # until the end
    variables.setdefault("ALMOXARIFE_LOG_FILE", str(data_dir / "registro.log"))
    sys.stdout = sys.stdout or words
    sys.stderr = sys.stderr or words

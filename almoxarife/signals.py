"""The signals that end a program which serves until it is told to stop."""

import signal
import threading
from types import FrameType


def stop_on_signals() -> threading.Event:
    """An event that the first of them sets. A closed terminal sends one, unless the program was started with nohup."""
    stopping = threading.Event()

    def stop(_number: int, _frame: FrameType | None) -> None:
        stopping.set()

    for name in ("SIGINT", "SIGTERM", "SIGBREAK", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None and not (name == "SIGHUP" and signal.getsignal(number) == signal.SIG_IGN):
            signal.signal(number, stop)
    return stopping

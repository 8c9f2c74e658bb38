"""Messages of the launcher, and the exceptions that end it."""

import contextlib
import signal
import sys
import time
from collections.abc import Callable, Iterator
from types import FrameType

READING_S = 20.0


class Stop(Exception):
    """Ends the launcher with a message and an exit code."""

    def __init__(self, sentence: str, *, exit_code: int = 2) -> None:
        super().__init__(sentence)
        self.exit_code = exit_code


class Terminated(KeyboardInterrupt):
    """Ended by a signal, which this process alone may have received. Ctrl-C reaches every process of the terminal."""


@contextlib.contextmanager
def interrupts_held() -> Iterator[None]:
    """What Ctrl-C and the other signals that end the launcher raise comes after the block.

    A process would go on unknown if it came while the process is being started, before anybody can stop it.
    """
    came: list[tuple[int, FrameType | None]] = []
    handlers: dict[int, Callable[[int, FrameType | None], object]] = {}
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):  # Windows has no SIGHUP
        number = getattr(signal, name, None)
        if number is not None and callable(handler := signal.getsignal(number)):
            handlers[number] = handler
            signal.signal(number, lambda *arguments: came.append(arguments))
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
    for number, frame in came:
        handlers[number](number, frame)


def say(sentence: str) -> None:
    print(sentence, flush=True)


def complain(sentence: str) -> None:
    sys.stdout.flush()
    print(sentence, file=sys.stderr, flush=True)


def wait_to_be_read() -> None:
    """Wait a little on Windows: after a double click the console closes with the program."""
    if sys.platform == "win32" and sys.stdin is not None and sys.stdin.isatty():
        import msvcrt

        say(f"Esta janela fecha sozinha em {READING_S:.0f} segundos; uma tecla a fecha já.")
        end = time.monotonic() + READING_S
        while time.monotonic() < end and not msvcrt.kbhit():
            time.sleep(0.1)


def replace_unprintable_characters() -> None:
    """Print a question mark for characters that the terminal cannot encode, instead of failing."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")

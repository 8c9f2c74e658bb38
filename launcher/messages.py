"""Messages of the launcher, and the exceptions that end it."""

import sys
import time

READING_S = 20.0


class Stop(Exception):
    """Ends the launcher with a message and an exit code."""

    def __init__(self, sentence: str, *, exit_code: int = 2) -> None:
        super().__init__(sentence)
        self.exit_code = exit_code


class Terminated(KeyboardInterrupt):
    """Ended by a signal, which this process alone may have received. Ctrl-C reaches every process of the terminal."""


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

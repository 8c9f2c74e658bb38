"""What the launcher says, and the one way it gives up."""

import sys
import time

READING_S = 20.0


class Stop(Exception):
    """Ends the launcher with a sentence for the person in front of it."""

    def __init__(self, sentence: str, *, exit_code: int = 2) -> None:
        super().__init__(sentence)
        self.exit_code = exit_code


def say(sentence: str) -> None:
    print(sentence, flush=True)


def complain(sentence: str) -> None:
    sys.stdout.flush()
    print(sentence, file=sys.stderr, flush=True)


def stay_to_be_read() -> None:
    """After a double click on Windows the window closes with the program, and its last words with it."""
    if sys.platform == "win32" and sys.stdin is not None and sys.stdin.isatty():
        import msvcrt

        say(f"Esta janela fecha sozinha em {READING_S:.0f} segundos; uma tecla a fecha já.")
        end = time.monotonic() + READING_S
        while time.monotonic() < end and not msvcrt.kbhit():
            time.sleep(0.1)


def survive_any_terminal() -> None:
    """A terminal that cannot show an accent shows a question mark instead of a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")

"""What the launcher says, and the one way it gives up."""

import sys


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


def survive_any_terminal() -> None:
    """A terminal that cannot show an accent shows a question mark instead of a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")

"""The conversation on this very screen: no network between the person and the program."""

import getpass
import sys
from collections.abc import Iterable

from almoxarife.clients.terminal.conversation.prompter import wrap
from almoxarife.clients.terminal.line_reader import LONGEST, LineReader


class ScreenChannel:
    def write(self, lines: Iterable[str]) -> None:
        for line in lines:
            sys.stdout.write("".join(f"{piece}\n" for piece in wrap(line)))
        sys.stdout.flush()

    def ask(self, prompt: str, *, is_secret: bool) -> str:
        if is_secret and sys.stdin.isatty():
            return _read_as_sent(f"{getpass.getpass(prompt)}\n".encode(errors="surrogateescape"))
        sys.stdout.write(prompt)
        sys.stdout.flush()
        line = sys.stdin.buffer.readline(LONGEST * 64)
        if not line.endswith(b"\n"):
            raise EOFError
        return _read_as_sent(line)


def _read_as_sent(line: bytes) -> str:
    """By the same rules as over the network. Raises BadLine."""
    reader = LineReader()
    reader.feed(line)
    return reader.take_line()

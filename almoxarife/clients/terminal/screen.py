"""The channel of the local screen."""

import getpass
import sys
from collections.abc import Iterable

from almoxarife.clients.terminal.conversation.prompter import wrap
from almoxarife.clients.terminal.line_reader import MAX_LINE_BYTES, LineReader


class ScreenChannel:
    def write(self, lines: Iterable[str]) -> None:
        for line in lines:
            sys.stdout.write("".join(f"{piece}\n" for piece in wrap(line)))
        sys.stdout.flush()

    def ask(self, prompt: str, *, is_secret: bool) -> str:
        if is_secret and sys.stdin.isatty():
            return _parse_line(f"{getpass.getpass(prompt)}\n".encode(errors="surrogateescape"))
        sys.stdout.write(prompt)
        sys.stdout.flush()
        line = sys.stdin.buffer.readline(MAX_LINE_BYTES * 64)
        if not line.endswith(b"\n"):
            raise EOFError
        return _parse_line(line)


def _parse_line(line: bytes) -> str:
    """Apply the same rules as for a line from the network. Raises BadLine."""
    reader = LineReader()
    reader.feed(line)
    return reader.take_line()

"""The building blocks of a conversation, which is a generator: it yields questions and is sent the typed lines.

So it knows neither sockets nor screens (``channel.run_conversation`` runs it), and a question is written as
``line = yield from prompter.ask(...)``. The generator's return value are the last lines to print.
"""

import textwrap
import unicodedata
from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass
from typing import TypeVar

from almoxarife.clients.terminal.conversation.answers import is_yes, read_number

T = TypeVar("T")

COLUMNS = 80


@dataclass(frozen=True)
class Question:
    lines: tuple[str, ...]
    """Lines to print before the prompt."""
    prompt: str
    is_secret: bool = False
    """What is typed must not be shown on the screen."""


Conversation = Generator[Question, str, tuple[str, ...]]
Asking = Generator[Question, str, T]


class Prompter:
    """Collects the lines to print before the next question. ``take_notices`` returns lines to print before them."""

    def __init__(self, take_notices: Callable[[], Iterable[str]]) -> None:
        self._take_notices = take_notices
        self._lines: list[str] = []

    def say(self, *sentences: str) -> None:
        self._lines += sentences

    def take(self) -> tuple[str, ...]:
        """Return the collected lines and clear them."""
        lines, self._lines = (*self._take_notices(), *self._lines), []
        return lines

    def ask(self, prompt: str, *, is_secret: bool = False) -> Asking[str]:
        return (yield Question(self.take(), prompt, is_secret))

    def ask_until(self, prompt: str, read: Callable[[str], T]) -> Asking[T]:
        """Repeat the question until ``read`` accepts the line; the sentence of its ValueError is printed."""
        while True:
            line = yield from self.ask(prompt)
            try:
                return read(line)
            except ValueError as error:
                self.say(str(error))

    def ask_yes(self, prompt: str) -> Asking[bool]:
        return is_yes((yield from self.ask(f"{prompt} (s/n): ")))

    def choose(self, title: str, names: Iterable[str], prompt: str, *, letters: str = "") -> Asking[int | str]:
        """Show a numbered list and return the chosen index, or one of ``letters``."""
        listed = list(names)
        width = len(str(len(listed)))
        while True:
            self.say(title, *(f" {number:>{width}}  {name}" for number, name in enumerate(listed, 1)))
            line = yield from self.ask(prompt)
            letter = line.strip().casefold()
            if letter and letter in letters:
                return letter
            try:
                return read_number(line, len(listed)) - 1
            except ValueError as error:
                self.say(str(error))


def wrap(line: str) -> list[str]:
    """Wrap a line to ``COLUMNS``, without control characters."""
    clean = "".join(sign if sign.isprintable() else " " for sign in line)
    if len(clean) <= COLUMNS and clean.isascii():
        return [clean]
    indent = " " * (len(clean) - len(clean.lstrip()))
    pieces = textwrap.wrap(clean, COLUMNS, subsequent_indent=indent, drop_whitespace=True) or [""]
    return [half for piece in pieces for half in _halve(piece)]


def _halve(piece: str) -> list[str]:
    """Split further if East Asian characters, which take two columns, make the piece too wide."""
    if count_columns(piece) <= COLUMNS:
        return [piece]
    middle = len(piece) // 2
    return [*_halve(piece[:middle]), *_halve(piece[middle:])]


def count_columns(text: str) -> int:
    return sum(
        0 if unicodedata.combining(sign) else 2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text
    )

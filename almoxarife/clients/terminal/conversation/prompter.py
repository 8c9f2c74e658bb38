"""What a conversation is made of: something is said, a question is put, and a line comes back.

A conversation is a generator of questions that is sent the lines typed; it knows neither
sockets nor screens. What ends it is its value: the last words.
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
    said: tuple[str, ...]
    """Whole lines, before the prompt."""
    prompt: str
    is_secret: bool = False
    """What is typed is not to be seen on the screen."""


Conversation = Generator[Question, str, tuple[str, ...]]
Asking = Generator[Question, str, T]


class Prompter:
    """Gathers what is said until the next question. ``news`` is what happened meanwhile, told before it."""

    def __init__(self, news: Callable[[], Iterable[str]] = tuple) -> None:
        self._news = news
        self._said: list[str] = []

    def say(self, *sentences: str) -> None:
        self._said += sentences

    def take(self) -> tuple[str, ...]:
        """What was said since the last question; it is told once."""
        said, self._said = (*self._news(), *self._said), []
        return said

    def ask(self, prompt: str, *, is_secret: bool = False) -> Asking[str]:
        return (yield Question(self.take(), prompt, is_secret))

    def ask_until(self, prompt: str, read: Callable[[str], T]) -> Asking[T]:
        """Again and again until ``read`` takes it, each time with its sentence."""
        while True:
            line = yield from self.ask(prompt)
            try:
                return read(line)
            except ValueError as error:
                self.say(str(error))

    def ask_yes(self, prompt: str) -> Asking[bool]:
        return is_yes((yield from self.ask(f"{prompt} (s/n): ")))

    def choose(self, title: str, names: Iterable[str], prompt: str, *, letters: str = "") -> Asking[int | str]:
        """The index of one of a numbered list, which is shown again after a wrong answer; or one of ``letters``."""
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
    """The line in pieces of at most so many columns, without what a terminal takes for a command."""
    clean = "".join(sign if sign.isprintable() else " " for sign in line)
    if len(clean) <= COLUMNS and clean.isascii():
        return [clean]
    indent = " " * (len(clean) - len(clean.lstrip()))
    pieces = textwrap.wrap(clean, COLUMNS, subsequent_indent=indent, drop_whitespace=True) or [""]
    return [half for piece in pieces for half in _halve(piece)]


def _halve(piece: str) -> list[str]:
    """Signs of East Asia take two columns each."""
    if count_columns(piece) <= COLUMNS:
        return [piece]
    middle = len(piece) // 2
    return [*_halve(piece[:middle]), *_halve(piece[middle:])]


def count_columns(text: str) -> int:
    return sum(
        0 if unicodedata.combining(sign) else 2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text
    )

"""Asks for the first and last day of a period. Both are included; an empty answer means no limit."""

from datetime import date
from typing import NamedTuple

from almoxarife import brazil
from almoxarife.clients.terminal.conversation.answers import read_day
from almoxarife.clients.terminal.conversation.prompter import Asking, Prompter


class Days(NamedTuple):
    first: date | None = None
    last: date | None = None


def ask_days(prompter: Prompter) -> Asking[Days]:
    """Ask for both days until they are valid and in order."""
    first = yield from prompter.ask_until("Primeiro dia (DDMMAAAA, vazio: desde sempre): ", read_day)

    def read_last(text: str) -> date | None:
        last = read_day(text)
        if first is not None and last is not None and last < first:
            raise ValueError(f"O último dia não pode vir antes de {brazil.format_date(first)}.")
        return last

    return Days(first, (yield from prompter.ask_until("Último dia (DDMMAAAA, vazio: até hoje): ", read_last)))

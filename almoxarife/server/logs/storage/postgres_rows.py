"""Entries as rows of a server: with their tags, and their words with the place of each."""

from collections import Counter
from functools import lru_cache
from typing import Any

from almoxarife.server.logs.entries import Entry
from almoxarife.server.logs.storage.matching import split_words

_POSITIONS = 16_000
"""A server knows no later place of a word; all after it stand there."""
_TIMES = 250
"""Nor more places of one word."""
OFTEN = 4096
"""Different texts of which the words are remembered."""


def to_row(entry: Entry) -> tuple[Any, ...]:
    """An entry with its tags and its words, as the server reads them."""
    # A server takes no NUL in a text; a path that somebody asked for may hold one.
    entry = Entry._make([value.replace("\x00", " ") if isinstance(value, str) else value for value in entry])
    return *entry, _to_tags(entry.service, entry.user_id, entry.action, entry.result), to_words(entry)


@lru_cache(maxsize=OFTEN)
def _to_tags(service: str, user_id: str, action: str, result: str) -> str:
    tags = tags_of({"service": service, "user_id": user_id, "action": action, "result": result})
    return "{" + ",".join(map(_quote, tags)) + "}"


def _quote(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def to_words(entry: Entry) -> str:
    """Each word with its place; the server puts those of one word together."""
    placed: list[tuple[str, int]] = []
    place = 0
    for words in (*map(_split_often, entry[2:6]), *map(split_words, filter(None, entry[6:]))):
        placed += [(word, number) for number, word in enumerate(words, place + 1)]
        place += len(words) + 1  # no phrase goes from one column to the next
    if place > _TIMES:
        placed = _limit(placed)
    return " ".join([f"'{word}':{place}" for word, place in placed])


_split_often = lru_cache(maxsize=OFTEN)(split_words)
"""Programs, people and actions come again and again, causes do not."""


def _limit(placed: list[tuple[str, int]]) -> list[tuple[str, int]]:
    times: Counter[str] = Counter()
    kept = []
    for word, place in placed:
        times[word] += 1
        if times[word] <= _TIMES:
            kept.append((word, min(place, _POSITIONS)))
    return kept


def tags_of(fields: dict[str, str]) -> list[str]:
    return [f"{name}={value}" for name, value in fields.items()]

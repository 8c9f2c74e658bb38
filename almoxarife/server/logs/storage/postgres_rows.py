"""Entries as rows of PostgreSQL, with their tags, and their words and positions for the full-text index."""

from collections import Counter
from functools import lru_cache
from typing import Any

from almoxarife.server.logs.entries import Entry
from almoxarife.server.logs.storage.matching import split_words

_POSITIONS = 16_000
"""PostgreSQL stores no larger position of a word; later words get this one."""
_TIMES = 250
"""Nor more positions of one word."""
OFTEN = 4096
"""Texts whose words are cached."""


def to_row(entry: Entry) -> tuple[Any, ...]:
    """An entry with its tags and its words, as ``COPY`` takes them."""
    # PostgreSQL refuses NUL in a text, and a requested path may have one.
    entry = Entry._make([value.replace("\x00", " ") if isinstance(value, str) else value for value in entry])
    return *entry, _to_tags(entry.service, entry.user_id, entry.action, entry.result), to_words(entry)


@lru_cache(maxsize=OFTEN)
def _to_tags(service: str, user_id: str, action: str, result: str) -> str:
    tags = tags_of({"service": service, "user_id": user_id, "action": action, "result": result})
    return "{" + ",".join(map(_quote, tags)) + "}"


def _quote(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def to_words(entry: Entry) -> str:
    """The words with their positions, as a tsvector is written."""
    placed: list[tuple[str, int]] = []
    place = 0
    for words in (*map(_split_often, entry[2:6]), *map(split_words, filter(None, entry[6:]))):
        placed += [(word, number) for number, word in enumerate(words, place + 1)]
        place += len(words) + 1  # no phrase goes from one column to the next
    if place > _TIMES:
        placed = _limit(placed)
    return " ".join([f"'{word}':{place}" for word, place in placed])


_split_often = lru_cache(maxsize=OFTEN)(split_words)
"""``split_words`` with a cache, for the columns whose values are often repeated."""


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

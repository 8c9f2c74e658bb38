"""Translates what a person types into the search box to a query of SQLite's FTS5 or of PostgreSQL."""

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from almoxarife.wire.fields import fold

_TERM = re.compile(r'(-?)(?:"([^"]*)"|(\S+))')
_WORD = re.compile(r"[^\W_]+")

MAX_WORD_LENGTH = 200
"""Characters of a word that are indexed on PostgreSQL, which refuses words of more than 2,046 bytes."""


class _Term(NamedTuple):
    is_excluded: bool
    text: str
    is_prefix: bool


def _read_terms(text: str | None) -> Iterator[_Term]:
    """The terms with a letter or digit; the others match nothing."""
    for minus, phrase, word in _TERM.findall(text or ""):
        found = phrase or word.rstrip("*")
        if any(c.isalnum() for c in found):
            yield _Term(bool(minus), found, word.endswith("*"))


# --- FTS5 -----------------------------------------------------------------------------


def match(text: str | None, fields: Mapping[str, str]) -> tuple[str | None, str | None]:
    """The FTS5 expression for an entry; without a required term, None and the expression for excluded entries.

    ``fields`` are columns with their values; the caller must still compare the columns themselves.
    """
    required = [f"{name} : {_quote(value)}" for name, value in fields.items() if any(c.isalnum() for c in value)]
    excluded: list[str] = []
    for term in _read_terms(text):
        (excluded if term.is_excluded else required).append(_quote(term.text) + "*" * term.is_prefix)
    without = " OR ".join(excluded) or None
    if not required:
        return None, without
    expression = " AND ".join(f"({term})" for term in required)
    return (expression if without is None else f"({expression}) NOT ({without})"), None


def _quote(text: str) -> str:
    return '"' + text.replace('"', '""').replace("\x00", " ") + '"'


# --- tsquery --------------------------------------------------------------------------


def split_words(text: str) -> list[str]:
    """The words of a text without accents and case."""
    return [word[:MAX_WORD_LENGTH] for word in _WORD.findall(fold(text))]


def to_tsquery(text: str | None) -> tuple[str | None, str | None]:
    """The tsquery that an entry must match and the one that it must not; None if there are no such terms."""
    required: list[str] = []
    excluded: list[str] = []
    for term in _read_terms(text):
        if words := split_words(term.text):
            phrase = " <-> ".join(f"'{word}'" for word in words) + ":*" * term.is_prefix
            (excluded if term.is_excluded else required).append(f"({phrase})")
    return " & ".join(required) or None, " | ".join(excluded) or None

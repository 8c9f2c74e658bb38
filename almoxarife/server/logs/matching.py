"""What a person types into the search box, as an expression of SQLite's FTS5."""

import re
from collections.abc import Mapping

_TERM = re.compile(r'(-?)(?:"([^"]*)"|(\S+))')


def match(text: str | None, fields: Mapping[str, str]) -> tuple[str | None, str | None]:
    """What must be there, and, where nothing must, what must not; None for either that is empty.

    ``fields`` name columns that hold a value; the columns themselves must still be compared.
    """
    wanted = [f"{name} : {quoted}" for name, value in fields.items() if (quoted := _quote(value))]
    unwanted: list[str] = []
    for minus, phrase, word in _TERM.findall(text or ""):
        term = _quote(phrase or word.rstrip("*"))
        if term and word.endswith("*"):
            term += "*"
        if term:
            (unwanted if minus else wanted).append(term)
    without = " OR ".join(unwanted) or None
    if not wanted:
        return None, without
    expression = " AND ".join(f"({term})" for term in wanted)
    return (expression if without is None else f"({expression}) NOT ({without})"), None


def _quote(text: str) -> str | None:
    """A phrase; None for a text without a letter or digit, which no entry can be found by."""
    if not any(c.isalnum() for c in text):
        return None
    return '"' + text.replace('"', '""').replace("\x00", " ") + '"'

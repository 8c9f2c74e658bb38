"""Converts unusual quoting to that of CSV. Only quotes are changed, so line numbers stay the same."""

import re

from almoxarife.tables.headings import count_known
from almoxarife.tables.text.delimited import DELIMITERS

_SAMPLE, _HEAD_CHARACTERS = 200, 200_000
_ENOUGH = 0.9
_SWAPPED = str.maketrans("'\"", "\"'")
_CURLY = str.maketrans("“”", '""')
_IN_APOSTROPHES = re.compile(r"'[^'\n]*'(?: *[;,\t|] *'[^'\n]*')+[;,\t|]?")
_WHOLE = re.compile(r'"([^"]*+(?:""[^"]*+)*+)"')
"""A quoted line. The quantifiers are possessive: backtracking over a very long line would take much memory."""


def normalize_quotes(text: str) -> tuple[str, bool]:
    """The text, and whether quotes and apostrophes were exchanged and must be changed back in each cell."""
    first = text[: text.find("\n") + 1].strip() or text.strip()
    if first.startswith("“") and "”" in first:
        text = text.translate(_CURLY)
    elif _IN_APOSTROPHES.fullmatch(first):
        return text.translate(_SWAPPED), True
    return _unwrapped(text, first), False


def restore_quotes(cell: str) -> str:
    return cell.translate(_SWAPPED)


def _unwrapped(text: str, first: str) -> str:
    """Remove quotes around whole lines, which a spreadsheet wrote as one cell each: "Café;5,00"."""
    if '"' not in text:
        return text
    found = _WHOLE.fullmatch(first)
    heading = found[1].replace('""', '"') if found else first
    delimiter = max(DELIMITERS, key=lambda sign: count_known(heading.split(sign)))
    if count_known(heading.split(delimiter)) < 2:
        return text
    count = heading.count(delimiter)
    sample = [line for line in text[:_HEAD_CHARACTERS].split("\n")[1 : _SAMPLE + 1] if line.strip()]
    if not sample or sum(_is_wrapped(line, delimiter, count) for line in sample) < _ENOUGH * len(sample):
        return text
    return "\n".join(_inner(line) if _is_wrapped(line, delimiter, count) else line for line in text.split("\n"))


def _is_wrapped(line: str, delimiter: str, count: int) -> bool:
    return line.count(delimiter) >= count and _WHOLE.fullmatch(line.strip()) is not None


def _inner(line: str) -> str:
    return line.strip()[1:-1].replace('""', '"')

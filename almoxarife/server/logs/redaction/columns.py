"""Removes values that stand apart from their names: rows below headings, ``INSERT … VALUES``, parameters of SQL."""

import re

from almoxarife.server.logs.redaction.names import is_secret
from almoxarife.server.logs.redaction.value_ends import bracket_end

REMOVED = "[removido]"

_INSERTED = re.compile(r"\(([^()]{1,2000})\)\s{0,4}values\s{0,4}(?=\()", re.IGNORECASE)
_NEXT_ROW = re.compile(r"\s{0,4},\s{0,4}(?=\()")
_PARAMETERS = re.compile(r"\[parameters: (?=[(\[{])")
_WORD = re.compile(r"[^\W\d][\w.-]{0,60}")
_CELL = re.compile(r"[;\t|,]")
_MAX_HEADING_LENGTH = 2000


def remove_from_columns(text: str) -> str:
    """``text`` without the values of columns whose names are those of secrets."""
    if "(" in text:
        text = _remove(text, _INSERTED)
        text = _remove(text, _PARAMETERS)
    return _remove_below_headings(text) if "\n" in text else text


def _remove(text: str, beginning: "re.Pattern[str]") -> str:
    """Remove the brackets after ``beginning`` where a name before them is that of a secret."""
    kept: list[str] = []
    done = read = 0
    for found in beginning.finditer(text):
        names = found[1] if beginning.groups else text[max(read, found.start() - _MAX_HEADING_LENGTH) : found.start()]
        read = max(read, found.end())
        if found.start() < done or not any(is_secret(name) for name in _WORD.findall(names)):
            continue
        end = bracket_end(text, found.end())
        while following := _NEXT_ROW.match(text, end):
            end = bracket_end(text, following.end())
        kept += (text[done : found.end()], f"({REMOVED})")
        done = read = end
    return "".join([*kept, text[done:]])


def _remove_below_headings(text: str) -> str:
    secret: list[int] = []
    number = 0
    kept: list[str] = []
    for line in text.split("\n"):
        cells = _CELL.split(line)
        named = _find_secret_headings(cells) if len(line) < _MAX_HEADING_LENGTH else []
        if named:
            secret, number = named, len(cells)
        elif secret and len(cells) == number:
            signs = _CELL.findall(line)
            cells = [REMOVED if place in secret and cell.strip(" -:") else cell for place, cell in enumerate(cells)]
            line = "".join(cell + sign for cell, sign in zip(cells, [*signs, ""], strict=True))
        else:
            secret = []
        kept.append(line)
    return "\n".join(kept)


def _find_secret_headings(cells: list[str]) -> list[int]:
    """The positions of secret names in a line that has only names."""
    names = [cell.strip(' "\r') for cell in cells]
    if len(names) < 2 or not all(not name or _WORD.fullmatch(name.replace(" ", "_")) for name in names):
        return []
    return [place for place, name in enumerate(names) if is_secret(name)]

"""Splits text with delimiters (CSV and similar) into records.

An opening quote without a closing one must not swallow the lines after it. It is read as a character, and its row is
marked with a problem. Quoted text that looks like whole rows is read row by row.
"""

import csv
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import islice

from almoxarife.tables.headings import count_known

DELIMITERS = (";", "\t", "|", ",")
"""In order of preference. The comma is last, because every Brazilian price has one."""
_RARE = ("^", "~", "¬", "#")
"""Delimiters that are accepted only if the headings prove them."""
HEADING_WITHIN = 60
_HEAD_CHARACTERS, _HEAD_RECORDS = 200_000, 200
_DECLARATION = re.compile(r'"?sep=([^\w"\s]|\t)"?[^\w\n]*(?:\n|\Z)', re.IGNORECASE)

_TABS, _NEXT_LINES = re.compile("\t+"), re.compile("\n([^\n]*)")
_DECIMALS = re.compile(r"\d{1,2}(?!\d)")

_OPEN = "As aspas desta linha não fecham: confira-as na planilha."
_WITHIN = "Esta linha está entre aspas que se abrem na linha {}: confira-as na planilha."


@dataclass(slots=True)
class Record:
    number: int
    """The number of its first line, from 1; blank lines are counted."""
    cells: list[str]
    problem: str = ""


def read_records(text: str, delimiter: str) -> Iterator[tuple[int, Record]]:
    """Records with the position in the text where each ends. Lines must end with ``\\n``."""
    number = width = at = 0
    while at < len(text):
        number += 1
        line = _line(text, at)
        record = Record(number, line.split(delimiter)) if '"' not in line else _simple(line, number, delimiter)
        ends = [at + len(line)]
        records = [record] if record is not None else []
        if record is None:
            records, ends = _quoted(text, at, number, delimiter, width)
        for one, end in zip(records, ends, strict=True):
            yield end, one
            number, at = one.number, end + 1
            width = width or (len(one.cells) if len(one.cells) > 1 else 0)


def collapse_tabs(text: str) -> str:
    """Replace runs of tabs by one if they only align the columns: all lines then have the same number of cells."""
    if "\t\t" not in text or '"' in text:
        return text
    once = _TABS.sub("\t", text)
    uneven = {line.count("\t") for line in text.split("\n") if line.strip()}
    even = {line.rstrip("\t").count("\t") for line in once.split("\n") if line.strip()}
    return once if len(even) == 1 < len(uneven) and even != {0} else text


def find_delimiter(text: str) -> str:
    """The delimiter that yields the most known headings, then the one whose rows are as wide as the headings."""
    if declared := _DECLARATION.match(text):
        return declared[1]
    rare = [delimiter for delimiter in _RARE if delimiter in text[:_HEAD_CHARACTERS]]
    return max((*DELIMITERS, *rare), key=lambda delimiter: _score(text, delimiter))


def count_headings(text: str, delimiter: str) -> int:
    """The largest number of known headings in one row."""
    return max(0, int(_score(text, delimiter)[0]))


def has_only_decimals(text: str) -> bool:
    """Whether each comma is one of an amount within words, as in "Fio 2,5 mm", and so parts no columns.

    If each line ends with such an amount, the comma may as well part "Camisa 10" from "3", and does.
    """
    lines = [line.rstrip() for line in text[:_HEAD_CHARACTERS].split("\n")[:_HEAD_RECORDS] if "," in line]
    return all(map(_has_only_decimals, lines)) and not all("," in line[-3:] for line in lines)


def _has_only_decimals(line: str) -> bool:
    """Whether each comma stands between digits of an amount, the first after a word. Linear, unlike one pattern."""
    first, *others = line.split(",")
    found = [_DECIMALS.match(part) for part in others]
    ends = [first, *(part[match.end() :] for part, match in zip(others, found, strict=True) if match)]
    return all(found) and any(map(str.isalpha, first)) and all(end[-1:].isdigit() for end in ends[:-1])


def declares_delimiter(line: str) -> bool:
    """Whether the line is Excel's declaration of the delimiter, such as "sep=;", and not a row."""
    return _DECLARATION.fullmatch(line.strip(" ")) is not None


def _score(text: str, delimiter: str) -> tuple[int, float, int]:
    head = (record for _, record in read_records(text[:_HEAD_CHARACTERS], delimiter))
    rows = [record.cells for record in islice(head, _HEAD_RECORDS) if any(cell.strip() for cell in record.cells)]
    if len(text) > _HEAD_CHARACTERS and len(rows) > 1:
        rows.pop()
    known = [count_known(cells) for cells in rows[:HEADING_WITHIN]]
    best = max(known, default=0)
    rank = -(*DELIMITERS, *_RARE).index(delimiter)
    if best < 2 and delimiter in _RARE:
        return -1, 0, rank
    if best:
        at = known.index(best)
        below = [len(_without_tail(cells)) <= len(rows[at]) for cells in rows[at + 1 :]]
        return best, sum(below) / max(1, len(below)), rank
    widths = Counter(len(cells) for cells in rows if len(cells) > 1)
    return 0, max(widths.values(), default=0) / max(1, len(rows)), rank


def _without_tail(cells: list[str]) -> list[str]:
    last = max((at for at, cell in enumerate(cells, start=1) if cell.strip()), default=0)
    return cells[:last]


def _line(text: str, at: int) -> str:
    end = text.find("\n", at)
    return text[at:] if end < 0 else text[at:end]


def _simple(line: str, number: int, delimiter: str) -> Record | None:
    """Split a line whose quotes are all closed within it; None for any other line."""
    if line.count('"') % 2 == 0:
        try:
            return Record(number, next(csv.reader((line,), delimiter=delimiter, strict=True, skipinitialspace=True)))
        except csv.Error:
            pass  # malformed, or a cell longer than the csv module allows
    return _escaped(line, number, delimiter) if '\\"' in line else None


def _escaped(line: str, number: int, delimiter: str) -> Record | None:
    """Split a line that escapes quotes with backslashes, as databases write them; None for any other line."""
    if line.replace('\\"', "").count('"') % 2:
        return None
    try:
        reader = csv.reader(
            (line,), delimiter=delimiter, strict=True, skipinitialspace=True, doublequote=False, escapechar="\\"
        )
        return Record(number, next(reader))
    except csv.Error:
        return None


@cache
def _patterns(delimiter: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    sign = re.escape(delimiter)
    # The quantifiers are possessive, so that no sequence of quotes causes backtracking.
    return re.compile(rf' *"([^"]*+(?:""[^"]*+)*+)" *(?={sign}|\n|\Z)'), re.compile(rf"[^{sign}\n]*")


def _quoted(text: str, at: int, number: int, delimiter: str, width: int) -> tuple[list[Record], list[int]]:
    quoted, plain = _patterns(delimiter)
    record, start = Record(number, []), at
    while True:
        cell = quoted.match(text, at)
        if cell is not None and "\n" in cell[1] and _holds_rows(text, start, cell, delimiter, width):
            return _row_by_row(text, start, cell.end(), number, delimiter)
        if cell is not None:
            record.cells.append(cell[1].replace('""', '"'))
        else:
            cell = plain.match(text, at)
            if cell is None:  # impossible: it also matches an empty text
                raise AssertionError(at)
            record.cells.append(cell[0])
            if cell[0].lstrip(" ").startswith('"'):
                record.problem = _OPEN
        at = cell.end()
        if not text.startswith(delimiter, at):
            return [record], [at]
        at += 1


def _holds_rows(text: str, start: int, cell: re.Match[str], delimiter: str, width: int) -> bool:
    """Whether a quoted cell of several lines swallowed rows: a line in it, or both its first and last, is a row."""
    if width < 2:
        return False
    if any(line[1].count(delimiter) >= width - 1 for line in _NEXT_LINES.finditer(cell[1])):
        return True
    last = _line(text, text.rfind("\n", start, cell.end(1)) + 1)
    return min(_line(text, start).count(delimiter), last.count(delimiter)) >= width - 1


def _row_by_row(text: str, start: int, end: int, number: int, delimiter: str) -> tuple[list[Record], list[int]]:
    records, ends, at, first = [], [], start, number
    while at < end:
        line = _line(text, at)
        problem = _OPEN if number == first else _WITHIN.format(first)
        records.append(Record(number, line.split(delimiter), problem))
        ends.append(at + len(line))
        number, at = number + 1, at + len(line) + 1
    return records, ends

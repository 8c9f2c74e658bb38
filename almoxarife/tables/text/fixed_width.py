"""Reads text with columns of fixed width, padded with spaces, as printed reports and DOS programs write it.

Columns are cut at positions that are blank in all rows of products, and only if known headings confirm them.
"""

import re
from collections.abc import Iterator
from itertools import pairwise

from almoxarife.tables.headings import count_known
from almoxarife.tables.non_product_rows import find_reason, without_page
from almoxarife.tables.text.delimited import HEADING_WITHIN, Record

FIXED = "largura fixa"
"""Stands for the delimiter of such a text."""
_HEAD_CHARACTERS, _SAMPLE = 200_000, 500
_WORD, _WORDS = re.compile(r"\S+"), re.compile(r"\S+(?: \S+)*")
_LETTER = re.compile(r"\w")

_ACROSS = "Um texto desta linha passa de uma coluna à outra. Encurte-o, ou salve a planilha como .xlsx ou .csv."


def find_cuts(text: str) -> tuple[int, list[int]]:
    """How many known headings the columns of fixed width have, and where each column begins."""
    head = text[:_HEAD_CHARACTERS].split("\n")
    if len(text) > _HEAD_CHARACTERS:
        head.pop()
    lines = [line.rstrip() for line in head if _LETTER.search(line)][:_SAMPLE]
    if "\t" in text[:_HEAD_CHARACTERS] or not lines:
        return 0, []
    single = [count_known([*line.split(), *_WORDS.findall(line)]) for line in lines[:HEADING_WITHIN]]
    at = single.index(max(single))
    above = set(map(without_page, lines[:at]))  # a report repeats it on each page
    rows = [line for line in lines[at:] if "  " in line.strip() and not _is_no_product(line)]
    rows = [line for line in rows if without_page(line) not in above]
    cuts = _cut(lines[at], rows) if len(rows) > 1 else None
    if cuts is None:
        return 0, []
    known = count_known([lines[at][cut:end].strip() for cut, end in pairwise([*cuts, len(lines[at])])])
    return (known, cuts) if known > 1 else (0, [])


def _cut(heading: str, rows: list[str]) -> list[int] | None:
    """Cut before each word of the headings; several words over one column stay together."""
    width = max(map(len, [heading, *rows]))
    free = [all(line[place : place + 1] in {"", " "} for line in rows) for place in range(width)]
    words = [(word.start(), word.end()) for word in _WORD.finditer(heading)]
    cuts = [0]
    for (before, ended), (start, _) in pairwise(words):
        cut = next((place for place in range(start - 1, before, -1) if free[place]), None)
        is_apart = start - ended > 1
        if cut is None and is_apart:
            return None
        if cut is not None and (is_apart or any(line[cuts[-1] : cut].strip() for line in rows[1:])):
            cuts.append(cut)
    return cuts


def read_records(text: str, cuts: list[int]) -> Iterator[tuple[int, Record]]:
    """Records with the position in the text where each ends."""
    end = 0
    for number, line in enumerate(text.split("\n"), start=1):
        end += len(line) + 1
        cells = [line[cut:following] for cut, following in zip(cuts, [*cuts[1:], None], strict=True)]
        is_across = any(" " not in line[cut - 1 : cut + 1] and len(line) > cut for cut in cuts[1:])
        if is_across and _is_no_product(line):
            is_across, cells = False, _WORDS.findall(line)
        yield min(end, len(text)), Record(number, cells, _ACROSS if is_across and _LETTER.search(line) else "")


def _is_no_product(line: str) -> bool:
    """Whether it is a sum or a remark, which stands where it likes."""
    return find_reason(_WORDS.findall(line)) != ""

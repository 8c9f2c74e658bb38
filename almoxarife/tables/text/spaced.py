"""Reads lists as they are typed into messages: columns apart by spaces or dashes, or a price at the end of a line."""

import re
from collections.abc import Iterator

from almoxarife.tables.headings import count_known
from almoxarife.tables.non_product_rows import find_reason
from almoxarife.tables.text.delimited import DELIMITERS, HEADING_WITHIN, Record

SPACED, PRICED, DASHED, COLONS = "espaços", "preço no fim", "traços", "dois-pontos"
KINDS = (SPACED, PRICED, DASHED, COLONS)
"""Stand for the delimiter of such texts."""
_HEAD_CHARACTERS, _SAMPLE, _ENOUGH, _FEWEST = 200_000, 500, 0.75, 2
_LONGEST = 300
"""Characters of a line with a price: a longer one is a text, and slow to look through."""
_WORD = re.compile(r"[^\W\d_]+")
_GAPS = {SPACED: re.compile(" {2,}"), DASHED: re.compile(" +[-–—>] +"), COLONS: re.compile(" *: *")}
_PRICE_AT_END = re.compile(r"(.+?)(?: *[-–—:=>]+ *| *\.{3,} *| +)((?:R\$ ?)?\d{1,3}(?:\.?\d{3})*,\d\d)")
_NO_PRICE = "Esta linha não tem preço no fim."
_NOT_SEPARATED = "As colunas desta linha não podem ser separadas: falta uma célula. Salve a lista como planilha."


def find_kind(text: str) -> str:
    """One of ``KINDS``; empty for any other text."""
    lines = [line for line in text[:_HEAD_CHARACTERS].split("\n") if line.strip()][:_SAMPLE]
    if _width(lines, SPACED):
        return SPACED
    if any(sign in line for sign in (*DELIMITERS[:-1], '"') for line in lines):
        return ""
    priced = sum(_price_at_end(line) is not None for line in lines)
    if priced >= max(_FEWEST, len(lines) / 2):
        return PRICED
    return next((kind for kind in (DASHED, COLONS) if _width(lines, kind)), "")


def read_records(text: str, kind: str) -> Iterator[tuple[int, Record]]:
    """Records with the position in the text where each ends."""
    lines = [line for line in text[:_HEAD_CHARACTERS].split("\n") if line.strip()][:_SAMPLE]
    width = _width(lines, kind) if kind in _GAPS else 0
    end = 0
    for number, line in enumerate(text.split("\n"), start=1):
        end = min(end + len(line) + 1, len(text))
        if kind == PRICED:
            found = _price_at_end(line)
            if found is not None:
                yield end, Record(number, [found[1], found[2]])
            else:
                words = _headings(line)
                yield end, Record(number, words, "" if len(words) > 1 else _NO_PRICE)
            continue
        cells = _GAPS[kind].split(line.strip())
        is_whole = len(cells) in {1, width} or find_reason(cells)
        yield end, Record(number, cells, "" if is_whole else _NOT_SEPARATED)


def _width(lines: list[str], kind: str) -> int:
    """How many columns the headings have; 0 if this does not separate the columns of most lines."""
    rows = [_GAPS[kind].split(line.strip()) for line in lines]
    known = [count_known(row) for row in rows[:HEADING_WITHIN]]
    most = max(known, default=0)
    if most < _FEWEST:
        return 0
    width = len(rows[known.index(most)])
    below = [row for row in rows[known.index(most) + 1 :] if len(row) > 1]
    return width if below and sum(len(row) == width for row in below) >= _ENOUGH * len(below) else 0


def _headings(line: str) -> list[str]:
    """The two headings of "Produto - Preço", or any other line as it stands."""
    words = _WORD.findall(line)
    return words if count_known(words) == len(words) == _FEWEST else [line]


def _price_at_end(line: str) -> re.Match[str] | None:
    found = _PRICE_AT_END.fullmatch(line.strip()) if len(line) <= _LONGEST else None
    return found if found and any(map(str.isalpha, found[1])) else None

"""Reads lists as they are typed into messages: columns apart by spaces or dashes, or a price at the end of a line."""

import re
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

from almoxarife.tables.cells import TableUnreadable
from almoxarife.tables.headings import count_known
from almoxarife.tables.non_product_rows import find_reason
from almoxarife.tables.text.delimited import DELIMITERS, HEADING_WITHIN, Record

SPACED, PRICED, DASHED, COLONS = "espaços", "preço no fim", "traços", "dois-pontos"
KINDS = (SPACED, PRICED, DASHED, COLONS)
"""Each stands for the delimiter of such a text."""
_SAMPLE_CHARACTERS, _SAMPLE_LINES = 200_000, 500
_MIN_SHARE = 0.75
"""The share of the lines that must have as many columns as the headings."""
_MIN_COUNT = 2
"""Of known headings, and of lines with a price."""
_MAX_LINE_LENGTH = 300
"""Characters of a line with a price. A longer line is a text, and slow to match."""
_WORD = re.compile(r"[^\W\d_]+")
_SEPARATORS = {SPACED: re.compile(" {2,}"), DASHED: re.compile("(?<! ) +[-–—>] +"), COLONS: re.compile("(?<! ) *: *")}
"""They begin at no space within others, which would be tried from each of them."""
_PRICE_AT_END = re.compile(
    r"(.+?)(?: *[-–—:=>]+ *| *\.{3,} *| +)((?:R\$ ?)?\d{1,3}(?:\.?\d{3})*,\d\d|R\$ ?\d{1,3}(?:\.?\d{3})*)"
)
_AMOUNT = re.compile(r"(?:R\$ ?)?\d{1,3}(?:\.?\d{3})*,\d\d")
_SENT = re.compile(
    r"^\[?(?:\d{1,2}/\d{1,2}/\d{2,4},? \d{1,2}:\d\d(?::\d\d)?|\d{1,2}:\d\d(?::\d\d)?, \d{1,2}/\d{1,2}/\d{2,4})\]?"
    r"(?: -)? [^:\n]{1,40}: ",
    re.MULTILINE,
)
"""When a message was sent, and by whom, as WhatsApp writes it above each that is copied."""
_FORMER_PRICE = re.compile(
    r"\s*[-–—:(]?\s*\bde:? (?:R\$ ?\d{1,3}(?:\.?\d{3})*(?:,\d\d)?|\d{1,3}(?:\.?\d{3})*,\d\d),? por:?", re.IGNORECASE
)
"""``de R$ 22,90 por``, before the price. ``de 50 por`` may be that of a box of 50."""
_BOLD = re.compile(r"(?<!\w)\*(?=\S)([^*]+)(?<=\S)\*(?!\w)")
_FIELD = re.compile(r"([^\W\d][^:]{1,30}):")
_MIN_BLOCK_LINES = 4
_MIN_SHARE_OF_PRICES = 0.3
_BLOCKS = (
    "Cada produto está em várias linhas. Ponha cada um numa linha só, com o preço no fim, ou numa planilha, e tente de"
    " novo."
)
_OF_A_SCALE = re.compile(r"\d{15}[^;,|\t]*$|\d{6}[A-Z][^;|\t]{10,60}\d{7} *$", re.ASCII)
"""A line of a collector or of a scale: the fields have fixed widths, and stand beside each other."""
_JOINED = (
    "Parece um arquivo de coletor ou de balança, que não separa os campos. Salve-o com ponto e vírgula entre o código,"
    " o nome e os números, e tente de novo."
)
_TWO_PRICES = "Esta linha tem dois valores no fim. Deixe só o preço, ou salve a lista como planilha."
_NO_PRICE = "Esta linha não tem preço no fim."
_NOT_SEPARATED = "As colunas desta linha não podem ser separadas: falta uma célula. Salve a lista como planilha."


def without_senders(text: str) -> str:
    """The text without what a messenger writes before each message, if it is before the first line."""
    return _SENT.sub("", text) if _SENT.match(text.lstrip("\n")[:_MAX_LINE_LENGTH]) else text


def find_kind(text: str) -> str:
    """One of ``KINDS``; empty for any other text."""
    lines = [line for line in text[:_SAMPLE_CHARACTERS].split("\n") if line.strip()][:_SAMPLE_LINES]
    if _count_columns(lines, SPACED):
        return SPACED
    if any(sign in line for sign in (*DELIMITERS[:-1], '"') for line in lines):
        return ""
    widths = {kind: _count_columns(lines, kind) for kind in (DASHED, COLONS)}
    if several := next((kind for kind, width in widths.items() if width > _MIN_COUNT), ""):
        return several  # such as "Café - 10 - 5,00"; of two columns, the first may have a dash in its name
    priced = sum(_match_price(line) is not None for line in lines)
    if priced >= max(_MIN_COUNT, len(lines) / 2):
        return PRICED
    return next((kind for kind, width in widths.items() if width), "")


def read_records(text: str, kind: str) -> Iterator[tuple[int, Record]]:
    """Records with the position in the text where each ends."""
    lines = [line for line in text[:_SAMPLE_CHARACTERS].split("\n") if line.strip()][:_SAMPLE_LINES]
    width = _count_columns(lines, kind) if kind in _SEPARATORS else 0
    end = 0
    for number, line in enumerate(text.split("\n"), start=1):
        end = min(end + len(line) + 1, len(text))
        if kind == PRICED:
            found = _match_price(line)
            if found is not None:
                name = _without_former_price(found[1])
                yield end, Record(number, [name, found[2]], _TWO_PRICES if _match_price(name) else "")
            else:
                words = _split_headings(line)
                yield end, Record(number, words, "" if len(words) > 1 else _NO_PRICE)
            continue
        cells = _SEPARATORS[kind].split(line.strip())
        is_whole = len(cells) in {1, width} or find_reason(cells)
        yield end, Record(number, cells, "" if is_whole else _NOT_SEPARATED)


def _count_columns(lines: list[str], kind: str) -> int:
    """How many columns the headings have; 0 if the separator of ``kind`` does not part most lines into as many."""
    rows = [_SEPARATORS[kind].split(line.strip()) for line in lines]
    known_counts = [count_known(row) for row in rows[:HEADING_WITHIN]]
    most_known = max(known_counts, default=0)
    if most_known < _MIN_COUNT:
        return 0
    width = len(rows[known_counts.index(most_known)])
    below = [row for row in rows[known_counts.index(most_known) + 1 :] if len(row) > 1]
    return width if below and sum(len(row) == width for row in below) >= _MIN_SHARE * len(below) else 0


def _split_headings(line: str) -> list[str]:
    """The two headings of "Produto - Preço", or any other line as it stands."""
    words = _WORD.findall(line)
    return words if count_known(words) == len(words) == _MIN_COUNT else [line]


def refuse_blocks(text: str) -> None:
    """Raise TableUnreadable if each product has several lines, or is a line of digits that nothing separates."""
    lines = [line for line in text[:_SAMPLE_CHARACTERS].split("\n") if line.strip()][:_SAMPLE_LINES]
    if _are_blocks(lines):
        raise TableUnreadable(_BLOCKS)
    if len(lines) > 1 and all(map(_OF_A_SCALE.match, lines)):
        raise TableUnreadable(_JOINED)


def _without_former_price(name: str) -> str:
    found = _FORMER_PRICE.search(name) if name[-4:].rstrip(":").casefold().endswith("por") else None
    return name[: found.start()] if found and found.end() == len(name) and found.start() else name


def _are_blocks(lines: list[str]) -> bool:
    """Whether the prices stand alone below their products, or each field of a product has its own line."""
    if len(lines) < _MIN_BLOCK_LINES:
        return False
    alone = [_AMOUNT.fullmatch(line.strip()) is not None for line in lines]
    if sum(alone) >= max(2, _MIN_SHARE_OF_PRICES * len(lines)):
        return not alone[0] and not any(one and other for one, other in pairwise(alone))
    fields = Counter(found[1].strip().casefold() for line in lines if (found := _FIELD.match(line.strip())))
    repeated = [word for word, count in fields.items() if count > 1 and count_known([word])]
    return len(repeated) > 1 and 2 * sum(fields[word] for word in repeated) >= len(lines)


def _match_price(line: str) -> re.Match[str] | None:
    line = (_BOLD.sub(r"\1", line) if "*" in line else line).strip(" \t*")
    if len(line) > _MAX_LINE_LENGTH or not (line[-3:-2] == "," or ("$" in line and line[-1:].isdigit())):
        return None  # without the pattern, which is slow for a ruling such as "-----"
    if ":" in line and (line[0] == "[" or line[0].isdigit()):
        line = _SENT.sub("", line, count=1)
    found = _PRICE_AT_END.fullmatch(line)
    return found if found and any(map(str.isalpha, found[1].removeprefix("R$"))) else None

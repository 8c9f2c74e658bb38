"""Masks CPFs and removes card numbers in a text. They are recognised by their check digits, however they are grouped.

Everyday numbers of a shop are kept: barcodes (GTIN), keys of invoices (44 digits), payment slips (47 and 48).
"""

import re
from itertools import accumulate
from typing import NamedTuple

from almoxarife.wire.codes.gtin import is_gtin

REMOVED = "[removido]"

_GAP = r" ./\-\u2010-\u2015\u00a0"
_HINT = re.compile(rf"\d(?:[{_GAP}]{{0,3}}\d){{10}}")
_CHAIN = re.compile(rf"\d[\d{_GAP}]*")
"""Groups of digits, with the characters that may separate the groups of one number."""
_APART = r"(?:[\W_]|%[0-9A-F]{2}|&nbsp;|\\[nrt]){1,3}"
_USUAL_GROUPS = re.compile(
    rf"(?<!\d)(?:\d{{3}}{_APART}\d{{3}}{_APART}\d{{3}}{_APART}\d{{2}}"
    rf"|\d{{4}}{_APART}\d{{4}}{_APART}\d{{4}}{_APART}\d{{4}}|\d{{4}}{_APART}\d{{6}}{_APART}\d{{5}})(?!\d)"
)
"""The usual groups of a CPF or card, with any separator. Other groups with other separators are separate numbers."""
_GROUP = re.compile(r"\d+")
_WIDEST_GAP = 3
_NOT_PERSONAL = frozenset({44, 47, 48})
_FOURS_OF_A_KEY = 11
"""The number of groups of four digits in the printed key of an invoice."""
_CPF_LENGTHS = (11,)
_CARD_LENGTHS = range(13, 20)
_LENGTHS = (*_CPF_LENGTHS, *_CARD_LENGTHS)
_FIRST_OF_CARDS = frozenset("234569")
_ISSUERS = re.compile(r"3(?:0[0-5]|[4789]|5[2-9])|4|5[0-8]|2(?:2[2-9]|[3-6]|7[01]|720)|6(?:0|2|3|4|5|7)|9792")
_WRITTEN_AS_CPF = re.compile(r"\d{3}\.\d{3}\.\d{3}-\d{2}")
"""Masked even with wrong check digits, because it is probably a mistyped CPF."""
_MAX_GROUP_DIGITS = 19
_SWITCH = re.compile("[0-9][A-Za-z]|[A-Za-z][0-9]")


class _Group(NamedTuple):
    start: int
    end: int
    digits: str


def remove_numbers(text: str) -> str:
    """``text`` with the ends of each CPF masked and without the numbers of cards."""
    if len(text) < 11:
        return text
    text = _USUAL_GROUPS.sub(_without_usual_groups, text)
    if _HINT.search(text) is None:
        return text
    kept: list[str] = []
    done = 0
    for chain in _CHAIN.finditer(text):
        if chain.end() - chain.start() < 11:
            continue
        for start, end, instead in _find_in(text, chain):
            kept += (text[done:start], instead)
            done = end
    kept.append(text[done:])
    return "".join(kept)


def is_personal(number: int) -> bool:
    digits = str(abs(number))
    return (len(digits) == 11 and is_cpf(digits)) or is_card(digits)


def is_cpf(digits: str) -> bool:
    """Whether these 11 digits end in the two that check them, and are not one digit eleven times."""
    return len(set(digits)) > 1 and all(
        int(digits[place]) == sum(int(d) * (place + 1 - i) for i, d in enumerate(digits[:place])) * 10 % 11 % 10
        for place in (9, 10)
    )


def is_card(digits: str) -> bool:
    """By length, issuer and Luhn's check digit."""
    if len(digits) not in _CARD_LENGTHS or not _ISSUERS.match(digits) or is_gtin(digits):
        return False
    doubled = sum(sum(divmod(2 * int(d), 10)) for d in digits[-2::-2])
    return (doubled + sum(int(d) for d in digits[-1::-2])) % 10 == 0


def _find_in(text: str, chain: "re.Match[str]") -> list[tuple[int, int, str]]:
    """The spans to replace and their replacements: numbers made of whole groups; of overlapping ones the leftmost."""
    found: list[tuple[int, int, str]] = []
    for groups in _split(text, chain):
        digits = "".join(group.digits for group in groups)
        places = [0, *accumulate(len(group.digits) for group in groups)]
        group_ending_at = {place: index for index, place in enumerate(places[1:])}
        done = 0
        for group, first in zip(groups, places, strict=False):
            for length in _CPF_LENGTHS if group.digits[0] not in _FIRST_OF_CARDS else _LENGTHS:
                last = group_ending_at.get(first + length)
                if last is None or first < done:
                    continue
                start, end = group.start, groups[last].end
                instead = _replacement(digits[first : first + length], text[start:end])
                if instead and not _is_of_a_code(text, start, end):
                    found.append((start, end, instead))
                    done = first + length
                    break
    return found


def _without_usual_groups(found: "re.Match[str]") -> str:
    digits = re.sub(r"%[0-9A-F]{2}|\D", "", found[0])
    is_of_a_code = _is_of_a_code(found.string, *found.span())
    return found[0] if is_of_a_code else _replacement(digits, found[0]) or found[0]


def _replacement(digits: str, written: str) -> str:
    """The text to replace a number with; empty for one that is neither a CPF nor a card."""
    if len(digits) == _CPF_LENGTHS[0]:
        is_somebodys = is_cpf(digits) or _WRITTEN_AS_CPF.fullmatch(written)
        return f"***.{digits[3:6]}.{digits[6:9]}-**" if is_somebodys else ""
    return REMOVED if is_card(digits) else ""


def _split(text: str, chain: "re.Match[str]") -> list[list[_Group]]:
    """Split a chain into groups of digits that may form one number, leaving out invoice keys and payment slips."""
    parts: list[list[_Group]] = [[]]
    fours = 0
    for found in _GROUP.finditer(text, chain.start(), chain.end()):
        group = _Group(*found.span(), found[0])
        is_apart = parts[-1] and group.start - parts[-1][-1].end > _WIDEST_GAP
        if is_apart or len(group.digits) > _MAX_GROUP_DIGITS:
            parts.append([])
        if len(group.digits) <= _MAX_GROUP_DIGITS:
            parts[-1].append(group)
        fours = fours + 1 if len(group.digits) == 4 and len(parts[-1]) > fours else 0
        if fours == _FOURS_OF_A_KEY:
            del parts[-1][-fours:]
            parts.append([])
            fours = 0
    return [part for part in parts if sum(len(group.digits) for group in part) not in _NOT_PERSONAL]


def _is_of_a_code(text: str, start: int, end: int) -> bool:
    """Whether letters and digits alternate at either end, as in a checksum or a UUID."""
    around = text[max(0, start - 16) : start], text[end : end + 16]
    before = re.search(r"[A-Za-z0-9]*\Z", around[0])
    after = re.match(r"[A-Za-z0-9]*", around[1])
    letters = (before[0] if before else "") + "0" + (after[0] if after else "")
    return len(_SWITCH.findall(letters)) > 1

"""Takes from the names of a list what is no part of them: bullets, numbers, codes, markup, a price at the end."""

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from almoxarife.tables.product_cells import Values
from almoxarife.tables.vocabulary.fields import BARCODE, NAME, PRICE, SKU
from almoxarife.wire.codes.gtin import is_gtin
from almoxarife.wire.fields import fold

_BULLET = re.compile(r"([•·▪●◦‣➤►✓✔*–—-])\s+(?=\S)")
_JOINS_PICTOGRAMS = {"\u200d", "\ufe0e", "\ufe0f", *map(chr, range(0x1F3FB, 0x1F400))}
"""Signs that join pictograms or choose how they look."""
_FIRST_PICTOGRAM = "\u2190"
"""The symbols before it, such as "°" and "®", belong to the name."""
_NUMBERED = re.compile(r"(\d{1,4}) ?(?:[.)]|[-–]|º) ?(?=[^\W\d])", re.ASCII)
_MIN_NUMBERED = 3
"""Fewer names may count something, such as "1-camada" and "2-camadas"."""
_BARCODE = re.compile(r"(\d{8}|\d{12,14})\s*+(?:[-–:|/]\s*+|(?<=\s))(?=[^\s\d])", re.ASCII)
_PRICE = re.compile(r"R\$ ?(\d{1,3}(?:\.?\d{3})*)(,\d\d)?", re.ASCII | re.IGNORECASE)
_MIN_JOINED = 2
_GOES_ON = re.compile(
    r".*(\b(por|de|desde|ate|acima|so|apenas|somente|mais|desconto|economize|\d+ ?x)|[+/]|r\$.*)", re.ASCII
)
"""Names, without the amount at their end, that go on with it, or have another: "Meia 3 por", "Sofá 10x", "Bacon +"."""
_WORTH = re.compile(r"(vales?|cartao|cartoes|creditos?|recarga|gift|bonus|cupom|cedula|nota)\b.*")
"""What is worth the amount at the end of its name."""
_BEFORE_PRICE = " -–—:=>.…,("
_BOLD = re.compile(r"([*_~])(?=\S)([^*_~]+)(?<=\S)\1")


def clean_names(rows: Sequence[Values]) -> None:
    """Shorten the names in ``rows``, and move the codes and prices that all of them have to their fields."""
    _take_markup_from_names(rows)
    _take_apostrophes_from_names(rows)
    _take_bullets_from_names(rows)
    _take_numbers_from_names(rows)
    _take_codes_from_names(rows)
    _take_barcodes_from_names(rows)
    _take_prices_from_names(rows)


def _take_markup_from_names(rows: Sequence[Values]) -> None:
    """Shorten "*Café*", as messengers write it in bold, to "Café"."""
    for values in rows:
        name = str(values[NAME])
        if name[:1] in {"*", "_", "~"} and (found := _BOLD.fullmatch(name)):
            values[NAME] = found[2]


def _take_apostrophes_from_names(rows: Sequence[Values]) -> None:
    """Shorten "'Café" to "Café" where every name is marked as text so, for a spreadsheet."""
    names = [str(values[NAME]) for values in rows]
    if len(names) > 1 and all(name.startswith("'") and not name.endswith("'") for name in names):
        for values, name in zip(rows, names, strict=True):
            values[NAME] = name[1:].lstrip()


def _take_bullets_from_names(rows: Sequence[Values]) -> None:
    """Shorten "• Café" to "Café" where every name is an item of a list."""
    if not rows or not _find_bullet(str(rows[0][NAME])):
        return
    bullets = [_find_bullet(str(values[NAME])) for values in rows]
    if len(rows) > 1 and "" not in bullets and len({bullet.strip() for bullet in bullets}) == 1:
        for values, bullet in zip(rows, bullets, strict=True):
            values[NAME] = str(values[NAME]).removeprefix(bullet)


def _find_bullet(name: str) -> str:
    """The sign and the spaces before the name's words; also pictograms, which need no space. Empty without one."""
    found = _BULLET.match(name)
    if found:
        return found[0]
    if not name or not _is_pictogram(name[0]):
        return ""
    end = next((at for at, sign in enumerate(name) if not _is_pictogram(sign) and sign not in _JOINS_PICTOGRAMS), 0)
    words = name[end:].lstrip()
    return name[: len(name) - len(words)] if end else ""


def _is_pictogram(sign: str) -> bool:
    return sign >= _FIRST_PICTOGRAM and unicodedata.category(sign) == "So"


def _take_numbers_from_names(rows: Sequence[Values]) -> None:
    """Shorten "1. Café" to "Café" if the names are numbered and differ without their numbers, unlike "1-polegada"."""
    if len(rows) < _MIN_NUMBERED or not _NUMBERED.match(str(rows[0][NAME])):
        return
    found = [_NUMBERED.match(str(values[NAME])) for values in rows]
    numbers = [int(number[1]) for number in found if number]
    names = [_NUMBERED.sub("", str(values[NAME]), count=1) for values in rows]
    is_counted = numbers[0] == 1 and all(one < other for one, other in pairwise(numbers))
    if len(numbers) == len(rows) == len(set(map(fold, names))) and is_counted:
        for values, name in zip(rows, names, strict=True):
            values[NAME] = name


def _take_codes_from_names(rows: Sequence[Values]) -> None:
    """Shorten "[CAF-500] Café", as some programs write it, to "Café", unless several rows would get that name."""
    plain = [str(values[NAME]).removeprefix(f"[{values.get(SKU)}] ") for values in rows]
    counts = Counter(plain)
    for values, name in zip(rows, plain, strict=True):
        if counts[name] == 1:
            values[NAME] = name


def _take_barcodes_from_names(rows: Sequence[Values]) -> None:
    """Split "7891000315507 - Café" if every name begins with a barcode, and no row has another; as with prices."""
    found = [_BARCODE.match(str(values[NAME])) for values in rows[:1]]
    if not all(found) or len(rows) < _MIN_JOINED or any(BARCODE in values for values in rows):
        return
    found = [_BARCODE.match(str(values[NAME])) for values in rows]
    names = {fold(str(values[NAME])[one.end() :]) for values, one in zip(rows, found, strict=True) if one}
    if len(names) == len(rows) and all(one and is_gtin(one[1]) for one in found):
        for values, one in zip(rows, found, strict=True):
            if one is not None:
                values[NAME], values[BARCODE] = str(values[NAME])[one.end() :], one[1]


def _take_prices_from_names(rows: Sequence[Values]) -> None:
    """Split "Café R$ 19,90" if every name ends with a price and no row has another; not if two names would be one."""
    if len(rows) < _MIN_JOINED or any(PRICE in values for values in rows):
        return
    parts = [str(values[NAME]).upper().rfind("R$") for values in rows]
    found = [
        _PRICE.fullmatch(str(values[NAME])[at:]) if at > 0 else None for values, at in zip(rows, parts, strict=True)
    ]
    names = [str(values[NAME])[:at].rstrip(_BEFORE_PRICE) for values, at in zip(rows, parts, strict=True)]
    folded = set(map(fold, names))
    is_part = any(map(_GOES_ON.fullmatch, folded)) or 2 * sum(map(bool, map(_WORTH.fullmatch, folded))) >= len(rows)
    if all(found) and all(names) and len(folded) == len(rows) and not is_part:
        for values, name, one in zip(rows, names, found, strict=True):
            if one is not None:
                values[NAME], values[PRICE] = name, f"{one[1].replace('.', '')}{(one[2] or ',00').replace(',', '.')}"

"""Detects whether a column writes decimals with a comma or with a point.

A single number may not tell: "5.899" is five reais or five thousand. A column tells it if one of its numbers can be
read in only one way.
"""

import re
from collections.abc import Iterable
from decimal import Decimal
from enum import Enum


class Notation(Enum):
    COMMA = "vírgula"
    POINT = "ponto"
    EITHER = "tanto faz"
    """All numbers mean the same in both notations."""
    UNDECIDED = "não se sabe"
    """All numbers can be read in both notations, with different values."""
    BOTH = "as duas"
    """The column mixes both notations, so ambiguous numbers cannot be read."""


_DIGITS = re.compile(r"\d+([.,]\d+)?|\d{1,3}(\.\d{3})+(,\d+)?|\d{1,3}(,\d{3})+(\.\d+)?", re.ASCII)
_CURRENCY = re.compile(r"^(?:r ?\$|rs|brl|\$)|(?:r\$|reais|brl)$", re.IGNORECASE)
_INNER_SPACE = re.compile(r"(?<=\d)[ \u00a0\u202f'](?=\d{3}(?!\d))")
"""A space or apostrophe that separates thousands."""
_PLAIN = re.compile(r"\d+([.,]\d{1,8})?", re.ASCII)
_NOISE = re.compile(r"(\d+)([.,])(\d{9,20})", re.ASCII)
"""A rounding error of binary numbers: 19.900000000000002 for 19,9."""
_MINUS = "-\N{MINUS SIGN}\N{EN DASH}"
_AMBIGUOUS = re.compile(r"[1-9]\d{0,2}[.,]\d{3}")


def bare(text: str) -> str:
    """The digits and decimal sign of a number, without currency, minus first. "(1 234,5)" becomes "-1234,5"."""
    if _PLAIN.fullmatch(text):
        return text
    text = text.strip().lstrip("'`\N{RIGHT SINGLE QUOTATION MARK}").strip()
    text = _CURRENCY.sub("", _CURRENCY.sub("", text)).strip()
    if text.startswith("(") and text.endswith(")"):
        text = f"-{_CURRENCY.sub('', text[1:-1].strip()).strip()}"
    elif len(text) > 1 and text[-1] in _MINUS:
        text = f"-{text[:-1].strip()}"
    elif text[:1] and text[0] in _MINUS:
        text = f"-{_CURRENCY.sub('', text[1:].strip()).strip()}"
    text = _INNER_SPACE.sub("", text.removeprefix("+"))
    sign, digits = ("-", text[1:]) if text.startswith("-") else ("", text)
    if digits[:1] in {",", "."} and digits[1:].isdigit():
        digits = f"0{digits}"
    elif digits[-1:] == "," and digits[:-1].isdigit():
        digits = digits[:-1]
    if noise := _NOISE.fullmatch(digits):
        digits = f"{Decimal(f'{noise[1]}.{noise[3]}'):.6f}".rstrip("0").rstrip(".").replace(".", noise[2])
    return f"{sign}{digits}"


def is_ambiguous(text: str) -> bool:
    """Whether the text is a number in both notations, with different values."""
    number = _number(text)
    return number is not None and _AMBIGUOUS.fullmatch(number) is not None


def detect(texts: Iterable[str]) -> Notation:
    every = list(texts)
    seen = {sign for text in every if (sign := _decimal_sign(text)) is not None}
    if {",", "."} <= seen or ("." in seen and _has_a_strange_comma(every)):
        return Notation.BOTH
    if "," in seen:
        return Notation.COMMA
    if "." in seen:
        return Notation.POINT
    return Notation.UNDECIDED if seen else Notation.EITHER


def _has_a_strange_comma(texts: Iterable[str]) -> bool:
    """Whether the column has a number like "5,899", and none in which a comma clearly separates thousands.

    Beside "12.90" it is ambiguous: in Brazil it is five reais, perhaps mistyped. The opposite, "1.199" beside "12,90",
    is the usual notation.
    """
    numbers = [number for text in texts if (number := _number(text)) is not None and "," in number]
    is_shown = any("." in number or number.count(",") > 1 for number in numbers)
    return not is_shown and any(_AMBIGUOUS.fullmatch(number) for number in numbers)


def _number(text: str) -> str | None:
    found = _DIGITS.fullmatch(bare(text).lstrip("-"))
    return None if found is None else found[0]


def _decimal_sign(text: str) -> str | None:
    """The decimal sign that this number proves, "?" if it is ambiguous, None if it has no sign."""
    number = _number(text)
    if number is None or not ("." in number or "," in number):
        return None
    last = max(number.rfind("."), number.rfind(","))
    sign, other = number[last], ",."[number[last] == ","]
    if other in number:
        return sign
    if number.count(sign) > 1:
        return other
    return "?" if _AMBIGUOUS.fullmatch(number) else sign


def is_number(text: str) -> bool:
    return _number(text) is not None

"""Whether the texts of a column write decimals with a comma or with a point.

One number does not say it: "5.899" is five reais or five thousand. A column does, as soon
as one of its numbers can be read in one way alone.
"""

import re
from collections.abc import Iterable
from decimal import Decimal
from enum import Enum


class Notation(Enum):
    COMMA = "vírgula"
    POINT = "ponto"
    EITHER = "tanto faz"
    """No number needs to be told."""
    UNDECIDED = "não se sabe"
    """Each could be a thousand times another."""
    BOTH = "as duas"
    """Numbers of both notations: what can be read in two ways cannot be read."""


_DIGITS = re.compile(r"\d+([.,]\d+)?|\d{1,3}(\.\d{3})+(,\d+)?|\d{1,3}(,\d{3})+(\.\d+)?", re.ASCII)
_CURRENCY = re.compile(r"^(?:r ?\$|rs|brl|\$)|(?:r\$|reais|brl)$", re.IGNORECASE)
_INNER_SPACE = re.compile(r"(?<=\d)[ \u00a0\u202f'](?=\d{3}(?!\d))")
"""Between thousands."""
_PLAIN = re.compile(r"\d+([.,]\d{1,8})?", re.ASCII)
_NOISE = re.compile(r"(\d+)([.,])(\d{9,20})", re.ASCII)
"""What a computer leaves of 19,9: 19.900000000000002."""
_MINUS = "-\N{MINUS SIGN}\N{EN DASH}"
_AMBIGUOUS = re.compile(r"[1-9]\d{0,2}[.,]\d{3}")


def bare(text: str) -> str:
    """The number alone, as it is written: without currency, with the minus before it. "(1 234,5)" is "-1234,5"."""
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
    """Whether it is a number in both notations, and another one in each."""
    number = _number(text)
    return number is not None and _AMBIGUOUS.fullmatch(number) is not None


def judge(texts: Iterable[str]) -> Notation:
    seen = {sign for text in texts if (sign := _decimal_sign(text)) is not None}
    if {",", "."} <= seen:
        return Notation.BOTH
    if "," in seen:
        return Notation.COMMA
    if "." in seen:
        return Notation.POINT
    return Notation.UNDECIDED if seen else Notation.EITHER


def _number(text: str) -> str | None:
    found = _DIGITS.fullmatch(bare(text).lstrip("-"))
    return None if found is None else found[0]


def _decimal_sign(text: str) -> str | None:
    """The sign of decimals as this number shows it, "?" where it may be either, None where it says nothing."""
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

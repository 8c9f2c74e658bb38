"""Whether the texts of a column write decimals with a comma or with a point.

One number does not say it: "5.899" is five reais or five thousand. A column does, as soon
as one of its numbers can be read in one way alone.
"""

import re
from collections.abc import Iterable
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
_AMBIGUOUS = re.compile(r"[1-9]\d{0,2}[.,]\d{3}")


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
    found = _DIGITS.fullmatch(text.replace("R$", "").strip("' ").lstrip("-+"))
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

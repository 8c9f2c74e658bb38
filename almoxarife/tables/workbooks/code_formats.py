"""Number formats that show whole numbers as codes: ``0000``, ``"P-"000``, ``000\\.000\\.000\\-00``."""

import re
from decimal import Decimal

_PIECE = re.compile(r'"(?P<quoted>[^"]*)"|\\(?P<escaped>.)|(?P<plain>[0/() -])', re.DOTALL)
_LANGUAGE = re.compile(r"\[\$-[0-9A-Fa-f]{1,8}\]")
_DIGIT = "\0"
_MIN_DIGITS, _MAX_DIGITS = 2, 18
"""Digits of a code. A single "0" shows a plain number."""
_SHOWN = re.compile(r"[^\d,.]{0,10}(0\d{1,17}|0\d{0,8}(?:\.\d{3}|[ /-]\d{1,9}){1,5})[^\d,.]{0,10}", re.ASCII)


def read_code_format(text: str) -> str:
    """The pattern that ``show_code`` takes; empty if the format shows anything but a code with leading zeros."""
    text = _LANGUAGE.sub("", text).partition(";")[0]  # what follows is for numbers below zero
    pattern, at = "", 0
    while found := _PIECE.match(text, at):
        at = found.end()
        pattern += _DIGIT if found["plain"] == "0" else found["quoted"] or found["escaped"] or found["plain"] or ""
    return pattern if at == len(text) and _MIN_DIGITS <= pattern.count(_DIGIT) <= _MAX_DIGITS else ""


def show_code(number: Decimal, pattern: str) -> str:
    """A whole number, not negative, as its cell shows it. Digits without a place of their own come first."""
    places = pattern.count(_DIGIT)
    digits = f"{number:.0f}".zfill(places)
    before, first, rest = pattern.partition(_DIGIT)
    shown = f"{before}{digits[: len(digits) - places + 1] if first else digits}"
    for digit in digits[len(digits) - places + 1 :]:
        literal, _, rest = rest.partition(_DIGIT)
        shown += literal + digit
    return shown + rest


def is_code(number: Decimal, shown: str) -> bool:
    """Whether a cell shows a whole number with leading zeros, and perhaps with letters around it."""
    found = _SHOWN.fullmatch(shown)
    return found is not None and 0 < number == int(re.sub(r"\D", "", found[1]))

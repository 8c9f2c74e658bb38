"""Finds where a value in a text ends: a word, a clause, a quoted text, a list or a header."""

import re
from typing import NamedTuple

QUOTE = r"[\"'`“”‘’«»]|&quot;|&#3[49];|%22|%27"
"""Opens or closes a quoted text, also as escaped in HTML and URLs."""

_OPENED = re.compile(rf"\s*(?:b|u|r|f|br|rb)?(\\*)({QUOTE})", re.IGNORECASE)
_OTHER_SIDE = {"“": "”", "«": "»", "‘": "’"}
_BRACKETS = re.compile(r"[\\\"'{}\[\]()]")
_PLAIN = re.compile(r"[^\s,;&|\"'{}\[\]()]+")
_SPACE = re.compile(r"\s+")
_BLANK = re.compile(r"[\s*]*")
"""Blanks, and Markdown's asterisks as in ``**Senha:** …``."""
_PAIR = re.compile(r"[\"']?[^\W\d][\w.-]{0,40}[\"']?\s?(?:=>|=(?![=\s]|\Z)|:(?=[\s\"'{\[]|\Z))")
"""The next name with its separator."""
_ENDED = re.compile(r"[\s,;.)\]}\"']|\Z")
_SCHEMES = frozenset({"bearer", "basic", "digest", "token", "negotiate", "ntlm", "apikey", "hawk", "oauth", "key"})
"""Words before the secret in an Authorization header."""
_MAX_BACKSLASHES = 64


class Place(NamedTuple):
    start: int
    enclosing: str
    """The quote around name and value together; empty if there is none."""
    is_one_word: bool
    is_header: bool
    """Whether it is the value of an HTTP header, which may have parts separated by commas or semicolons."""
    is_item: bool
    """Whether it is an item of JSON or Python: one quoted text or bracket."""
    is_tag: bool


def find_value(text: str, place: Place) -> tuple[int, int]:
    """Start and end of the value, within its quotes; both the same where it is empty."""
    if place.is_tag:
        return place.start, _tag_end(text, place.start)
    opened = _OPENED.match(text, place.start)
    if opened and not _closes(text, opened, place):
        begin, end, after = _find_quoted(text, opened)
        if place.is_item or _ENDED.match(text, after) or _PAIR.match(text, after):
            return begin, end
    begin = _BLANK.match(text, place.start).end()  # type: ignore[union-attr]  # it matches nothing too
    if place.is_item and text[begin : begin + 1] in {"{", "[", "("}:
        return begin, bracket_end(text, begin)
    return begin, max(begin, _clause_end(text, place, begin))


def _closes(text: str, opened: "re.Match[str]", place: Place) -> bool:
    """Whether this quote closes the one around the name, so that there is no value."""
    return (
        opened[2] == place.enclosing
        and not opened.group().strip(opened[2])
        and _ENDED.match(text, opened.end()) is not None
    )


def _find_quoted(text: str, opened: "re.Match[str]") -> tuple[int, int, int]:
    """Start and end between the quotes, and the position after them.

    The closing quote has as many backslashes before it as the opening one.
    """
    backslashes, quote = len(opened[1]), _OTHER_SIDE.get(opened[2], opened[2])
    begin = spot = opened.end()
    if text.startswith(quote * 2, spot) and len(quote) == 1:  # Python's """
        quote = quote * 3
        begin = spot = spot + 2
    while (found := text.find(quote, spot)) >= 0:
        before = _count_backslashes(text, found)
        spot = found + len(quote)
        if before <= backslashes or (backslashes == 0 and before % 2 == 0):
            if backslashes or len(quote) > 1 or not text.startswith(quote, spot):
                return begin, max(begin, found - min(before, backslashes)), spot
            spot += 1  # SQL writes a quote inside as two
    return begin, len(text), len(text)


def _count_backslashes(text: str, end: int) -> int:
    start = end
    while start > max(0, end - _MAX_BACKSLASHES) and text[start - 1] == "\\":
        start -= 1
    return end - start


def _tag_end(text: str, start: int) -> int:
    """The position of the closing tag; the content may be CDATA, or have elements."""
    begin = start + len(text[start : start + 100]) - len(text[start : start + 100].lstrip())
    if text.startswith("<![CDATA[", begin):
        end = text.find("]]>", begin)
        return len(text) if end < 0 else end + len("]]>")
    end = text.find("</" if text.startswith("<", begin) else "<", start)
    return len(text) if end < 0 else end


def bracket_end(text: str, start: int) -> int:
    depth, quote, skipped = 0, "", -1
    for found in _BRACKETS.finditer(text, start):
        sign = found[0]
        if found.start() == skipped:
            continue
        if sign == "\\":
            skipped = found.end()
        elif quote:
            quote = "" if sign == quote else quote
        elif sign in "\"'":
            quote = sign
        else:
            depth += 1 if sign in "{[(" else -1
            if depth <= 0:
                return found.end()
    return len(text)


def _clause_end(text: str, place: Place, begin: int) -> int:
    """The end of an unquoted value: before the next name, a comma with a space, or the quote around it."""
    spot = end = begin
    depth = words = 0
    last = ""
    while spot < len(text):
        sign = text[spot]
        if plain := _PLAIN.match(text, spot):
            spot = end = plain.end()
            last = plain[0].lower()
            is_scheme = last in _SCHEMES or (place.is_header and plain.start() == begin and "=" not in last)
            words += not (is_scheme and text[end : end + 1].isspace())
        elif space := _SPACE.match(text, spot):
            if words and not depth and (place.is_one_word or _is_next(text, space.end(), place, last)):
                break
            spot = space.end()
        elif _is_over(text, spot, place, is_begun=words > 0, depth=depth):
            break
        elif sign in "\"'" and text[spot - 1] in "([{=:, ":
            spot = end = _find_quoted(text, _OPENED.match(text, spot))[2]  # type: ignore[arg-type]  # it is a quote
            words += 1
        else:
            depth = max(0, depth + (sign in "{[(") - (sign in "}])"))
            last = sign
            spot = end = spot + 1
    return end


def _is_next(text: str, spot: int, place: Place, last: str) -> bool:
    """Whether another name begins here that is not a part of a header."""
    return not (place.is_header and last in {",", ";"}) and _PAIR.match(text, spot) is not None


def _is_over(text: str, spot: int, place: Place, *, is_begun: bool, depth: int) -> bool:
    """Whether the character here ends the value: the quote around it, a bracket, or a separator of clauses."""
    sign = text[spot]
    if sign == place.enclosing:
        return not _count_backslashes(text, spot)
    if depth or sign in "\"'{[(":
        return False
    is_ended = _ENDED.match(text, spot + 1) is not None
    if sign in "}])":
        return is_ended
    if not is_begun or (place.is_header and sign in ",;"):
        return False
    return place.is_one_word or is_ended or _PAIR.match(text, spot + 1) is not None

"""Explains malformed JSON and query strings: where the fault is, in a sentence for the author of the program."""

import json
import re
from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import unquote_plus, unquote_to_bytes

import orjson

from almoxarife.wire.problem import FieldError

_NO_JSON = "O pedido não é um JSON válido"
_NOT_UTF_8 = "Há letras que não estão em UTF-8: “café” se escreve caf%C3%A9."
_OPEN_PERCENT = "Há um “%” sem dois dígitos hexadecimais depois dele. O próprio sinal se escreve %25."
_BROKEN = re.compile(r"%(?![0-9A-Fa-f]{2})")
_LINE = "\n"
MAX_NAME_LENGTH = 60
"""Characters of a name that are shown."""
_MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")


def explain_json(raw: bytes, error: orjson.JSONDecodeError) -> str:
    """ "… confira a linha 3, coluna 15, em “,90”." with line and column in characters, from 1."""
    if raw.startswith(_MARKS) or b"\0" in raw[:4]:
        return f"{_NO_JSON}: envie-o em UTF-8, sem a marca (BOM) no começo."
    try:
        text = raw.decode()
    except UnicodeDecodeError as invalid:
        before = raw[: invalid.start].decode()
        place = f"linha {before.count(_LINE) + 1}, coluna {len(before) - before.rfind(_LINE)}"
        return f"{_NO_JSON}: na {place}, há uma letra que não está em UTF-8."
    rest = " ".join(text[error.pos : error.pos + 20].split())
    found = f", em “{rest}”" if rest.isprintable() and rest else ""
    end = "; ele termina antes do fim" if error.pos >= len(text.rstrip()) else ""
    return f"{_NO_JSON}: confira a linha {error.lineno}, coluna {error.colno}{found}{end}."


def find_query_faults(query: str) -> Iterator[FieldError]:
    """The parameters of a raw query string that cannot be decoded: they would search for other words."""
    if "%" not in query and query.isascii():
        return
    for part in query.split("&"):
        name, _, value = part.partition("=")
        message = _OPEN_PERCENT if _BROKEN.search(part) else ""
        if not _is_utf_8(name) or not _is_utf_8(value):
            message = message or _NOT_UTF_8
        if message:
            yield FieldError(campo=unquote_plus(name), mensagem=message)


def _is_utf_8(encoded: str) -> bool:
    try:
        unquote_to_bytes(encoded.encode("latin-1")).decode()
    except UnicodeDecodeError:
        return False
    return True


# --- a name that stands twice: two programs may read two things of it, so we read neither ---


def find_repeated_names(raw: bytes, value: object) -> dict[int, str]:
    """Find names that one object of the JSON in ``raw`` has twice: one for each item of a list, by its place there.

    For other JSON the place is 0. ``value`` is ``raw`` as it was parsed, with the last value of each name. Colons are
    counted first: if there are no more than ``value`` needs, no name was lost.
    """
    is_written_otherwise = b"\\u003" in raw
    if not is_written_otherwise and raw.count(b":") == _count_colons(value):
        return {}
    try:
        marked = json.loads(raw, object_pairs_hook=_mark_repeated)
        items = marked if isinstance(value, list) else [marked]
        return {number: found.name for number, item in enumerate(items) if (found := _find_mark(item))}
    except RecursionError:  # within what the second one has replaced
        return dict.fromkeys(range(len(value) if isinstance(value, list) else 1), "corpo")


def _count_colons(value: object) -> int:
    """The number of colons that ``value`` needs: one for each name, and those within texts."""
    total, left = 0, [value]
    while left:
        item = left.pop()
        if type(item) is str:
            total += item.count(":")
        elif type(item) is dict:
            total += len(item) + "".join(item).count(":")
            left += item.values()
        elif type(item) is list:
            left += item
    return total


class _Repeated(NamedTuple):
    name: str


def _mark_repeated(pairs: list[tuple[str, object]]) -> _Repeated | None:
    """For ``json.loads``: the mark that replaces an object if it has, or contains, a name twice; None otherwise."""
    seen = set()
    for name, value in pairs:
        if name in seen:
            return _Repeated(name[:MAX_NAME_LENGTH])
        if found := _find_mark(value):
            return found
        seen.add(name)
    return None


def _find_mark(value: object) -> _Repeated | None:
    if isinstance(value, list):
        return next(filter(None, map(_find_mark, value)), None)
    return value if isinstance(value, _Repeated) else None

"""Secrets stay out of the log: by the name of a field, and by what a text says and looks like.

A field whose name speaks of a secret is stored without its value, and so is one whose
value is a long row of letters and digits as keys are, unless its name is known to be
harmless. Texts are read for what they are, JSON, addresses, names with their values, tokens
and numbers, each in a pass that is as long as the text.
"""

import re
from base64 import urlsafe_b64decode
from functools import lru_cache
from html import unescape
from typing import Any
from urllib.parse import unquote_plus

import orjson

from almoxarife.server.logs.redaction.columns import remove_from_columns
from almoxarife.server.logs.redaction.named_secrets import remove_named
from almoxarife.server.logs.redaction.names import is_harmless, is_secret
from almoxarife.server.logs.redaction.personal_numbers import is_personal, remove_numbers
from almoxarife.server.logs.redaction.secret_patterns import is_key, remove_from_addresses, remove_shapes
from almoxarife.wire.model import is_deeper

REMOVED = "[removido]"

_DEEPEST_TEXT = 3
"""A text in JSON in a text in JSON …"""
_DEEPEST_JSON = 64
_REWRITTEN = re.compile(
    r"%[0-9A-Fa-f]{2}|&(?:#\d{2,7}|#x[0-9A-Fa-f]{2,6}|[A-Za-z]{2,8});|\\x[0-9A-Fa-f]{2}|\\[0-3][0-7]{2}"
)
"""Letters as addresses, HTML and programs write them."""
_BY_NUMBER = re.compile(r"\\(?:x([0-9A-Fa-f]{2})|([0-3][0-7]{2}))")
_UNSEEN = re.compile("[\u00ad\u0300-\u036f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]")
"""Accents of their own, and what has no width: a name is the same with and without."""
_PACKED = re.compile(r"(?<![A-Za-z0-9+/_=-])[A-Za-z0-9+/_-]{12,}={0,2}")
"""Base64."""
_WITH_PASSWORD = re.compile(r"[\w.@-]{1,64}:\S{4,}")
_NAMES = frozenset({"name", "key", "nome", "chave", "campo", "header"})
_VALUES = frozenset({"value", "valor", "conteudo"})


def redact(name: str, value: Any) -> Any:
    """``value`` of the field ``name`` as it may be stored."""
    return _redact(name, value, _DEEPEST_TEXT)


def redact_text(text: str) -> str:
    return _redact_text(text, _DEEPEST_TEXT)


often_redacted = lru_cache(maxsize=4096)(redact_text)
"""For texts of bounded length that come again and again: what was done, and by whom."""


def _redact(name: str, value: Any, deeper: int) -> Any:
    if is_secret(name):
        return REMOVED
    if isinstance(value, str):
        return REMOVED if is_key(value) and not is_harmless(name) else _redact_text(value, deeper)
    if isinstance(value, dict):
        return _redact_object(value, deeper)
    if isinstance(value, list):
        is_pair = len(value) == 2 and isinstance(value[0], str) and is_secret(value[0])
        return [value[0], REMOVED] if is_pair else [_redact("", item, deeper) for item in value]
    if isinstance(value, float) and value.is_integer():
        return REMOVED if is_personal(int(value)) and not is_harmless(name) else value
    if type(value) is int and is_personal(value) and not is_harmless(name):
        return REMOVED
    return value


def _redact_object(value: dict[str, Any], deeper: int) -> dict[str, Any]:
    """Fields by their names; where one gives the name of another, as headers are written in HAR, that one too."""
    is_named = any(name in _NAMES and isinstance(item, str) and is_secret(item) for name, item in value.items())
    return {
        _redact_text(name, deeper): item
        if is_named and name in _NAMES
        else REMOVED
        if is_named and name in _VALUES
        else _redact(name, item, deeper)
        for name, item in value.items()
    }


def _redact_text(text: str, deeper: int) -> str:
    if text.isalpha():
        return text
    if deeper and text[:1] in {"{", "["}:
        text = _redact_json(text, deeper - 1)
    if deeper:
        text = remove_from_addresses(text, lambda inner: _redact_text(inner, deeper - 1))
        text = _PACKED.sub(lambda packed: REMOVED if _holds_secret(packed[0], deeper - 1) else packed[0], text)
    text = remove_shapes(remove_named(remove_from_columns(remove_numbers(text))))
    for read in (_unwrap, _without_unseen) if deeper else ():
        plain = read(text)
        if plain != text and (redacted := _redact_text(plain, deeper - 1)) != plain:
            text = redacted
    return text


def _unwrap(text: str) -> str:
    """The text without one layer of what it was written in."""
    if _REWRITTEN.search(text) is None:
        return text
    text = _BY_NUMBER.sub(lambda found: chr(int(found[1], 16) if found[1] else int(found[2], 8)), text)
    return unescape(unquote_plus(text) if "%" in text else text)


def _without_unseen(text: str) -> str:
    return text if text.isascii() else _UNSEEN.sub("", text)


def _holds_secret(packed: str, deeper: int) -> bool:
    """Whether base64 says one: a name and its value, or a user and a password as headers have them."""
    packed = packed.rstrip("=").replace("+", "-").replace("/", "_")
    try:
        plain = urlsafe_b64decode(packed + "=" * (-len(packed) % 4)).decode()
    except ValueError:
        return False
    return plain.isprintable() and (_WITH_PASSWORD.fullmatch(plain) is not None or _redact_text(plain, deeper) != plain)


def _redact_json(text: str, deeper: int) -> str:
    """The same text where it holds no secret, or is no JSON."""
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        return text
    if is_deeper(value, _DEEPEST_JSON):
        return text
    redacted = _redact("", value, deeper)
    return text if redacted == value else orjson.dumps(redacted).decode()

"""The rules by which ``redact`` removes secrets.

A field loses its value if its name is that of a secret, or if the value looks like a key and the name is not
known to be harmless. Texts are searched for JSON, addresses, names with values, tokens and numbers, each in
one pass whose time is linear in the length of the text.
"""

import re
from base64 import urlsafe_b64decode
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

_MAX_TEXT_DEPTH = 3
"""Levels of texts within JSON within texts that are searched."""
_MAX_JSON_DEPTH = 64
_REWRITTEN = re.compile(
    r"%[0-9A-Fa-f]{2}|&(?:#\d{2,7}|#x[0-9A-Fa-f]{2,6}|[A-Za-z]{2,8});|\\x[0-9A-Fa-f]{2}|\\[0-3][0-7]{2}"
)
"""Characters as URLs, HTML and programs escape them."""
_BY_NUMBER = re.compile(r"\\(?:x([0-9A-Fa-f]{2})|([0-3][0-7]{2}))")
_UNSEEN = re.compile("[\u00ad\u0300-\u036f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]")
"""Combining accents and characters without width, which are removed before a name is looked for."""
_PACKED = re.compile(r"(?<![A-Za-z0-9+/_=-])[A-Za-z0-9+/_-]{12,}={0,2}")
"""Base64."""
_WITH_PASSWORD = re.compile(r"[\w.@-]{1,64}:\S{4,}")
_NAMES = frozenset({"name", "key", "nome", "chave", "campo", "header"})
_VALUES = frozenset({"value", "valor", "conteudo"})


def redact(name: str, value: Any) -> Any:
    """``value`` of the field ``name`` as it may be stored."""
    return _redact(name, value, _MAX_TEXT_DEPTH)


def redact_text(text: str) -> str:
    return _redact_text(text, _MAX_TEXT_DEPTH)


def _redact(name: str, value: Any, depth_left: int) -> Any:
    if is_secret(name):
        return REMOVED
    if isinstance(value, str):
        return REMOVED if is_key(value) and not is_harmless(name) else _redact_text(value, depth_left)
    if isinstance(value, dict):
        return _redact_object(value, depth_left)
    if isinstance(value, list):
        is_pair = len(value) == 2 and isinstance(value[0], str) and is_secret(value[0])
        return (
            [_redact_text(value[0], depth_left), REMOVED]
            if is_pair
            else [_redact("", item, depth_left) for item in value]
        )
    if isinstance(value, float) and value.is_integer():
        return REMOVED if is_personal(int(value)) and not is_harmless(name) else value
    if type(value) is int and is_personal(value) and not is_harmless(name):
        return REMOVED
    return value


def _redact_object(value: dict[str, Any], depth_left: int) -> dict[str, Any]:
    """Redact the fields by their names. In ``{"name": "Cookie", "value": …}``, the name is that of the value."""
    is_named = any(name in _NAMES and isinstance(item, str) and is_secret(item) for name, item in value.items())
    return {
        _redact_text(name, depth_left): _redact_text(item, depth_left)
        if is_named and name in _NAMES and isinstance(item, str)
        else REMOVED
        if is_named and name in _VALUES
        else _redact(name, item, depth_left)
        for name, item in value.items()
    }


def _redact_text(text: str, depth_left: int) -> str:
    if text.isalpha():
        return text
    if depth_left and text[:1] in {"{", "["}:
        text = _redact_json(text, depth_left - 1)
    if depth_left:
        text = remove_from_addresses(text, lambda inner: _redact_text(inner, depth_left - 1))
        text = _PACKED.sub(lambda packed: REMOVED if _holds_secret(packed[0], depth_left - 1) else packed[0], text)
    text = remove_shapes(remove_named(remove_from_columns(remove_numbers(text))))
    for read in (_unwrap, _without_unseen) if depth_left else ():
        plain = read(text)
        if plain != text and (redacted := _redact_text(plain, depth_left - 1)) != plain:
            text = redacted
    return text


def _unwrap(text: str) -> str:
    """The text with one layer of escapes decoded."""
    if _REWRITTEN.search(text) is None:
        return text
    text = _BY_NUMBER.sub(lambda found: chr(int(found[1], 16) if found[1] else int(found[2], 8)), text)
    return unescape(unquote_plus(text) if "%" in text else text)


def _without_unseen(text: str) -> str:
    return text if text.isascii() else _UNSEEN.sub("", text)


def _holds_secret(packed: str, depth_left: int) -> bool:
    """Whether the decoded base64 holds a secret: a name with its value, or user and password as in a header."""
    packed = packed.rstrip("=").replace("+", "-").replace("/", "_")
    try:
        plain = urlsafe_b64decode(packed + "=" * (-len(packed) % 4)).decode()
    except ValueError:
        return False
    return plain.isprintable() and (
        _WITH_PASSWORD.fullmatch(plain) is not None or _redact_text(plain, depth_left) != plain
    )


def _redact_json(text: str, depth_left: int) -> str:
    """Redact a text that is JSON; any other text, or one without a secret, stays as it is."""
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        return text
    if is_deeper(value, _MAX_JSON_DEPTH):
        return text
    redacted = _redact("", value, depth_left)
    return text if redacted == value else orjson.dumps(redacted).decode()

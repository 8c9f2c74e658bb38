"""Secrets stay out of the log: by the name of a field, and by what a text looks like.

A field whose name speaks of a secret is stored without its value, and so is one whose
value is a long row of letters and digits as keys are, unless the name is on the list of
those known to be harmless. What looks like a token, a password or a CPF is taken out of
every text.
"""

import re
from functools import lru_cache
from typing import Any

REMOVED = "[removido]"

HARMLESS = frozenset(
    {
        *(
            "level",
            "message",
            "method",
            "path",
            "status",
            "duration_ms",
            "address",
            "request_id",
            "trace_id",
            "span_id",
        ),
        *("loja", "terminal", "host", "version", "problem", "chave_acesso", "chave_nfe", "token_count", "key_id"),
        *("id", "uuid", "commit", "revision", "etag", "sha", "sha1", "sha256", "checksum"),
    }
)
"""Names whose values are kept (as text they are searched all the same)."""

_SECRET_WORDS = frozenset(
    {
        *("auth", "bearer", "card", "cartao", "chave", "cpf", "credential", "credentials", "cvv", "jwt", "key", "pass"),
        *("pin", "private", "psw", "pwd", "session", "sessao", "sid"),
    }
)
_SECRET_PARTS = re.compile(
    "senha|passw|secret|segredo|token|authorization|autorizacao|cookie|apikey|credenc", re.IGNORECASE
)
_WORDS = re.compile("[A-Z]?[a-z0-9]+|[A-Z]+")

_SECRET_TEXT = re.compile(
    r"(?P<bearer>\b(?:bearer|basic)\s+)[\w.~+/=-]{6,}"
    r"|(?P<name>\b(?:senha|password|passwd|pwd|psw|token|secret|segredo|authorization|api_?key)[\"']?\s*[:=]\s*)"
    r"(?:\"[^\"]*\"|'[^']*'|[^\s,;&\"']+)"
    r"|almx_[\w-]{20,}"
    r"|\beyJ[\w-]+\.[\w-]+\.[\w-]+"  # a JSON Web Token
    r"|[\w-]{6,}\.[\w-]{6}\.[\w-]{27}\b"  # a token of ours
    r"|\b(?:scrypt|pbkdf2|argon2\w*|bcrypt):\S+"
    r"|(?P<cpf>\b\d{3}\.(?P<shown>\d{3}\.\d{3})-\d{2}\b)",
    re.IGNORECASE,
)
_UNBROKEN = re.compile("[A-Za-z0-9]{20,}")
_SWITCH = re.compile("[0-9][A-Za-z]|[A-Za-z][0-9]")
_FEWEST_SWITCHES = 3
"""From letter to digit or back: a key of 20 has more, a file's name with a date has one."""
# Nearly every text has none of these, and then there is nothing to look for.
_HINT = re.compile(r"[:=.]|earer|asic|almx_", re.IGNORECASE)


def redact(name: str, value: Any) -> Any:
    """``value`` of the field ``name`` as it may be stored."""
    if _is_secret(name):
        return REMOVED
    if isinstance(value, str):
        return REMOVED if _is_key(value) and not _is_harmless(name) else redact_text(value)
    if isinstance(value, dict):
        return {inner: redact(inner, item) for inner, item in value.items()}
    if isinstance(value, list):
        return [redact("", item) for item in value]
    return value


def redact_text(text: str) -> str:
    return _SECRET_TEXT.sub(_replacement, text) if _HINT.search(text) else text


def _replacement(found: "re.Match[str]") -> str:
    if found["cpf"]:
        return f"***.{found['shown']}-**"
    return f"{found['bearer'] or found['name'] or ''}{REMOVED}"


def _is_key(text: str) -> bool:
    return any(len(_SWITCH.findall(found)) >= _FEWEST_SWITCHES for found in _UNBROKEN.findall(text))


@lru_cache(maxsize=4096)
def _is_harmless(name: str) -> bool:
    return name.lower() in HARMLESS or (name.lower().endswith("_id") and not _is_secret(name))


@lru_cache(maxsize=4096)
def _is_secret(name: str) -> bool:
    if not name or name.lower() in HARMLESS:
        return False
    words = {word.lower() for word in _WORDS.findall(name)}
    return not words.isdisjoint(_SECRET_WORDS) or _SECRET_PARTS.search(name) is not None

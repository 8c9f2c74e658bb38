"""Secrets stay out of the log: by the name of a field, and by what a text looks like.

A field whose name speaks of a secret is stored without its value, unless it is on the
list of names that are known to be harmless. What looks like a token, a password or a
CPF is taken out of every text.
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
# Nearly every text has none of these, and then there is nothing to look for.
_HINT = re.compile(r"[:=.]|earer|asic|almx_", re.IGNORECASE)


def redact(name: str, value: Any) -> Any:
    """``value`` of the field ``name`` as it may be stored."""
    if _is_secret(name):
        return REMOVED
    if isinstance(value, str):
        return redact_text(value)
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


@lru_cache(maxsize=4096)
def _is_secret(name: str) -> bool:
    if not name or name.lower() in HARMLESS:
        return False
    words = {word.lower() for word in _WORDS.findall(name)}
    return not words.isdisjoint(_SECRET_WORDS) or _SECRET_PARTS.search(name) is not None

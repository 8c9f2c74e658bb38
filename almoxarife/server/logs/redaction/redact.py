"""Removes secrets from the fields and texts of log entries, by the rules in ``rules``.

The rules have a hundred regular expressions. They are imported with the first text to redact, to keep the start of a
server short.
"""

from functools import lru_cache
from typing import Any

REMOVED = "[removido]"


def redact(name: str, value: Any) -> Any:
    """``value`` of the field ``name`` as it may be stored."""
    from almoxarife.server.logs.redaction import rules

    return rules.redact(name, value)


def redact_text(text: str) -> str:
    from almoxarife.server.logs.redaction import rules

    return rules.redact_text(text)


def is_key(text: str) -> bool:
    """Whether the text has a long run of mixed letters and digits, as keys are."""
    from almoxarife.server.logs.redaction import secret_patterns

    return secret_patterns.is_key(text)


redact_cached = lru_cache(maxsize=4096)(redact_text)
"""``redact_text`` with a cache, for short texts that are often repeated: actions and users."""

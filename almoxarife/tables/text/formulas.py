"""Protects texts in text files that a spreadsheet would take for formulas."""

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""A spreadsheet takes a text for a formula if it starts so; the full-width signs count in East Asian settings."""


def guard(text: str) -> str:
    """Prefix a text that looks like a formula with an apostrophe, so that a spreadsheet does not compute it."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def unguard(text: str) -> str:
    return text[1:] if text.startswith("'") and text[1:].startswith(FORMULA_STARTS) else text

"""Texts that a spreadsheet would compute, as they stand in text files."""

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""A spreadsheet takes a text for a formula if it starts so; the full-width signs count in East Asian settings."""


def guard(text: str) -> str:
    """Keep a cell of a text file from being computed, with the apostrophe that spreadsheets themselves use for it."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def unguard(text: str) -> str:
    return text[1:] if text.startswith("'") and text[1:].startswith(FORMULA_STARTS) else text

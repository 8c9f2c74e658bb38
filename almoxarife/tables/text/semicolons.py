"""Writes CSV as Excel in Brazil reads it: semicolons, and UTF-8 with a BOM at its beginning."""

import csv
import io
from collections.abc import Sequence

BOM = "\ufeff".encode()


def encode_rows(rows: Sequence[Sequence[str]]) -> bytes:
    """The lines of these rows. A text that a spreadsheet may take for a formula must have been guarded."""
    text = io.StringIO()
    csv.writer(text, delimiter=";", lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode()

"""One minus sign on all screens and in all files: the one of the keyboard, which every field reads."""

from decimal import Decimal
from pathlib import Path

import pytest

import almoxarife
from almoxarife.clients.desktop.kit import wording
from almoxarife.server.web import words

PACKAGE = Path(almoxarife.__file__).parent
READERS = {"pdf.py"}
"""They read the typographic sign in texts of others."""


@pytest.mark.parametrize("signed", [wording.signed, words.signed])
def test_an_effect_has_its_sign(signed):
    assert [signed(Decimal(text)) for text in ("-1250.5", "0", "3")] == ["-1.250,5", "+0", "+3"]


def test_nothing_shows_another_sign():
    files = [
        file for kind in ("py", "js", "html") for file in PACKAGE.rglob(f"*.{kind}") if file.stat().st_size < 99_999
    ]
    assert len(files) > 500
    assert {file.name for file in files if "\N{MINUS SIGN}" in file.read_text("utf-8")} == READERS

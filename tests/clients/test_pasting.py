"""What is pasted into a field of one line: cells of spreadsheets come with line breaks and signs that nobody sees."""

import pytest

from almoxarife.clients.desktop.kit.widgets import one_line


@pytest.mark.parametrize(
    ("pasted", "kept"),
    [
        ("Sabonete\r\n", "Sabonete"),
        ("Sabonete\tlavanda\n", "Sabonete lavanda"),
        ("7891000315507\r\n", "7891000315507"),
        ("\n12\r\n", "12"),
        ("Sabonete \r\n  em pó\u2028", "Sabonete em pó"),
        ("\ufeffCaf\u00ade\u200b", "Cafe"),
        (" de soja", " de soja"),
        ("７８９１０００３１５５０７", "7891000315507"),
        ("１２，５", "12,5"),
        ("−3", "-3"),
        ("R$ １９，９０", "R$ 19,90"),
        ("７８９１０００３１５５０７ x１２", "7891000315507 x12"),
        ("Parafuso M6−20", "Parafuso M6−20"),
        ("Chá １２，verde", "Chá １２，verde"),
        ("", ""),
    ],
)
def test_a_cell_is_one_line(pasted, kept):
    assert one_line(pasted) == kept


@pytest.mark.parametrize(("pasted", "kept"), [("abcdefghjk\n", "abcdefghjk"), (" a b\r\n", " a b"), ("a\tb", "a\tb")])
def test_a_password_loses_its_line_break_alone(pasted, kept):
    assert one_line(pasted, is_secret=True) == kept

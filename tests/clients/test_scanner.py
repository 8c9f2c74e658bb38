"""A scanner is told from a hand by its speed, its length, its end and its check digit."""

import pytest

from almoxarife.clients.desktop.kit.scanner import KeyRun
from almoxarife.wire.codes.scanned import find_gtin

GTIN = "7891000315507"


def scan(digits, gap_ms, run=None, start_ms=1000):
    run = run or KeyRun()
    at = start_ms
    for digit in digits:
        run.type(digit, at)
        at += gap_ms
    return run.end(at)


@pytest.mark.parametrize("digits", [GTIN, "96385074", "614141000036", "10614141000415"])
def test_every_length_of_barcode_is_read(digits):
    assert scan(digits, 5) == digits


def test_a_person_is_slower_than_a_scanner():
    assert scan(GTIN, 29) == GTIN
    assert scan(GTIN, 30) is None


def test_a_pause_in_the_middle_begins_anew():
    run = KeyRun()
    run.type("7", 0)

    assert scan(GTIN, 5, run, start_ms=101) == GTIN
    run.type("7", 0)
    assert scan(GTIN, 5, run, start_ms=100) is None


@pytest.mark.parametrize("digits", ["7891000315508", "1234567", "12345670123", "", "٧٨٩١٠٠٠٣١٥٥٠٧"])
def test_what_is_no_barcode_is_typing(digits):
    assert scan(digits, 5) is None


def test_a_letter_ends_the_run_and_a_shift_does_not():
    run = KeyRun()
    for key in ("1", "2", "a", *GTIN[:4], "", *GTIN[4:]):
        run.type(key, 10)

    assert run.end(15) == GTIN
    assert run.end(16) is None


def test_the_first_sign_is_known_as_such():
    run = KeyRun()
    run.type("x", 0)
    assert not run.has_begun
    run.type("]", 5)
    assert run.has_begun
    run.type("E", 10)
    assert not run.has_begun
    run.type("7", 111)
    assert run.has_begun


@pytest.mark.parametrize(
    "line",
    [
        *(GTIN, f"]E0{GTIN}", f"]E00{GTIN}", f"F{GTIN}", f"*{GTIN}*", f"\x02{GTIN}\x03", f"{GTIN} ", f"{GTIN}\r\n"),
        *(f"]d2010{GTIN}", f"]C1010{GTIN}17271231"),
    ],
)
def test_what_a_scanner_puts_before_and_behind_is_left_out(line):
    assert find_gtin(line) in {GTIN, f"0{GTIN}"}
    assert scan(line, 5) in {GTIN, f"0{GTIN}"}


@pytest.mark.parametrize("line", ["", "12", "78910003 12", "12 cx 5", "00000000", "1.234.567,00", "7891000315507,5"])
def test_a_line_without_a_barcode_has_none(line):
    assert find_gtin(line) is None

"""A scanner is told from a hand by its speed, its length, its end and its check digit."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from almoxarife.clients.desktop.cadastro.registering.forms import is_code_long, read_quantity
from almoxarife.clients.desktop.kit.scanner import KeyRun
from almoxarife.wire.codes.gtin import is_gtin
from almoxarife.wire.codes.scanned import find_gtin
from almoxarife.wire.stock import RecordedKind

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


def test_what_lost_a_digit_is_no_typing_where_nothing_can_be_typed():
    for line, outside in (("9638507", ""), ("]E0789100031550", ""), ("123456", None), (GTIN, GTIN)):
        run = KeyRun()
        for place, sign in enumerate(line):
            run.type(sign, 1000 + 120 * place, is_field=False)
        assert run.end(1000 + 120 * len(line), is_field=False) == outside
    assert scan("9638507", 5) is None


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
        *(f"]d2010{GTIN}", f"]C1010{GTIN}17271231", f"[E0{GTIN}", f"]e0{GTIN}"),
    ],
)
def test_what_a_scanner_puts_before_and_behind_is_left_out(line):
    assert find_gtin(line) in {GTIN, f"0{GTIN}"}
    assert scan(line, 5) in {GTIN, f"0{GTIN}"}


def test_the_identifier_of_a_short_code_on_the_keyboard_of_another_country_is_left_out():
    for line in ("[E496385074", "]E496385074", "]e496385074"):
        assert find_gtin(line) == "96385074"
        assert scan(line, 5) == "96385074"


@pytest.mark.parametrize(
    "line",
    [
        *(f"(01)0{GTIN}(17)261231(10)L1", f"(01) 0{GTIN}", f"010{GTIN}1726123110L1A", f"\x1d010{GTIN}21AB9"),
        *(f"]d2010{GTIN}1726123110L1", f"]Q3https://id.gs1.org/01/0{GTIN}/10/L1?17=261231"),
        *(f"https://loja.com.br/01/{GTIN}", f"HTTPS://LOJA.COM.BR/P/01/{GTIN}?x=1"),
    ],
)
def test_a_code_of_two_dimensions_has_the_barcode_in_it(line):
    assert find_gtin(line) in {GTIN, f"0{GTIN}"}


@pytest.mark.parametrize(
    "line",
    [
        *(
            f"https://loja.com.br/p?ean={GTIN[:-1]}0",
            f"https://loja.com.br/01/{GTIN[:-1]}0/x",
            "https://loja.com.br/01/2026",
        ),
        *("(01)12345678901234", f"010{GTIN[:-1]}01726123110L1", f"https://loja.com.br/01/{GTIN}abcdef"),
    ],
)
def test_what_is_no_barcode_in_an_address_stays_none(line):
    assert find_gtin(line) is None


@pytest.mark.parametrize("line", ["", "12", "78910003 12", "12 cx 5", "00000000", "1.234.567,00", "7891000315507,5"])
def test_a_line_without_a_barcode_has_none(line):
    assert find_gtin(line) is None


def with_check_digit(digits):
    return next(f"{digits}{last}" for last in "0123456789" if is_gtin(f"{digits}{last}"))


CODES = st.sampled_from([7, 11, 12, 13]).flatmap(
    lambda length: st.text("0123456789", min_size=length, max_size=length).filter(lambda digits: digits.strip("0"))
).map(with_check_digit)  # fmt: skip
SETUPS = st.tuples(
    st.sampled_from(["", "]E0", "]C1", "[E0", "F", "*", "\x02", "]d2010"]),
    st.sampled_from(["", " ", "*", "\x03", "\r\n"]),
)


@given(CODES, SETUPS, st.lists(st.integers(5, 120), min_size=30, max_size=30), st.booleans())
def test_at_any_speed_it_is_that_barcode_or_typing_and_never_another_one(code, setup, gaps, is_field):
    before, behind = setup
    if len(code) == 14:
        before = before.replace("]d2010", "]d201")  # fourteen places: the zero would be one too many
    run, at = KeyRun(), 1000
    line = f"{before}{code}{behind}"
    for character, gap in zip(line, gaps, strict=False):
        run.type(character, at, is_field=is_field)
        at += gap

    found = run.end(at, is_field=is_field)

    assert not found or found.lstrip("0") == code.lstrip("0")
    if not is_field and not before.startswith("]d2") and find_gtin(line) is not None:
        assert found is not None  # no Enter of a scanner presses a button


@given(CODES, SETUPS, st.integers(0, 1), st.sampled_from(["", "+", "-"]))
def test_what_a_slow_scanner_leaves_in_quantity_is_asked_about_or_is_no_number(code, setup, lost, sign):
    text = f"{sign}{setup[0]}{code[lost:]}{setup[1]}"

    for kind in RecordedKind:
        try:
            read_quantity(text, kind, takes_decimals=True)
        except ValueError:
            continue
        assert is_code_long(text)

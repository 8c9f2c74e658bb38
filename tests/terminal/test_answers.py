"""What is typed, read strictly: never another amount or day than was meant, and never a crash."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from almoxarife.brazil import format_date
from almoxarife.clients.terminal.conversation.answers import (
    is_yes,
    read_amount,
    read_birth_year,
    read_day,
    read_number,
    read_who,
)
from almoxarife.clients.terminal.conversation.prompter import COLUMNS, count_columns, wrap
from almoxarife.clients.terminal.conversation.words import format_money

amounts = st.integers(1, 999_999_999_999).map(lambda centavos: Decimal(centavos) / 100)


@given(amounts)
def test_an_amount_reads_as_it_is_written(amount):
    for text in (f"{amount:.2f}", f"{amount:.2f}".replace(".", ","), format_money(amount)):
        assert read_amount(text) == amount


@given(st.text(alphabet="0123456789.,-+ eRr$", max_size=12))
def test_an_amount_has_at_most_centavos_and_is_the_digits_that_were_typed(text):
    try:
        amount = read_amount(text)
    except ValueError:
        return
    assert amount > 0
    digits = "".join(sign for sign in text if sign.isdigit())
    assert int(amount * 100) in {int(digits), int(digits) * 100}


@given(st.dates(date(2000, 1, 1), date(8999, 12, 31)))
def test_a_day_reads_as_it_is_written(day):
    assert read_day(format_date(day)) == read_day(format_date(day).replace("/", "")) == day


@pytest.mark.parametrize("read", [read_amount, read_day, read_birth_year, read_who, lambda text: read_number(text, 9)])
@given(st.text(max_size=20))
def test_whatever_is_typed_is_taken_or_said_to_be_wrong(read, text):
    said = _what_is_said(read, text)
    assert said is None or (said[0].isupper() and not said.startswith("Invalid"))


def _what_is_said(read, text):
    """None where it is taken."""
    try:
        read(text)
    except ValueError as error:
        return str(error)
    return None


@given(st.text(max_size=5))
def test_only_an_s_is_yes(text):
    assert is_yes(text) == (text.strip() in {"s", "S"})


@given(st.text(max_size=300))
def test_every_line_fits_and_moves_no_cursor(text):
    for piece in wrap(text):
        assert count_columns(piece) <= COLUMNS
        assert piece.isprintable()

"""Days and numbers as Brazil writes them."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from almoxarife.brazil import format_date, format_recent, parse_date, parse_money, parse_number

TODAY = date(2026, 11, 25)
THE_20TH = date(2026, 11, 20)


@pytest.mark.parametrize("text", ["20/11/2026", " 20/11/26 ", "20/11", "20-11-2026", "20.11.2026", "20112026"])
def test_a_day_may_be_written_short(text):
    assert parse_date(text, TODAY) == THE_20TH


def test_a_time_of_another_day_says_which():
    """By the days of the zone, not by 24 hours."""
    late = datetime(2026, 11, 21, 2, 59, tzinfo=UTC)  # 23:59 of the 20th in São Paulo
    assert format_recent(late, now=late - timedelta(hours=20)) == "23:59"
    assert format_recent(late, now=late + timedelta(minutes=1)) == "20/11 23:59"
    assert format_recent(late, UTC, now=late + timedelta(hours=21)) == "02:59"


def test_a_day_is_written_with_its_zeros():
    assert parse_date("1/2", TODAY) == date(2026, 2, 1)
    assert format_date(date(2026, 2, 1)) == "01/02/2026"


@pytest.mark.parametrize(
    "text", ["", "ontem", "20", "2011", "20/11/202", "2026-11-20", "20/11/2026 10:00", "٢٠/11/2026"]
)
def test_what_is_no_day_is_told_how_to_write_one(text):
    with pytest.raises(ValueError, match="Escreva o dia assim: 25/11/2026"):
        parse_date(text, TODAY)


@pytest.mark.parametrize("text", ["31/11/2026", "29/02/2026", "00/01/2026", "20/13", "01/01/0000"])
def test_a_day_that_does_not_exist_is_refused(text):
    with pytest.raises(ValueError, match="não existe no calendário"):
        parse_date(text, TODAY)


@pytest.mark.parametrize("between", [".", "\N{NO-BREAK SPACE}", "\N{NARROW NO-BREAK SPACE}", "\N{THIN SPACE}"])
def test_thousands_may_be_parted_as_programs_part_them(between):
    assert parse_number(f"1{between}234,5") == Decimal("1234.5")


@pytest.mark.parametrize("text", ["12 34", "12\u2003345", "1e3", "²", "٣"])
def test_what_is_no_number_is_told_how_to_write_one(text):
    with pytest.raises(ValueError, match="Escreva o número assim"):
        parse_number(text)


@pytest.mark.parametrize(
    ("text", "shown"), [("18.90", "18,90"), ("18.9", "18,9"), (" R$ 18.90", "18,90"), ("x", "19,90")]
)
def test_a_price_with_a_dot_for_a_comma_is_refused_with_the_comma(text, shown):
    with pytest.raises(ValueError, match=f"^Escreva o valor assim: {shown}$"):
        parse_money(text)


@pytest.mark.parametrize(("text", "shown"), [("1.5", "1,5"), ("-12.50", "-12,50"), ("1.2345", "1.234,5")])
def test_a_number_with_a_dot_for_a_comma_is_refused_with_the_comma(text, shown):
    with pytest.raises(ValueError, match=f"^Escreva o número assim: {shown}$"):
        parse_number(text)

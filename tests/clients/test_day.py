from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from almoxarife.clients.desktop.monitor.day_figures import ask_day, last_hours
from almoxarife.clients.desktop.monitor.sparkline import bars
from almoxarife.wire.stock import Summary


class Asked:
    """A server that counts 1 entry in each hour of yesterday, and the number of the hour in those of today."""

    def __init__(self):
        self.days = []

    def summary(self, day=None, *, shop_id=None):
        self.days.append((day, shop_id))
        hours = [1] * 24 if day else list(range(24))
        return Summary(entradas=1, quantidade=Decimal("1940.5"), pessoas=3, por_hora=hours)


def test_the_last_24_hours_end_with_the_one_that_runs():
    assert last_hours([1] * 24, list(range(24)), 2) == [1] * 21 + [0, 1, 2]
    assert last_hours([1] * 24, list(range(24)), 23) == list(range(24))
    assert len(last_hours([1] * 24, [0] * 24, 0)) == 24


def test_the_day_is_the_shops_day_in_words():
    server = Asked()
    day = ask_day(server, "l1", datetime(2026, 11, 20, 2, 30, tzinfo=UTC))  # 23:30 of the 19th in São Paulo

    assert server.days == [(None, "l1"), (date(2026, 11, 18), "l1")]
    assert day.sentence == "Hoje  1 entrada · 3 pessoas"
    assert (day.describe_hour(23), day.describe_hour(1), day.describe_hour(0)) == (
        "23 h: 23 entradas",
        "1 h: 1 entrada",
        "0 h: 0 entradas",
    )


@pytest.mark.parametrize(
    ("utc_hour", "first", "last"),
    [(3, "1 h: 1 entrada", "0 h: 0 entradas"), (1, "23 h: 1 entrada", "22 h: 22 entradas")],
)
def test_an_hour_is_named_wherever_midnight_falls(utc_hour, first, last):
    day = ask_day(Asked(), None, datetime(2026, 11, 20, utc_hour, 5, tzinfo=UTC))
    assert (day.describe_hour(0), day.describe_hour(23)) == (first, last)


def test_the_highest_hour_fills_the_height_and_an_empty_one_keeps_a_line():
    drawn = bars([0, 5, 10], bar_px=5, gap_px=2, height_px=30)

    assert [(bar.left, bar.right, bar.bottom - bar.top) for bar in drawn] == [(0, 5, 1), (7, 12, 15), (14, 19, 30)]
    assert {bar.bottom for bar in drawn} == {30}
    assert [bar.bottom - bar.top for bar in bars([0, 0], bar_px=5, gap_px=2, height_px=30)] == [1, 1]
    assert [bar.bottom - bar.top for bar in bars([1, 1000], bar_px=5, gap_px=2, height_px=30)] == [1, 30]

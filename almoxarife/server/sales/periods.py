"""Expresses a span of days by few stored periods: days, thirds of a month, months and years.

Where a span has most of a period, the whole period is read and the rest is subtracted: 1 to 29 March
is March minus two days. Reading a long period costs hardly more than reading a day.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache
from typing import NamedTuple

from almoxarife.server.upkeep.sales_totals import find_third

_FIRST_YEAR, _LAST_YEAR = 1000, 9999
_DAY_COSTS, _LONGER_COSTS = 1, 2


class Range(NamedTuple):
    """Periods of one kind from the first to the last, both included; ``sign`` is -1 to subtract them."""

    first: int
    last: int
    sign: int


class _Period(NamedTuple):
    number: int
    first: date
    last: date
    parts: "tuple[_Period, ...]" = ()


class _Cover(NamedTuple):
    cost: int = 0
    signed: tuple[tuple[int, int], ...] = ()
    """Sign and number of each period."""

    def plus(self, other: "_Cover", sign: int = 1) -> "_Cover":
        more = tuple((sign * its_sign, number) for its_sign, number in other.signed)
        return _Cover(self.cost + other.cost, self.signed + more)


def list_ranges(since: date | None, until: date | None) -> list[Range]:
    """The ranges that add up to the days from ``since`` to ``until``, both included; None is open."""
    first_year = _FIRST_YEAR if since is None else since.year
    last_year = _LAST_YEAR if until is None else until.year
    since, until = since or date(first_year, 1, 1), until or date(last_year, 12, 31)
    cover = _Cover()
    for year in sorted({first_year, last_year}):
        if since > date(year, 1, 1) or until < date(year, 12, 31):
            cover = cover.plus(_cover(_year(year), since, until))
            first_year += year == first_year
            last_year -= year == last_year
    ranges = list(_merge(sorted(cover.signed)))
    return ranges + ([Range(first_year, last_year, 1)] if first_year <= last_year else [])


def _cover(period: _Period, since: date, until: date) -> _Cover:
    """The cheaper of two covers: the parts of the period within the span, or the whole minus its other parts."""
    if until < period.first or period.last < since:
        return _Cover()
    whole = _Cover(_LONGER_COSTS if period.parts else _DAY_COSTS, ((1, period.number),))
    if since <= period.first and period.last <= until:
        return whole
    parts = _cover_parts(period, since, until)
    if since > period.first:
        whole = whole.plus(_cover_parts(period, period.first, since - _ONE), -1)
    if until < period.last:
        whole = whole.plus(_cover_parts(period, until + _ONE, period.last), -1)
    return min(parts, whole, key=lambda cover: cover.cost)


def _cover_parts(period: _Period, since: date, until: date) -> _Cover:
    cover = _Cover()
    for part in period.parts:
        cover = cover.plus(_cover(part, since, until))
    return cover


def _merge(signed: list[tuple[int, int]]) -> Iterator[Range]:
    """Join neighbours of one kind to one range, which is one scan of the index."""
    found: Range | None = None
    for sign, number in signed:
        if found is not None and (found.sign, found.last + 1) == (sign, number):
            found = found._replace(last=number)
            continue
        if found is not None:
            yield found
        found = Range(number, number, sign)
    if found is not None:
        yield found


_ONE = timedelta(days=1)


@cache
def _year(year: int) -> _Period:
    months = tuple(_month(year, month) for month in range(1, 13))
    return _Period(year, months[0].first, months[-1].last, months)


def _month(year: int, month: int) -> _Period:
    days, day = [], date(year, month, 1)
    while day.month == month:
        days.append(_Period(day.year * 10_000 + day.month * 100 + day.day, day, day))
        day += _ONE
    number = year * 100 + month
    thirds = []
    for third in (1, 2, 3):
        parts = tuple(one for one in days if find_third(one.first.day) == third)
        thirds.append(_Period(number * 10 + third, parts[0].first, parts[-1].last, parts))
    return _Period(number, days[0].first, days[-1].last, tuple(thirds))

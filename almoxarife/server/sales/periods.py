"""Any days as few periods of the sums: of what is kept by day, third of a month, month and year.

Where most of a period is meant, the whole of it is read and the rest taken off again: 1 to 29 March
is March without two days. A period of many products is read as quickly as one day of them, nearly.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache
from typing import NamedTuple

from almoxarife.server.upkeep.sales_totals import find_third

_FIRST_YEAR, _LAST_YEAR = 1000, 9999
_DAY_COSTS, _LONGER_COSTS = 1, 2


class Range(NamedTuple):
    """Periods of one kind, both included; ``sign`` is -1 for what is taken off."""

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
    """Of the days from ``since`` to ``until``, both included; None is open. No day is counted but those, each once."""
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
    """The cheaper of its parts, and all of it without the other parts."""
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
    """Neighbours of one kind are one walk along the index."""
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

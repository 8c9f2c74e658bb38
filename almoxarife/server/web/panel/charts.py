"""Bars of a chart, as heights that a template draws."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from almoxarife import brazil
from almoxarife.wire.sales import Ranked

TALLEST = 100
MAX_DAYS = 92
"""Up to so many days, each gets a bar, even without a sale."""


@dataclass(frozen=True, slots=True)
class Bar:
    label: str
    amount: Decimal
    sales: int
    height: float = 0.0
    day: str = ""
    """The ISO date of a bar that is a day."""
    hour: str = ""
    """The hour of a bar that is an hour of the day."""


@dataclass(frozen=True, slots=True)
class Chart:
    bars: list[Bar]
    highest: Bar | None
    """None where nothing was sold."""


def by_day(ranked: Iterable[Ranked], since: date | None, until: date | None) -> Chart:
    """A bar for each day from the first to the last, or beyond ``MAX_DAYS`` only for days with sales."""
    found = {date.fromisoformat(one.id): one for one in ranked}
    if not found:
        return Chart([], None)
    first, last = since or min(found), until or max(found)
    if (last - first).days < MAX_DAYS:
        days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    else:
        days = sorted(found)
    return _draw(_bar(brazil.format_date(day), found.get(day), day.isoformat()) for day in days)


def by_hour(ranked: Iterable[Ranked]) -> Chart:
    """A bar for each hour of the day from the first with a sale to the last."""
    found = {int(one.id): one for one in ranked}
    if not found:
        return Chart([], None)
    return _draw(_bar(f"{hour} h", found.get(hour), hour=str(hour)) for hour in range(min(found), max(found) + 1))


def _bar(label: str, one: Ranked | None, day: str = "", hour: str = "") -> Bar:
    return Bar(label, one.total if one else Decimal(0), one.sales if one else 0, day=day, hour=hour)


def _draw(bars: Iterable[Bar]) -> Chart:
    flat = list(bars)
    highest = max(flat, key=lambda bar: bar.amount)
    scale = TALLEST / float(highest.amount) if highest.amount else 0.0
    drawn = [replace(bar, height=round(float(bar.amount) * scale, 2)) for bar in flat]
    return Chart(drawn, highest if highest.amount else None)

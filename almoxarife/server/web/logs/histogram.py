"""The bars of entries over time; each links to a view of its interval."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from itertools import pairwise

from almoxarife.server.web.logs.view import Span, View
from almoxarife.wire.programs.logs import Interval, LogCount

WIDTH, HEIGHT = 1000.0, 100.0
MAX_BARS = 400
_LENGTHS = {
    Interval.QUARTER: timedelta(minutes=15),
    Interval.HOUR: timedelta(hours=1),
    Interval.DAY: timedelta(days=1),
    Interval.MONTH: timedelta(days=31),
}


@dataclass(frozen=True)
class Bar:
    x: float
    width: float
    height: float
    failed_height: float
    entries: int
    failed: int
    label: str
    address: str


@dataclass(frozen=True)
class Histogram:
    bars: list[Bar]
    since: datetime
    until: datetime
    total: int
    failed: int


def draw(counts: Sequence[LogCount], interval: Interval, view: View, span: Span, zone: tzinfo) -> Histogram | None:
    """The bars over the whole span, if it has a start and an end. None without entries."""
    counts = [count for count in counts[-MAX_BARS:] if count.entries]
    if not counts:
        return None
    highest = max(count.entries for count in counts)
    # Positions by time, not by index, so that the axis is right where empty intervals are left out.
    since = min(span.since or counts[0].start, counts[0].start)
    until = max(span.until or counts[-1].start, counts[-1].start + _LENGTHS[interval])
    whole = (until - since) / WIDTH
    following = {before.start: after.start for before, after in pairwise(counts)}
    bars = []
    for count in counts:
        end = min(following.get(count.start, until), count.start + _LENGTHS[interval])
        bars.append(
            Bar(
                x=round((count.start - since) / whole, 2),
                width=round(max(1.0, (end - count.start) / whole - 1), 2),
                height=round(count.entries / highest * HEIGHT, 2),
                failed_height=round(count.failures / highest * HEIGHT, 2),
                entries=count.entries,
                failed=count.failures,
                label=_label(count.start, interval, zone),
                address=view.zoomed(count.start, end).address,
            )
        )
    total = sum(count.entries for count in counts)
    return Histogram(bars, since, until, total, sum(bar.failed for bar in bars))


def _label(start: datetime, interval: Interval, zone: tzinfo) -> str:
    formats = {Interval.MONTH: "%m/%Y", Interval.DAY: "%d/%m/%Y"}
    return start.astimezone(zone).strftime(formats.get(interval, "%d/%m/%Y %H:%M"))

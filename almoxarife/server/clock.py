"""Elapsed time that does not depend on the system's clock, and local days.

The system's clock may be years wrong and be set while the server runs, so deadlines and lifetimes are
measured by elapsed time.
"""

import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import partial

# On Linux, CLOCK_MONOTONIC does not count the time that the computer sleeps.
_BOOT: int | None = getattr(time, "CLOCK_BOOTTIME", None)
elapsed_s: Callable[[], float] = time.monotonic if _BOOT is None else partial(time.clock_gettime, _BOOT)
"""Seconds since some moment in the past, including sleep where the system counts it."""


class SteadyClock:
    """The time when it was created plus the elapsed time: setting the system's clock later does not change it."""

    def __init__(self) -> None:
        self.elapsed_s: Callable[[], float] = elapsed_s
        self._began = datetime.now(UTC)
        self._began_s = elapsed_s()

    def now(self) -> datetime:
        return self._began + timedelta(seconds=self.elapsed_s() - self._began_s)


class ClockJumpWatch:
    """Notices when the system's clock is set. Call ``measure_jump`` often: it may be set and set back in between."""

    SMALLEST_S = 60.0

    def __init__(self) -> None:
        self.jumped_s = 0
        """By how much the clock was set since the start, in total; 0 again after it was set back."""
        self._offset_s = self._measure()

    def measure_jump(self) -> int:
        """By how many seconds the clock was set since the last call; 0 if it was not."""
        before, self._offset_s = self._offset_s, self._measure()
        jump_s = self._offset_s - before
        if abs(jump_s) < self.SMALLEST_S:
            return 0
        self.jumped_s += round(jump_s)
        return round(jump_s)

    def _measure(self) -> float:
        return time.time() - elapsed_s()


def start_of(day: date, zone: tzinfo) -> datetime:
    """The first moment of a local day, in UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)


def today(zone: tzinfo) -> date:
    return datetime.now(UTC).astimezone(zone).date()


def to_moment(value: datetime | date, zone: tzinfo, *, whole_day: bool = False) -> datetime:
    """A moment in UTC: of a day the first one (with ``whole_day`` the next day's); a time without offset is local."""
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=zone)).astimezone(UTC)
    return start_of(value + timedelta(days=1) if whole_day else value, zone)


def list_offsets(zone: tzinfo, since: datetime, before: datetime) -> list[tuple[datetime, timedelta]]:
    """The zone's offsets from UTC and the moments from which they hold, the first at ``since``.

    Assumes that no zone changes its offset twice within a week.
    """
    moment, offset = since, _offset(zone, since)
    found = [(moment, offset)]
    while moment < before:
        later = min(moment + timedelta(days=7), before)
        offset_later = _offset(zone, later)
        if offset_later != offset:
            found.append((_find_change(zone, moment, later), offset_later))
        moment, offset = later, offset_later
    return found


def _find_change(zone: tzinfo, before: datetime, after: datetime) -> datetime:
    """The first moment with the offset of ``after``; ``before`` has another one."""
    offset = _offset(zone, before)
    while after - before > timedelta(microseconds=1):
        middle = before + (after - before) / 2
        before, after = (middle, after) if _offset(zone, middle) == offset else (before, middle)
    return after


def _offset(zone: tzinfo, moment: datetime) -> timedelta:
    return moment.astimezone(zone).utcoffset() or timedelta(0)

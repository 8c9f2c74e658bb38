"""The shop's local days as moments in UTC."""

from datetime import UTC, date, datetime, time, timedelta, tzinfo


def start_of(day: date, zone: tzinfo) -> datetime:
    """The first moment of a local day, in UTC."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


def today(zone: tzinfo) -> date:
    return datetime.now(UTC).astimezone(zone).date()


def to_moment(asked: datetime | date, zone: tzinfo, *, whole_day: bool = False) -> datetime:
    """A day's first moment (the next day's for ``whole_day``); a time without offset is local."""
    if isinstance(asked, datetime):
        return (asked if asked.tzinfo else asked.replace(tzinfo=zone)).astimezone(UTC)
    return start_of(asked + timedelta(days=1) if whole_day else asked, zone)

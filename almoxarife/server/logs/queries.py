"""Questions to the log, from the wire's words to the store's."""

from bisect import bisect_left
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import pairwise

from almoxarife.server.clock import to_moment
from almoxarife.server.errors import BadRequest
from almoxarife.server.logs.entries import Quarter, Wanted
from almoxarife.server.logs.storage.numbering import NEVER
from almoxarife.server.store.columns import from_micros, to_micros
from almoxarife.wire.programs.logs import (
    Interval,
    LogCount,
    LogCountQuery,
    LogExportQuery,
    LogQuery,
    LogTableQuery,
    LogValuesQuery,
)

DEFAULT_LIMIT = 100
MAX_INTERVALS = 3000


def to_wanted(
    asked: LogQuery | LogCountQuery | LogExportQuery | LogTableQuery | LogValuesQuery, zone: tzinfo
) -> Wanted:
    """Raises BadRequest for a place that no page ends at."""
    limit, older_than = DEFAULT_LIMIT, None
    if isinstance(asked, LogQuery):
        limit = asked.limit or DEFAULT_LIMIT
        older_than = None if asked.after is None else _parse_place(asked.after)
    return Wanted(
        service=asked.service,
        user_id=asked.user_id,
        action=asked.action,
        result=asked.result,
        since=None if asked.since is None else to_moment(asked.since, zone),
        before=None if asked.until is None else to_moment(asked.until, zone, whole_day=True),
        text=asked.text,
        older_than=older_than,
        limit=limit,
        most=asked.most if isinstance(asked, LogCountQuery | LogValuesQuery) else None,
    )


def find_id(text: str) -> int | None:
    """Of an entry, where the text is one."""
    is_number = text.isascii() and text.isdigit() and len(text) <= len(str(NEVER))
    return int(text) if is_number and 0 < int(text) < NEVER else None


def count_intervals(quarters: Sequence[Quarter], interval: Interval, zone: tzinfo) -> list[LogCount]:
    """Quarters of an hour, local hours, days or months from the first to the last that has entries, the empty ones too.

    Every zone's hours begin on a quarter of an hour. Where that would be too many, for one entry of years ago is
    enough, the empty ones are left out, and the oldest where even so it is too many.
    """
    if not quarters:
        return []
    starts = [_start(from_micros(quarters[0].start), interval, zone)]
    last = from_micros(quarters[-1].start)
    while len(starts) <= MAX_INTERVALS and (following := _next(starts[-1], interval, zone)) <= last:
        starts.append(following)
    if len(starts) > MAX_INTERVALS:
        starts = sorted({_start(from_micros(quarter.start), interval, zone) for quarter in quarters})[-MAX_INTERVALS:]
    begins = [quarter.start for quarter in quarters]
    places = [bisect_left(begins, to_micros(start)) for start in starts]
    spans = pairwise([*places, len(quarters)])
    return [
        LogCount(
            inicio=start,
            entradas=sum(quarter.entries for quarter in quarters[first:end]),
            falhas=sum(quarter.failures for quarter in quarters[first:end]),
        )
        for start, (first, end) in zip(starts, spans, strict=True)
    ]


def _start(moment: datetime, interval: Interval, zone: tzinfo) -> datetime:
    local = moment.astimezone(zone)
    if interval is Interval.QUARTER:
        return moment.astimezone(UTC)
    if interval is Interval.HOUR:
        return (moment - timedelta(minutes=local.minute)).astimezone(UTC)
    first = local.date() if interval is Interval.DAY else local.date().replace(day=1)
    return to_moment(first, zone)


def _next(start: datetime, interval: Interval, zone: tzinfo) -> datetime:
    if interval in {Interval.QUARTER, Interval.HOUR}:
        return start + timedelta(minutes=15 if interval is Interval.QUARTER else 60)
    # A day of up to 25 hours begins by 01:00, so that half a day further is still the same day.
    local = (start + timedelta(hours=12)).astimezone(zone).date()
    day = local + timedelta(days=1)
    if interval is Interval.MONTH:
        day = (local.replace(day=1) + timedelta(days=32)).replace(day=1)
    return to_moment(day, zone)


def _parse_place(text: str) -> int:
    number = find_id(text)
    if number is None:
        raise BadRequest("Siga o endereço do cabeçalho Link da página anterior.", field="depois")
    return number

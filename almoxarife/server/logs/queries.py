"""Converts the queries of the log's routes to filters, and counts to intervals of the shop's time zone."""

from bisect import bisect_left
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import pairwise

from almoxarife.server.clock import to_moment
from almoxarife.server.errors import BadRequest
from almoxarife.server.logs.entries import GATEWAY, EntryFilter, EntryStore, Quarter, StoredEntry
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
_PAGES = (50, 450, 4500)
"""How many entries ``list_newest_of_programs`` looks at, and how many more each time too few of them are of programs: a
shop's own requests may be nearly all there is. Few pages, because on PostgreSQL each one reads the whole last day."""


def to_filter(
    query: LogQuery | LogCountQuery | LogExportQuery | LogTableQuery | LogValuesQuery, zone: tzinfo
) -> EntryFilter:
    """The filter for a query. Raises BadRequest for an invalid ``depois``."""
    limit, older_than = DEFAULT_LIMIT, None
    if isinstance(query, LogQuery):
        limit = query.limit or DEFAULT_LIMIT
        older_than = None if query.after is None else _parse_cursor(query.after)
    return EntryFilter(
        service=query.service,
        user_id=query.user_id,
        action=query.action,
        result=query.result,
        since=None if query.since is None else to_moment(query.since, zone),
        before=None if query.until is None else to_moment(query.until, zone, whole_day=True),
        text=query.text,
        older_than=older_than,
        limit=limit,
        max_entries=query.most if isinstance(query, LogCountQuery | LogValuesQuery) else None,
    )


def list_newest_of_programs(store: EntryStore, limit: int) -> list[StoredEntry]:
    """The newest entries, without those that our own API and gateway made of requests; newest first.

    Each request makes one, that for this list too: they would push out what programs wrote. Raises StoreUnavailable.
    """
    found: list[StoredEntry] = []
    older_than = None
    for size in _PAGES:
        page = store.search(EntryFilter(limit=size, not_service=GATEWAY, older_than=older_than))
        found += (stored for stored in page if not stored.is_of_request)
        if len(found) >= limit or len(page) < size:
            break
        older_than = page[-1].id
    return found[:limit]


def find_id(text: str) -> int | None:
    """The entry's id in ``text``; None if it cannot be one."""
    is_number = text.isascii() and text.isdigit() and len(text) <= len(str(NEVER))
    return int(text) if is_number and 0 < int(text) < NEVER else None


def count_intervals(quarters: Sequence[Quarter], interval: Interval, zone: tzinfo) -> list[LogCount]:
    """Entries by quarter of an hour or by local hour, day or month, from the first to the last interval with entries.

    Every zone's hours begin on a quarter of an hour, so the counts of quarters can be added up. If there are more than
    ``MAX_INTERVALS``, because of one entry from years ago, empty intervals are left out, and then the oldest ones.
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
    # A local day may begin at 01:00 and have 25 hours; twelve hours after its start are the same day in any case.
    local = (start + timedelta(hours=12)).astimezone(zone).date()
    day = local + timedelta(days=1)
    if interval is Interval.MONTH:
        day = (local.replace(day=1) + timedelta(days=32)).replace(day=1)
    return to_moment(day, zone)


def _parse_cursor(text: str) -> int:
    number = find_id(text)
    if number is None:
        raise BadRequest("Siga o endereço do cabeçalho Link da página anterior.", field="depois")
    return number

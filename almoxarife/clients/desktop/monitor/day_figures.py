"""The figures of the header: today's totals and the entries of the last 24 hours. No widget here."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

from almoxarife.brazil import SAO_PAULO, format_number
from almoxarife.clients.api.client import ApiClient
from almoxarife.wire.stock import Summary


@dataclass(frozen=True)
class Day:
    """``hours``: number of entries in each of the last 24 hours, up to ``last_hour``, the current hour of the day."""

    summary: Summary
    hours: Sequence[int]
    last_hour: int

    @property
    def sentence(self) -> str:
        entries = "1 entrada" if self.summary.entries == 1 else f"{format_number(self.summary.entries)} entradas"
        people = "1 pessoa" if self.summary.people == 1 else f"{format_number(self.summary.people)} pessoas"
        # Without the summary's quantity, which adds kilos to pieces.
        return f"Hoje  {entries} · {people}"

    def describe_hour(self, place: int) -> str:
        """ "14 h: 3 entradas" for a place in ``hours``."""
        hour = (self.last_hour + 1 + place) % 24
        count = self.hours[place]
        return f"{hour} h: {'1 entrada' if count == 1 else f'{format_number(count)} entradas'}"


def ask_day(api: ApiClient, shop_id: str | None, now: datetime, zone: tzinfo | None = None) -> Day:
    """Ask the server; for a worker thread. ``zone``: the shop's. Raises ApiError."""
    local = now.astimezone(zone or ZoneInfo(SAO_PAULO))
    today = api.summary(shop_id=shop_id)
    yesterday = api.summary(local.date() - timedelta(days=1), shop_id=shop_id)
    return Day(today, last_hours(yesterday.per_hour, today.per_hour, local.hour), local.hour)


def last_hours(yesterday: Sequence[int], today: Sequence[int], hour: int) -> list[int]:
    """The counts of the last 24 hours, oldest first, up to this ``hour`` of today."""
    return [*yesterday[hour + 1 :], *today[: hour + 1]]

"""What a moment and a day look like on the wire: ISO 8601, and UTC with milliseconds in all that is answered."""

from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

from almoxarife.wire.fields import refuse

EARLIEST_YEAR, LATEST_YEAR = 2000, 9000

WAITED = "X-Almoxarife-Waited"
"""A header: for how many whole seconds an entry or a sale that names no time had waited until it was sent."""
NOT_BEFORE = "X-Almoxarife-Not-Before"
"""A header beside ``WAITED``: when the one before it happened, by the answer that it got. It happened no earlier."""
MOST_WAITED = timedelta(days=100)
"""A season without a network. What says more tells that its clock was put right meanwhile, not that it waited."""


def _time(value: Any) -> datetime:
    """ISO 8601; one without offset is left naive, the server reads it as the shop's local time."""
    if isinstance(value, datetime):
        return value
    if isinstance(value, str) and "T" in value:
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            pass
        else:
            if EARLIEST_YEAR <= moment.year <= LATEST_YEAR:
                return moment
    raise refuse("data_hora", "Informe data e hora assim: 2026-11-20T14:03:00-03:00.")


def to_iso(moment: datetime) -> str:
    """UTC with milliseconds and a Z, as every time on the wire."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


Time = Annotated[
    datetime,
    BeforeValidator(_time),
    PlainSerializer(to_iso, when_used="json"),
    WithJsonSchema({"type": "string", "format": "date-time", "example": "2026-11-20T14:03:02.120Z"}),
]


def _day(value: Any) -> date:
    if type(value) is date:
        return value
    if isinstance(value, str) and len(value) == 10:
        try:
            day = date.fromisoformat(value)
        except ValueError:
            pass
        else:
            if EARLIEST_YEAR <= day.year <= LATEST_YEAR:
                return day
    raise refuse("data_dia", "Informe o dia assim: 2026-11-20.")


def _day_or_time(value: Any) -> date | datetime:
    return _day(value) if isinstance(value, str) and len(value) == 10 else _time(value)


Day = Annotated[date, BeforeValidator(_day), WithJsonSchema({"type": "string", "format": "date"})]
DayOrTime = Annotated[
    datetime | date,
    BeforeValidator(_day_or_time),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}(T.+)?$",
            "description": "Um dia (2026-11-20) ou data e hora.",
        }
    ),
]
"""A whole local day, or a moment."""

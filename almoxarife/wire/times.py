"""Moments and days on the wire: ISO 8601. Responses have UTC with milliseconds."""

from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any, TypeVar

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

from almoxarife.wire.fields import refuse

EARLIEST_YEAR, LATEST_YEAR = 2000, 9000
_Dated = TypeVar("_Dated", bound=date)

WAITED = "X-Almoxarife-Waited"
"""Header of a request: how many whole seconds an entry or sale without ``ocorrido_em`` waited until it was sent."""
NOT_BEFORE = "X-Almoxarife-Not-Before"
"""Header beside ``WAITED``: ``ocorrido_em`` in the response to the person's last request; this one is not earlier."""
MAX_WAITED = timedelta(days=100)
"""A longer waiting time is not believed: it means that the client's clock was set meanwhile."""


def require_year(given: _Dated) -> _Dated:
    """Raises PydanticCustomError for a day or time before the year 2000 or after 9000."""
    if not EARLIEST_YEAR <= given.year <= LATEST_YEAR:
        raise refuse("data_ano", f"O ano deve ser de {EARLIEST_YEAR} a {LATEST_YEAR}.")
    return given


def _time(value: Any) -> datetime:
    """ISO 8601. A time without an offset stays naive: the server takes it as the shop's local time."""
    if isinstance(value, datetime):
        return value
    if isinstance(value, str) and "T" in value:
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            pass
        else:
            return require_year(moment)
    raise refuse("data_hora", "Informe data e hora assim: 2026-11-20T14:03:00-03:00.")


def to_iso(moment: datetime) -> str:
    """An aware datetime as on the wire: UTC with milliseconds and a Z."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


Time = Annotated[
    datetime,
    BeforeValidator(_time),
    PlainSerializer(to_iso, when_used="json"),
    WithJsonSchema({"type": "string", "format": "date-time", "example": "2026-11-20T14:03:02.120Z"}),
]
"""A moment; the years 2000 to 9000."""


def _day(value: Any) -> date:
    if type(value) is date:
        return value
    if isinstance(value, str) and len(value) == 10:
        try:
            day = date.fromisoformat(value)
        except ValueError:
            pass
        else:
            return require_year(day)
    raise refuse("data_dia", "Informe o dia assim: 2026-11-20.")


def _day_or_time(value: Any) -> date | datetime:
    return _day(value) if isinstance(value, str) and len(value) == 10 else _time(value)


Day = Annotated[date, BeforeValidator(_day), WithJsonSchema({"type": "string", "format": "date"})]
"""A day of the shop's time zone."""
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
"""A whole day of the shop, or a moment; of the bounds of a period."""

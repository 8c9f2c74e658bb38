"""Reads times in the formats of Python, SQL, web servers and spreadsheets.

A time without a zone stays naive: it is in the zone of the service key that sent it. The day comes before the month,
as in Brazil, unless the year comes first.
"""

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import cache
from typing import Any

LAST_SECOND = 20_000_000_000
"""A larger Unix time is in milliseconds; still larger ones are in microseconds or nanoseconds."""
_YEAR_2100 = 4_102_444_800
_UNITS = ((1, LAST_SECOND), (10**3, LAST_SECOND), (10**6, _YEAR_2100), (10**9, _YEAR_2100))
_NUMBER = re.compile(r"[0-9]{1,19}(\.[0-9]{1,9})?")
_USUAL = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+(Z|[+-][0-9]{2}:?[0-9]{2})?")

_TIME = (
    r"(?P<hour>\d{1,2}):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:[.,](?P<part>\d{1,12}))?)?(?: ?(?P<half>[AP])\.?M\.?)?"
)
_OFFSET = r"[+\-\N{MINUS SIGN}]\d{1,2}(?::?\d\d)?"
_ZONE = rf"(?: ?(?P<zone>(?:Z|UTC|GMT)(?:{_OFFSET})?|{_OFFSET}|BRT))?"
_MONTH, _WEEKDAY = r"(?P<word>[A-Z]{3})[A-Z]*", r"(?:[A-Z]{3,}\.?,? +)?"
_SHAPES = (
    rf"(?P<year>\d{{4}})[-/.](?P<month>\d\d?)[-/.](?P<day>\d\d?)(?:T|[ ,_]+){_TIME}{_ZONE}",
    rf"(?P<day>\d\d?)[-/.](?P<month>\d\d?)[-/.](?P<year>\d{{4}})(?:T|[ ,]+){_TIME}{_ZONE}",
    rf"{_WEEKDAY}(?P<day>\d\d?)[-/ ]{_MONTH}[-/ ](?P<year>\d{{4}})[: ,]+{_TIME}{_ZONE}",
    rf"{_WEEKDAY}{_MONTH} +(?P<day>\d\d?) +{_TIME}{_ZONE} +(?P<year>\d{{4}})",
    r"(?P<year>20\d\d)(?P<month>\d\d)(?P<day>\d\d)(?P<hour>\d\d)(?P<minute>\d\d)(?P<second>\d\d)",
)
_NAMED_BEHIND = re.compile(r"(?<=[\dZ])\[[A-Za-z_/]+\]$")
"""The name of the zone that Java writes after the offset."""
_MONTHS = {
    "jan": 1, "feb": 2, "fev": 2, "mar": 3, "apr": 4, "abr": 4, "may": 5, "mai": 5, "jun": 6, "jul": 7, "aug": 8,
    "ago": 8, "sep": 9, "set": 9, "oct": 10, "out": 10, "nov": 11, "dec": 12, "dez": 12,
}  # fmt: skip
_MICROSECOND_DIGITS = 6
_NOON = 12


def read_moment(value: Any) -> Any:
    """The datetime in ``value``; anything else is returned for pydantic to read or refuse."""
    if isinstance(value, str):
        text = value.strip()
        if _USUAL.fullmatch(text):
            return text
        moment = _read_text(text)
        if moment is not None:
            return moment
        if not _NUMBER.fullmatch(text):
            return text
        value = float(text)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _read_number(value) or str(value)
    return value


def _read_number(value: float) -> datetime | None:
    for unit, last in _UNITS:
        if abs(value) <= unit * last:
            return datetime.fromtimestamp(value / unit, UTC) if value >= 0 else None
    return None


def _read_text(text: str) -> datetime | None:
    text = _NAMED_BEHIND.sub("", text)
    found = next((match for shape in _compiled() if (match := shape.fullmatch(text))), None)
    if found is None:
        return None
    parts: dict[str, str] = {name: value for name, value in found.groupdict().items() if value is not None}
    hour = int(parts["hour"])
    if "half" in parts:
        hour = hour % _NOON + (_NOON if parts["half"] in "Pp" else 0)
    try:
        return datetime(
            int(parts["year"]),
            int(parts["month"]) if "month" in parts else _MONTHS[parts["word"].lower()],
            int(parts["day"]),
            hour,
            int(parts["minute"]),
            min(59, int(parts.get("second", "0"))),  # a leap second
            int(parts.get("part", "0")[:_MICROSECOND_DIGITS].ljust(_MICROSECOND_DIGITS, "0")),
            _read_zone(parts.get("zone", "")),
        )
    except (KeyError, ValueError):  # no such month or day
        return None


@cache
def _compiled() -> list["re.Pattern[str]"]:
    """Compiled when the first time in another format is read, because it takes some milliseconds."""
    return [re.compile(shape, re.ASCII | re.IGNORECASE) for shape in _SHAPES]


def _read_zone(text: str) -> tzinfo | None:
    if not text:
        return None
    name = text.upper()
    if name == "BRT":
        return timezone(timedelta(hours=-3))
    offset = name.removeprefix("Z").removeprefix("UTC").removeprefix("GMT").replace(":", "")
    if not offset:
        return UTC
    digits = offset[1:]
    hours, minutes = (digits[:-2], digits[-2:]) if len(digits) > 2 else (digits, "0")
    away = timedelta(hours=int(hours), minutes=int(minutes))
    return timezone(away if offset[0] == "+" else -away)

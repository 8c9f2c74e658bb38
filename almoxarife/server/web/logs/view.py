"""A view of the log (filters, span of time, columns) as its URL encodes it, and the URLs of related views."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta, tzinfo
from urllib.parse import urlencode

from almoxarife import brazil
from almoxarife.server.clock import start_of
from almoxarife.wire.programs.logs import USUAL_COLUMNS, Interval, read_columns
from almoxarife.wire.times import EARLIEST_YEAR, LATEST_YEAR

PATH = "/painel/registros"
FILTERS = {"service": "serviço", "user_id": "pessoa", "action": "ação", "result": "resultado"}
"""Fields to filter by exact values, with their labels."""
PERIODS = {
    "hora": "última hora",
    "hoje": "hoje",
    "ontem": "ontem",
    "7d": "7 dias",
    "30d": "30 dias",
    "tudo": "tudo",
    "entre": "entre…",
}
USUAL_PERIOD = "hoje"
_INTERVALS = (
    (timedelta(hours=13), Interval.QUARTER),
    (timedelta(days=5), Interval.HOUR),
    (timedelta(days=200), Interval.DAY),
)


@dataclass(frozen=True, kw_only=True)
class View:
    """The parameters of the URL, as texts."""

    text: str = ""
    filters: Mapping[str, str]
    period: str = USUAL_PERIOD
    since: str = ""
    until: str = ""
    columns: tuple[str, ...] = USUAL_COLUMNS
    group: str = ""
    """The field whose values are counted instead of showing entries."""
    is_live: bool = False

    @property
    def query(self) -> str:
        """The query string of its URL."""
        columns = "" if self.columns == USUAL_COLUMNS else ",".join(self.columns)
        parameters = {
            "q": self.text,
            **self.filters,
            "periodo": "" if self.period == USUAL_PERIOD else self.period,
            "de": self.since if self.period == "entre" else "",
            "ate": self.until if self.period == "entre" else "",
            "colunas": columns,
            "contar": self.group,
            "vivo": "1" if self.is_live else "",
        }
        return urlencode({name: value for name, value in parameters.items() if value})

    @property
    def address(self) -> str:
        query = self.query
        return f"{PATH}?{query}" if query else PATH

    def with_filter(self, name: str, value: str) -> "View":
        return replace(self, filters={**self.filters, name: value}, group="")

    def without(self, name: str) -> "View":
        return replace(self, filters={key: value for key, value in self.filters.items() if key != name})

    def with_text(self, text: str) -> "View":
        return replace(self, text=text)

    def with_words(self, value: object) -> "View":
        """This view, with ``value`` as a further search word."""
        phrase = f'"{" ".join(str(value).replace(chr(34), " ").split())}"'
        return self if phrase in self.text else replace(self, text=f"{self.text} {phrase}".strip()[:500])

    def following(self, request_id: str) -> "View":
        """All entries of one request, of all services."""
        return View(text=f'"{request_id}"', filters={}, period="tudo")

    def of_day(self, user_id: str, moment: datetime, zone: tzinfo) -> "View":
        """All entries of a person on the day of ``moment``."""
        day = brazil.format_date(moment.astimezone(zone).date())
        return View(filters={"user_id": user_id}, period="entre", since=day, until=day)

    def with_columns(self, columns: tuple[str, ...]) -> "View":
        return replace(self, columns=columns or USUAL_COLUMNS)

    def with_column(self, name: str) -> "View":
        """This view with a column added, or removed if it is shown."""
        if name in self.columns:
            return self.with_columns(tuple(each for each in self.columns if each != name))
        return self.with_columns((*self.columns, name))

    def zoomed(self, since: datetime, until: datetime) -> "View":
        return replace(self, period="entre", since=write_moment(since), until=write_moment(until), is_live=False)

    def in_period(self, period: str) -> "View":
        return replace(self, period=period, since="", until="")

    def counted(self, field: str) -> "View":
        return replace(self, group=field, is_live=False)

    def live(self, *, is_live: bool) -> "View":
        return replace(self, is_live=is_live, group="")


def read_view(parameters: Mapping[str, str]) -> View:
    """The view of a URL; missing parameters have their defaults."""
    since, until = parameters.get("de", "").strip(), parameters.get("ate", "").strip()
    period = parameters.get("periodo", "")
    if period not in PERIODS or (period == "entre" and not (since or until)):
        period = "entre" if since or until else USUAL_PERIOD
    group = parameters.get("contar", "")
    return View(
        text=parameters.get("q", "").strip()[:500],
        filters={name: value for name in FILTERS if (value := parameters.get(name, "").strip())},
        period=period,
        since=since if period == "entre" else "",
        until=until if period == "entre" else "",
        columns=tuple(read_columns(parameters.get("colunas"))),
        group=group if group in FILTERS else "",
        is_live=parameters.get("vivo") == "1",
    )


@dataclass(frozen=True)
class Span:
    """A span of time; None is open."""

    since: datetime | None = None
    until: datetime | None = None


def find_span(view: View, now: datetime, zone: tzinfo) -> Span:
    """Raises ValueError with a Portuguese sentence for an invalid time."""
    today = now.astimezone(zone).date()
    match view.period:
        case "hora":
            return Span(now - timedelta(hours=1))
        case "hoje":
            return Span(start_of(today, zone))
        case "ontem":
            return Span(start_of(today - timedelta(days=1), zone), start_of(today, zone))
        case "7d" | "30d":
            return Span(start_of(today - timedelta(days=int(view.period[:-1]) - 1), zone))
        case "tudo":
            return Span()
    return Span(
        read_moment(view.since, today, zone) if view.since else None,
        read_moment(view.until, today, zone, is_end=True) if view.until else None,
    )


def read_moment(text: str, today: date, zone: tzinfo, *, is_end: bool = False) -> datetime:
    """Parse "20/11/2026", "20/11/2026 14:03" or ISO; with ``is_end`` a day is its end. Raises ValueError."""
    if "T" in text:
        try:
            moment = datetime.fromisoformat(text.replace(" ", "+"))
        except ValueError:
            raise ValueError(_HOW) from None
        moment = moment if moment.tzinfo else moment.replace(tzinfo=zone)
        return _bounded(moment)
    day_text, _, clock = text.partition(" ")
    day = brazil.parse_date(day_text, today)
    if not EARLIEST_YEAR <= day.year <= LATEST_YEAR:
        raise ValueError(_HOW)
    if not clock:
        return start_of(day + timedelta(days=1) if is_end else day, zone)
    try:
        local = datetime.combine(day, time.fromisoformat(clock.strip()))
    except ValueError:
        raise ValueError(_HOW) from None
    return local.replace(tzinfo=zone)


_HOW = "Escreva o dia assim: 20/11/2026, ou com a hora: 20/11/2026 14:03"


def _bounded(moment: datetime) -> datetime:
    if not EARLIEST_YEAR <= moment.year <= LATEST_YEAR:
        raise ValueError(_HOW)
    return moment


def write_moment(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")


def choose_interval(span: Span, now: datetime) -> Interval:
    """The interval that gives some fifty to two hundred bars."""
    if span.since is None:
        return Interval.DAY
    length = (span.until or now) - span.since
    return next((interval for longest, interval in _INTERVALS if length <= longest), Interval.MONTH)

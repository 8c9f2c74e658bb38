"""The page that searches the log: search box, filters, bars over time and entries."""

from datetime import UTC, datetime
from functools import cache, partial
from urllib.parse import quote, urlencode
from zoneinfo import ZoneInfo

import orjson
from flask import redirect, request
from flask.typing import ResponseReturnValue

from almoxarife.server.context import current
from almoxarife.server.settings import Settings
from almoxarife.server.web import api_calls
from almoxarife.server.web.logs import entry, histogram, user_day
from almoxarife.server.web.logs.values import name_values
from almoxarife.server.web.logs.view import FILTERS, PATH, PERIODS, Span, View, choose_interval, find_span, read_view
from almoxarife.server.web.pages import is_sent, own_path, page, render, tell, typed
from almoxarife.wire.accounts import Role
from almoxarife.wire.programs.log_views import LogView
from almoxarife.wire.programs.logs import USUAL_COLUMNS, Interval, LogCount, LogEntry, LogKeeping, LogValue
from almoxarife.wire.times import to_iso

AT_ONCE = 100
GROUPS_AT_ONCE = 50
COUNTED = 20_000
"""Words, people and actions are counted in so many of the newest entries: counting all gets slower with the log."""
FAILED = "failure"
OTHERS = (entry, user_day)
"""Modules with further pages, which are registered by importing them."""

VIEWS = {
    "Falhas de login hoje": View(filters={"service": "api", "action": "POST /login", "result": FAILED}),
    "O que cada pessoa fez": View(filters={}, period="30d", group="user_id"),
    "Erros do gateway por caminho": View(filters={"service": "gateway", "result": FAILED}, period="7d", group="action"),
}
"""Built-in views."""


@page("/painel/registros", who=Role.MANAGER, menu="Registros", icon="≡")
def show_logs() -> ResponseReturnValue:
    view = read_view(request.args)
    zone = current(Settings).timezone
    now = datetime.now(UTC)
    failure = None
    try:
        span = find_span(view, now, zone)
    except ValueError as error:
        failure, span = str(error), Span()
        view = view.in_period("hoje")
    query = _to_query(view, span)
    groups = _count_values(view.group, query) if view.group else []
    entries, following = _read_entries(query) if not view.group else ([], None)
    return render(
        "logs/logs.html",
        status=400 if failure else 200,
        failure=failure,
        view=view,
        drawn=None if typed("depois") else _draw(view, span, query, now, zone),
        counted=COUNTED,
        entries=entries,
        following=following,
        groups=groups,
        most=max((group.entries for group in groups), default=0),
        filters=FILTERS,
        periods=PERIODS,
        columns=list(dict.fromkeys([*USUAL_COLUMNS, *view.columns])),
        keeping=api_calls.get(LogKeeping, "/log/guarda"),
        views=_list_views(),
        consulta=view.query,
        exports=_exports(view, query),
        cell=_cell,
        tell=name_values(_list_users(view, groups, entries)),
        look_for=cache(partial(_look_for, view)),
    )


@page("/painel/registros/visoes", who=Role.MANAGER, takes_form=True)
def manage_log_views() -> ResponseReturnValue:
    problem = None
    if is_sent():
        if typed("fazer") == "apagar":
            reply = api_calls.send("DELETE", f"/log/visoes/{quote(typed('visao'), safe='')}")
            message, after = "Visão apagada.", request.path
        else:
            reply = api_calls.send("POST", "/log/visoes", {"nome": typed("nome"), "consulta": typed("consulta")})
            message, after = "Visão guardada.", f"{PATH}?{typed('consulta')}"
        if reply.is_good:
            tell(message)
            return redirect(own_path(after, PATH))
        problem = reply.problem
    return render(
        "logs/views.html",
        views=api_calls.get(list[LogView], "/log/visoes"),
        consulta=typed("consulta"),
        problem=problem,
    )


def _list_users(view: View, groups: list[LogValue], entries: list[LogEntry]) -> set[str]:
    counted = {each.value for each in groups} if view.group == "user_id" else set()
    return counted | {each.user_id for each in entries} | {view.filters.get("user_id", "")}


def _count_values(field: str, query: dict[str, str]) -> list[LogValue]:
    """The commonest values of ``field`` in the newest entries of the view."""
    return api_calls.get(list[LogValue], "/log/valores", **query, campo=field, limite=GROUPS_AT_ONCE, no_maximo=COUNTED)


def _read_entries(query: dict[str, str]) -> tuple[list[LogEntry], str | None]:
    """A page of the view's entries, and the cursor of the next page. Raises Refused."""
    reply = api_calls.send("GET", "/log", query={**query, "limite": AT_ONCE, "depois": typed("depois")})
    if not reply.is_good:
        raise api_calls.Refused(reply)
    return reply.read(list[LogEntry]), reply.next


def _list_views() -> dict[str, str]:
    """The views by name: built-in ones first, then saved ones."""
    saved = {each.name: f"{PATH}?{each.query}" for each in api_calls.get(list[LogView], "/log/visoes")}
    return {name: each.address for name, each in VIEWS.items()} | saved


def _to_query(view: View, span: Span) -> dict[str, str]:
    """The query for the API."""
    query = {"q": view.text, **view.filters}
    query["de"] = to_iso(span.since) if span.since else ""
    query["ate"] = to_iso(span.until) if span.until else ""
    return {name: value for name, value in query.items() if value}


def _draw(view: View, span: Span, query: dict[str, str], now: datetime, zone: ZoneInfo) -> histogram.Histogram | None:
    interval = choose_interval(span, now)
    query = {**query, "no_maximo": str(COUNTED)}
    counts = api_calls.get(list[LogCount], "/log/contagem", **query, por=interval.value)
    if len(counts) > histogram.MAX_BARS and interval is Interval.DAY:
        interval = Interval.MONTH
        counts = api_calls.get(list[LogCount], "/log/contagem", **query, por=interval.value)
    return histogram.draw(counts, interval, view, Span(span.since, span.until or (now if span.since else None)), zone)


def _exports(view: View, query: dict[str, str]) -> dict[str, str]:
    columns = ",".join(view.columns)
    made = {"CSV": ("csv", True), "XLSX": ("xlsx", True), "NDJSON": ("ndjson", False)}
    found = {}
    for label, (kind, has_columns) in made.items():
        parameters = {**query, "colunas": columns} if has_columns else query
        found[label] = f"/log/exportar/{kind}?{urlencode(parameters)}"
    return found


def _look_for(view: View, name: str, value: str) -> str:
    """The URL of the view that is also filtered by this value."""
    return (view.with_filter(name, value) if name in FILTERS else view.with_words(value)).address


def _cell(found: LogEntry, name: str) -> str:
    """The text of a column, except the time."""
    value = getattr(found, name) if name in LogEntry.model_fields else found.extra.get(name)
    if value is None:
        return ""
    return value if isinstance(value, str) else orjson.dumps(value).decode()

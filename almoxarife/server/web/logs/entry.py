"""One log entry with all its fields, and links to related entries."""

import orjson
from flask import request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from almoxarife.server.context import current
from almoxarife.server.settings import Settings
from almoxarife.server.web import api_calls
from almoxarife.server.web.logs.values import name_values
from almoxarife.server.web.logs.view import FILTERS, PATH, read_view
from almoxarife.server.web.pages import page, render
from almoxarife.wire.accounts import Role
from almoxarife.wire.programs.logs import LogEntry


@page(f"{PATH}/<log_id>", who=Role.MANAGER)
def show_log_entry(log_id: str) -> ResponseReturnValue:
    """The URL keeps the query of the view in which it was found, for the links."""
    if not (log_id.isascii() and log_id.isdigit()):
        raise NotFound
    entry = api_calls.get(LogEntry, f"/log/{log_id}")
    return render(
        "logs/entry.html",
        entry=entry,
        tell=name_values([entry.user_id]),
        view=read_view(request.args),
        filters=FILTERS,
        zone=current(Settings).timezone,
        pretty=_pretty,
    )


def _pretty(entry: LogEntry) -> str:
    return orjson.dumps(entry.model_dump(mode="json", by_alias=True), option=orjson.OPT_INDENT_2).decode()

"""A person's day from the audit trail, with a link to their log entries."""

from datetime import datetime
from urllib.parse import quote

from flask.typing import ResponseReturnValue

from almoxarife import brazil
from almoxarife.server.clock import today
from almoxarife.server.context import current
from almoxarife.server.settings import Settings
from almoxarife.server.web import api_calls
from almoxarife.server.web.pages import page, render, typed
from almoxarife.wire.accounts import Role, UserDay

_MARKS = {"SUCESSO": "✓", "ERRO": "✕", "SISTEMA": "•"}


@page("/painel/registros/pessoa", who=Role.MANAGER)
def show_user_day() -> ResponseReturnValue:
    name, now = typed("nome").strip(), today(current(Settings).timezone)
    failure, user_day = None, None
    day = now
    try:
        day = brazil.parse_date(typed("dia"), now) if typed("dia").strip() else now
    except ValueError as error:
        failure = str(error)
    if name and failure is None:
        reply = api_calls.send("GET", f"/usuarios/{quote(name, safe='')}/historico", query={"dia": day.isoformat()})
        if reply.is_good:
            user_day = reply.read(UserDay)
        else:
            failure = reply.problem.message
    return render(
        "logs/user_day.html",
        status=400 if failure else 200,
        failure=failure,
        name=name,
        day=brazil.format_date(day),
        iso_day=day.isoformat(),
        typed_day=typed("dia") or brazil.format_date(day),
        user_day=user_day,
        marks=_MARKS,
        clock=lambda text: datetime.fromisoformat(text).strftime("%H:%M:%S"),
    )

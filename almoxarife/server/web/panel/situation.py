"""*Situação*: the state of the server, its backups, its audit trail and its disk."""

from datetime import UTC, datetime, timedelta

from flask import redirect
from flask.typing import ResponseReturnValue

from almoxarife.server.context import current
from almoxarife.server.settings import Settings
from almoxarife.server.web import api_calls
from almoxarife.server.web.pages import is_sent, page, render, tell
from almoxarife.wire.accounts import Role
from almoxarife.wire.health import Coordination, Situation, TrailCheck

OLD = timedelta(hours=36)
"""Age of the newest backup from which on last night's is missing."""
SCARCE = 0.1
"""Fraction of the disk that is free, below which it is marked."""


@page("/painel/situacao", who=Role.ADMIN, takes_form=True, menu="Situação", icon="✚")
def show_situation() -> ResponseReturnValue:
    problem = None
    if is_sent():
        reply = api_calls.send("POST", "/situacao/conferencia")
        if reply.is_good:
            check = reply.read(TrailCheck)
            tell("A trilha está inteira." if check.fault is None else f"A trilha tem uma falha. {check.fault}")
            return redirect("/painel/situacao")
        problem = reply.problem
    situation = api_calls.get(Situation, "/situacao")
    newest = situation.backups[0] if situation.backups else None
    free, whole = situation.disk_free_bytes, situation.disk_bytes
    coordination = api_calls.get(Coordination, "/coordenacao")
    return render(
        "panel/situation.html",
        situation=situation,
        coordination=coordination,
        coordinator=coordination.describe(current(Settings).timezone).removeprefix("Coordenador: "),
        newest=newest,
        is_backup_old=newest is not None and datetime.now(UTC) - newest.made_at > OLD,
        is_disk_scarce=bool(free is not None and whole and free / whole < SCARCE),
        problem=problem,
    )

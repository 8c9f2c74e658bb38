"""``GET /coordenacao``: which node of a cluster takes the writes, and what happened to it."""

from contextlib import suppress
from datetime import datetime

from flask import Blueprint
from flask.typing import ResponseReturnValue

from almoxarife.server.context import current, reading
from almoxarife.server.coordination import models
from almoxarife.server.coordination.events import Event
from almoxarife.server.coordination.members import Member
from almoxarife.server.coordination.service import CoordinatorWatch
from almoxarife.server.errors import StoreUnavailable
from almoxarife.server.http.access import requires
from almoxarife.server.http.openapi import describe
from almoxarife.server.http.responses import respond
from almoxarife.wire.accounts import Role
from almoxarife.wire.health import Coordination, CoordinationEvent, NodeState
from almoxarife.wire.health import CoordinationEventKind as Kind

bp = Blueprint("coordination", __name__)


@bp.get("/coordenacao")
@describe("Qual máquina recebe as gravações, e o que houve com ela.", responses={200: Coordination})
@requires(Role.SELLER, is_database_away=lambda: current(CoordinatorWatch).is_database_away)
def show_coordination() -> ResponseReturnValue:
    watch = current(CoordinatorWatch)
    coordinator, view = watch.coordinator, watch.view
    events = _list_events()
    return respond(
        Coordination(
            coordenador=coordinator,
            temporario=coordinator is not None and coordinator != watch.main,
            principal=watch.main,
            desde=_since(watch, events),
            sem_noticias_desde=watch.knows_nothing_since,
            nos=[_node(member) for member in view.members] if view else [],
            eventos=[CoordinationEvent(tipo=event.kind, no=event.leader.name, em=event.at) for event in events],
        )
    )


def _list_events() -> list[Event]:
    """The events in the database, or those that this server has read last, while the database is away."""
    watch = current(CoordinatorWatch)
    if not watch.is_database_away:
        with suppress(StoreUnavailable), reading() as session:
            return models.list_newest(session)
    return watch.events


def _since(watch: CoordinatorWatch, events: list[Event]) -> datetime | None:
    if watch.is_single_machine:
        return watch.started_at
    if watch.coordinator is None:
        return watch.without_coordinator_since
    took_over = [event for event in events if event.kind is Kind.TOOK_OVER]
    return took_over[-1].at if took_over and took_over[-1].leader.name == watch.coordinator else None


def _node(member: Member) -> NodeState:
    role = "coordenador" if member.leads else "reserva-sincrona" if member.is_synchronous else "reserva"
    state = "no-ar" if member.is_up else "parado" if member.state == "stopped" else member.state
    return NodeState(nome=member.name, papel=role, estado=state, atraso_bytes=member.lag_bytes)

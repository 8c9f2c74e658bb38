"""Derives what happened to the coordinator from two views of the cluster."""

from datetime import datetime
from typing import NamedTuple

from almoxarife.server.coordination.members import Leader
from almoxarife.wire.health import CoordinationEventKind as Kind


class Event(NamedTuple):
    kind: Kind
    leader: Leader
    """The node that it is about."""
    at: datetime


def derive_events(
    before: Leader | None, now: Leader, *, main: str, at: datetime, lost_at: datetime | None
) -> list[Event]:
    """What happened if ``now`` leads at ``at``, ``before`` led until then, and nobody has led since ``lost_at``.

    A planned change is over so soon that ``lost_at`` is None: then no coordinator was lost.
    """
    if before == now:
        return []
    if before is None:
        return [Event(Kind.TOOK_OVER, now, at)]
    is_return = now.name == main and before.name != main
    lost = [] if lost_at is None else [Event(Kind.LOST, before, lost_at)]
    between = Event(Kind.HANDED_BACK if is_return and not lost else Kind.ELECTED, now, at)
    return [*lost, between, Event(Kind.TOOK_OVER, now, at)]

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
    known: Leader | None, seen: Leader, *, main: str, at: datetime, lost_at: datetime | None
) -> list[Event]:
    """What happened if ``seen`` leads now, ``known`` led before, and nobody has led since ``lost_at``.

    A planned change is over so soon that ``lost_at`` is None: then no coordinator was lost.
    """
    if known == seen:
        return []
    if known is None:
        return [Event(Kind.TOOK_OVER, seen, at)]
    is_return = seen.name == main and known.name != main
    lost = [] if lost_at is None else [Event(Kind.LOST, known, lost_at)]
    between = Event(Kind.HANDED_BACK if is_return and not lost else Kind.ELECTED, seen, at)
    return [*lost, between, Event(Kind.TOOK_OVER, seen, at)]

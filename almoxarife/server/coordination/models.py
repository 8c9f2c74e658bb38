"""The table of events of the coordinator; each is stored once, however many servers have seen it."""

from datetime import datetime

from sqlalchemy import Index, String, case, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from almoxarife.server.coordination.events import Event
from almoxarife.server.coordination.members import Leader
from almoxarife.server.store.columns import UtcDateTime
from almoxarife.server.store.sessions import Base
from almoxarife.wire.health import CoordinationEventKind as Kind

NEWEST = 50
_CHANGES = (Kind.ELECTED, Kind.HANDED_BACK)


class CoordinationEventRow(Base):
    __tablename__ = "coordination_events"
    __table_args__ = (
        Index("uq_coordination_events_timeline_kind", "timeline", "kind", unique=True),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    timeline: Mapped[int]
    """PostgreSQL's, which grows by one with each new coordinator."""
    kind: Mapped[str] = mapped_column(String(10))
    node: Mapped[str] = mapped_column(String(60))
    at: Mapped[datetime] = mapped_column(UtcDateTime)


def record(session: Session, events: list[Event]) -> list[Event]:
    """Store the events that no other server has stored; returns them."""
    new = []
    row = CoordinationEventRow
    for event in events:
        # Servers may disagree whether it was elected or handed back: the first one to store it counts.
        same = _CHANGES if event.kind in _CHANGES else (event.kind,)
        is_known = select(row.id).where(row.timeline == event.leader.timeline, row.kind.in_(same))
        if session.scalar(is_known.limit(1)) is None:
            session.add(
                CoordinationEventRow(
                    timeline=event.leader.timeline, kind=event.kind.value, node=event.leader.name, at=event.at
                )
            )
            session.flush()
            new.append(event)
    return new


def list_newest(session: Session) -> list[Event]:
    """The newest events, oldest first, in the order in which they happened rather than were stored."""
    row = CoordinationEventRow
    place = case({Kind.TOOK_OVER.value: 1, Kind.LOST.value: 2}, value=row.kind, else_=0)
    rows = session.scalars(select(row).order_by(row.timeline.desc(), place.desc()).limit(NEWEST))
    return [Event(Kind(row.kind), Leader(row.node, row.timeline), row.at) for row in reversed(rows.all())]


def find_leader(session: Session) -> Leader | None:
    """The last recorded node that took over."""
    row = CoordinationEventRow
    last = session.scalar(select(row).where(row.kind == Kind.TOOK_OVER.value).order_by(row.timeline.desc()).limit(1))
    return None if last is None else Leader(last.node, last.timeline)

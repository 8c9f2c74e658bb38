"""Reads and changes calendar events; people see those of their own shops."""

from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from almoxarife.server.audit import service as audit
from almoxarife.server.audit.tags import Tag
from almoxarife.server.calendar.models import CalendarEvent
from almoxarife.server.clock import to_moment
from almoxarife.server.errors import BadRequest, EventNotFound
from almoxarife.server.identity import Identity
from almoxarife.server.ids import IdKind
from almoxarife.wire.calendar import EventIn


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Which events to list, and after which one."""

    shop_ids: tuple[int, ...]
    since: datetime | None = None
    before: datetime | None = None
    after: tuple[datetime, int] | None = None
    limit: int | None = None


def list_events(session: Session, page: Page) -> list[CalendarEvent]:
    """In the order of their starts."""
    query = select(CalendarEvent).where(CalendarEvent.shop_id.in_(page.shop_ids))
    if page.since is not None:
        query = query.where(CalendarEvent.starts_at >= page.since)
    if page.before is not None:
        query = query.where(CalendarEvent.starts_at < page.before)
    if page.after is not None:
        # With the types of the columns: a moment is stored as a number.
        place = tuple_(CalendarEvent.starts_at, CalendarEvent.id)
        query = query.where(place > tuple_(*page.after, types=[CalendarEvent.starts_at.type, CalendarEvent.id.type]))
    query = query.order_by(CalendarEvent.starts_at, CalendarEvent.id)
    return list(session.scalars(query.limit(page.limit)))


def get_event(session: Session, event_id: int, *, by: Identity) -> CalendarEvent:
    """Raises EventNotFound, also for a shop that the person does not see."""
    event = session.get(CalendarEvent, event_id)
    if event is None or event.shop_id not in by.shop_ids:
        raise EventNotFound
    return event


def create(session: Session, fields: EventIn, *, shop_id: int | None, zone: tzinfo, by: Identity) -> CalendarEvent:
    """Raises BadRequest, and as ``Identity.choose_shop``; records ``calendar:event:created``."""
    event = CalendarEvent(created_by=by.user_id, created_at=datetime.now(UTC))
    _fill(event, fields, shop_id, zone, by)
    session.add(event)
    session.flush()
    audit.record(session, Tag.EVENT_CREATED, by=by, subject=IdKind.EVENT.to_wire(event.id))
    return event


def replace(
    session: Session, event_id: int, fields: EventIn, *, shop_id: int | None, zone: tzinfo, by: Identity
) -> CalendarEvent:
    """Replace all fields of an event, except the shop if none is given. Records ``calendar:event:changed``."""
    event = get_event(session, event_id, by=by)
    _fill(event, fields, event.shop_id if shop_id is None else shop_id, zone, by)
    session.flush()
    audit.record(session, Tag.EVENT_CHANGED, by=by, subject=IdKind.EVENT.to_wire(event.id))
    return event


def remove(session: Session, event_id: int, *, by: Identity) -> CalendarEvent:
    """Raises EventNotFound; records ``calendar:event:removed``."""
    event = get_event(session, event_id, by=by)
    session.delete(event)
    session.flush()
    audit.record(session, Tag.EVENT_REMOVED, by=by, subject=IdKind.EVENT.to_wire(event.id))
    return event


def _fill(event: CalendarEvent, fields: EventIn, shop_id: int | None, zone: tzinfo, by: Identity) -> None:
    event.shop_id = by.choose_shop(shop_id)
    event.title = fields.title
    event.starts_at = to_moment(fields.starts_at, zone)
    event.ends_at = None if fields.ends_at is None else to_moment(fields.ends_at, zone)
    if event.ends_at is not None and event.ends_at < event.starts_at:
        raise BadRequest("O fim vem antes do início.", field="fim")
    event.description = fields.description

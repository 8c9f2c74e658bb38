"""A person's day from the audit trail: registration, successful and failed logins, closed windows."""

from datetime import date, timedelta, tzinfo

from sqlalchemy.orm import Session

from almoxarife.server.accounts import service
from almoxarife.server.accounts.models import User
from almoxarife.server.audit import service as audit
from almoxarife.server.audit.tags import Tag
from almoxarife.server.clock import start_of
from almoxarife.server.errors import InsufficientRole, UserNotFound
from almoxarife.server.identity import Identity
from almoxarife.server.ids import IdKind
from almoxarife.wire.accounts import DayEntry, LoggedEvent, LoggedEventKind, Role, UserDay
from almoxarife.wire.fields import normalize_text

SHOWN_EVENTS = {
    Tag.USER_REGISTERED: LoggedEvent.REGISTERED,
    Tag.USERNAME_REFUSED: LoggedEvent.NAME_TAKEN,
    Tag.LOGIN_FAILED: LoggedEvent.LOGIN_FAILED,
    Tag.LOGIN_SUCCEEDED: LoggedEvent.LOGGED_IN,
    Tag.WINDOW_CLOSED: LoggedEvent.WINDOW_CLOSED,
}


def list_day_events(session: Session, username: str, day: date, zone: tzinfo, *, by: Identity) -> UserDay:
    """What the person called ``username`` did on a local ``day``.

    A gerente sees the people of their own shops. Raises InsufficientRole for sellers who ask for somebody else,
    whether that person exists or not, and UserNotFound.
    """
    user = _find(session, username, by)
    rows = audit.list_about(
        session,
        IdKind.USER.to_wire(user.id),
        SHOWN_EVENTS,
        since=start_of(day, zone),
        before=start_of(day + timedelta(days=1), zone),
    )
    entries = [
        DayEntry(
            event_timestamp=f"{row.recorded_at.astimezone(zone):%Y-%m-%d %H:%M:%S}",
            event=SHOWN_EVENTS[row.tag],
            event_type=LoggedEventKind(row.outcome),
        )
        for row in rows
    ]
    return UserDay(nom_user=user.username.upper(), log_history=entries)


def _find(session: Session, username: str, by: Identity) -> User:
    try:
        username = normalize_text(username)
    except ValueError:  # no user name
        username = ""
    is_own = service.fold_username(username) == service.fold_username(by.username)
    if not (is_own or by.may(Role.MANAGER)):
        raise InsufficientRole
    user = service.find_by_name(session, username)
    if user is None or not (is_own or _is_visible(user, by)):
        raise UserNotFound
    return user


def _is_visible(user: User, by: Identity) -> bool:
    """Whether they share a shop; administradores belong to every shop."""
    return (
        by.may(Role.ADMIN)
        or Role(user.role) is Role.ADMIN
        or not {shop.id for shop in user.shops}.isdisjoint(by.shop_ids)
    )

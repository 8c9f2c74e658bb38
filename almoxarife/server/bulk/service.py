"""Records the responses to lists of people and their refused objects, and the offsets of the shop's zone for views."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from almoxarife.server.bulk.models import BadUser, Code, ZoneOffset
from almoxarife.server.clock import list_offsets
from almoxarife.server.store.columns import EPOCH
from almoxarife.server.store.sessions import raw

PART = 1000
"""Refusals that are written in one transaction."""
MAX_TEXT_LENGTH = 500
_YEARS_AHEAD = 10


class Refused(NamedTuple):
    """An object of a list from which no person could be created."""

    object_id: int
    login: str | None
    description: str


# --- the record ---------------------------------------------------------------------


def record_response(session: Session, status: int, description: str) -> int:
    """The id of the response, for ``record_refusals``."""
    response = Code(
        code=status, method="POST", answered_at=datetime.now(UTC), description=description[:MAX_TEXT_LENGTH]
    )
    session.add(response)
    session.flush()
    return response.id


def record_refusals(session: Session, code_id: int, refused: Sequence[Refused]) -> None:
    session.execute(
        insert(BadUser),
        [
            {
                "code_id": code_id,
                "object_id": row.object_id,
                "login": row.login,
                "login_folded": row.login and row.login.casefold(),
                "description": row.description[:MAX_TEXT_LENGTH],
            }
            for row in refused
        ],
    )


def forget_login(session: Session, username_folded: str) -> None:
    """Delete the login of an erased person from refused objects."""
    mine = BadUser.login_folded == username_folded
    session.execute(update(BadUser).where(mine).values(login=None, login_folded=None))


# --- the zone, for views of older programs ------------------------------------------------------------


def renew_offsets(session: Session, zone: ZoneInfo) -> None:
    """Write the offsets of the shop's zone from UTC, if they are not there already."""
    offsets = dict(list_zone_offsets(zone))
    stored = {row.since_s: row.offset_s for row in session.scalars(select(ZoneOffset))}
    if stored != offsets:
        session.execute(delete(ZoneOffset))
        session.execute(
            insert(ZoneOffset), [{"since_s": since, "offset_s": offset} for since, offset in offsets.items()]
        )


def is_offset_known(session: Session, zone: ZoneInfo) -> bool:
    """Whether ``renew_offsets`` has nothing to do."""
    stored = dict(raw(session).execute("SELECT since_s, offset_s FROM zone_offsets"))
    return stored == dict(list_zone_offsets(zone))


def list_zone_offsets(zone: ZoneInfo) -> Iterable[tuple[int, int]]:
    """The seconds since 1970 from which on the zone has another offset, with the offset; the first is 0."""
    end = datetime(datetime.now(UTC).year + _YEARS_AHEAD, 1, 1, tzinfo=UTC)
    for since, offset in list_offsets(zone, EPOCH, end):
        yield int((since - EPOCH).total_seconds()), int(offset.total_seconds())

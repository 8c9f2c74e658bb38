"""The record of what became of lists of people: each answer, and each object that was refused."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from almoxarife.server.bulk.models import BadUser, Code, ZoneOffset
from almoxarife.server.store.columns import EPOCH

PART = 1000
"""Refusals that are written at once."""
LONGEST_TEXT = 500
_DAYS_LOOKED = timedelta(days=7)
"""No zone has changed its offset twice within."""
_YEARS_AHEAD = 10


@dataclass(frozen=True, slots=True)
class Refused:
    """An object of a list that no person was made of."""

    object_id: int
    login: str | None
    description: str


# --- the record ---------------------------------------------------------------------


def record_answer(session: Session, status: int, description: str) -> int:
    """The id of the answer, for ``record_refusals``."""
    answer = Code(code=status, method="POST", answered_at=datetime.now(UTC), description=description[:LONGEST_TEXT])
    session.add(answer)
    session.flush()
    return answer.id


def record_refusals(session: Session, code_id: int, refused: Sequence[Refused]) -> None:
    session.execute(
        insert(BadUser),
        [
            {
                "code_id": code_id,
                "object_id": row.object_id,
                "login": row.login,
                "login_folded": row.login and row.login.casefold(),
                "description": row.description[:LONGEST_TEXT],
            }
            for row in refused
        ],
    )


def forget_login(session: Session, username_folded: str) -> None:
    """Take the login of somebody who is erased out of what was refused."""
    mine = BadUser.login_folded == username_folded
    session.execute(update(BadUser).where(mine).values(login=None, login_folded=None))


# --- the zone of the views ------------------------------------------------------------


def renew_offsets(session: Session, zone: ZoneInfo) -> None:
    """Write how far the shop's zone is from UTC and when, where that is not there already."""
    wanted = dict(list_offsets(zone))
    known = {row.since_s: row.offset_s for row in session.scalars(select(ZoneOffset))}
    if known != wanted:
        session.execute(delete(ZoneOffset))
        session.execute(
            insert(ZoneOffset), [{"since_s": since, "offset_s": offset} for since, offset in wanted.items()]
        )


def is_offset_known(session: Session, zone: ZoneInfo) -> bool:
    """Whether ``renew_offsets`` has nothing to do."""
    return {row.since_s: row.offset_s for row in session.scalars(select(ZoneOffset))} == dict(list_offsets(zone))


def list_offsets(zone: ZoneInfo) -> Iterable[tuple[int, int]]:
    """Each second since 1970 from which the offset is another one, some years ahead; the first is 0."""
    end = datetime(datetime.now(UTC).year + _YEARS_AHEAD, 1, 1, tzinfo=UTC)
    moment, offset = EPOCH, _offset(zone, EPOCH)
    yield 0, offset
    while moment < end:
        following = moment + _DAYS_LOOKED
        if _offset(zone, following) != offset:
            change = _find_change(zone, moment, following)
            offset = _offset(zone, following)
            yield int((change - EPOCH).total_seconds()), offset
        moment = following


def _find_change(zone: ZoneInfo, before: datetime, after: datetime) -> datetime:
    """The first second of the offset that ``after`` has."""
    first, last = 0, int((after - before).total_seconds())
    while last - first > 1:
        middle = (first + last) // 2
        if _offset(zone, before + timedelta(seconds=middle)) == _offset(zone, before):
            first = middle
        else:
            last = middle
    return before + timedelta(seconds=last)


def _offset(zone: ZoneInfo, moment: datetime) -> int:
    return int((moment.astimezone(zone).utcoffset() or timedelta()).total_seconds())

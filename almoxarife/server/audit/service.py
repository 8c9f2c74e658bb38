"""Append an audit entry in the caller's transaction: the two stand or fall together."""

from collections.abc import Collection
from datetime import UTC, datetime
from typing import NamedTuple

from sqlalchemy.orm import Session

from almoxarife.server.access import Identity, Origin
from almoxarife.server.audit.tags import Outcome, Tag
from almoxarife.server.database import from_micros, raw, to_micros

_INSERT = (
    "INSERT INTO audit_entries (recorded_at, tag, outcome, actor_id, subject, cause, address, request_id)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
)

UNKNOWN_PERSON = "(desconhecido)"


def record(
    session: Session,
    tag: Tag,
    *,
    by: Identity | None = None,
    origin: Origin | None = None,
    actor_id: int | None = None,
    subject: str | None = None,
    outcome: Outcome = Outcome.SUCCESS,
    cause: str | None = None,
) -> None:
    """Record that ``by`` did ``tag`` to ``subject`` (a wire id).

    Whoever has no identity yet is given by ``origin`` and, when known, ``actor_id``.
    ``cause`` says why it failed, never what somebody typed.
    """
    if by is not None:
        origin, actor_id = by.origin, by.user_id
    raw(session).execute(
        _INSERT,
        (
            to_micros(datetime.now(UTC)),
            tag.value,
            outcome.value,
            actor_id,
            subject,
            cause,
            (origin and origin.address) or None,
            (origin and origin.request_id) or None,
        ),
    )


class Recorded(NamedTuple):
    recorded_at: datetime
    tag: Tag
    outcome: Outcome


def list_about(
    session: Session, subject: str, tags: Collection[Tag], *, since: datetime, before: datetime
) -> list[Recorded]:
    """What was recorded about ``subject`` (a wire id) in a span of time, oldest first."""
    rows = raw(session).execute(
        "SELECT recorded_at, tag, outcome FROM audit_entries"
        # "LIKE 'u%'" is the condition of the index.
        " WHERE subject LIKE 'u%' AND subject = ? AND recorded_at >= ? AND recorded_at < ? ORDER BY id",
        (subject, to_micros(since), to_micros(before)),
    )
    return [Recorded(from_micros(at), Tag(tag), Outcome(outcome)) for at, tag, outcome in rows if tag in tags]

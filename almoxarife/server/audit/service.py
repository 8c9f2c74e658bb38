"""Append an audit entry in the caller's transaction: the two stand or fall together."""

from datetime import UTC, datetime

from sqlalchemy.orm import Session

from almoxarife.server.access import Identity, Origin
from almoxarife.server.audit.tags import Outcome, Tag
from almoxarife.server.database import raw, to_micros

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

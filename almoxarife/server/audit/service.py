"""Append an audit entry in the caller's transaction: the two stand or fall together.

Units of one writer run one after another, so there is one order and one chain. The
entries of a batch are linked and written together, right before the COMMIT that the
units share: the head of the chain is read once, and the hot path only notes a row.
"""

from collections.abc import Collection, Iterator
from datetime import UTC, datetime
from typing import NamedTuple

from sqlalchemy.orm import Session

from almoxarife.server.access import Identity, Origin
from almoxarife.server.audit.chain import BEFORE_ALL, NO_ADDRESS, Link, link, seal_address
from almoxarife.server.audit.tags import Outcome, Tag
from almoxarife.server.audit.verification import COLUMNS, Entry, Verdict, verify
from almoxarife.server.database import Raw, from_micros, postpone, raw, to_micros
from almoxarife.server.ids import IdKind
from almoxarife.server.sqlite import is_unreadable_text

__all__ = ["UNKNOWN_PERSON", "Link", "find_head", "list_about", "list_requests", "record", "verify_trail"]

_INSERT = f"INSERT INTO audit_entries ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_FORGET = "UPDATE audit_entries SET address = NULL, address_salt = NULL WHERE actor_id = ? AND address IS NOT NULL"
PAGE = 5000
_SMALLEST = -(2**63)

UNKNOWN_PERSON = "(desconhecido)"


class _Noted(NamedTuple):
    """An entry that waits for its link."""

    recorded_at: int
    tag: Tag
    outcome: Outcome
    actor_id: int | None
    subject: str | None
    cause: str | None
    address: str | None
    request_id: str | None


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
    ``cause`` says why it failed, never what somebody typed. Of a person who is erased the
    trail forgets the addresses.
    """
    if by is not None:
        origin, actor_id = by.origin, by.user_id
    address = (origin and origin.address) or None
    request_id = (origin and origin.request_id) or None
    now = to_micros(datetime.now(UTC))
    postpone(session, _Noted(now, tag, outcome, actor_id, subject, cause, address, request_id), _append)


def _append(database: Raw, noted: list[_Noted]) -> None:
    head = _find_head(database)
    rows = []
    for at, tag, outcome, actor_id, subject, cause, address, request_id in noted:
        salt, seal = NO_ADDRESS if address is None else seal_address(address, actor_id)
        head = link(head, at, tag.value, outcome.value, actor_id, subject, cause, seal, request_id)
        said = (at, tag.value, outcome.value, actor_id, subject, cause)
        rows.append((head.id, *said, address, salt, seal, request_id, head.hash))
    database.execute_many(_INSERT, rows)
    for entry in noted:
        if entry.tag is Tag.USER_ERASED:
            database.execute(_FORGET, (IdKind.USER.find_number(entry.subject or ""),))


def find_head(session: Session) -> Link:
    """The last link of the chain."""
    return _find_head(raw(session))


def _find_head(database: Raw) -> Link:
    rows = database.execute("SELECT id, hash FROM audit_entries ORDER BY id DESC LIMIT 1")
    return Link(*rows[0]) if rows else BEFORE_ALL


def verify_trail(session: Session, since: Link | None = None) -> Verdict:
    """Whether every entry is as it was recorded, and ``since``, a head kept elsewhere, is among them."""
    return verify(_read_entries(session), since)


def _read_entries(session: Session) -> Iterator[Entry]:
    """All of them, or up to one that holds what is no text: that one comes empty."""
    sql = f"SELECT {COLUMNS} FROM audit_entries WHERE id >= ? ORDER BY id LIMIT ?"
    first, limit = _SMALLEST, PAGE
    while True:
        try:
            rows = raw(session).execute(sql, (first, limit))
        except Exception as error:
            if not is_unreadable_text(error):
                raise
            if limit == 1:
                yield Entry(raw(session).execute("SELECT min(id) FROM audit_entries WHERE id >= ?", (first,))[0][0])
                return
            limit = 1
            continue
        yield from map(Entry._make, rows)
        if len(rows) < limit:
            return
        first = rows[-1][0] + 1


def list_requests(session: Session, actor_id: int, tags: Collection[Tag]) -> list[str]:
    """The ids of the requests by which somebody did one of these."""
    places = ", ".join("?" * len(tags))
    rows = raw(session).execute(
        f"SELECT request_id FROM audit_entries WHERE actor_id = ? AND request_id IS NOT NULL AND tag IN ({places})",
        (actor_id, *(tag.value for tag in tags)),
    )
    return [request for (request,) in rows]


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

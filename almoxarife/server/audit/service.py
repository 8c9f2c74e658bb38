"""Records audit entries in the caller's transaction, and reads them.

``record`` only notes an entry. Right before the COMMIT that a batch of units shares, ``_append``
reads the head of the chain once, hashes the rows that the entries are about, as the COMMIT will leave
them, and chains and inserts all entries together. Nobody else can write by then, so there is one
order and one chain, and no round trip for each entry. A unit that is rolled back loses its entries.
"""

from collections.abc import Callable, Collection, Iterator
from datetime import datetime
from time import time_ns
from typing import NamedTuple

from sqlalchemy.orm import Session

from almoxarife.server.audit.hashing import (
    GENESIS,
    NO_ADDRESS,
    Link,
    find_hashes,
    hash_cancellation,
    hash_movement,
    hash_product,
    hash_sale,
    link,
    read_in_order,
    seal_address,
)
from almoxarife.server.audit.tags import CHANGE_TAGS, Outcome, Tag
from almoxarife.server.audit.verification import COLUMNS, ChainEntry, Fault, Verdict, find_uncounted, verify
from almoxarife.server.identity import Identity, Origin
from almoxarife.server.ids import IdKind
from almoxarife.server.store.columns import from_micros, to_micros
from almoxarife.server.store.contract import Raw
from almoxarife.server.store.sessions import postpone, raw

__all__ = [
    "UNKNOWN_PERSON",
    "Link",
    "find_head",
    "hash_cancellation",
    "hash_movement",
    "hash_product",
    "hash_sale",
    "list_about",
    "list_addresses",
    "list_requests",
    "read_entries",
    "record",
    "verify_trail",
]

_INSERT = f"INSERT INTO audit_entries ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_COUNT = "UPDATE audit_tally SET entries = entries + ? WHERE id = 1"
# One round trip instead of two. On SQLite, without round trips, two statements take half as long.
_COUNT_AND_READ = (
    f"{_COUNT} RETURNING (SELECT id FROM audit_entries ORDER BY id DESC LIMIT 1),"
    " (SELECT hash FROM audit_entries ORDER BY id DESC LIMIT 1)"
)
_DELETE_ADDRESSES = (
    "UPDATE audit_entries SET address = NULL, address_salt = NULL WHERE actor_id = ? AND address IS NOT NULL"
)
_SELECT = f"SELECT {COLUMNS} FROM audit_entries WHERE id > ? ORDER BY id LIMIT ?"

UNKNOWN_PERSON = "(desconhecido)"


class _Noted(NamedTuple):
    """An entry that is to be chained and inserted before the COMMIT."""

    columns: tuple[int, str, str, int | None, str | None, str | None]
    """recorded_at, tag, outcome, actor_id, subject and cause, as ``link`` takes them."""
    address: str | None
    request_id: str | None
    row_hash: Callable[[], bytes | None] | None
    is_row_read: bool
    """Whether the row is read and hashed before the COMMIT; otherwise ``row_hash`` gives the hash, if there is one."""


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
    row_hash: Callable[[], bytes | None] | None = None,
) -> None:
    """Record that ``by`` did ``tag`` to ``subject`` (a wire id).

    Callers without an identity give ``origin`` and, if they know it, ``actor_id``. ``cause`` says
    why it failed, or what changed, and never holds what somebody typed. ``row_hash`` is called
    before the COMMIT for the hash of the row that the entry covers. For tags of ``CHANGE_TAGS`` it may be left out:
    the row of ``subject`` is then read and hashed there.
    """
    if by is not None:
        origin, actor_id = by.origin, by.user_id
    address = (origin and origin.address) or None
    request_id = (origin and origin.request_id) or None
    # Every write of the server comes here: ``tag.value`` and a datetime would cost a microsecond more.
    columns = (time_ns() // 1000, str(tag), str(outcome), actor_id, subject, cause)
    is_row_read = row_hash is None and tag in CHANGE_TAGS
    postpone(session, _Noted(columns, address, request_id, row_hash, is_row_read), _append)


def _append(database: Raw, noted: list[_Noted]) -> None:
    head = _count(database, len(noted))
    changed = [entry for entry in noted if entry.is_row_read]
    hashes = _hash_rows(database, changed) if changed else {}
    rows = []
    for columns, address, request_id, make_hash, is_row_read in noted:
        _, _, _, actor_id, subject, _ = columns
        salt, seal = NO_ADDRESS if address is None else seal_address(address, actor_id)
        row_hash = hashes.get(subject) if is_row_read else make_hash and make_hash()
        head = link(head, *columns, seal, request_id, row_hash)
        rows.append((head.id, *columns, address, salt, seal, request_id, head.hash, row_hash))
    database.send_many(_INSERT, rows)
    for entry in changed:
        _, tag, _, _, subject, _ = entry.columns
        if tag == Tag.USER_ERASED:
            database.send(_DELETE_ADDRESSES, (IdKind.USER.find_number(subject or ""),))


def _hash_rows(database: Raw, changed: list[_Noted]) -> dict[str | None, bytes | None]:
    """The hashes of the subjects of these entries, by wire id."""
    ids: dict[IdKind, set[int]] = {}
    for entry in changed:
        _, _, _, _, subject, _ = entry.columns
        if subject is not None:
            kind = IdKind(subject[0])
            number = kind.find_number(subject)
            if number is not None:
                ids.setdefault(kind, set()).add(number)
    return {
        kind.to_wire(number): found
        for kind, numbers in ids.items()
        for number, found in find_hashes(database, kind, numbers).items()
    }


def find_head(session: Session) -> Link:
    """The last link of the chain."""
    return _find_head(raw(session))


def _find_head(database: Raw) -> Link:
    rows = database.execute("SELECT id, hash FROM audit_entries ORDER BY id DESC LIMIT 1")
    return Link(*rows[0]) if rows else GENESIS


def _count(database: Raw, more: int) -> Link:
    """Add ``more`` to the tally; returns the head that the new entries are chained to."""
    rows = database.execute(_COUNT_AND_READ if database.is_remote else _COUNT, (more,))
    if not rows:  # SQLite; or somebody has removed the tally, which ``check`` reports and no write is refused for
        return _find_head(database)
    number, hashed = rows[0]
    return GENESIS if number is None else Link(number, hashed)


def verify_trail(session: Session, since: Link | None = None) -> Verdict:
    """Whether every entry is as recorded, none is missing, and ``since``, a head that was kept elsewhere, is there."""
    verdict = verify(read_entries(session), since)
    if verdict.fault is None:
        tallies = raw(session).execute("SELECT entries FROM audit_tally")
        sentence = find_uncounted(verdict.head.id, tallies[0][0] if tallies else None)
        if sentence is not None:
            return Verdict(verdict.head, Fault(verdict.head.id + 1, sentence))
    return verdict


def read_entries(session: Session) -> Iterator[ChainEntry]:
    """All entries in order; one that cannot be read comes with its id alone."""
    for row in read_in_order(raw(session), _SELECT):
        yield ChainEntry(row) if isinstance(row, int) else ChainEntry._make(row)


def list_requests(session: Session, actor_id: int, tags: Collection[Tag]) -> list[str]:
    """The ids of the requests in which somebody did one of these."""
    placeholders = ", ".join("?" * len(tags))
    rows = raw(session).execute(
        "SELECT request_id FROM audit_entries WHERE actor_id = ? AND request_id IS NOT NULL"
        f" AND tag IN ({placeholders})",
        (actor_id, *(tag.value for tag in tags)),
    )
    return [request for (request,) in rows]


class RecordedEvent(NamedTuple):
    recorded_at: datetime
    tag: Tag
    outcome: Outcome


def list_about(
    session: Session, subject: str, tags: Collection[Tag], *, since: datetime, before: datetime
) -> list[RecordedEvent]:
    """The entries about ``subject`` (a person's wire id) with one of ``tags``, oldest first."""
    rows = raw(session).execute(
        "SELECT recorded_at, tag, outcome FROM audit_entries"
        # Without "LIKE 'u%'", the condition of the partial index, it would not be used.
        " WHERE subject LIKE 'u%' AND subject = ? AND recorded_at >= ? AND recorded_at < ? ORDER BY id",
        (subject, to_micros(since), to_micros(before)),
    )
    return [RecordedEvent(from_micros(at), Tag(tag), Outcome(outcome)) for at, tag, outcome in rows if tag in tags]


def list_addresses(session: Session, subject: str, tag: Tag, *, since: datetime) -> list[str]:
    """The addresses from which somebody did ``tag`` to ``subject`` (a person's wire id), each once."""
    rows = raw(session).execute(
        "SELECT DISTINCT address FROM audit_entries"
        # Without "LIKE 'u%'", the condition of the partial index, it would not be used.
        " WHERE subject LIKE 'u%' AND subject = ? AND recorded_at >= ? AND tag = ? AND address IS NOT NULL",
        (subject, to_micros(since), tag.value),
    )
    return [address for (address,) in rows]

"""A write that is sent again is answered again, not made again.

The key and the fingerprint of its request are a row of their own, written in the
transaction of what they belong to and kept for ever: an outbox may come back after
weeks. One table for all routes, so that a key used elsewhere is recognised too.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from threading import Lock
from time import monotonic

from sqlalchemy import ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, Session, mapped_column

from almoxarife.server.errors import KeyInProgress, KeyReused
from almoxarife.server.store.contract import Claim, Raw, Rows
from almoxarife.server.store.database import Database
from almoxarife.server.store.sessions import Base, postpone, raw
from almoxarife.server.store.waiting import may_wait

WAIT_S = 3.0
"""How long a request waits for another with the same key before it is told to come back."""


# A join: SQLite would read all keys for "(user_id, key) IN (VALUES …)".
_SELECT = (
    "WITH asked (user_id, key) AS (VALUES (?, ?))"
    " SELECT k.user_id, k.key, k.fingerprint, k.row_id"
    " FROM asked a JOIN idempotency_keys k ON k.user_id = a.user_id AND k.key = a.key"
)


@dataclass(frozen=True, slots=True)
class Once:
    """A request that must have its effect once: the caller's key and what they asked."""

    key: str
    fingerprint: bytes


class IdempotencyKey(Base):
    __tablename__ = "idempotency_keys"
    __table_args__ = ({"sqlite_with_rowid": False},)

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True)
    key: Mapped[str] = mapped_column(String(255), primary_key=True)
    fingerprint: Mapped[bytes] = mapped_column(LargeBinary(32))
    """SHA-256 of method, path and canonical body."""
    row_id: Mapped[int]
    """The id of the row the first request made; the fingerprint tells in which table."""


def find(session: Session, user_id: int, once: Once | None) -> int | None:
    """The id of the row that this key has made. Raises KeyReused when it was for another request."""
    return find_all(session, [(user_id, once)]).find_row(user_id, once)


class UsedKeys:
    """The keys of some requests that have made a row."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    @cached_property
    def _found(self) -> dict[tuple[int, str], tuple[bytes, int]]:
        return {(user_id, key): (fingerprint, row_id) for user_id, key, fingerprint, row_id in self._rows()}

    def find_row(self, user_id: int, once: Once | None) -> int | None:
        """The id of the row that this key has made. Raises KeyReused when it was for another request."""
        if once is None or (user_id, once.key) not in self._found:
            return None
        fingerprint, row_id = self._found[user_id, once.key]
        if fingerprint != once.fingerprint:
            raise KeyReused
        return row_id


def find_all(session: Session, asked: Iterable[tuple[int, Once | None]]) -> UsedKeys:
    """``find`` for many requests at once, each with its person."""
    keys = [(user_id, once.key) for user_id, once in asked if once is not None]
    return UsedKeys(raw(session).send_many(_SELECT, keys))


def remember(session: Session, user_id: int, once: Once | None, row_id: int) -> None:
    """Keep the key with the row it made, in the same transaction. The caller holds the key (``running``)."""
    if once is not None:
        postpone(session, (user_id, once.key, once.fingerprint, row_id), _insert)


def _insert(database: Raw, rows: list[tuple[int, str, bytes, int]]) -> None:
    database.send_many("INSERT INTO idempotency_keys (user_id, key, fingerprint, row_id) VALUES (?, ?, ?, ?)", rows)


_held: dict[tuple[int, str], Lock] = {}


class HeldKey:
    """A key whose request runs here, and in no other process, until ``release``."""

    __slots__ = ("_claim", "_key")

    def __init__(self, key: tuple[int, str] | None = None, claim: Claim | None = None) -> None:
        self._key = key
        self._claim = claim

    def release(self) -> None:
        """May be called by another thread."""
        if self._claim is not None:
            self._claim.release()
        if self._key is not None:
            _held.pop(self._key).release()


def hold(database: Database, user_id: int, once: Once | None, *, is_one_batch: bool = False) -> HeldKey:
    """Hold the key while its request runs; a second one waits. Raises KeyInProgress after 3 s.

    ``is_one_batch``: all that the request does is written at once, with the key and after a look for
    it. Batches come one after another, so where no other process is near only those here are held up.
    """
    if once is None:
        return HeldKey()
    key, deadline = (user_id, once.key), monotonic() + WAIT_S
    mine = Lock()
    mine.acquire()
    # Atomic, and without a lock that every request would pass through.
    while (theirs := _held.setdefault(key, mine)) is not mine:
        may_wait()
        if not theirs.acquire(timeout=max(0.0, deadline - monotonic())):
            raise KeyInProgress(retry_after=2)
        theirs.release()
    if is_one_batch and database.is_alone:
        return HeldKey(key)
    claim = None
    try:
        claim = database.claim(_name_claim(user_id, once.key), wait_s=deadline - monotonic())
    finally:
        if claim is None:
            HeldKey(key).release()
    if claim is None:
        raise KeyInProgress(retry_after=2)
    return HeldKey(key, claim)


def is_running_elsewhere(database: Database, user_id: int, key: str) -> bool:
    """Whether a request of this key runs in another process. Raises StoreUnavailable."""
    if database.is_alone:
        return False
    claim = database.claim(_name_claim(user_id, key), wait_s=0)
    if claim is not None:
        claim.release()
    return claim is None


def _name_claim(user_id: int, key: str) -> str:
    return f"{user_id} {key}"


@contextmanager
def running(database: Database, user_id: int, once: Once | None, *, is_one_batch: bool = False) -> Iterator[None]:
    """``hold`` around a block. Raises KeyInProgress."""
    held = hold(database, user_id, once, is_one_batch=is_one_batch)
    try:
        yield
    finally:
        held.release()

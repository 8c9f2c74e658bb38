"""Idempotency keys: a write that is sent again is answered as before, and not made again.

The key and the fingerprint of its request are a row, written in the same
transaction as the write and kept for ever, because an outbox may send it again after
weeks. All routes share one table, so that a key used for another route is recognised too.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore, Event, Lock, Thread
from time import monotonic, sleep
from typing import NamedTuple

from sqlalchemy import ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, Session, mapped_column

from almoxarife.server.errors import KeyInProgress, KeyReused, StoreUnavailable
from almoxarife.server.store.contract import Claim, Raw, Rows
from almoxarife.server.store.database import Database
from almoxarife.server.store.sessions import Base, postpone, raw
from almoxarife.server.store.waiting import may_wait

WAIT_S = 3.0
"""How long a request waits for another one with the same key."""
MAX_WAITING = 24
"""Requests that may wait so at once. They occupy threads of the pool, which has more of them."""
LATE_S = 0.1
"""After which a write of one batch claims its key among all processes."""
LATE_POLL_S = 0.05
RETRY_AFTER_S = 2

_KEYS = "SELECT k.user_id, k.key, k.fingerprint, k.row_id FROM"
# A join, because SQLite reads all keys for "(user_id, key) IN (VALUES …)".
_SELECT = (
    f"WITH asked (user_id, key) AS (VALUES (?, ?)) {_KEYS}"
    " asked a JOIN idempotency_keys k ON k.user_id = a.user_id AND k.key = a.key"
)
# SQLite makes a table of its own for the list of values, which takes longer than to find one key.
_SELECT_ONE = f"{_KEYS} idempotency_keys k WHERE k.user_id = ? AND k.key = ?"


class GivenKey(NamedTuple):
    """The idempotency key of a request and the fingerprint of its content."""

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
    """The id of the row that the first request made; the fingerprint implies in which table."""


def find(session: Session, user_id: int, given_key: GivenKey | None) -> int | None:
    """The id of the row that this key has made; None for a new key. Raises KeyReused if it was another request."""
    return find_all(session, [(user_id, given_key)]).find_row(user_id, given_key)


class UsedKeys:
    """The keys of some requests, as far as they have made rows."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self._found: dict[tuple[int, str], tuple[bytes, int]] | None = None

    def find_row(self, user_id: int, given_key: GivenKey | None) -> int | None:
        """The id of the row that this key has made; None for a new key. Raises KeyReused if it was another request."""
        if given_key is None:
            return None
        if self._found is None:
            self._found = {(user_id, key): (fingerprint, row_id) for user_id, key, fingerprint, row_id in self._rows()}
        found = self._found.get((user_id, given_key.key))
        if found is None:
            return None
        fingerprint, row_id = found
        if fingerprint != given_key.fingerprint:
            raise KeyReused
        return row_id


def find_all(session: Session, requests: Iterable[tuple[int, GivenKey | None]]) -> UsedKeys:
    """``find`` for many pairs of person and key at once."""
    keys = [(user_id, given_key.key) for user_id, given_key in requests if given_key is not None]
    database = raw(session)
    return UsedKeys(database.send(_SELECT_ONE, keys[0]) if len(keys) == 1 else database.send_many(_SELECT, keys))


def remember(session: Session, user_id: int, given_key: GivenKey | None, row_id: int) -> None:
    """Store the key with the row that it has made, in the same transaction. The caller must hold it (``running``)."""
    if given_key is not None:
        postpone(session, (user_id, given_key.key, given_key.fingerprint, row_id), _insert)


def _insert(database: Raw, rows: list[tuple[int, str, bytes, int]]) -> None:
    database.send_many("INSERT INTO idempotency_keys (user_id, key, fingerprint, row_id) VALUES (?, ?, ?, ?)", rows)


_held: dict[tuple[int, str], Lock] = {}
_waiting = BoundedSemaphore(MAX_WAITING)


class HeldKey:
    """A key whose request runs in this process, and in no other one, until ``release``."""

    __slots__ = ("_claim", "_key")

    def __init__(self, key: tuple[int, str] | None = None, claim: "Claim | LateClaim | None" = None) -> None:
        self._key = key
        self._claim = claim

    def release(self) -> bool:
        """May be called by another thread. False if the request was refused before, because its key runs elsewhere."""
        is_answered = self._claim is not None and self._claim.release() is False
        if self._key is not None:
            _held.pop(self._key).release()
        return not is_answered


def hold(database: Database, user_id: int, given_key: GivenKey | None, *, is_one_batch: bool = False) -> HeldKey:
    """Hold the key while its request runs; a second request waits, and raises KeyInProgress after 3 s.

    ``is_one_batch``: the request looks for the key and writes everything in one batch. Batches run one after another,
    so if no other process uses the database, holding the key within this process is enough.
    """
    if given_key is None:
        return HeldKey()
    key, deadline = (user_id, given_key.key), monotonic() + WAIT_S
    _hold_here(key, deadline)
    if is_one_batch and database.is_only_process:
        return HeldKey(key)
    claim = None
    try:
        claim = database.claim(_name_claim(user_id, given_key.key), wait_s=deadline - monotonic())
    finally:
        if claim is None:
            HeldKey(key).release()
    if claim is None:
        raise KeyInProgress(retry_after=RETRY_AFTER_S)
    return HeldKey(key, claim)


def _hold_here(key: tuple[int, str], deadline: float) -> None:
    """Hold the key within this process. Raises KeyInProgress."""
    mine = Lock()
    mine.acquire()
    # setdefault is atomic, so no lock is needed that all requests would contend for.
    while (theirs := _held.setdefault(key, mine)) is not mine:
        may_wait()
        _wait_for(theirs, deadline)


def _wait_for(theirs: Lock, deadline: float) -> None:
    """Wait until the other request has ended. Raises KeyInProgress at the deadline, or now if many wait already."""
    if not _waiting.acquire(blocking=False):
        raise KeyInProgress(retry_after=RETRY_AFTER_S)
    try:
        if not theirs.acquire(timeout=max(0.0, deadline - monotonic())):
            raise KeyInProgress(retry_after=RETRY_AFTER_S)
        theirs.release()
    finally:
        _waiting.release()


# --- keys of other processes, for writes of one batch -----------------------------------------


class LateClaim:
    """The key of one request: claimed once the request is late, released with it."""

    __slots__ = ("_answering", "_refuse", "came", "granted", "is_over", "name")

    def __init__(self, name: str, refuse: Callable[[], None]) -> None:
        self.name = name
        self.came = monotonic()
        self.granted: Claim | None = None
        self.is_over = False
        self._refuse = refuse
        self._answering = Lock()

    def release(self) -> bool:
        """False if it was refused before."""
        self.is_over = True
        return self._answering.acquire(blocking=False)

    def refuse(self) -> None:
        if self._answering.acquire(blocking=False):
            self._refuse()


class LateClaims:
    """Lets requests of one batch begin without a claim, and claims the keys of those that take long.

    Each batch looks for its keys, whichever process wrote them, so no claim is needed to write once. It only tells a
    second request in another process that the first still waits for its batch. Most are over before they would be
    late, and cost no round trip.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._came: deque[LateClaim] = deque()
        self._late: list[LateClaim] = []
        self._wake = Event()
        self._lock = Lock()
        self._thread: Thread | None = None

    def hold(self, user_id: int, given_key: GivenKey | None, refuse: Callable[[], None]) -> HeldKey:
        """``hold`` for a request of one batch.

        If the key runs in another process for 3 s, ``refuse`` is called by another thread, which must not raise. Raises
        KeyInProgress if it runs here for so long.
        """
        if given_key is None:
            return HeldKey()
        key = (user_id, given_key.key)
        _hold_here(key, monotonic() + WAIT_S)
        if self._database.is_only_process:
            return HeldKey(key)
        claim = LateClaim(_name_claim(user_id, given_key.key), refuse)
        self._came.append(claim)
        if not self._wake.is_set():
            self._start()
            self._wake.set()
        return HeldKey(key, claim)

    def _start(self) -> None:
        with self._lock:
            if self._thread is None:
                thread = Thread(target=self._run, name="late-claims", daemon=True)
                thread.start()
                self._thread = thread

    def _run(self) -> None:
        while self._wake.wait():
            self._wake.clear()
            while self._came or self._late:
                sleep(LATE_POLL_S)
                self._look(monotonic())

    def _look(self, now: float) -> None:
        while self._came and self._came[0].came <= now - LATE_S:
            self._late.append(self._came.popleft())
        self._late = [claim for claim in self._late if self._is_needed(claim, now)]

    def _is_needed(self, claim: LateClaim, now: float) -> bool:
        """Whether to look at it again."""
        if claim.is_over:
            if claim.granted is not None:
                claim.granted.release()
            return False
        if claim.granted is not None:
            return True
        try:
            claim.granted = self._database.claim(claim.name, wait_s=0)
        except StoreUnavailable:  # which the request is told by its batch
            return False
        if claim.granted is None and now - claim.came > WAIT_S:
            claim.refuse()
            return False
        return True


def is_running_elsewhere(database: Database, user_id: int, key: str) -> bool:
    """Whether a request of this key runs in another process. Raises StoreUnavailable."""
    if database.is_only_process:
        return False
    claim = database.claim(_name_claim(user_id, key), wait_s=0)
    if claim is not None:
        claim.release()
    return claim is None


def _name_claim(user_id: int, key: str) -> str:
    return f"{user_id} {key}"


@contextmanager
def running(
    database: Database, user_id: int, given_key: GivenKey | None, *, is_one_batch: bool = False
) -> Iterator[None]:
    """``hold`` around a block. Raises KeyInProgress."""
    held = hold(database, user_id, given_key, is_one_batch=is_one_batch)
    try:
        yield
    finally:
        held.release()

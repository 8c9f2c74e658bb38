"""Exclusive claims of names among all processes, by advisory locks; a claim ends with its process."""

from collections import deque
from contextlib import suppress
from hashlib import sha256
from threading import Lock

from almoxarife.server.errors import StoreUnavailable
from almoxarife.server.store.postgresql.side_connection import SideConnection
from almoxarife.server.store.waiting import may_wait


class _PendingClaim:
    """A lock that a thread waits for."""

    __slots__ = ("granted", "number")

    def __init__(self, number: int) -> None:
        self.number = number
        self.granted: bool | None = None


class Claims:
    """Advisory locks of one session. One thread asks for all that are waited for, in one round trip."""

    def __init__(self, connection: SideConnection) -> None:
        self._connection = connection
        self._lock = Lock()
        self._pending: deque[_PendingClaim] = deque()
        self._released: deque[int] = deque()

    def claim(self, number: int) -> bool:
        """Raises StoreUnavailable."""
        may_wait()
        claim = _PendingClaim(number)
        self._pending.append(claim)
        with self._lock:
            if claim.granted is None:
                self._exchange()
        self._process_queue()
        if claim.granted is None:
            raise StoreUnavailable  # the thread that asked for all of them has failed
        return claim.granted

    def release(self, number: int) -> None:
        self._released.append(number)
        self._process_queue()

    def _process_queue(self) -> None:
        # The thread that holds the lock looks again after it: nothing is left behind.
        while (self._pending or self._released) and self._lock.acquire(blocking=False):
            try:
                with suppress(StoreUnavailable):  # if the connection is lost, so are its locks
                    self._exchange()
            finally:
                self._lock.release()

    def _exchange(self) -> None:
        released = [self._released.popleft() for _ in range(len(self._released))]
        pending = [self._pending.popleft() for _ in range(len(self._pending))]
        rows = self._connection.ask(
            "SELECT number, is_claim, CASE WHEN is_claim THEN pg_try_advisory_lock(number)"
            " ELSE pg_advisory_unlock(number) END"
            " FROM unnest($1::bigint[], $2::boolean[]) AS asked (number, is_claim)",
            released + [claim.number for claim in pending],
            [False] * len(released) + [True] * len(pending),
        )
        granted = {number: is_done for number, is_claim, is_done in rows if is_claim}
        for claim in pending:
            claim.granted = granted[claim.number]


def number_of(name: str) -> int:
    """The number of the advisory lock for a name. Two names with the same number only wait for each other."""
    return int.from_bytes(sha256(name.encode()).digest()[:8], signed=True)

"""Failed logins are counted in the database, by name and address and by address.

Nobody can lock a colleague out from elsewhere: a name is only held up from the address
that failed. The wait doubles with each failure; an attempt during the wait is refused
unread and does not lengthen it.
"""

import hashlib
import hmac
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Lock

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from almoxarife.server.accounts.models import LoginFailure
from almoxarife.server.errors import TooManyFailures
from almoxarife.server.settings import is_loopback

WINDOW = timedelta(minutes=15)
FAILURES_PER_NAME = 5
FAILURES_PER_ADDRESS = 50
FIRST_WAIT_S = 30
LONGEST_WAIT_S = 900


@dataclass(frozen=True, slots=True)
class Attempt:
    """A login attempt as the throttle sees it: the name only as a keyed hash."""

    name_hash: str
    address: str

    @classmethod
    def of(cls, username_folded: str, address: str, *, key: bytes) -> "Attempt":
        digest = hmac.new(key, username_folded.encode(), hashlib.sha256).hexdigest()[:32]
        return cls(name_hash=digest, address=address)


# One attempt at a time for a name and address, else a burst would be judged before any
# of it is counted. Striped: two that share a lock only wait for each other.
_locks = tuple(Lock() for _ in range(64))


@contextmanager
def one_at_a_time(attempt: Attempt) -> Iterator[None]:
    with _locks[hash(attempt) % len(_locks)]:
        yield


def check(session: Session, attempt: Attempt) -> None:
    """Raises TooManyFailures with the seconds to wait."""
    since = datetime.now(UTC) - WINDOW
    by_name = (LoginFailure.name_hash == attempt.name_hash, LoginFailure.address == attempt.address)
    waits = [_wait_s(session, FAILURES_PER_NAME, since, *by_name)]
    if not is_loopback(attempt.address):
        waits.append(_wait_s(session, FAILURES_PER_ADDRESS, since, LoginFailure.address == attempt.address))
    if max(waits) > 0:
        raise TooManyFailures(retry_after=max(waits))


def _wait_s(session: Session, allowed: int, since: datetime, *where: object) -> int:
    query = select(func.count(), func.max(LoginFailure.failed_at)).where(LoginFailure.failed_at > since, *where)  # type: ignore[arg-type]
    count, last = session.execute(query).one()
    if count < allowed:
        return 0
    wait = min(LONGEST_WAIT_S, FIRST_WAIT_S * 2 ** min(count - allowed, 10))
    remaining = (last + timedelta(seconds=wait) - datetime.now(UTC)).total_seconds()
    return max(0, int(remaining) + 1) if remaining > 0 else 0


def count_failure(session: Session, attempt: Attempt) -> None:
    now = datetime.now(UTC)
    session.execute(delete(LoginFailure).where(LoginFailure.failed_at < now - WINDOW))
    session.add(LoginFailure(name_hash=attempt.name_hash, address=attempt.address, failed_at=now))


def forgive(session: Session, attempt: Attempt) -> None:
    """A success clears the name from this address."""
    session.execute(
        delete(LoginFailure).where(LoginFailure.name_hash == attempt.name_hash, LoginFailure.address == attempt.address)
    )

"""Delays logins after failures, which are counted in the database by name and network and by network.

Nobody can lock a colleague out from elsewhere: a name is delayed only for the network
that failed. The delay doubles with each failure; an attempt during the delay is refused
without looking at the password and does not lengthen it. For IPv6 a network is the /64 that one subscriber gets.
"""

import hashlib
import hmac
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from threading import Lock
from typing import NamedTuple

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from almoxarife.server.accounts.limits.errors import LoginsBusy, TooManyFailures
from almoxarife.server.accounts.models import LoginFailure
from almoxarife.server.clock import SteadyClock
from almoxarife.server.identity import Origin
from almoxarife.server.settings import is_loopback

WINDOW = timedelta(minutes=15)
FAILURES_PER_NAME = 5
FAILURES_PER_ADDRESS = 50
FIRST_WAIT_S = 30
MAX_WAIT_S = 900
AHEAD = timedelta(minutes=1)
"""How far in the future a failure may lie and still count: the clocks of several servers differ a little."""

AT_ONCE = 8
"""Attempts for one name from one network that may wait for each other."""
REMEMBERED = 1000


class Attempt(NamedTuple):
    """The name, as a keyed hash, and the network of a login attempt."""

    name_hash: str
    address: str


@dataclass(slots=True)
class _UnderWay:
    lock: Lock
    attempts: int = 0


class Throttle:
    def __init__(self, key: bytes, clock: SteadyClock) -> None:
        self._key = key
        self._clock = clock
        self._mutex = Lock()
        self._under_way: dict[Attempt, _UnderWay] = {}
        self._known: OrderedDict[Attempt, None] = OrderedDict()

    def attempt(self, username_folded: str, origin: Origin) -> Attempt:
        digest = hmac.new(self._key, username_folded.encode(), hashlib.sha256).hexdigest()[:32]
        return Attempt(name_hash=digest, address=origin.network)

    @contextmanager
    def one_at_a_time(self, attempt: Attempt) -> Iterator[None]:
        """Let attempts for the same name and network wait for each other, so that each sees the failures before it.

        Raises LoginsBusy for one too many.
        """
        with self._mutex:
            held = self._under_way.setdefault(attempt, _UnderWay(Lock()))
            if held.attempts >= AT_ONCE:
                raise LoginsBusy(retry_after=2)
            held.attempts += 1
        try:
            with held.lock:
                yield
        finally:
            with self._mutex:
                held.attempts -= 1
                if not held.attempts:
                    del self._under_way[attempt]

    def require_allowed(self, session: Session, attempt: Attempt) -> None:
        """Raises TooManyFailures with the seconds to wait."""
        by_name = (LoginFailure.name_hash == attempt.name_hash, LoginFailure.address == attempt.address)
        waits = [self._find_wait_s(session, FAILURES_PER_NAME, *by_name)]
        if not is_loopback(attempt.address):
            waits.append(self._find_wait_s(session, FAILURES_PER_ADDRESS, LoginFailure.address == attempt.address))
        if max(waits) > 0:
            raise TooManyFailures(retry_after=max(waits))

    def _find_wait_s(self, session: Session, allowed: int, *where: object) -> int:
        now = self._clock.now()
        # A failure from further in the future was counted while the clock was wrong.
        in_window = LoginFailure.failed_at.between(now - WINDOW, now + AHEAD)
        query = select(func.count(), func.max(LoginFailure.failed_at)).where(in_window, *where)  # type: ignore[arg-type]
        count, last = session.execute(query).one()
        if count < allowed:
            return 0
        wait = min(MAX_WAIT_S, FIRST_WAIT_S * 2 ** min(count - allowed, 10))
        remaining = (last + timedelta(seconds=wait) - now).total_seconds()
        return max(0, int(remaining) + 1) if remaining > 0 else 0

    def count_failure(self, session: Session, attempt: Attempt) -> None:
        now = self._clock.now()
        is_kept = LoginFailure.failed_at.between(now - WINDOW, now + WINDOW)
        session.execute(delete(LoginFailure).where(~is_kept))
        session.add(LoginFailure(name_hash=attempt.name_hash, address=attempt.address, failed_at=now))

    def reset_failures(self, session: Session, attempt: Attempt) -> None:
        """After a successful login: delete the failures for this name from this network."""
        of_attempt = (LoginFailure.name_hash == attempt.name_hash, LoginFailure.address == attempt.address)
        session.execute(delete(LoginFailure).where(*of_attempt))
        with self._mutex:
            self._known[attempt] = None
            self._known.move_to_end(attempt)
            if len(self._known) > REMEMBERED:
                self._known.popitem(last=False)

    def knows(self, attempt: Attempt) -> bool:
        """Whether this name has logged in from this network since the start of the server."""
        return attempt in self._known

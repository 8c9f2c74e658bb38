"""Temporary passwords expire, so that one found on a slip of paper weeks later opens nothing.

The audit trail says when it was given. For passwords given by this process the elapsed time counts
instead, so that setting the system's clock changes nothing.
"""

from datetime import UTC, datetime, timedelta

from sqlalchemy.orm import Session

from almoxarife.server.accounts.models import User
from almoxarife.server.accounts.tokens import AHEAD_S
from almoxarife.server.audit import service as audit
from almoxarife.server.audit.tags import Tag
from almoxarife.server.clock import SteadyClock
from almoxarife.server.ids import IdKind

REMEMBERED = 1000
_GIVEN_BY = (Tag.PASSWORD_RESET, Tag.USER_REGISTERED)


class TemporaryPasswords:
    def __init__(self, lifetime: timedelta, clock: SteadyClock) -> None:
        self.lifetime = lifetime
        self._clock = clock
        self._ends_s: dict[tuple[int, int], float] = {}
        """In elapsed time, by user id and generation: each new temporary password raises the generation."""

    def begin(self, user: User) -> datetime:
        """``user`` has just been given one; returns when it expires."""
        if len(self._ends_s) >= REMEMBERED:
            self._ends_s.clear()  # ``is_over`` reads the audit trail instead
        self._ends_s[user.id, user.generation] = self._clock.elapsed_s() + self.lifetime.total_seconds()
        return datetime.now(UTC) + self.lifetime

    def is_over(self, session: Session, user: User) -> bool:
        """Whether the one that ``user`` was given last has expired."""
        ends_s = self._ends_s.get((user.id, user.generation))
        if ends_s is not None:
            return self._clock.elapsed_s() >= ends_s
        # An entry from the future was written while the clock was wrong: it does not count (as with tokens).
        now = datetime.now(UTC)
        since, before = now - self.lifetime, now + timedelta(seconds=AHEAD_S)
        return not audit.list_about(session, IdKind.USER.to_wire(user.id), _GIVEN_BY, since=since, before=before)

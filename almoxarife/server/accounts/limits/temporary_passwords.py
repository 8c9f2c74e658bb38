"""A temporary password ends by itself: who finds it on a slip of paper weeks later opens nothing.

When it was given is what the trail says, which nobody changes unseen. What this process has given
is counted by what elapses: a clock that is set meanwhile ends it no sooner, and no later.
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
        """By person and generation, which each new one raises; in elapsed time."""

    def begin(self, user: User) -> datetime:
        """``user`` has been given one just now; when it ends."""
        if len(self._ends_s) >= REMEMBERED:
            self._ends_s.clear()  # the trail knows
        self._ends_s[user.id, user.generation] = self._clock.elapsed_s() + self.lifetime.total_seconds()
        return datetime.now(UTC) + self.lifetime

    def is_over(self, session: Session, user: User) -> bool:
        """Whether the one that ``user`` was given last opens nothing any more."""
        ends_s = self._ends_s.get((user.id, user.generation))
        if ends_s is not None:
            return self._clock.elapsed_s() >= ends_s
        # What is recorded in the future says nothing of when it was, as with tokens.
        now = datetime.now(UTC)
        since, before = now - self.lifetime, now + timedelta(seconds=AHEAD_S)
        return not audit.list_about(session, IdKind.USER.to_wire(user.id), _GIVEN_BY, since=since, before=before)

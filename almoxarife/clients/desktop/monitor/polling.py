"""Following the movements by ``seq``: what to ask next, and what an answer means. No widget here.

The server promises that a client which saw ``seq`` n never later finds a smaller one,
so ``?depois=n`` is complete; the number never goes back here, except when the server's
data were replaced by older ones.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from almoxarife.clients.api.client import ApiClient
from almoxarife.wire.fields import LONGEST_PAGE
from almoxarife.wire.stock import Movement

NEWEST = 200


@dataclass(frozen=True)
class Question:
    """What to ask. ``after`` None: the newest, to begin with."""

    after: int | None
    etag: str | None = None
    landmark: Movement | None = None
    """Recorded before, and to be found unchanged: else the server has another history now."""
    wants_known: bool = False


@dataclass(frozen=True)
class Batch:
    """One answer, made ready."""

    movements: Sequence[Movement]
    """To record, oldest first."""
    known: Sequence[Movement] = ()
    """Recorded by an earlier run; only to be shown."""
    etag: str | None = None
    is_full: bool = False
    is_other_history: bool = False


def fetch(api: ApiClient, question: Question) -> Batch:
    """For a worker thread. Raises ApiError."""
    if question.after is None:
        return Batch(api.movements(newest=NEWEST).items or [])
    if question.landmark is not None and not _is_there(api, question.landmark):
        return Batch(api.movements(newest=NEWEST).items or [], is_other_history=True)
    known: Sequence[Movement] = ()
    if question.wants_known:
        newest = api.movements(newest=NEWEST).items or []
        known = [movement for movement in newest if movement.seq <= question.after]
    answer = api.movements(after=question.after, limit=LONGEST_PAGE, etag=question.etag)
    arrived = answer.items or []
    return Batch(arrived, known=known, etag=answer.etag, is_full=len(arrived) >= LONGEST_PAGE)


def _is_there(api: ApiClient, landmark: Movement) -> bool:
    found = api.movements(after=landmark.seq - 1, limit=1).items or []
    return [(m.id, m.recorded_at) for m in found] == [(landmark.id, landmark.recorded_at)]


class Follower:
    """Where the monitor stands. ``cursor`` is the largest ``seq`` that is safely recorded."""

    def __init__(self, remembered: int | None) -> None:
        self.cursor = remembered
        self.is_catching_up = True
        """What arrives happened before this monitor began: history, not news."""
        self._etag: str | None = None
        self._looks_again = True

    def question(self, landmark: Movement | None = None) -> Question:
        """``landmark`` is used when it is time to look whether the server has kept its history."""
        if not self._looks_again:
            return Question(self.cursor, self._etag)
        return Question(self.cursor, landmark=landmark, wants_known=self.is_catching_up)

    def look_again(self) -> None:
        """After an outage the server may come back with a backup restored; after a login anything may have happened."""
        self._looks_again = True
        self._etag = None

    def show_again(self) -> None:
        """Another person looks at this screen: what they may see of the past is to be shown anew."""
        self.is_catching_up = True
        self.look_again()

    def took(self, batch: Batch) -> None:
        """Call it once the batch is recorded: the next question begins after it."""
        self._looks_again = False
        self.is_catching_up = self.is_catching_up and batch.is_full
        if batch.is_other_history:
            self.cursor = None
        # An ETag is the answer's to one question; with a new cursor it is another question.
        self._etag = None if batch.movements else batch.etag
        last = batch.movements[-1].seq if batch.movements else 0
        self.cursor = max(self.cursor or 0, last)

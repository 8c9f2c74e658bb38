"""Polling movements with a cursor, the ``seq``: what to request next and what a response means. No widget here.

The server guarantees that after a client has seen ``seq`` n, no smaller one appears, so ``?depois=n``
misses nothing. The cursor goes back only if the server's data were replaced, by a restored backup.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from almoxarife.clients.api.client import ApiClient
from almoxarife.wire.fields import MAX_PAGE_SIZE
from almoxarife.wire.stock import Movement

NEWEST = 200


@dataclass(frozen=True)
class PollRequest:
    """``after`` None: there is no cursor yet, so ask for the newest movements."""

    after: int | None
    etag: str | None = None
    landmark: Movement | None = None
    """A logged movement. If the server does not have it unchanged, its data were replaced."""
    wants_known: bool = False
    """Also ask for older movements that are logged already, to be shown as history."""


@dataclass(frozen=True)
class PolledMovements:
    """The result of one poll."""

    movements: Sequence[Movement]
    """To be logged and shown, oldest first."""
    known: Sequence[Movement] = ()
    """Logged by an earlier run; only to be shown."""
    etag: str | None = None
    is_full: bool = False
    """There may be more: poll again at once."""
    is_other_history: bool = False
    """The server's data were replaced."""


def fetch(api: ApiClient, request: PollRequest) -> PolledMovements:
    """Poll the server; for a worker thread. Raises ApiError."""
    if request.after is None:
        return PolledMovements(api.movements(newest=NEWEST).items or [])
    if request.landmark is not None and not _is_there(api, request.landmark):
        return PolledMovements(api.movements(newest=NEWEST).items or [], is_other_history=True)
    known: Sequence[Movement] = ()
    if request.wants_known:
        newest = api.movements(newest=NEWEST).items or []
        known = [movement for movement in newest if movement.seq <= request.after]
    response = api.movements(after=request.after, limit=MAX_PAGE_SIZE, etag=request.etag)
    arrived = response.items or []
    return PolledMovements(arrived, known=known, etag=response.etag, is_full=len(arrived) >= MAX_PAGE_SIZE)


def _is_there(api: ApiClient, landmark: Movement) -> bool:
    found = api.movements(after=landmark.seq - 1, limit=1).items or []
    return [(m.id, m.recorded_at) for m in found] == [(landmark.id, landmark.recorded_at)]


class PollCursor:
    """The state between polls. ``cursor`` is the largest ``seq`` that is logged."""

    def __init__(self, remembered: int | None) -> None:
        self.cursor = remembered
        self.is_catching_up = True
        """What arrives now was recorded before this monitor started: it is history, not live."""
        self._etag: str | None = None
        self._must_verify = True

    def next_request(self, landmark: Movement | None = None) -> PollRequest:
        """``landmark`` is used only if it is to be verified that the server still has the same data."""
        if not self._must_verify:
            return PollRequest(self.cursor, self._etag)
        return PollRequest(self.cursor, landmark=landmark, wants_known=self.is_catching_up)

    def verify_next(self) -> None:
        """Verify the server's data at the next poll: during an outage or logout a backup may have been restored."""
        self._must_verify = True
        self._etag = None

    def show_again(self) -> None:
        """Fetch the history again, for another person, who may see other shops."""
        self.is_catching_up = True
        self.verify_next()

    def took(self, batch: PolledMovements) -> None:
        """Call it after the batch was logged: the next poll continues after it."""
        self._must_verify = False
        self.is_catching_up = self.is_catching_up and batch.is_full
        if batch.is_other_history:
            self.cursor = None
        # The ETag belongs to the request with the old cursor.
        self._etag = None if batch.movements else batch.etag
        last = batch.movements[-1].seq if batch.movements else 0
        self.cursor = max(self.cursor or 0, last)

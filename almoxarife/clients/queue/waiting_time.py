"""How long a row has waited in the queue, even if the computer's clock was set meanwhile.

A computer with an empty clock battery sets its clock when the network is back, which is also when waiting rows are
sent. So a row is sent with its waiting time, which the server subtracts from its own clock. Because that is in whole
seconds, the time at which the person's previous row happened (by the server's response) is sent, too: a row is never
dated before an earlier one of the same person that this process has sent.
"""

import sys
import time
from datetime import UTC, datetime

from almoxarife.clients.queue.outgoing import QueuedRow

MIN_WAIT_S = 5
"""A shorter wait counts as 0, and the server uses the time of arrival."""


class WaitingTimes:
    """Times rows confirmed by this process with a monotonic clock; older rows by the difference of wall-clock times."""

    def __init__(self) -> None:
        self._since_s: dict[str, float] = {}
        self._last: dict[str, tuple[int, datetime]] = {}
        """By account: the number of the last row that was recorded, and when the latest one happened."""

    def begin(self, key: str) -> None:
        """The row with this key was confirmed now."""
        self._since_s[key] = read_steady_clock()

    def end(self, key: str) -> None:
        """The row with this key no longer waits."""
        self._since_s.pop(key, None)

    def seconds_of(self, row: QueuedRow) -> int:
        """Seconds since the row was confirmed; 0 for less than ``MIN_WAIT_S``."""
        since_s = self._since_s.get(row.key)
        if since_s is None:
            waited_s = int((datetime.now(UTC) - row.confirmed_at).total_seconds())
        else:
            waited_s = int(read_steady_clock() - since_s)
        return waited_s if waited_s >= MIN_WAIT_S else 0

    def not_before(self, row: QueuedRow) -> datetime | None:
        """When the person's previous row happened, by the server's clock; None if this process has sent none."""
        number, moment = self._last.get(row.owner.account, (row.number, None))
        return moment if row.number > number else None

    def recorded(self, row: QueuedRow, moment: datetime) -> None:
        """The server has answered that the row happened at ``moment``."""
        number, latest = self._last.get(row.owner.account, (row.number, moment))
        if row.number >= number:
            self._last[row.owner.account] = row.number, max(latest, moment)


def read_steady_clock() -> float:
    """Monotonic seconds that include the time the computer was asleep, where the system offers it."""
    if sys.platform == "linux":
        return time.clock_gettime(time.CLOCK_BOOTTIME)
    return time.clock_gettime(time.CLOCK_MONOTONIC) if sys.platform == "darwin" else time.monotonic()

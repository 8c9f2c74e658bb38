"""How long a row has waited in the queue, even if the computer's clock was set meanwhile.

A computer with an empty clock battery sets its clock when the network is back, which is also when
waiting rows are sent. The server subtracts the waiting time from its own clock. No row is dated
before one of the same person that was confirmed earlier and sent by this process, also where the answer was lost.
"""

import sys
import time
from datetime import UTC, datetime

from almoxarife.clients.queue.outgoing import Row

LEAST_S = 5
"""Anything shorter counts as 0: the server then uses the time of arrival."""


class WaitingTimes:
    """Times rows confirmed by this process with a monotonic clock; older rows by the difference of wall-clock times."""

    def __init__(self) -> None:
        self._since_s: dict[str, float] = {}
        self._dated: dict[str, tuple[int, float]] = {}
        """By account: the number of the last row that may have arrived, and the latest moment of its date."""

    def begin(self, key: str) -> None:
        self._since_s[key] = read_steady_clock()

    def end(self, key: str) -> None:
        self._since_s.pop(key, None)

    def seconds_of(self, row: Row) -> int:
        """Seconds since the row was confirmed; 0 if it is sent at once."""
        since_s = self._since_s.get(row.key)
        if since_s is None:
            waited_s = int((datetime.now(UTC) - row.confirmed_at).total_seconds())
        else:
            waited_s = int(read_steady_clock() - since_s)
        number, dated_s = self._dated.get(row.owner.account, (row.number, 0.0))
        if row.number > number:
            waited_s = min(waited_s, int(read_steady_clock() - dated_s))
        return waited_s if waited_s >= LEAST_S else 0

    def arrived(self, row: Row, waited_s: int) -> None:
        """The row may have arrived until now. ``waited_s``: as it was sent.

        Of several attempts it is unknown which one was recorded, and an early one may be dated latest.
        """
        number, dated_s = self._dated.get(row.owner.account, (0, 0.0))
        if row.number >= number:
            self._dated[row.owner.account] = row.number, max(dated_s, read_steady_clock() - waited_s)


def read_steady_clock() -> float:
    """Monotonic seconds that include the time the computer was asleep, where the system offers it."""
    if sys.platform == "linux":
        return time.clock_gettime(time.CLOCK_BOOTTIME)
    return time.clock_gettime(time.CLOCK_MONOTONIC) if sys.platform == "darwin" else time.monotonic()

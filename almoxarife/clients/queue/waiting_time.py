"""For how long a row has waited, also where the computer's clock was put right meanwhile.

The clock of a computer whose battery is empty is put right just when its network is back, and what waited is sent then.
"""

import sys
import time
from datetime import UTC, datetime

from almoxarife.clients.queue.outgoing import Row

LEAST_S = 5
"""Less is no waiting: the server's clock says when it came."""


class WaitingTimes:
    """What this process has confirmed is timed by a clock that nobody sets; an older row by two looks at the other."""

    def __init__(self) -> None:
        self._since_s: dict[str, float] = {}

    def begin(self, key: str) -> None:
        self._since_s[key] = read_steady_clock()

    def end(self, key: str) -> None:
        self._since_s.pop(key, None)

    def seconds_of(self, row: Row) -> int:
        """Since the person confirmed it; 0 for what goes out at once."""
        since_s = self._since_s.get(row.key)
        if since_s is None:
            waited_s = int((datetime.now(UTC) - row.confirmed_at).total_seconds())
        else:
            waited_s = int(read_steady_clock() - since_s)
        return waited_s if waited_s >= LEAST_S else 0


def read_steady_clock() -> float:
    """Seconds, those too that the computer slept."""
    if sys.platform == "linux":
        return time.clock_gettime(time.CLOCK_BOOTTIME)
    return time.clock_gettime(time.CLOCK_MONOTONIC) if sys.platform == "darwin" else time.monotonic()

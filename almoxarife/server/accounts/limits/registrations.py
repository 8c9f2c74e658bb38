"""Limits registrations by people without a token: an hour's number from one network, and those waiting for approval."""

from collections import defaultdict, deque
from threading import Lock

from almoxarife.server.accounts.limits.errors import TooManyRegistrations
from almoxarife.server.clock import SteadyClock

WINDOW_S = 3600
PER_ADDRESS = 10
ADDRESSES = 10_000
"""Networks that are counted at once."""
MAX_PENDING = 100


class RegistrationLimit:
    """By network (``Origin.network``). A refused name counts too, because names are probed that way."""

    def __init__(self, clock: SteadyClock) -> None:
        self._clock = clock
        self._mutex = Lock()
        self._counted: defaultdict[str, deque[float]] = defaultdict(deque)

    def require_allowed(self, network: str) -> None:
        """Raises TooManyRegistrations."""
        with self._mutex:
            self._require_allowed(network)

    def count(self, network: str) -> None:
        """Count one registration. Raises TooManyRegistrations where that is one too many."""
        with self._mutex:
            self._require_allowed(network)
            self._counted[network].append(self._clock.elapsed_s())

    def _require_allowed(self, network: str) -> None:
        since = self._clock.elapsed_s() - WINDOW_S
        if network not in self._counted:
            if len(self._counted) < ADDRESSES:
                return
            self._forget(since)
            if len(self._counted) >= ADDRESSES:
                raise TooManyRegistrations(retry_after=60)
        times = self._counted[network]
        while times and times[0] <= since:
            times.popleft()
        if len(times) >= PER_ADDRESS:
            raise TooManyRegistrations(retry_after=int(times[0] - since) + 1)

    def _forget(self, since: float) -> None:
        for network in [network for network, times in self._counted.items() if not times or times[-1] <= since]:
            del self._counted[network]

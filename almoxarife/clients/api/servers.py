"""Failover between the servers of one cluster: which address is in use.

All of them work on the same database, so any will do; the first in the list, the main server, is
preferred. ``Transport`` reports an address that did not answer (``leave``) and, while another one
is in use, probes the main server every few seconds (``is_probe_due``).
"""

import threading
import time
from collections.abc import Callable, Sequence

PROBE_MAIN_EVERY_S = 5.0


class Servers:
    """Usable from several threads."""

    def __init__(self, addresses: Sequence[str], *, clock: Callable[[], float] = time.monotonic) -> None:
        self.addresses = tuple(addresses)
        self._clock = clock
        self._lock = threading.Lock()
        self._index = 0
        self._probe_main_at = 0.0

    @property
    def main(self) -> str:
        return self.addresses[0]

    @property
    def in_use(self) -> str:
        return self.addresses[self._index]

    def leave(self, address: str) -> bool:
        """Report that ``address`` did not answer. True if there is another one to try."""
        with self._lock:
            if address == self.in_use and len(self.addresses) > 1:
                self._index = (self._index + 1) % len(self.addresses)
                self._probe_main_at = self._clock() + PROBE_MAIN_EVERY_S
            return address != self.in_use

    def is_probe_due(self) -> bool:
        """Whether the caller is to probe the main server now; True for one caller each interval."""
        if self._index == 0:
            return False
        with self._lock:
            now = self._clock()
            if now < self._probe_main_at:
                return False
            self._probe_main_at = now + PROBE_MAIN_EVERY_S
            return True

    def return_to_main(self) -> None:
        with self._lock:
            self._index = 0

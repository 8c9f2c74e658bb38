"""The addresses of one chain's servers: the main one first, and which of them is used now.

They stand on one database, so whichever answers is as good as another; the main one is
preferred because that is what its owner calls it. The sender says which address did
not answer, and asks for another; a look at the main one is due every few seconds while
another one is used.
"""

import threading
import time
from collections.abc import Callable, Sequence

LOOK_BACK_EVERY_S = 5.0


class Servers:
    """Usable from several threads."""

    def __init__(self, addresses: Sequence[str], *, clock: Callable[[], float] = time.monotonic) -> None:
        self.addresses = tuple(addresses)
        self._clock = clock
        self._lock = threading.Lock()
        self._place = 0
        self._look_back_at = 0.0

    @property
    def main(self) -> str:
        return self.addresses[0]

    @property
    def in_use(self) -> str:
        return self.addresses[self._place]

    def leave(self, address: str) -> bool:
        """``address`` did not answer. Whether another one may."""
        with self._lock:
            if address == self.in_use and len(self.addresses) > 1:
                self._place = (self._place + 1) % len(self.addresses)
                self._look_back_at = self._clock() + LOOK_BACK_EVERY_S
            return address != self.in_use

    def take_look_back(self) -> bool:
        """Whether it is this caller's turn to see if the main server is well again."""
        if self._place == 0:
            return False
        with self._lock:
            now = self._clock()
            if now < self._look_back_at:
                return False
            self._look_back_at = now + LOOK_BACK_EVERY_S
            return True

    def return_to_main(self) -> None:
        with self._lock:
            self._place = 0

"""Turns at hashing passwords: people with an account come before people who want one.

One hash costs a core about 70 ms and 32 MiB, so only as many run at once as there are
cores, and only a few requests wait. A turn goes to the most urgent kind that waits, and
within it to the addresses in rotation: a crowd at one address delays its neighbours by
one hash each. Never take a turn inside a transaction.
"""

import os
from collections import Counter, OrderedDict, deque
from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum
from threading import Lock

from almoxarife.server.accounts.limits.errors import LoginsBusy


class Kind(IntEnum):
    """The most urgent first."""

    ACCOUNT = 0
    """Somebody with a token, or who has logged in from there before."""
    LOGIN = 1
    REGISTRATION = 2
    LIST = 3
    """People of a list: a turn for a few of them, after everybody who waits at a screen."""


PER_ADDRESS = {Kind.ACCOUNT: 20, Kind.LOGIN: 20, Kind.REGISTRATION: 4, Kind.LIST: 7}
IN_ALL = {Kind.ACCOUNT: 24, Kind.LOGIN: 24, Kind.REGISTRATION: 8, Kind.LIST: 8}
"""Turns that may be taken or waited for. Together fewer than the threads that answer requests."""


class HashingQueue:
    def __init__(self, cores: int | None = None) -> None:
        self._free = cores or os.cpu_count() or 1
        # One core stays free of registrations where there are several: a login need not wait for the end of one.
        for_others = max(1, self._free - 1)
        self._may_run = {Kind.ACCOUNT: self._free, Kind.LOGIN: self._free}
        self._may_run |= {Kind.REGISTRATION: for_others, Kind.LIST: for_others}
        self._mutex = Lock()
        self._present: Counter[Kind | tuple[Kind, str]] = Counter()
        self._running: Counter[Kind] = Counter()
        self._waiting: dict[Kind, OrderedDict[str, deque[Lock]]] = {kind: OrderedDict() for kind in Kind}

    @contextmanager
    def turn(self, kind: Kind, network: str) -> Iterator[None]:
        """A core to hash on, for somebody at ``network``. Raises LoginsBusy instead of a long wait."""
        self._enter(kind, network).acquire()
        try:
            yield
        finally:
            self._leave(kind, network)

    def _enter(self, kind: Kind, network: str) -> Lock:
        """A lock that can be taken when the turn has come."""
        ticket = Lock()
        ticket.acquire()
        with self._mutex:
            if self._present[kind] >= IN_ALL[kind] or self._present[kind, network] >= PER_ADDRESS[kind]:
                raise LoginsBusy(retry_after=2)
            self._present.update((kind, (kind, network)))
            self._waiting[kind].setdefault(network, deque()).append(ticket)
            self._give_turns()
        return ticket

    def _leave(self, kind: Kind, network: str) -> None:
        with self._mutex:
            self._free += 1
            self._running[kind] -= 1
            self._present[kind] -= 1
            self._present[kind, network] -= 1
            if not self._present[kind, network]:
                del self._present[kind, network]
            self._give_turns()

    def _give_turns(self) -> None:
        for kind, networks in self._waiting.items():
            while networks and self._free and self._running[kind] < self._may_run[kind]:
                network, tickets = networks.popitem(last=False)
                tickets.popleft().release()
                if tickets:
                    networks[network] = tickets
                self._free -= 1
                self._running[kind] += 1

"""A queue for hashing passwords, by urgency and address: people with an account come first.

One hash takes a core about 70 ms and 32 MiB, so only as many run at once as there are
cores, and only a few requests wait. The next free slot goes to the most urgent kind that waits, and
within it to the addresses in rotation, so a crowd at one address delays others by
one hash each. Never take a slot inside a transaction.

``FirstLogins`` lets somebody log in for the first time from an address where an attacker fills the
queue: a user name that exists gets a slot of its own. That reveals that the name exists, so a network
has only as many such slots an hour as it has registrations; a right password gives the slot back.
"""

import os
from collections import Counter, OrderedDict, deque
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from enum import IntEnum
from functools import partial
from threading import Lock

from almoxarife.server.accounts.limits.errors import LoginsBusy
from almoxarife.server.clock import SteadyClock


class Urgency(IntEnum):
    """The most urgent first."""

    ACCOUNT = 0
    """Somebody with a token, or who has logged in from that network before."""
    LOGIN = 1
    REGISTRATION = 2
    LIST = 3
    """Passwords of an imported list, several in one slot, after everybody who waits at a screen."""


PER_ADDRESS = {Urgency.ACCOUNT: 20, Urgency.LOGIN: 20, Urgency.REGISTRATION: 4, Urgency.LIST: 7}
IN_ALL = {Urgency.ACCOUNT: 24, Urgency.LOGIN: 24, Urgency.REGISTRATION: 8, Urgency.LIST: 8}
"""Slots that may be in use or waited for. Together fewer than the threads that answer requests."""

WINDOW_S = 3600
PER_NETWORK = 10
"""Slots for first logins in a window."""
NETWORKS = 10_000
"""Networks that are counted; beyond that, the one that came longest ago is dropped."""


class HashingQueue:
    def __init__(self, cores: int | None = None) -> None:
        self._free = cores or os.cpu_count() or 1
        # Where there are several cores, one takes no registrations, so that a login need not wait for one to end.
        for_others = max(1, self._free - 1)
        self._may_run = {Urgency.ACCOUNT: self._free, Urgency.LOGIN: self._free}
        self._may_run |= {Urgency.REGISTRATION: for_others, Urgency.LIST: for_others}
        self._mutex = Lock()
        self._present: Counter[Urgency | tuple[Urgency, str]] = Counter()
        self._running: Counter[Urgency] = Counter()
        self._waiting: dict[Urgency, OrderedDict[str, deque[Lock]]] = {urgency: OrderedDict() for urgency in Urgency}

    @contextmanager
    def slot(self, urgency: Urgency, network: str) -> Iterator[None]:
        """Wait for a core to hash on. Raises LoginsBusy where the wait would be long."""
        self._enter(urgency, network).acquire()
        try:
            yield
        finally:
            self._leave(urgency, network)

    def _enter(self, urgency: Urgency, network: str) -> Lock:
        """Queue up; the lock that is returned can be acquired when the slot is free."""
        ticket = Lock()
        ticket.acquire()
        with self._mutex:
            if self._present[urgency] >= IN_ALL[urgency] or self._present[urgency, network] >= PER_ADDRESS[urgency]:
                raise LoginsBusy(retry_after=2)
            self._present.update((urgency, (urgency, network)))
            self._waiting[urgency].setdefault(network, deque()).append(ticket)
            self._give_slots()
        return ticket

    def _leave(self, urgency: Urgency, network: str) -> None:
        with self._mutex:
            self._free += 1
            self._running[urgency] -= 1
            self._present[urgency] -= 1
            self._present[urgency, network] -= 1
            if not self._present[urgency, network]:
                del self._present[urgency, network]
            self._give_slots()

    def _give_slots(self) -> None:
        for urgency, networks in self._waiting.items():
            while networks and self._free and self._running[urgency] < self._may_run[urgency]:
                network, tickets = networks.popitem(last=False)
                tickets.popleft().release()
                if tickets:
                    networks[network] = tickets
                self._free -= 1
                self._running[urgency] += 1


class FirstLogins:
    """Slots for logins, some of them set aside for first logins from a network (see above)."""

    def __init__(self, queue: HashingQueue, clock: SteadyClock) -> None:
        self._queue = queue
        self._clock = clock
        self._mutex = Lock()
        self._spent: OrderedDict[str, list[float]] = OrderedDict()
        """When each network used its slots; the network that came last is at the end."""

    @contextmanager
    def slot(self, network: str, *, has_been_here: bool, is_name_known: bool) -> Iterator[Callable[[], None]]:
        """Wait for a core to hash on. Yields a function to call if the password is right. Raises LoginsBusy."""
        with ExitStack() as stack:
            return_slot: Callable[[], None] = _nothing
            try:
                stack.enter_context(self._queue.slot(Urgency.ACCOUNT if has_been_here else Urgency.LOGIN, network))
            except LoginsBusy:
                if has_been_here or not is_name_known:
                    raise
                return_slot = partial(self._give_back, network, self._spend(network))
                try:
                    stack.enter_context(self._queue.slot(Urgency.ACCOUNT, network))
                except LoginsBusy:
                    return_slot()  # it has revealed nothing
                    raise
            yield return_slot

    def _spend(self, network: str) -> float:
        now = self._clock.elapsed_s()
        with self._mutex:
            spent = [moment for moment in self._spent.get(network, []) if moment > now - WINDOW_S]
            if len(spent) >= PER_NETWORK:
                raise LoginsBusy(retry_after=2)
            self._spent[network] = [*spent, now]
            self._spent.move_to_end(network)
            if len(self._spent) > NETWORKS:
                self._spent.popitem(last=False)
        return now

    def _give_back(self, network: str, moment: float) -> None:
        with self._mutex:
            if moment in self._spent.get(network, []):
                self._spent[network].remove(moment)


def _nothing() -> None:
    pass

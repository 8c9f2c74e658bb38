"""Somebody who logs in for the first time from where a crowd guesses: a shop and a stranger behind one address.

While the crowd takes every turn at hashing there, a name that exists gets one of its own. That tells
that it exists, so a network has few such turns an hour, as many as it could ask for by registering;
who then proves to be that person has used up none.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from threading import Lock

from almoxarife.server.accounts.limits.errors import LoginsBusy
from almoxarife.server.accounts.limits.hashing import HashingQueue, Kind
from almoxarife.server.clock import SteadyClock

WINDOW_S = 3600
PER_NETWORK = 10
NETWORKS = 10_000
"""Kept in mind at once; of more, the one that came longest ago is forgotten."""


class FirstLogins:
    def __init__(self, queue: HashingQueue, clock: SteadyClock) -> None:
        self._queue = queue
        self._clock = clock
        self._mutex = Lock()
        self._spent: OrderedDict[str, list[float]] = OrderedDict()
        """When each network used up its turns, the one that came last at the end."""

    @contextmanager
    def turn(self, network: str, *, has_been_here: bool, is_name_known: bool) -> Iterator[Callable[[], None]]:
        """A core to hash on; what it gives is called when the password was right. Raises LoginsBusy."""
        with ExitStack() as stack:
            prove: Callable[[], None] = _nothing
            try:
                stack.enter_context(self._queue.turn(Kind.ACCOUNT if has_been_here else Kind.LOGIN, network))
            except LoginsBusy:
                if has_been_here or not is_name_known:
                    raise
                prove = partial(self._give_back, network, self._spend(network))
                try:
                    stack.enter_context(self._queue.turn(Kind.ACCOUNT, network))
                except LoginsBusy:
                    prove()  # it was not used up: nobody was told anything
                    raise
            yield prove

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

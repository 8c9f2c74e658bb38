"""Who gets the next slot for hashing."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from threading import Event, Thread

import pytest

from almoxarife.server.accounts.limits.errors import LoginsBusy
from almoxarife.server.accounts.limits.hashing import IN_ALL, PER_ADDRESS, HashingQueue, Urgency

PATIENCE_S = 30


class Slots:
    """Threads that take slots; each goes on when it is told to."""

    def __init__(self, queue: HashingQueue) -> None:
        self.queue = queue
        self.order: list[str] = []
        self._hold = Event()
        self._threads: list[Thread] = []

    def occupy(self, kind: Urgency = Urgency.REGISTRATION) -> None:
        """Take the only core until ``release``."""
        taken = Event()

        def hold() -> None:
            with self.queue.slot(kind, "holder"):
                taken.set()
                self._hold.wait(PATIENCE_S)

        self._start(hold)
        assert taken.wait(PATIENCE_S)

    def wait(self, name: str, kind: Urgency, network: str) -> None:
        """One more that waits."""
        entered = self.queue._enter(kind, network)

        def take() -> None:
            entered.acquire()
            self.order.append(name)
            self.queue._leave(kind, network)

        self._start(take)

    def release(self) -> list[str]:
        self._hold.set()
        for thread in self._threads:
            thread.join(PATIENCE_S)
        return self.order

    def _start(self, work: Callable[[], None]) -> None:
        thread = Thread(target=work, daemon=True)
        thread.start()
        self._threads.append(thread)


@pytest.fixture
def slots() -> Iterator[Slots]:
    slots = Slots(HashingQueue(cores=1))
    yield slots
    slots.release()


def test_whoever_has_an_account_comes_before_who_wants_one(slots: Slots) -> None:
    slots.occupy()
    slots.wait("stranger", Urgency.REGISTRATION, "a")
    slots.wait("login", Urgency.LOGIN, "a")
    slots.wait("person", Urgency.ACCOUNT, "a")

    assert slots.release() == ["person", "login", "stranger"]


def test_a_crowd_at_one_address_delays_its_neighbour_by_one_slot(slots: Slots) -> None:
    slots.occupy()
    for number in range(6):
        slots.wait(f"crowd {number}", Urgency.LOGIN, "crowd")
    slots.wait("neighbour", Urgency.LOGIN, "home")

    assert slots.release().index("neighbour") <= 1


@pytest.mark.parametrize("kind", Urgency)
def test_an_address_has_so_many_slots_and_no_more(kind: Urgency) -> None:
    queue = HashingQueue(cores=2)
    for _ in range(PER_ADDRESS[kind]):
        queue._enter(kind, "crowd")

    with pytest.raises(LoginsBusy), queue.slot(kind, "crowd"):
        pass
    queue._enter(kind, "home")


@pytest.mark.parametrize("kind", Urgency)
def test_all_addresses_together_too(kind: Urgency) -> None:
    queue = HashingQueue(cores=2)
    for number in range(IN_ALL[kind]):
        queue._enter(kind, f"address {number}")

    with pytest.raises(LoginsBusy), queue.slot(kind, "home"):
        pass


def test_registrations_leave_a_core_to_those_who_log_in() -> None:
    queue = HashingQueue(cores=2)
    with queue.slot(Urgency.REGISTRATION, "a"):
        waiting = queue._enter(Urgency.REGISTRATION, "b")
        assert waiting.locked()
        with queue.slot(Urgency.LOGIN, "c"):
            assert waiting.locked()
    assert not waiting.locked()


def test_the_slot_of_work_that_failed_is_free_again() -> None:
    queue = HashingQueue(cores=1)
    for _ in range(50):
        with pytest.raises(ZeroDivisionError), queue.slot(Urgency.LOGIN, "a"):
            raise ZeroDivisionError

    with ExitStack() as stack:
        stack.enter_context(queue.slot(Urgency.LOGIN, "a"))

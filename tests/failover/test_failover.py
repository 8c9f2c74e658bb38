"""The coordinator dies, freezes, comes back: what was confirmed is there once, in order, and everybody goes on.

One story in one cluster: each test begins where the one before it has ended.
"""

import time
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from decimal import Decimal
from itertools import pairwise
from threading import Event, Thread
from typing import Any

import pytest

from almoxarife.clients.api.client import ApiClient
from almoxarife.clients.api.errors import ApiError
from almoxarife.wire.accounts import Credentials, Registration
from almoxarife.wire.catalog import ProductIn
from almoxarife.wire.stock import MovementIn
from tests.failover.conftest import Demo
from tests.failover.patience import wait_until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

ANA = Credentials(username="ana", password="parafuso-de-latao")


class Till:
    """Sends entries one after another, each until it is confirmed, with one key."""

    def __init__(self, urls: str, product_id: str) -> None:
        self.client = ApiClient(urls)
        self.account = self.client.login(ANA).person.account
        self.confirmed: list[str] = []
        self.confirmed_at: list[float] = []
        self.refused: ApiError | None = None
        self._body = MovementIn(produto_id=product_id, quantidade=Decimal(1)).model_dump_json(by_alias=True).encode()
        self._over = Event()
        self._thread = Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while not self._over.is_set():
            self._send(str(uuid.uuid4()))
            self._over.wait(0.02)

    def _send(self, key: str) -> None:
        while True:
            try:
                movement = self.client.post_movement_as(self.account, "/inventario", self._body, key=key)
            except ApiError as error:
                if not error.is_worth_repeating:
                    self.refused = error
                    return
                time.sleep(0.1)
            else:
                self.confirmed.append(movement.id)
                self.confirmed_at.append(time.monotonic())
                return

    def finish(self) -> None:
        self._over.set()
        self._thread.join(90)
        assert not self._thread.is_alive()
        assert self.refused is None
        self.client.close()

    @property
    def longest_gap_s(self) -> float:
        return max((later - earlier for earlier, later in pairwise(self.confirmed_at)), default=0.0)


class Monitor:
    """Polls by ``seq``, as the window does."""

    def __init__(self, urls: str, after: int) -> None:
        self.client = ApiClient(urls)
        self.client.login(ANA)
        self.seen: list[int] = []
        self._after = after
        self._over = Event()
        self._thread = Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while not self._over.wait(0.1):
            with suppress(ApiError):
                for movement in self.client.movements(after=self._after, limit=500).items or []:
                    self.seen.append(movement.seq)
                    self._after = movement.seq

    def finish(self, last: int) -> None:
        wait_until(lambda: bool(self.seen) and self.seen[-1] >= last)
        self._over.set()
        self._thread.join(30)
        self.client.close()


@pytest.fixture(scope="module")
def owner(demo: Demo) -> Iterator[ApiClient]:
    client = ApiClient(demo.urls)
    client.register(Registration(username=ANA.username, password=ANA.password))
    client.login(ANA)
    yield client
    client.close()


@pytest.fixture(scope="module")
def product_ids(owner: ApiClient) -> list[str]:
    return [owner.create_product(ProductIn(nome=f"Parafuso {n}"), key=str(uuid.uuid4())).id for n in range(2)]


class Watched:
    """Two tills and a monitor at work, and what became of what they did."""

    def __init__(self, demo: Demo, owner: ApiClient, product_ids: list[str]) -> None:
        self._owner = owner
        self.before = last_seq(owner)
        self.monitor = Monitor(demo.urls, self.before)
        self.tills = [Till(demo.urls, product_id) for product_id in product_ids]
        wait_until(lambda: all(len(till.confirmed) >= 5 for till in self.tills))

    def wait_for_new_confirmations(self) -> None:
        already = [len(till.confirmed) for till in self.tills]
        wait_until(
            lambda: all(len(till.confirmed) > was + 5 for till, was in zip(self.tills, already, strict=True)),
            seconds=90,
        )

    def check(self) -> None:
        for till in self.tills:
            till.finish()
        confirmed = [movement_id for till in self.tills for movement_id in till.confirmed]
        kept = [(movement.id, movement.seq) for movement in everything(self._owner, self.before)]
        seq_of = dict(kept)
        # Nothing that was confirmed is lost or there twice, and nothing is there that nobody confirmed.
        assert Counter(confirmed) == Counter(movement_id for movement_id, _ in kept)
        for till in self.tills:
            order = [seq_of[movement_id] for movement_id in till.confirmed]
            assert order == sorted(order)
        self.monitor.finish(kept[-1][1])
        assert self.monitor.seen == [seq for _, seq in kept]


def everything(client: ApiClient, after: int) -> list[Any]:
    found: list[Any] = []
    while page := client.movements(after=found[-1].seq if found else after, limit=500).items:
        found += page
    return found


def last_seq(client: ApiClient) -> int:
    newest = client.movements(newest=1).items
    return newest[-1].seq if newest else 0


def wait_for_coordinator(client: ApiClient, name: str, *, seconds: float = 90) -> None:
    def leads() -> bool:
        with suppress(ApiError):
            return bool(client.coordination().coordinator == name)
        return False

    wait_until(leads, seconds=seconds)


def test_it_begins_with_the_main_node(demo: Demo, owner: ApiClient) -> None:
    wait_for_coordinator(owner, "n1")
    told = owner.coordination()
    assert (told.main, told.is_temporary, len(told.nodes)) == ("n1", False, 3)
    assert sum(node.role == "reserva-sincrona" for node in told.nodes) == 1


def test_when_postgresql_is_killed_another_node_takes_over(
    demo: Demo, owner: ApiClient, product_ids: list[str]
) -> None:
    watched = Watched(demo, owner, product_ids)
    demo.ask("kill", "n1", "postgres")
    wait_until(lambda: coordinator_elsewhere(owner), seconds=60)
    watched.wait_for_new_confirmations()
    watched.check()
    print(f"\nlongest gap: {max(till.longest_gap_s for till in watched.tills):.1f} s")
    # The servers tell of it once the new timeline has begun, which may be after the first confirmations.
    wait_until(lambda: owner.coordination().events[-1].node != "n1")
    told = owner.coordination()
    assert told.is_temporary
    # That it was lost is told only if some server looked in between.
    story = [(event.kind.value, event.node) for event in told.events if event.kind.value != "perdido"]
    assert story == [("assumiu", "n1"), ("eleicao", told.coordinator), ("assumiu", told.coordinator)]


def test_the_coordination_returns_to_the_main_node_by_itself(
    demo: Demo, owner: ApiClient, product_ids: list[str]
) -> None:
    watched = Watched(demo, owner, product_ids)
    wait_for_coordinator(owner, "n1")
    watched.wait_for_new_confirmations()
    watched.check()
    wait_until(lambda: owner.coordination().events[-1].node == "n1")
    told = owner.coordination()
    assert not told.is_temporary
    assert [event.kind.value for event in told.events[-2:]] == ["devolveu", "assumiu"]


def test_a_silent_death_of_the_whole_main_node_is_noticed(demo: Demo, owner: ApiClient, product_ids: list[str]) -> None:
    """Frozen, it keeps its connections and says nothing: only its time running out tells."""
    wait_until(lambda: any(node.role == "reserva-sincrona" for node in owner.coordination().nodes))
    watched = Watched(demo, owner, product_ids)
    demo.ask("freeze", "n1")
    wait_until(lambda: coordinator_elsewhere(owner), seconds=90)
    assert owner.reserve  # the address of the main node answers nothing
    watched.wait_for_new_confirmations()
    demo.ask("heal", "n1")
    watched.check()
    print(f"\nlongest gap: {max(till.longest_gap_s for till in watched.tills):.1f} s")


def coordinator_elsewhere(client: ApiClient) -> bool:
    with suppress(ApiError):
        return client.coordination().coordinator not in {None, "n1"}
    return False


def test_the_main_server_is_used_again_after_it_came_back(demo: Demo, owner: ApiClient) -> None:
    wait_for_coordinator(owner, "n1")

    def is_back() -> bool:
        with suppress(ApiError):
            owner.coordination()
        return not owner.reserve

    wait_until(is_back, seconds=60)


def test_when_the_demo_is_killed_nothing_of_it_stays(demo: Demo) -> None:
    """The last one: it ends the cluster."""
    assert demo.list_processes()
    demo.process.kill()
    demo.process.wait(10)
    wait_until(lambda: not demo.list_processes(), seconds=60)

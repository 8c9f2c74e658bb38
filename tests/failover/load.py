"""Who works while a cluster is broken: each writes 1, 2, 3, … one after another, and knows what was confirmed.

What is there afterwards must be those numbers, each once and in their order.
"""

import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from itertools import pairwise
from pathlib import Path
from threading import Event, Thread
from typing import TypeVar

from almoxarife.clients.api.client import ApiClient
from almoxarife.clients.api.errors import ApiError
from almoxarife.clients.queue.delivery import Delivery, deliver_next
from almoxarife.clients.queue.outgoing import Owner, State, of_movement
from almoxarife.clients.queue.store import Outbox
from almoxarife.wire.accounts import Credentials, Registration
from almoxarife.wire.catalog import ProductIn
from almoxarife.wire.health import CoordinationEventKind as Kind
from almoxarife.wire.stock import Movement, MovementIn
from tests.failover.patience import wait_until
from tests.programs import wait_for
from tests.terminal.caller import Caller

T = TypeVar("T")

PAUSE_S = 0.1
"""Between two things that somebody does: each costs four nodes' worth of the processor."""
AGAIN_S = 0.2


class Writer:
    """``confirmed`` numbers the server has said to have; ``promised`` ones somebody else keeps who will send them."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.confirmed: dict[int, float] = {}
        """When, by the clock on the wall."""
        self.promised: set[int] = set()
        self.fault: Exception | None = None
        self._over = Event()
        self._thread = Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def wait_for_more_than(self, confirmed: int, *, seconds: float) -> None:
        """Raises what has stopped it."""
        wait_for(self.name, lambda: self.fault or len(self.confirmed) > confirmed, within_s=seconds, every_s=0.05)
        if self.fault is not None:
            raise self.fault

    def finish(self) -> None:
        """After what is under way."""
        self._over.set()
        self._thread.join(120)
        assert not self._thread.is_alive(), f"{self.name} does not end"
        if self.fault is not None:
            raise self.fault

    @property
    def longest_gap_s(self) -> float:
        return longest_gap(self.confirmed.values())

    def list_kept(self, movements: list[Movement]) -> list[int]:
        """The numbers that the server has, in the order in which it has recorded them."""
        raise NotImplementedError

    def write(self, number: int) -> None:
        """Until it is confirmed or promised."""
        raise NotImplementedError

    def _confirm(self, number: int) -> None:
        self.confirmed[number] = time.time()

    def _run(self) -> None:
        number = 0
        try:
            while not self._over.wait(PAUSE_S):
                number += 1
                self.write(number)
        except Exception as fault:  # noqa: BLE001  # raised where it is waited for
            self.fault = fault


class Entries(Writer):
    """Its numbers are quantities of a product of its own."""

    def __init__(self, name: str, client: ApiClient, who: Credentials, product_id: str) -> None:
        super().__init__(name)
        self.client = client
        self.account = patiently(lambda: client.login(who)).user.account
        self._shop_id = patiently(client.shops)[0].id
        self.product_id = product_id

    def movement(self, number: int) -> MovementIn:
        return MovementIn(produto_id=self.product_id, quantidade=Decimal(number), loja_id=self._shop_id)

    def list_kept(self, movements: list[Movement]) -> list[int]:
        return [int(movement.quantity) for movement in movements if movement.product_id == self.product_id]


class KeyedClient(Entries):
    """A plain program that repeats a request with its key until it is answered."""

    def write(self, number: int) -> None:
        body = self.movement(number).model_dump_json(by_alias=True).encode()
        key = str(uuid.uuid4())
        while True:
            try:
                self.client.post_movement_as(self.account, "/inventario", body, key=key)
            except ApiError as error:
                if not error.is_worth_repeating:
                    raise
                time.sleep(AGAIN_S)
            else:
                self._confirm(number)
                return


class OutboxWriter(Entries):
    """Our windows' queue: what it has on its disk is sent in order, whatever comes."""

    def __init__(self, folder: Path, *entries_arguments: object) -> None:
        super().__init__(*entries_arguments)  # type: ignore[arg-type]
        self._outbox = Outbox(folder)
        self._owner = Owner(self.account, "lucas", self.client.base_url)
        self._keys: dict[str, int] = {}

    def write(self, number: int) -> None:
        key = self._outbox.put(of_movement(self.movement(number), str(number)), self._owner)
        self.promised.add(number)
        self._keys[key] = number
        try:
            while deliver_next(self._outbox, self.client, self._owner) is Delivery.ACKED:
                self._note()
        except ApiError as error:
            if not error.is_worth_repeating:
                raise
            time.sleep(AGAIN_S)

    def _note(self) -> None:
        for key, number in list(self._keys.items()):
            row = self._outbox.find(key)
            if row is not None and row.state is State.ACKED:
                self._confirm(number)
                del self._keys[key]

    def finish(self) -> None:
        super().finish()
        wait_until(self._is_empty)
        self._outbox.close()

    def _is_empty(self) -> bool:
        with suppress(ApiError):
            while deliver_next(self._outbox, self.client, self._owner) is Delivery.ACKED:
                self._note()
        return not self._outbox.count_waiting()


class TerminalSeller(Writer):
    """Somebody at a text terminal; their numbers are centavos over ``base``."""

    def __init__(self, name: str, port: int, urls: str, who: Credentials, base: int) -> None:
        super().__init__(name)
        self._caller = Caller(port)
        self._caller.read_until(_WHO)
        while True:  # a server that is busy may take too long over a password
            self._caller.answer(who.username, "Senha: ")
            if self._caller.answer_either(who.password, _SHOP, _WHO) == _SHOP:
                break
        self._base = base
        self.client = ApiClient(urls)
        patiently(lambda: self.client.login(who))

    def write(self, number: int) -> None:
        centavos = self._base + number
        self._caller.answer("1", "Valor da venda: ")
        self._caller.answer(f"{centavos // 100},{centavos % 100:02}", "venda? (s/n): ")
        said = self._caller.answer("s", _LEAVE)
        if "Venda registrada" in said:
            self._confirm(number)
        elif "aguardando envio" in said:
            self.promised.add(number)
        else:
            raise AssertionError(said)
        while self._caller.answer_either("n", _SHOP, _LEAVE) == _LEAVE:  # the list of shops did not come
            time.sleep(AGAIN_S)

    def list_kept(self, movements: list[Movement]) -> list[int]:
        sales = patiently(lambda: self.client.sales(newest=500))
        amounts = [(sale.seq, int(sale.amount * 100) - self._base) for sale in sales]
        return [number for _, number in sorted(amounts) if 0 < number < MAX_NUMBERS]

    def finish(self) -> None:
        super().finish()
        wait_for(
            f"the last sales of {self.name}",
            lambda: {*self.confirmed, *self.promised} <= set(self.list_kept([])),
            within_s=90,
            every_s=1,
        )
        self._caller.socket.close()


MAX_NUMBERS = 100_000
_WHO, _SHOP, _LEAVE = "usuário: ", "total): ", "Sair? (s/n): "


class Monitor:
    """Polls by ``seq``, as the window does."""

    def __init__(self, urls: str, who: Credentials, after: int) -> None:
        self.client = ApiClient(urls)
        patiently(lambda: self.client.login(who))
        self.seen: list[int] = []
        self._after = after
        self._over = Event()
        self._thread = Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while not self._over.wait(PAUSE_S):
            with suppress(ApiError):
                for movement in self.client.movements(after=self._after, limit=500).items or []:
                    self.seen.append(movement.seq)
                    self._after = movement.seq

    def finish(self, last: int) -> None:
        wait_until(lambda: bool(self.seen) and self.seen[-1] >= last)
        self._over.set()
        self._thread.join(30)
        self.client.close()


@dataclass(frozen=True)
class Outcome:
    """What became of what was confirmed."""

    confirmed: int
    lost: int
    lost_after_take_over: int
    """Confirmed when another node had already taken over, and not there: the old one must have said it."""
    doubled: int
    out_of_order: int
    unconfirmed: int
    """There, and neither confirmed nor promised."""
    missed_by_monitor: int
    longest_gap_s: float
    """Of the writer that waited longest between two confirmations."""
    gap_of_all_s: float
    """In which nobody had anything confirmed."""

    @property
    def is_good(self) -> bool:
        return not (
            self.lost or self.lost_after_take_over or self.doubled or self.out_of_order or self.unconfirmed
            or self.missed_by_monitor
        )  # fmt: skip


class Load:
    """All of them at work, from the first confirmations of each on."""

    def __init__(self, owner: ApiClient, monitor: Monitor, writers: list[Writer], after: int) -> None:
        self._owner, self._monitor, self.writers, self._after = owner, monitor, writers, after
        for writer in writers:
            writer.start()
        self.wait_for_new_confirmations()

    def wait_for_new_confirmations(self, *, seconds: float = 120) -> None:
        already = {writer: len(writer.confirmed) for writer in self.writers}
        for writer, was in already.items():
            writer.wait_for_more_than(was + 4, seconds=seconds)

    def finish(self) -> Outcome:
        for writer in self.writers:
            writer.finish()
        kept = everything(self._owner, self._after)
        if kept:
            self._monitor.finish(kept[-1].seq)
        all_times = [at for writer in self.writers for at in writer.confirmed.values()]
        sums: Counter[str] = Counter()
        for writer in self.writers:
            sums.update(self._judge(writer, kept))
        return Outcome(
            confirmed=len(all_times),
            lost=sums["lost"],
            lost_after_take_over=sums["late"],
            doubled=sums["doubled"],
            out_of_order=sums["disorder"],
            unconfirmed=sums["unconfirmed"],
            missed_by_monitor=len({movement.seq for movement in kept} ^ set(self._monitor.seen)),
            longest_gap_s=max(writer.longest_gap_s for writer in self.writers),
            gap_of_all_s=longest_gap(all_times),
        )

    def _judge(self, writer: Writer, movements: list[Movement]) -> dict[str, int]:
        kept = writer.list_kept(movements)
        known = {*writer.confirmed, *writer.promised}
        lost = known - set(kept)
        events = patiently(self._owner.coordination).events
        took_over = [event.at.timestamp() for event in events if event.kind is Kind.TOOK_OVER]
        return {
            "lost": len(lost),
            "late": sum(writer.confirmed.get(number, 0.0) > took_over[-1] for number in lost) if took_over else 0,
            "doubled": len(kept) - len(set(kept)),
            "disorder": sum(earlier > later for earlier, later in pairwise(kept)),
            "unconfirmed": len(set(kept) - known),
        }


ANA = Credentials(username="ana", password="parafuso-de-latao")


def open_account(urls: str) -> ApiClient:
    """Of the first person, who administers."""
    client = ApiClient(urls)
    with suppress(ApiError):  # its answer may have been lost: then the login tells
        client.register(Registration(username=ANA.username, password=ANA.password))
    patiently(lambda: client.login(ANA))
    return client


def start_tills(urls: str, owner: ApiClient) -> Load:
    """Two tills of hers, each with a product of its own, and a monitor."""
    after = last_seq(owner)
    tills: list[Writer] = []
    for place in (1, 2):
        product, key = ProductIn(nome=f"Parafuso {uuid.uuid4()}"), str(uuid.uuid4())
        product_id = patiently(partial(owner.create_product, product, key=key)).id
        tills.append(KeyedClient(f"till {place}", ApiClient(urls), ANA, product_id))
    return Load(owner, Monitor(urls, ANA, after), tills, after)


def everything(client: ApiClient, after: int) -> list[Movement]:
    found: list[Movement] = []
    while page := patiently(partial(client.movements, after=found[-1].seq if found else after, limit=500)).items:
        found += page
    return found


def last_seq(client: ApiClient) -> int:
    newest = patiently(lambda: client.movements(newest=1)).items
    return newest[-1].seq if newest else 0


def patiently(ask: Callable[[], T]) -> T:
    """The answer, also where the coordination moves just now."""
    answers: list[T] = []

    def asked() -> bool:
        with suppress(ApiError):
            answers.append(ask())
        return bool(answers)

    wait_until(asked)
    return answers[0]


def longest_gap(moments: Iterable[float]) -> float:
    ordered = sorted(moments)
    return max((later - earlier for earlier, later in pairwise(ordered)), default=0.0)


def keep_asking(ask: Callable[[], object]) -> Callable[[], object]:
    """False while nobody answers."""

    def asked() -> object:
        with suppress(ApiError):
            return ask()
        return False

    return asked

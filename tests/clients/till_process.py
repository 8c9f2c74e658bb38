"""A till without a screen: the real queue, sender and threads, and a person who registers 1, 2, 3, … for ever,
or sells for 1, 2, 3, … centavos.

Like a person, it writes down what it is about to register, and after its own death looks
whether that is in the queue before it registers it again.
"""

import itertools
import random
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from almoxarife.clients.api.client import ApiClient
from almoxarife.clients.api.session import LoggedInSession
from almoxarife.clients.desktop.cadastro.selling.open_sale_file import OpenSaleFiles
from almoxarife.clients.desktop.cadastro.selling.till import Till
from almoxarife.clients.desktop.cadastro.sending.sender import Sender
from almoxarife.clients.desktop.frame.background import Background, BackOff
from almoxarife.clients.queue.outgoing import Owner, of_movement
from almoxarife.clients.queue.store import Outbox
from almoxarife.wire.stock import MovementIn
from tests.clients.queue_things import LONG_AGO
from tests.clients.things import product
from tests.programs import end_with_starter

AT_THE_END = datetime(9000, 1, 1, tzinfo=UTC)


class Loop:
    """Tk's ``after`` without Tk."""

    def __init__(self):
        self._timers = {}
        self._count = itertools.count()

    def after(self, ms, func, /):
        name = str(next(self._count))
        self._timers[name] = (time.monotonic() + ms / 1000, func)
        return name

    def after_cancel(self, id, /):  # noqa: A002  # Tk's name
        self._timers.pop(id, None)

    def run(self):
        while True:
            due = [(at, name) for name, (at, _) in self._timers.items() if at <= time.monotonic()]
            for _, name in sorted(due):
                if name in self._timers:
                    self._timers.pop(name)[1]()
            time.sleep(0.002)


@dataclass(frozen=True)
class Job:
    folder: Path
    owner: Owner
    token: str
    product_id: str
    seed: int
    registers: bool = True
    sells: bool = False


def run(job: Job) -> None:
    """Until it is killed."""
    end_with_starter()
    outbox, loop, api = Outbox(job.folder), Loop(), ApiClient(job.owner.server)
    api._session = LoggedInSession(job.token, job.owner.account)
    sender = Sender(
        loop,
        Background(loop, on_unexpected=lambda error: (job.folder / "faults").open("a").write(f"{error!r}\n")),
        outbox,
        api=lambda: api,
        owner=lambda: job.owner,
        changed=lambda was_accepted: None,
        refused=lambda: None,
        session_over=lambda error: True,
        lost_server=lambda: None,
        back_off=BackOff(spread=lambda low, high: 0.02),
    )
    sender.send_next()
    if job.sells:
        Seller(job, outbox, sender, loop).go_on()
    elif job.registers:
        User(job, outbox, sender, loop).register_next()
    loop.run()


class User:
    def __init__(self, job, outbox, sender, loop):
        self.notes = job.folder / "notes"
        self.dice = random.Random(job.seed)
        self.job, self.sender, self.loop = job, sender, loop
        self.next = len(self.notes.read_bytes()) if self.notes.exists() else 0
        in_queue = {row.label for row in outbox.shown_to(job.owner, since=LONG_AGO)}
        if f"{self.next}" in in_queue or not self.next:
            self.write_down()

    def write_down(self):
        self.next += 1
        with self.notes.open("ab") as notes:
            notes.write(b".")

    def register_next(self):
        movement = MovementIn(produto_id=self.job.product_id, quantidade=Decimal(self.next))
        self.sender.confirm(of_movement(movement, f"{self.next}"), self.job.owner)
        self.write_down()
        self.loop.after(self.dice.randrange(1, 40), self.register_next)


class Seller:
    """The n-th sale is of n centavos: odd ones of items, even ones an amount alone.

    What was open at the last death is what the till offers; whatever is closed is in the queue.
    """

    def __init__(self, job, outbox, sender, loop):
        self.job, self.outbox, self.sender, self.loop = job, outbox, sender, loop
        self.dice = random.Random(job.seed)
        self.penny = product("Bala", job.product_id, price="0.01")
        kept = OpenSaleFiles(job.folder, is_confirmed=lambda key: outbox.find(key) is not None)
        self.till = Till(kept, confirm=self.confirm, warn=self.complain)
        self.till.start(job.owner.account)
        self.number = len(outbox.sales_between(LONG_AGO, AT_THE_END)) + 1

    def confirm(self, outgoing, key):
        self.sender.confirm(outgoing, self.job.owner, key=key)
        return True

    def complain(self, sentence):
        raise AssertionError(sentence)

    def go_on(self):
        """One deed, as a seller does one after the other."""
        lines, amount = self.till.sale.lines, Decimal(self.number) / 100
        if self.number % 2 == 0 and self.till.sale.amount is None:
            self.till.change(lambda sale: sale.set_amount(amount))
        elif self.number % 2 and not lines:
            self.till.change(lambda sale: sale.add(self.penny, Decimal(1)))
        elif self.number % 2 and lines[0].quantity != self.number:
            self.till.change(lambda sale: sale.change_quantity(0, Decimal(self.number)))
        else:
            assert self.till.sale.total == amount, "what was left open is not what was sold"
            self.till.close("l1")
            self.number += 1
        self.loop.after(self.dice.randrange(1, 15), self.go_on)

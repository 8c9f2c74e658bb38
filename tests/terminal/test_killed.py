"""Callers cut off, two terminals killed, the API going up and down: what was confirmed is on the server, once.

``DEATHS=100 pytest tests/terminal/test_killed.py`` for more of them than the whole check has time for.
"""

import os
import random
import signal
import threading
from contextlib import ExitStack
from datetime import timedelta
from itertools import pairwise

import pytest

from almoxarife.clients.api.client import ApiClient
from almoxarife.wire.accounts import Credentials, Registration
from tests.gui.desk import Api
from tests.programs import wait_for
from tests.terminal.caller import Caller
from tests.terminal.processes import TerminalProcess

KILLS = int(os.environ.get("DEATHS", "15"))
SEED = 20261128
CPFS = ("52998224725", "15350946056")
PASSWORD = "parafuso"
OUT_OF_ORDER = timedelta(seconds=20)
CONFIRM, LEAVE, TOTAL = "Confirma a venda? (s/n): ", "Sair? (s/n): ", "meu total): "

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL on this system"),
]


class Seller(threading.Thread):
    """Sells for 0,01, 0,02, 0,03, …, and after being cut off reads which was the last, as a person does."""

    def __init__(self, ports, cpf, seed):
        super().__init__()
        self.ports = ports
        self.cpf = cpf
        self.dice = random.Random(seed)
        self.over = threading.Event()
        self.confirmed = 0
        self.cuts = 0
        self.waited = 0
        self.faults = []

    def run(self):
        while not self.over.is_set():
            try:
                with Caller(self.dice.choice(self.ports)) as caller:
                    self.work(caller, sales=self.dice.randrange(1, 12))
            except (OSError, AssertionError):  # the terminal was killed
                self.over.wait(0.05)
            self.cuts += 1

    def work(self, caller, *, sales):
        caller.read_until("usuário: ")
        caller.answer(self.cpf, "Senha: ")
        screen = caller.answer(PASSWORD, ": ")
        while not screen.endswith(TOTAL):
            if screen.endswith("usuário: "):
                return  # nobody answers: later again
            screen += caller.read_until(": ")
        self.note(screen)
        for number in range(sales):
            amount = self.confirmed + 1
            caller.answer("1", "Valor da venda: ")
            caller.answer(f"{amount // 100},{amount % 100:02}", CONFIRM)
            if number == sales - 1 and self.dice.random() < 0.5:
                caller.type("s")
                return  # and hangs up before the answer
            said = caller.answer("s", LEAVE)
            assert "Venda registrada" in said or "Venda gravada neste computador" in said
            self.waited += "gravada neste computador" in said
            self.confirmed = amount
            caller.answer("n", TOTAL)

    def note(self, screen):
        last = next((line for line in screen.splitlines() if line.startswith("Última venda daqui:")), "")
        if not last:
            return
        amount = _read(last)
        if amount not in {self.confirmed, self.confirmed + 1}:
            self.faults.append((self.confirmed, last))
        self.confirmed = amount


def _read(line):
    """Centavos of "Última venda daqui: Venda R$ 1,23, 28/11/2026 …"."""
    reais, centavos = line.partition("R$ ")[2].split(",")[:2]
    return int(reais.replace(".", "")) * 100 + int(centavos)


@pytest.mark.timeout(160 + 8 * KILLS)
def test_many_deaths_lose_nothing_and_double_nothing(tmp_path):
    with ExitStack() as stack:
        api = Api(stack, tmp_path / "dados")
        api.start()
        admin = ApiClient(api.url)
        admin.register(Registration(username="admin", password=PASSWORD))
        admin.login(Credentials(username="admin", password=PASSWORD))
        for number, cpf in enumerate(CPFS):
            asked = {"cpf": cpf, "nome": f"Pessoa {number}", "ano_nascimento": 1990, "papel": "vendedor"}
            admin.register(Registration(**asked, password=PASSWORD))
        terminals = [TerminalProcess(stack, tmp_path, api.url, data=api.data, name=name) for name in ("um", "dois")]
        for terminal in terminals:
            terminal.start()
        ports = [terminal.port for terminal in terminals]
        sellers = [Seller(ports, cpf, number) for number, cpf in enumerate(CPFS)]
        for seller in sellers:
            seller.start()
        try:
            api_deaths = make_trouble(api, terminals, sellers)
        finally:
            for seller in sellers:
                seller.over.set()
            for seller in sellers:
                seller.join(60)
        for seller in sellers:
            with Caller(ports[0]) as caller:  # who left something behind logs in, and it goes
                caller.log_in(seller.cpf, PASSWORD, until=TOTAL)
                seller.note(caller.transcript.decode())
        wait_for("the queue to empty", lambda: len(admin.sales()) >= sum(seller.confirmed for seller in sellers))
        recorded = {}
        for sale in admin.sales():
            recorded.setdefault(sale.sold_by.name, []).append((int(sale.amount * 100), sale.occurred_at))

    for number, seller in enumerate(sellers):
        print(f"\nPessoa {number}: {seller.confirmed} sales, {seller.waited} kept for later, {seller.cuts} sessions")
        assert not seller.faults
        in_order = sorted(recorded[f"Pessoa {number}"])
        assert [amount for amount, _ in in_order] == list(range(1, seller.confirmed + 1))
        # A sale that waited less than MIN_WAIT_S, or long for its answer, is dated at its arrival, perhaps too late.
        assert all(later - earlier > -OUT_OF_ORDER for (_, earlier), (_, later) in pairwise(in_order))
    assert api_deaths >= 5
    assert any(seller.waited for seller in sellers)


def make_trouble(api, terminals, sellers):
    """How often the API died of it."""
    dice, api_deaths = random.Random(SEED), 0

    def sold():
        return sum(seller.confirmed for seller in sellers)

    for number in range(KILLS):
        goal = sold() + dice.randrange(1, 25)
        wait_for("some sales", lambda goal=goal: sold() >= goal)
        if number % 3 == 0:
            api.signal(signal.SIGKILL)
            api_deaths += 1
            goal = sold() + dice.randrange(6)
            _wait_a_little(lambda goal=goal: sold() >= goal)
        if number % 3 != 1:
            terminal = dice.choice(terminals)
            terminal.kill()
            terminal.start()
        if number % 3 == 0:
            api.start()
    return api_deaths


def _wait_a_little(condition):
    deadline = threading.Event()
    for _ in range(60):
        if condition() or deadline.wait(0.05):
            return

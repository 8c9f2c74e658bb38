"""A cluster under load that can be broken in every way of ``faults``, and what is asked of it between."""

import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from pathlib import Path
from uuid import uuid4

from almoxarife.clients.api.client import ApiClient
from almoxarife.wire.accounts import Credentials
from almoxarife.wire.catalog import ProductIn
from tests.failover.demo import NODES, PROGRAM, Demo
from tests.failover.load import (
    MAX_NUMBERS,
    KeyedClient,
    Load,
    Monitor,
    OutboxWriter,
    TerminalSeller,
    Writer,
    keep_asking,
    last_seq,
    patiently,
)
from tests.failover.patience import wait_until
from tests.terminal.processes import TerminalProcess

LUCAS = Credentials(username="lucas.abreu", password="1234")
SELLERS = (
    Credentials(username="12345678901", password="1234"),
    Credentials(username="34567890123", password="1234"),
)


@dataclass
class Bench:
    demo: Demo
    stack: ExitStack
    owner: ApiClient = field(init=False)
    terminals: list[TerminalProcess] = field(init=False)
    rounds: int = 0
    _found_wrong: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.run_at("n1", "demo")  # the chain of the demonstration
        # A server that is cut off from the nodes tells what it knew last: ask the others first.
        main, *others = self.demo.urls.split(",")
        self.owner = ApiClient(",".join([*others, main]))
        patiently(lambda: self.owner.login(LUCAS))
        self.terminals = []
        for number in (1, 2):
            folder = self.demo.folder.parent / f"terminal-{number}"
            folder.mkdir()
            terminal = TerminalProcess(self.stack, folder, self.demo.urls)
            terminal.start()
            self.terminals.append(terminal)

    # --- the cluster --------------------------------------------------------------------

    def run_at(self, node: str, *words: str, may_fail: bool = False) -> str:
        """``almoxarife …`` on the database, as the node's API sees it."""
        lines = (self.demo.folder / node / "almoxarife.env").read_text("utf-8").splitlines()
        env = dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))
        return self.demo.inside(node, *PROGRAM, *words, env={**env, "ALMOXARIFE_HOST": "127.0.0.1"}, may_fail=may_fail)

    def patronictl(self, *words: str) -> str:
        return self.demo.inside(
            "n2",
            str(Path(PROGRAM[0]).with_name("patronictl")),
            "-c",
            str(self.demo.folder / "n2" / "patroni.yml"),
            *words,
        )

    def coordinator(self) -> str | None:
        return patiently(self.owner.coordination).coordinator

    def wait_for_coordinator(self, *names: str, seconds: float = 120) -> None:
        wait_until(keep_asking(lambda: self.coordinator() in names), seconds=seconds)

    def wait_until_whole(self, *, seconds: float = 180) -> None:
        """The main node coordinates, another one has everything, all are there, and each API writes."""
        missing = ["nobody says who coordinates"]

        def is_whole() -> bool:
            missing[:] = self._list_missing()
            return not missing

        try:
            wait_until(keep_asking(is_whole), seconds=seconds)
        except AssertionError as error:
            raise AssertionError(f"{error}: {'; '.join(missing)}") from None

    def _list_missing(self) -> list[str]:
        told = self.owner.coordination()
        missing = [] if told.coordinator == "n1" else [f"{told.coordinator} coordinates"]
        missing += [] if len(told.nodes) == len(NODES) else [f"{len(told.nodes)} nodes are known"]
        missing += [
            f"{node.name} is {node.state}, {node.lag_bytes} bytes behind"
            for node in told.nodes
            if node.state != "no-ar" or node.lag_bytes != 0
        ]
        if not any(node.role == "reserva-sincrona" for node in told.nodes):
            missing.append("nobody else has everything")
        if not missing:
            missing = [
                f"the API of {node} does not write"
                for node, url in zip(NODES, self.demo.urls.split(","), strict=True)
                if not keep_asking(partial(_is_well, url))()
            ]
        return missing

    # --- at work ------------------------------------------------------------------------

    def start_load(self) -> Load:
        """Two plain clients with keys, two queues, two terminals and a monitor."""
        self.rounds += 1
        after, urls = last_seq(self.owner), self.demo.urls
        ids = [self._new_product(f"Peça {self.rounds}-{number}") for number in range(4)]
        writers: list[Writer] = [
            KeyedClient("client 1", ApiClient(urls), LUCAS, ids[0]),
            KeyedClient("client 2", ApiClient(urls), LUCAS, ids[1]),
        ]
        for number in (2, 3):
            folder = self.demo.folder.parent / f"queue-{self.rounds}-{number}"
            folder.mkdir()
            writers.append(OutboxWriter(folder, f"queue {number - 1}", ApiClient(urls), LUCAS, ids[number]))
        for number, (terminal, who) in enumerate(zip(self.terminals, SELLERS, strict=True), 1):
            base = self.rounds * MAX_NUMBERS
            writers.append(TerminalSeller(f"terminal {number}", terminal.port, urls, who, base))
        return Load(self.owner, Monitor(urls, LUCAS, after), writers, after)

    def _new_product(self, name: str) -> str:
        key = str(uuid4())
        return patiently(lambda: self.owner.create_product(ProductIn(nome=name, preco=Decimal(1)), key=key)).id

    def check(self) -> list[str]:
        """What ``almoxarife check`` finds wrong, the audit chain among it."""
        wait_until(self._is_checked, seconds=180)
        return self._found_wrong

    def _is_checked(self) -> bool:
        """Not while the database is away."""
        told = self.run_at("n2", "check", may_fail=True)
        self._found_wrong = [] if "Tudo certo" in told else told.splitlines()
        return "não responde" not in told and "não pôde ser aberto" not in told


def _is_well(url: str) -> bool:
    client = ApiClient(url)
    try:
        return client.health().state == "ok"
    finally:
        client.close()


def wait(seconds: float) -> None:
    time.sleep(seconds)


def say(sentence: str) -> None:
    print(f"{datetime.now(UTC):%H:%M:%S} {sentence}", flush=True)

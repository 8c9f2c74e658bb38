"""The shop that is attacked: on a network, behind a proxy that is trusted, with Ana in it and bolts on its shelf."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event

from tests.databases import Databases
from tests.server.crowd import Doing
from tests.server.processes import BOLTS, Client, Server
from tests.waiting import Waiting

Attack = Callable[[Server], str]

STRANGER = {"X_Forwarded_For": "203.0.113.66"}
NETWORK = {"TRUSTED_PROXIES": "127.0.0.1"}
"""So that nobody is a program of this machine, and each stranger has an address."""
PATIENCE_S = 900.0
"""Until an answer: what bounds it is the server's work, not how busy the machine is."""
POLLS = 100
"""At least."""


@contextmanager
def opened(folder: Path, databases: Databases) -> Iterator[Server]:
    data = folder / "dados"
    place = databases.make(data)
    where = {"DATABASE_URL": place} if isinstance(place, str) else {}
    first_day = Server(data, anew=True, **where)
    try:
        first_day.start()
        with first_day.client() as ana:
            ana.register()
            ana.log_in()
            assert ana.new_product("Parafuso 10mm") == BOLTS
        assert first_day.stop() == 0
    finally:
        first_day.end()
    server = Server(data, anew=True, **NETWORK, **where)
    server.token = ana.token
    server.patience_s = PATIENCE_S
    try:
        yield server.start()
        assert server.stop() == 0
    finally:
        server.end()


def stranger(server: Server) -> Client:
    return Client(server.port)


def survived(server: Server) -> None:
    """It runs, records, and nothing in it has failed."""
    assert server.process.poll() is None, "the server has ended"
    assert '"event":"fault"' not in server.errors, "a fault of the server's own"
    assert "Traceback" not in server.errors, "a traceback"
    with server.client() as till:
        answer = till.receive(BOLTS, 1)
        assert answer.status == 201, f"an entry afterwards: {answer.status}"


def beside_a_monitor(server: Server, attack: Callable[[], str]) -> str:
    """What the attack saw, while a monitor asks for news on and on: 99 times of 100 it has them within a second.

    What the server and this process waited for a processor is taken off.
    """
    over, waiting = Event(), Waiting("self", server.process.pid)

    def poll() -> list[float]:
        durations = []
        with server.client() as monitor:
            while not over.is_set() or len(durations) < POLLS:
                began = time.perf_counter() - waiting.so_far_s()
                assert monitor.get("/inventario?depois=0&limite=1").status == 200
                durations.append(time.perf_counter() - waiting.so_far_s() - began)
                over.wait(0.02)
        return durations

    polling = Doing(poll)
    try:
        seen = attack()
    finally:
        over.set()
    durations = sorted(polling.outcome(PATIENCE_S))
    waited_s = durations[-1 - len(durations) // 100]
    said = f"a monitor beside it waited {waited_s * 1000:.0f} ms"
    assert waited_s < 1, said
    return f"{seen}; {said}"

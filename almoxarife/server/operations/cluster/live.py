"""What the demo shows while it runs: a table drawn over itself, or one line for each change where nobody looks."""

import os
import signal
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from time import monotonic, sleep
from typing import NoReturn

import psycopg

from almoxarife.server.coordination.members import Member, View
from almoxarife.server.operations.cluster.network import LOOPBACK, OneNetwork, die_with_parent
from almoxarife.server.operations.cluster.plan import Node

EVENTS_SHOWN = 8
STALE_S = 3.0
_CLEAR = "\x1b[H\x1b[J"
_COUNT = "SELECT (SELECT coalesce(max(seq), 0) FROM sales) + (SELECT coalesce(max(seq), 0) FROM movements)"


class Rate:
    """Of a growing total."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._before: tuple[float, int] | None = None
        self._rate: float | None = None
        self._partial = ""

    def note(self, told: str) -> None:
        """Totals, one a line; the last may be cut off."""
        *lines, self._partial = (self._partial + told).split("\n")
        for line in lines:
            now, total = self._clock(), int(line)
            if self._before is not None and now > self._before[0]:
                self._rate = max(0, total - self._before[1]) / (now - self._before[0])
            self._before = now, total

    @property
    def per_second(self) -> float | None:
        """None while nobody can say."""
        is_new = self._before is not None and self._clock() - self._before[0] < STALE_S
        return self._rate if is_new else None


class Pulse:
    """How many sales and movements are recorded in a second. A process of its own counts: it may be kept waiting."""

    def __init__(self, network: OneNetwork, password: str) -> None:
        self._rate = Rate()
        self._end, its_end = os.pipe()
        self._pid = os.fork()
        if self._pid == 0:
            _count_for_ever(network, password, its_end)
        os.close(its_end)
        os.set_blocking(self._end, False)

    def per_second(self) -> float | None:
        with suppress(BlockingIOError):
            self._rate.note(os.read(self._end, 65536).decode())
        return self._rate.per_second

    def close(self) -> None:
        os.close(self._end)
        os.kill(self._pid, signal.SIGKILL)
        os.waitpid(self._pid, 0)


def _count_for_ever(network: OneNetwork, password: str, out: int) -> NoReturn:
    die_with_parent(signal.SIGKILL)
    place = 0
    while True:
        node = network.nodes[place % len(network.nodes)]
        place += 1
        with suppress(psycopg.Error, OSError), network.inside(node), _connect(node, password) as connection:
            while True:
                row = connection.execute(_COUNT).fetchone()
                os.write(out, f"{row[0] if row else 0}\n".encode())
                sleep(1)
        sleep(0.5)


def _connect(node: Node, password: str) -> "psycopg.Connection[tuple[int]]":
    return psycopg.connect(
        host=LOOPBACK,
        port=node.ports.database,
        user="almoxarife",
        dbname="almoxarife",
        password=password,
        sslmode="require",
        connect_timeout=2,
        autocommit=True,
    )


class Lines:
    """One line whenever the nodes are otherwise than before, and for each event."""

    def __init__(self, write: Callable[[str], None]) -> None:
        self._write = write
        self._shown = ""

    def tell(self, event: str) -> None:
        self._write(f"{_now()}  {event}")

    def show(self, view: View | None, rate: float | None) -> None:
        if (line := describe(view)) != self._shown:
            self._shown = line
            self.tell(line)


class Screen:
    """Nodes, roles, lag, what is recorded in a second, and the last events. ``head`` stays above them."""

    def __init__(self, write: Callable[[str], None], head: list[str]) -> None:
        self._write = write
        self._head = head
        self._events: deque[str] = deque(maxlen=EVENTS_SHOWN)
        self._led_by: str | None = None

    def tell(self, event: str) -> None:
        self._events.append(f"{_now()}  {event}")

    def show(self, view: View | None, rate: float | None) -> None:
        leader = view.leader.name if view and view.leader else None
        if leader != self._led_by:
            self.tell(f"{leader} coordena" if leader else f"{self._led_by} se perdeu: ninguém coordena")
            self._led_by = leader
        self._write(_CLEAR + "\n".join(self.draw(view, rate)))

    def draw(self, view: View | None, rate: float | None) -> list[str]:
        said = "sem resposta do banco" if rate is None else f"{rate:.0f} vendas e movimentações por segundo"
        rows = [f"{'nó':<6}{'papel':<20}{'atraso':>14}"]
        rows += [f"{member.name:<6}{_role(member):<20}{_lag(member):>14}" for member in view.members] if view else []
        return [*self._head, "", *(rows if view else ["nenhum nó responde"]), "", said, "", *self._events]


def describe(view: View | None) -> str:
    """One line about the nodes."""
    if view is None:
        return "nenhum nó responde"
    words = []
    for member in view.members:
        lag = f", atraso {member.lag_bytes} bytes" if member.lag_bytes else ""
        words.append(f"{member.name} {_role(member)}{lag}")
    return " · ".join(words)


def _role(member: Member) -> str:
    if not member.is_up:
        return "parado"
    return "coordena" if member.leads else "reserva síncrona" if member.is_synchronous else "reserva"


def _lag(member: Member) -> str:
    return "?" if member.lag_bytes is None else f"{member.lag_bytes} bytes"


def _now() -> str:
    return f"{datetime.now(UTC).astimezone():%H:%M:%S}"

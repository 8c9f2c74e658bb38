"""Queries to the PostgreSQL of a running cluster: its settings, its address, how much is recorded per second."""

import os
import signal
from collections.abc import Callable
from contextlib import suppress
from time import monotonic, sleep
from typing import Any, LiteralString, NoReturn

import psycopg

from almoxarife.server.operations.cluster.cluster_file import Node
from almoxarife.server.operations.cluster.network import LOOPBACK, SharedLoopback, die_with_parent

STALE_S = 3.0
_COUNT = "SELECT (SELECT coalesce(max(seq), 0) FROM sales) + (SELECT coalesce(max(seq), 0) FROM movements)"
_SETTINGS = "SELECT name, setting, unit, pending_restart FROM pg_settings WHERE name = ANY(%s)"
_SERVER = "SELECT host(inet_server_addr()), inet_server_port(), pg_is_in_recovery()"


def list_settings(conninfo: str, names: list[str]) -> list[tuple[str, str, str | None, bool]]:
    """(name, value, unit, whether a change waits for a restart) of each setting. Raises OSError."""
    return [(name, setting, unit, is_waiting) for name, setting, unit, is_waiting in _ask(conninfo, _SETTINGS, names)]


def find_server(conninfo: str) -> tuple[str, int, bool]:
    """(address, port, whether it is a standby) of the server that answers at ``conninfo``. Raises OSError."""
    [(address, port, is_standby)] = _ask(conninfo, _SERVER)
    return address, port, is_standby


def _ask(conninfo: str, sql: LiteralString, *parameters: object) -> list[tuple[Any, ...]]:
    try:
        with psycopg.connect(conninfo, autocommit=True) as connection:
            return connection.execute(sql, parameters).fetchall()
    except psycopg.Error as error:
        raise OSError(" ".join(str(error).split())) from error


class Rate:
    """The growth per second of a total."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._before: tuple[float, int] | None = None
        self._rate: float | None = None
        self._partial = ""

    def note(self, received: str) -> None:
        """Add received text: one total on each line, of which the last may be incomplete."""
        *lines, self._partial = (self._partial + received).split("\n")
        for line in lines:
            now, total = self._clock(), int(line)
            if self._before is not None and now > self._before[0]:
                self._rate = max(0, total - self._before[1]) / (now - self._before[0])
            self._before = now, total

    @property
    def per_second(self) -> float | None:
        """None if the last total is too old."""
        is_new = self._before is not None and self._clock() - self._before[0] < STALE_S
        return self._rate if is_new else None


class RateCounter:
    """How many sales and movements are recorded per second. A child process counts, because the database may hang."""

    def __init__(self, network: SharedLoopback, password: str) -> None:
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


def _count_for_ever(network: SharedLoopback, password: str, out: int) -> NoReturn:
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

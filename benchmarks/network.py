"""Measures entries over a slow network to PostgreSQL, and what a second server on one PostgreSQL brings.

``python -m benchmarks.network [--quick] [--folder WHERE]``. In turns in one run: entries over 64 connections on
SQLite and on a PostgreSQL to which a round trip takes 0, 0.5 and 2 ms more; then polls and entries at one server
and at two. The delay is a relay's, in a process of its own that counts for nobody.
"""

import argparse
import json
import multiprocessing
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from queue import SimpleQueue
from socket import IPPROTO_TCP, TCP_NODELAY, create_connection, create_server, socket
from statistics import median
from tempfile import TemporaryDirectory
from threading import Thread
from time import monotonic, sleep
from typing import NamedTuple

from benchmarks import load, machine
from benchmarks.contender import Server, free_port, fresh_copy
from benchmarks.ours import SHORT_HISTORY, Almoxarife
from benchmarks.ours_on_postgresql import OnPostgreSQL

DELAYS_MS = (0.0, 0.5, 2.0)
"""Of a round trip."""
CONNECTIONS = 64
WARM_UP_S = 1.0
"""Under load: a server's connections, threads and prepared statements are made when they are used first."""


class Figures(NamedTuple):
    per_second: float
    cpu_per_1000: float


class Nearby(OnPostgreSQL):
    """One database; servers reach it by whatever port."""

    def __init__(self) -> None:
        super().__init__(SHORT_HISTORY)

    @property
    def port(self) -> int:
        return self._cluster.port

    @contextmanager
    def serving(self, folder: Path, database_port: int, *, counted: bool = True) -> Iterator[Server]:
        """``counted``: PostgreSQL's CPU is this server's."""
        folder.mkdir(exist_ok=True)
        port = free_port()
        url = self._url.replace(f":{self.port}/", f":{database_port}/")
        variables = self.variables(folder, port) | {"ALMOXARIFE_DATABASE_URL": url}
        companions = self.companions() if counted else []
        with Server(self.command(folder, port), variables, port, folder / "log.txt", self.health, companions) as server:
            self.enter(server)
            yield server


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one round of a moment; for errors, not for figures")
    parser.add_argument("--folder", help="where the data are made; default the temporary directory")
    options = parser.parse_args()
    rounds, seconds = (1, 1.0) if options.quick else (5, 3.0)
    load.allow_many_files()
    with TemporaryDirectory(dir=options.folder) as name, ExitStack() as stack:
        folder = Path(name)
        print(json.dumps(machine.describe(folder)))
        shop, file = Nearby(), Almoxarife(SHORT_HISTORY)
        for contender, place in ((shop, folder / "postgresql"), (file, folder / "sqlite")):
            place.mkdir()
            stack.callback(contender.release)
            contender.prepare(place)
        fresh_copy(folder / "sqlite", folder / "running")
        compare_delays(shop, file, folder, rounds, seconds)
        compare_servers(shop, folder, rounds, seconds)


def compare_delays(shop: Nearby, file: Almoxarife, folder: Path, rounds: int, seconds: float) -> None:
    """One server at a time: two on one database would have to look at each other."""
    found: dict[str, list[Figures]] = defaultdict(list)
    for turn in range(rounds):
        with file.running(folder / "running") as server:
            file.enter(server)
            found["SQLite"].append(measure(shop, [server], "create", seconds, f"delay-{turn}"))
        for delay_ms in DELAYS_MS:
            with relay(shop.port, delay_ms) as port, shop.serving(folder / "postgresql", port) as server:
                figures = measure(shop, [server], "create", seconds, f"delay-{turn}-{delay_ms}")
                found[f"PostgreSQL, {delay_ms:g} ms"].append(figures)
    print("\n| entries, 64 connections | a second | of SQLite's rate | CPU s per 1,000 | of SQLite's CPU |")
    print("|---|--:|--:|--:|--:|")
    for name, each in found.items():
        pairs = list(zip(each, found["SQLite"], strict=True))
        rates = _range([one.per_second / base.per_second for one, base in pairs])
        costs = _range([one.cpu_per_1000 / base.cpu_per_1000 for one, base in pairs])
        print(f"| {name} | {_middle(each, 0):,.0f} | {rates} | {_middle(each, 1):.2f} | {costs} |")


def compare_servers(shop: Nearby, folder: Path, rounds: int, seconds: float) -> None:
    found: dict[tuple[str, int], list[Figures]] = defaultdict(list)
    with (
        shop.serving(folder / "first", shop.port) as first,
        shop.serving(folder / "second", shop.port, counted=False) as second,
    ):
        measure(shop, [first, second], "create", WARM_UP_S, "servers-warm-up")
        for turn in range(rounds):
            for operation in ("poll-none", "poll-10", "create"):
                for servers in ([first], [first, second]):
                    prefix = f"servers-{turn}-{operation}-{len(servers)}"
                    found[operation, len(servers)].append(measure(shop, servers, operation, seconds, prefix))
    print("\n| 64 connections | one server, a second | two | ratio | CPU s per 1,000 | two |")
    print("|---|--:|--:|--:|--:|--:|")
    for operation in ("poll-none", "poll-10", "create"):
        one, two = found[operation, 1], found[operation, 2]
        rates = [many.per_second / single.per_second for single, many in zip(one, two, strict=True)]
        cells = [f"{_middle(one, 0):,.0f}", f"{_middle(two, 0):,.0f}", _range(rates)]
        print(f"| {' | '.join([operation, *cells, f'{_middle(one, 1):.3f}', f'{_middle(two, 1):.3f}'])} |")


def measure(shop: Nearby, servers: list[Server], operation: str, seconds: float, prefix: str) -> Figures:
    """All servers at once, the connections shared out among them."""

    def send(server: Server, seconds: float) -> load.Load:
        parts = shop.request(operation, server).parts(server.port, f"{prefix}-{server.port}-{seconds}-")
        share = CONNECTIONS // len(servers)
        return load.run(server.port, parts, connections=share, seconds=seconds, with_wrk=load.has_wrk())

    with ThreadPoolExecutor(len(servers)) as pool:
        list(pool.map(lambda server: send(server, WARM_UP_S), servers))
        before = sum(server.cpu_seconds() or 0.0 for server in servers)
        loads = list(pool.map(lambda server: send(server, seconds), servers))
    used = sum(server.cpu_seconds() or 0.0 for server in servers) - before
    granted = sum(each.granted for each in loads)
    return Figures(sum(each.per_second for each in loads), used / max(1, granted) * 1000)


@contextmanager
def relay(port: int, delay_ms: float) -> Iterator[int]:
    """The port at which ``port`` is, so far away."""
    if not delay_ms:
        yield port
        return
    own = free_port()
    process = multiprocessing.get_context("spawn").Process(target=_relay, args=(own, port, delay_ms / 2000))
    process.start()
    try:
        while not _is_there(own):
            if not process.is_alive():
                raise load.LoadFailed("the relay did not start")
            sleep(0.01)
        yield own
    finally:
        process.kill()
        process.join()


def _is_there(port: int) -> bool:
    with socket() as asking:
        return asking.connect_ex(("127.0.0.1", port)) == 0


def _relay(own: int, port: int, delay_s: float) -> None:
    """By threads that sleep: an event loop's timers are a millisecond late."""
    with create_server(("127.0.0.1", own), backlog=128) as listener:
        while True:
            client, _ = listener.accept()
            server = create_connection(("127.0.0.1", port))
            for end in (client, server):  # before any thread that may close them
                end.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1)
            for source, target in ((client, server), (server, client)):
                waiting: SimpleQueue[tuple[float, bytes]] = SimpleQueue()
                Thread(target=_take, args=(source, waiting, delay_s), daemon=True).start()
                Thread(target=_hand_on, args=(waiting, target), daemon=True).start()


def _take(source: socket, waiting: "SimpleQueue[tuple[float, bytes]]", delay_s: float) -> None:
    data = b"-"
    while data:
        try:
            data = source.recv(1 << 18)
        except OSError:
            data = b""
        waiting.put((monotonic() + delay_s, data))


def _hand_on(waiting: "SimpleQueue[tuple[float, bytes]]", target: socket) -> None:
    with target, suppress(OSError):
        while True:
            due, data = waiting.get()
            sleep(max(0.0, due - monotonic()))
            if not data:
                break
            target.sendall(data)


def _middle(figures: list[Figures], place: int) -> float:
    return median(each[place] for each in figures)


def _range(ratios: list[float]) -> str:
    return f"{median(ratios):.2f} ({min(ratios):.2f}-{max(ratios):.2f})"


if __name__ == "__main__":
    main()

"""Measures what the gateway adds to a poll and to an entry, and how many log lines a second it can receive.

``python -m benchmarks.gateway [--quick] [--folder WHERE]``. Straight and through nginx alternate in
one run on one server, whose log receives nginx's meanwhile, as in a shop. Then lines as
nginx sends them go to a log service by itself, at twice the rate each time.
"""

import argparse
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import product
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import NamedTuple

from almoxarife.server.logs.entries import EntryFilter
from almoxarife.server.logs.gateway import tally
from almoxarife.server.logs.gateway.line import NAMES
from almoxarife.server.logs.storage.sqlite import FILE, SqliteLogStore
from benchmarks import history, load, machine, process_tree
from benchmarks.contender import Server, free_port, fresh_copy
from benchmarks.load import PROJECT, Load
from benchmarks.ours import ShortHistory

OPERATIONS = ("poll-none", "create")
CONNECTIONS = 64
COMMAND = [sys.executable, "-m", "almoxarife.server.operations.commands.main"]
PATIENCE_S = 60
LOG_PORT = 28_514
"""Below the ports that the system assigns by itself, which are refused."""
FIRST_RATE, LAST_RATE = 1000, 64_000
PACE_S = 0.005


class Window(NamedTuple):
    found: Load
    server_cpu_s: float
    gateway_cpu_s: float

    def per_1000(self, seconds: float) -> float:
        return seconds / max(1, self.found.granted) * 1000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one round of a moment; for errors, not for figures")
    parser.add_argument("--folder", help="where the data are made; default the temporary directory")
    options = parser.parse_args()
    rounds, seconds = (1, 0.5) if options.quick else (5, 3.0)
    with TemporaryDirectory(dir=options.folder) as name:
        folder = Path(name)
        print(json.dumps(machine.describe(folder)))
        compare(folder, rounds, seconds)
        flood(folder, 0.5 if options.quick else 3.0)


def compare(folder: Path, rounds: int, seconds: float) -> None:
    contender = ShortHistory()
    (template := folder / "template").mkdir()
    contender.prepare(template)
    with history.filling(template / "almoxarife.db") as db:
        db.execute("UPDATE users SET is_password_weak = 0")  # behind a gateway nobody is on the server's own machine
    windows: dict[tuple[str, bool], list[Window]] = {}
    for number in range(rounds):
        data = folder / "round"
        fresh_copy(template, data)
        port = free_port()
        settings = {"ALMOXARIFE_GATEWAY": f"127.0.0.1:{port}", "ALMOXARIFE_GATEWAY_LOG": f"127.0.0.1:{LOG_PORT}"}
        _run(["gateway", "render"], data, settings)
        with contender.running(data) as server, _gateway(data, server.port, settings) as gateway:
            contender.enter(server)
            for operation, is_through in product(OPERATIONS, (False, True) if number % 2 else (True, False)):
                to = port if is_through else server.port
                prefix = f"gateway-{number}-{operation}-{is_through}-"
                parts = contender.request(operation, server).parts(to, prefix)
                before = _cpu(server), process_tree.cpu_seconds(gateway)
                found = load.run(to, parts, connections=CONNECTIONS, seconds=seconds, with_wrk=load.has_wrk())
                after = _cpu(server), process_tree.cpu_seconds(gateway)
                window = Window(found, after[0] - before[0], after[1] - before[1])
                windows.setdefault((operation, is_through), []).append(window)
                if found.errors:
                    raise SystemExit(f"{operation}: {found.errors} answers were errors")
            time.sleep(2)  # the last lines of the log are written
            counted = tally.read(data / "gateway" / tally.FILE)
            with closing(SqliteLogStore(data / FILE)) as store:
                kept = sum(quarter.entries for quarter in store.count(EntryFilter(service="gateway")))
            passed = counted.requests if counted else 0
            print(f"round {number + 1}: {passed:,} requests through the gateway, {kept:,} entries", flush=True)
    _print_table(windows)


def _print_table(windows: dict[tuple[str, bool], list[Window]]) -> None:
    print("\n| | requests/s | p50 | server's CPU, s per 1,000 | nginx's | ratio of requests/s |")
    print("| --- | --: | --: | --: | --: | --: |")
    for operation in OPERATIONS:
        straight, through = windows[operation, False], windows[operation, True]
        ratios = [b.found.per_second / a.found.per_second for a, b in zip(straight, through, strict=True)]
        for title, of, ratio in ((f"{operation}, straight", straight, "1"), (f"{operation}, gateway", through, "")):
            shown = ratio or f"{median(ratios):.2f} ({min(ratios):.2f}-{max(ratios):.2f})"
            rate, wait_ms = (median(getattr(w.found, name) for w in of) for name in ("per_second", "p50_ms"))
            servers_s = median(window.per_1000(window.server_cpu_s) for window in of)
            nginx_s = median(window.per_1000(window.gateway_cpu_s) for window in of)
            print(f"| {title} | {rate:,.0f} | {wait_ms:.1f} ms | {servers_s:.3f} | {nginx_s:.3f} | {shown} |")


def flood(folder: Path, seconds: float) -> None:
    """Send lines to a log service, twice as fast each time, until it loses some."""
    print("\n| lines a second sent | kept |\n| --: | --: |")
    rate = FIRST_RATE
    while rate <= LAST_RATE:
        (data := folder / f"flood-{rate}").mkdir()
        with _log_service(data, {"ALMOXARIFE_GATEWAY_LOG": f"127.0.0.1:{LOG_PORT}"}):
            sent, took = _send(LOG_PORT, rate, seconds)
            with closing(SqliteLogStore(data / FILE)) as store:
                kept, before = 0, -1
                while kept != before:
                    before = kept
                    time.sleep(2)
                    kept = sum(quarter.entries for quarter in store.count(EntryFilter(service="gateway")))
        print(f"| {sent / took:,.0f} | {kept / sent:.1%} |", flush=True)
        if kept < sent:
            return
        rate *= 2


def _send(port: int, rate: int, seconds: float) -> tuple[int, float]:
    fields = dict.fromkeys(NAMES, "") | {"remote_addr": "192.168.0.9", "status": "200", "body_bytes_sent": "120"}
    fields |= {"time_local": "28/Nov/2026:21:44:13 -0300", "http_user_agent": "almoxarife-monitor/0.2 (Linux)"}
    frame = b"<190>Nov 28 21:44:13 almoxarife: "
    sent, began = 0, time.perf_counter()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.connect(("127.0.0.1", port))
        while (now := time.perf_counter() - began) < seconds:
            while sent < rate * now:
                fields |= {"msec": f"{time.time():.3f}", "request_id": f"{sent:032x}", "user": "u7"}
                fields["request"] = f"GET /inventario?depois={sent}&limite=500 HTTP/1.1"
                sender.send(frame + json.dumps(fields).encode())
                sent += 1
            time.sleep(PACE_S)
    return sent, time.perf_counter() - began


def _cpu(server: Server) -> float:
    return process_tree.cpu_seconds(server.pid)


def _environment(data: Path, settings: dict[str, str]) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("ALMOXARIFE_")}
    return {**inherited, "PYTHONPATH": str(PROJECT), "ALMOXARIFE_DATA_DIR": str(data), **settings}


def _run(arguments: list[str], data: Path, settings: dict[str, str]) -> None:
    subprocess.run([*COMMAND, *arguments], env=_environment(data, settings), check=True, stdout=subprocess.DEVNULL)


@contextmanager
def _gateway(data: Path, server_port: int, settings: dict[str, str]) -> Iterator[int]:
    """Its process id, once it listens."""
    asked = settings | {"ALMOXARIFE_GATEWAY_APIS": f"127.0.0.1:{server_port}"}
    with _started(["gateway"], data, asked, says=b"no ar") as child:
        yield child


@contextmanager
def _log_service(data: Path, settings: dict[str, str]) -> Iterator[int]:
    with _started(["serve-logs", "--port", str(free_port())], data, settings, says=b"no ar") as child:
        time.sleep(1)  # it says so a moment before it receives
        yield child


@contextmanager
def _started(arguments: list[str], data: Path, settings: dict[str, str], *, says: bytes) -> Iterator[int]:
    child = subprocess.Popen([*COMMAND, *arguments], env=_environment(data, settings), stdout=subprocess.PIPE)
    try:
        assert child.stdout is not None
        if says not in child.stdout.readline():
            raise SystemExit(f"almoxarife {arguments[0]} did not come up")
        time.sleep(0.3)
        yield child.pid
    finally:
        child.terminate()
        child.wait(PATIENCE_S)


if __name__ == "__main__":
    main()

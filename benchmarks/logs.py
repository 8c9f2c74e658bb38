"""Measures writing, searching and counting in a log with 500,000 entries.

``python -m benchmarks.logs [--quick] [--folder WHERE] [--postgresql [URL]]``. Writing is
compared in one run, alternating: ``POST /log`` in batches of 100 on a real server, the
store alone, and the same rows by raw SQL into the same tables, each batch durable. With
``--postgresql`` all of it on a server: that of ``URL``, of somebody who may create
databases, or one of the run's own.
"""

import argparse
import http.client
import json
import os
import random
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from threading import Thread
from typing import Protocol

import psycopg

from almoxarife.server.logs.entries import Entry, EntryFilter, EntryStore
from almoxarife.server.logs.storage.postgres import PostgresLogStore
from almoxarife.server.logs.storage.postgres_reading import COLUMNS
from almoxarife.server.logs.storage.postgres_rows import to_row
from almoxarife.server.logs.storage.sqlite import FILE, SqliteLogStore
from benchmarks import machine, servers

PROJECT = Path(__file__).parents[1]
BATCH = 100
CLIENTS = 4
DAYS = 90
TODAY = datetime(2026, 11, 20, tzinfo=UTC)
WORDS = (
    *("pedido", "entrega", "açúcar", "café", "prego", "parafuso", "estoque", "cliente"),
    *("balcão", "pagamento", "nota", "frete", "atraso", "rede", "leitura"),
)
ACTIONS = ["criar_pedido", "GET /produtos", "POST /inventario", "login", "imprimir", "delete_user"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="20,000 entries, one round; for errors, not for figures")
    parser.add_argument("--folder", help="where the data are made; default the temporary directory")
    parser.add_argument(
        "--postgresql", nargs="?", const=servers.OWN, metavar="URL", help="on a server; without URL on one of its own"
    )
    options = parser.parse_args()
    entries, rounds, batches = (20_000, 1, 20) if options.quick else (500_000, 5, 200)
    with TemporaryDirectory(dir=options.folder) as folder, _find_place(options.postgresql, Path(folder)) as place:
        print(json.dumps(machine.describe(Path(folder))))
        with place.fresh() as log, closing(log.open()) as store:
            load(log, store, entries)
            ask(store, entries, 3 if options.quick else 15)
        write(place, Path(folder), rounds, batches)


class Log(Protocol):
    """A new, empty log."""

    variables: dict[str, str]
    """What a server that writes to it must be told."""

    def open(self) -> EntryStore: ...

    def settle(self) -> None:
        """What the database does by itself in the background, done now."""

    def size(self) -> int:
        """In bytes."""

    def insert(self, rows: list[Entry]) -> float:
        """Seconds for the rows by raw SQL, into the tables that are there, each batch durable."""


class Place(Protocol):
    def fresh(self) -> AbstractContextManager[Log]: ...


class InFiles:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @contextmanager
    def fresh(self) -> Iterator[Log]:
        with TemporaryDirectory(dir=self._folder) as data:
            yield FileLog(Path(data))


class FileLog:
    def __init__(self, data: Path) -> None:
        self._path = data / FILE
        self.variables: dict[str, str] = {"ALMOXARIFE_DATA_DIR": str(data)}

    def open(self) -> EntryStore:
        return SqliteLogStore(self._path)

    def settle(self) -> None:
        pass

    def size(self) -> int:
        return self._path.stat().st_size

    def insert(self, rows: list[Entry]) -> float:
        with closing(sqlite3.connect(self._path, isolation_level=None)) as db:
            db.execute("PRAGMA synchronous=full")
            began = time.perf_counter()
            for start in range(0, len(rows), BATCH):
                numbered = [((row.moment << 10) + 1, *row) for row in rows[start : start + BATCH]]
                db.execute("BEGIN IMMEDIATE")
                db.executemany("INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", numbered)
                db.executemany(
                    "INSERT INTO entries_text (rowid, service, user_id, action, result, cause, extra)"
                    " VALUES (?, ?, ?, ?, ?, ?, ?)",
                    [(row[0], *row[3:]) for row in numbered],
                )
                db.execute("COMMIT")
            return time.perf_counter() - began


class OnServer:
    def __init__(self, url: str) -> None:
        self._url = url

    @contextmanager
    def fresh(self) -> Iterator[Log]:
        with servers.fresh(self._url) as url:
            yield ServerLog(url)


class ServerLog:
    def __init__(self, url: str) -> None:
        self._url = url
        self.variables = {"ALMOXARIFE_DATABASE_URL": url}

    def open(self) -> EntryStore:
        return PostgresLogStore(self._url)

    def settle(self) -> None:
        with psycopg.connect(self._url, autocommit=True) as line:
            line.execute("VACUUM ANALYZE registros.entries")

    def size(self) -> int:
        with psycopg.connect(self._url) as line:
            sizes = "SELECT sum(pg_total_relation_size(inhrelid)) FROM pg_inherits"
            return int(line.execute(f"{sizes} WHERE inhparent = 'registros.entries'::regclass").fetchall()[0][0])

    def insert(self, rows: list[Entry]) -> float:
        sql = (
            f"INSERT INTO registros.entries ({COLUMNS}, tags, words)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s::text[], %s::tsvector)"
        )
        ready = [((row.moment << 10) + 1, *to_row(row)) for row in rows]
        with psycopg.connect(self._url) as line, line.cursor() as cursor:
            began = time.perf_counter()
            for start in range(0, len(rows), BATCH):
                cursor.executemany(sql, ready[start : start + BATCH])
                line.commit()
            return time.perf_counter() - began


@contextmanager
def _find_place(url: str | None, folder: Path) -> Iterator[Place]:
    if url is None:
        yield InFiles(folder)
        return
    with servers.opened(url) as found:
        yield OnServer(found)


def make_entries(number: int, seed: int = 7, days: int = DAYS) -> Iterator[Entry]:
    chance = random.Random(seed)
    start = int((TODAY - timedelta(days=days)).timestamp() * 1_000_000)
    step = days * 86_400_000_000 // number
    for place in range(number):
        moment = start + place * step + chance.randrange(step)
        is_failure = chance.random() < 0.03
        cause = " ".join(chance.choices(WORDS, k=6)) + f" {place:x}" if is_failure or chance.random() < 0.4 else None
        extra = (
            f'{{"status":{500 if is_failure else 200},"duration_ms":{chance.random() * 9:.2f},"loja":"l{place % 8}"}}'
        )
        yield Entry(
            moment,
            moment,
            chance.choice(["api", "api", "api", "pedidos", "entregas"]),
            f"u{chance.randrange(80)}",
            chance.choices(ACTIONS, weights=[30, 30, 30, 5, 5, 0.02])[0],
            "failure" if is_failure else "success",
            cause,
            extra,
        )


def load(log: Log, store: EntryStore, number: int) -> None:
    entries = list(make_entries(number))
    began = time.perf_counter()
    for start in range(0, number, 10_000):
        store.append(entries[start : start + 10_000])
    took = time.perf_counter() - began
    log.settle()
    print(f"\n{number:,} entries loaded in {took:.1f} s ({number / took:,.0f}/s), {log.size() / number:.0f} bytes each")


def ask(store: EntryStore, number: int, times: int) -> None:
    day = TODAY - timedelta(days=40)
    one_day = EntryFilter(since=day, before=day + timedelta(days=1))
    questions: dict[str, Callable[[], object]] = {
        "the newest 100": lambda: store.search(EntryFilter()),
        "a common word": lambda: store.search(EntryFilter(text="acucar")),
        "two common words": lambda: store.search(EntryFilter(text="acucar cafe")),
        "a common word, not another": lambda: store.search(EntryFilter(text="acucar -cafe")),
        "a phrase": lambda: store.search(EntryFilter(text='"nota frete"')),
        "a rare word": lambda: store.search(EntryFilter(text=f"{number // 2:x}*")),
        "a word that is nowhere": lambda: store.search(EntryFilter(text="abacaxi")),
        "a rare action": lambda: store.search(EntryFilter(action="delete_user")),
        "one service's failures": lambda: store.search(EntryFilter(service="pedidos", result="failure")),
        "a rare action of one service, failed": lambda: store.search(
            EntryFilter(service="pedidos", result="failure", action="delete_user")
        ),
        "one person's day": lambda: store.search(replace(one_day, user_id="u7")),
        "one person's day, failures": lambda: store.search(replace(one_day, user_id="u7", result="failure")),
        "one day, a word": lambda: store.search(replace(one_day, text="acucar")),
        "count everything per interval": lambda: store.count(EntryFilter()),
        "count one day": lambda: store.count(one_day),
        "count the failures": lambda: store.count(EntryFilter(result="failure")),
        "count a common word": lambda: store.count(EntryFilter(text="acucar")),
    }
    print(f"\n{'question':40} {'median ms':>10} {'worst ms':>10}")
    for name, question in questions.items():
        took = sorted(_ms(question) for _ in range(times))
        print(f"{name:40} {median(took):10.1f} {took[-1]:10.1f}")


def write(place: Place, folder: Path, rounds: int, batches: int) -> None:
    found: dict[str, list[float]] = {}
    ratios: dict[str, list[float]] = {}
    for number in range(rounds):
        rows = list(make_entries(batches * BATCH, seed=number, days=1))
        ways: dict[str, Callable[[], float]] = {
            "raw SQL": partial(by_sql, place, rows),
            "the store": partial(by_store, place, rows),
            "POST /log": partial(by_http, place, folder, rows),
        }
        rates = {name: ways[name]() for name in random.sample(list(ways), len(ways))}
        for name, rate in rates.items():
            found.setdefault(name, []).append(rate)
            ratios.setdefault(name, []).append(rates["raw SQL"] / rate)
    print(f"\nbatches of {BATCH}, each durable          entries/s   raw SQL by this (least-greatest)")
    for name in ("raw SQL", "the store", "POST /log"):
        spread = f"{median(ratios[name]):.2f} ({min(ratios[name]):.2f}-{max(ratios[name]):.2f})"
        print(f"{name:40} {median(found[name]):9,.0f}   {spread}")


def by_sql(place: Place, rows: list[Entry]) -> float:
    """The same tables and indexes, written by one connection that does nothing else."""
    with place.fresh() as log:
        _make_days(log, rows)
        return len(rows) / log.insert(rows)


def by_store(place: Place, rows: list[Entry]) -> float:
    with place.fresh() as log, closing(log.open()) as store:
        _make_days(log, rows)
        began = time.perf_counter()
        for start in range(0, len(rows), BATCH):
            store.append(rows[start : start + BATCH])
        return len(rows) / (time.perf_counter() - began)


def _make_days(log: Log, rows: list[Entry]) -> None:
    """The tables, and a partition for each day where there are such."""
    with closing(log.open()) as store:
        days = {row.moment // 86_400_000_000: row for row in rows}
        store.append([row._replace(moment=row.moment + 1) for row in days.values()])


def by_http(place: Place, folder: Path, rows: list[Entry]) -> float:
    """A real server and four connections; the bodies are ready before the clock starts."""
    wire = [
        {**json.loads(row.extra or "{}"), **row._asdict(), "extra": None, "timestamp": _iso(row.moment)} for row in rows
    ]
    for one in wire:
        del one["extra"], one["moment"], one["received_at"]
    bodies = [json.dumps(wire[start : start + BATCH]) for start in range(0, len(wire), BATCH)]
    with place.fresh() as log, _serving(folder, log) as port:
        _make_days(log, rows)
        threads = [Thread(target=_send, args=(port, bodies[client::CLIENTS])) for client in range(CLIENTS)]
        began = time.perf_counter()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        took = time.perf_counter() - began
        return len(rows) / took


def _send(port: int, bodies: list[str]) -> None:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as connection:
        for body in bodies:
            connection.request("POST", "/log", body, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            outcomes = json.loads(answer.read())
            if answer.status != 200 or any(outcome["status"] != "success" for outcome in outcomes):
                raise SystemExit(f"POST /log answered {answer.status}")


@contextmanager
def _serving(folder: Path, log: Log) -> Iterator[int]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = int(listener.getsockname()[1])
    data = str(folder / "data")
    environment = os.environ | {"ALMOXARIFE_DATA_DIR": data, "ALMOXARIFE_PORT": str(port)} | log.variables
    server = subprocess.Popen(
        [sys.executable, PROJECT / "api.py"], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        deadline = time.monotonic() + 30
        while True:
            try:
                _send(port, [json.dumps([{"service": "a", "user_id": "b", "action": "c", "result": "success"}])])
                break
            except OSError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)
        yield port
    finally:
        server.terminate()
        server.wait(30)


def _iso(micros: int) -> str:
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=micros)).isoformat()


def _ms(question: Callable[[], object]) -> float:
    began = time.perf_counter()
    question()
    return (time.perf_counter() - began) * 1000


if __name__ == "__main__":
    main()

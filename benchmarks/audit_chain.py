"""Measures what the hash chain of the audit trail costs, and how long its verification takes.

``python -m benchmarks.audit_chain [--quick] [--folder WHERE] [--postgresql [URL]]``. Threads
record movements as the server does, without HTTP: with the chain, and with the same
entries as plain rows. The two ways take turns in one process, a short window each, and
each ratio is of two neighbouring windows: what else the machine does weighs on both. CPU is that
of this process and of the database's own processes, which a busy machine changes least.
Then ``almoxarife audit verify`` and ``almoxarife check`` go over a million movements. With
``--postgresql`` all of it on a server: that of ``URL``, or one of the run's own.
"""

import argparse
import itertools
import json
import os
import random
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from threading import Thread
from typing import Any, Protocol

import psutil
import psycopg
from sqlalchemy.orm import Session

from almoxarife.server.audit import sealing
from almoxarife.server.audit import service as audit
from almoxarife.server.audit.hashing import Link, hash_movement, link, seal_address
from almoxarife.server.audit.tags import Tag
from almoxarife.server.identity import Identity, Origin
from almoxarife.server.stock import service as stock
from almoxarife.server.store.columns import to_micros
from almoxarife.server.store.contract import Raw
from almoxarife.server.store.database import Database
from almoxarife.server.store.idempotency import GivenKey
from almoxarife.server.store.sessions import postpone, raw
from almoxarife.server.upkeep.migrations import migrate
from almoxarife.wire.accounts import Role
from almoxarife.wire.stock import MovementIn
from benchmarks import machine, servers

_record_chained = audit.record

PROJECT = Path(__file__).parents[1]
THREADS = (1, 16, 64)
PRODUCTS = 100
ENTRIES = 1_000_000
PART = 10_000
"""Rows that are inserted at once."""

Row = tuple[Any, ...]


def main() -> None:
    options = _options()
    windows, seconds, entries, times = (2, 0.5, 20_000, 1) if options.quick else (60, 0.5, ENTRIES, 3)
    with TemporaryDirectory(dir=options.folder) as folder, _find_place(options.postgresql, Path(folder)) as place:
        print(json.dumps(machine.describe(Path(folder))))
        print(f"\non {place.title}")
        print(
            "               with the chain           plain rows        entries/s, ratio     CPU, ratio           added"
        )
        print("threads     entries/s   CPU µs     entries/s   CPU µs   median (quartiles)   median (quartiles)     µs")
        for threads in THREADS:
            with place.fresh() as chained, place.fresh() as plain:
                compare(chained, plain, threads, windows, seconds)
        with place.fresh() as trail:
            verify(trail, entries, times)


class Trail(Protocol):
    """A new, empty database."""

    variables: dict[str, str]
    """Environment variables for a command that is to read it."""

    def open(self) -> Database: ...

    def make_plain(self) -> None:
        """Change the table to what it would be without chain: ids from the database, no hashes."""

    def insert(self, parts: Iterator[dict[str, list[Row]]]) -> None:
        """Insert rows by table, in their stored form."""

    def size(self) -> int:
        """Bytes of the audit entries without indexes."""


class Place(Protocol):
    title: str

    def fresh(self) -> AbstractContextManager[Trail]: ...


# --- the cost of the chain ------------------------------------------------------------


def compare(chained: Trail, plain: Trail, threads: int, windows: int, seconds: float) -> None:
    plain.make_plain()
    ways: dict[str, tuple[Database, Any]] = {
        "chained": (chained.open(), _record_chained),
        "plain": (plain.open(), _record_plainly),
    }
    found: dict[str, list[dict[str, float]]] = {way: [] for way in ways}
    count = itertools.count()
    for database, _ in ways.values():
        _fill(database)
    for number in range(windows + 1):
        for way in random.sample(list(ways), len(ways)):
            database, record = ways[way]
            audit.record = record
            cell = _window(database, threads, seconds, count, servers.list_processes(database))
            if number:  # the first is for warming up
                found[way].append(cell)
    for database, _ in ways.values():
        database.close()
    pairs = list(zip(found["chained"], found["plain"], strict=True))
    ratio = quantiles([c["rate"] / p["rate"] for c, p in pairs], n=4)
    cpu = quantiles([c["cpu_us"] / p["cpu_us"] for c, p in pairs], n=4)
    added = median(c["cpu_us"] - p["cpu_us"] for c, p in pairs)
    figures = "".join(f"{median(c[what] for c in found[way]):{width}}" for way in found for what, width in _COLUMNS)
    print(
        f"{threads:7} {figures}   {ratio[1]:5.3f} ({ratio[0]:.3f}-{ratio[2]:.3f})"
        f"   {cpu[1]:5.3f} ({cpu[0]:.3f}-{cpu[2]:.3f})   {added:5.1f}",
        flush=True,
    )


_COLUMNS = (("rate", "14.0f"), ("cpu_us", "9.1f"))


def _window(
    database: Database, threads: int, seconds: float, count: Iterator[int], of_server: list[psutil.Process]
) -> dict[str, float]:
    done = [0] * threads
    began, used = time.perf_counter(), time.process_time() + servers.measure_cpu(of_server)
    work = (database, began + seconds, done, count)
    workers = [Thread(target=_work, args=(number, *work)) for number in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    elapsed, used = time.perf_counter() - began, time.process_time() + servers.measure_cpu(of_server) - used
    return {"rate": sum(done) / elapsed, "cpu_us": used / sum(done) * 1_000_000}


def _work(number: int, database: Database, stop: float, done: list[int], count: Iterator[int]) -> None:
    by = Identity(
        user_id=1, username="ana", role=Role.STOCK_CLERK, shop_ids=(1,), session_id=1,
        origin=Origin(f"192.168.0.{number}", "0123456789abcdef"),
    )  # fmt: skip
    movement = MovementIn.model_validate({"produto_id": "p1", "quantidade": Decimal(3)})
    while not done[number] or time.perf_counter() < stop:
        product = 1 + (number + done[number]) % PRODUCTS
        given_key = GivenKey(f"{next(count) * 2654435761 % 2**64:036}", bytes(32))
        database.run(stock.record, stock.MovementEntry(movement, product, 1, UTC, by, given_key))
        done[number] += 1


def _record_plainly(session: Session, tag: Tag, *, by: Identity, subject: str, row_hash: object) -> None:
    now = to_micros(datetime.now(UTC))
    origin = by.origin
    row = (now, tag.value, "SUCESSO", by.user_id, subject, None, origin.address, origin.request_id)
    postpone(session, row, _write_plainly)


def _write_plainly(database: Raw, rows: list[Row]) -> None:
    database.execute_many(
        "INSERT INTO audit_entries (recorded_at, tag, outcome, actor_id, subject, cause, address, request_id)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        rows,
    )


def _fill(database: Database) -> None:
    with database.transaction() as session:
        raw(session).execute(
            "INSERT INTO users (username, username_folded, is_password_weak, must_change_password, role, state,"
            " generation, created_at) VALUES ('ana', 'ana', FALSE, FALSE, 'estoquista', 'ativo', 1, 0)"
        )
        raw(session).execute_many(
            "INSERT INTO products (id, name, name_folded, unit, is_active, version, created_at, created_by)"
            " VALUES (?, ?, ?, 'UN', TRUE, 1, 0, 1)",
            [(number, f"Produto {number}", f"produto {number}") for number in range(1, PRODUCTS + 1)],
        )


# --- verifying ------------------------------------------------------------------------


def verify(trail: Trail, entries: int, times: int) -> None:
    with closing(trail.open()) as database:
        _fill(database)
        with database.transaction() as session:
            raw(session).execute("UPDATE audit_tally SET seal = NULL")
        sealing.repair_and_seal(database, {})
        with database.reading() as session:
            head = audit.find_head(session)
    trail.insert(_make_parts(entries, head))
    print(f"\n{entries:,} entries of {trail.size() / entries:.0f} bytes without their indexes, read by")
    for command in (("audit", "verify"), ("check",)):
        for _ in range(times):
            took, cpu, memory = _run(trail, *command)
            said = f"{took:.1f} s, {cpu:.1f} s of them CPU of its own, at most {memory:.0f} MiB"
            print(f"{' '.join(command):12} in {said}", flush=True)


def _run(trail: Trail, *command: str) -> tuple[float, float, float]:
    """Seconds, seconds of CPU and peak memory of ``almoxarife …``, the start of Python included."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ALMOXARIFE_")}
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-X", "utf8", "-m", "almoxarife.server.operations.commands.main", *command],
        cwd=PROJECT,
        env=environment | trail.variables,
        stdout=subprocess.PIPE,
        encoding="utf-8",
    )
    assert process.stdout is not None
    with process.stdout:
        said = process.stdout.read()
    _, status, used = os.wait4(process.pid, 0)
    took = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {process.returncode} and said: {said}")
    return took, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def _make_parts(number: int, head: Link) -> Iterator[dict[str, list[Row]]]:
    """A ledger of many products, each movement sent with a key, and the trail that covers it."""
    balances = [0] * PRODUCTS
    for first in range(1, number + 1, PART):
        movements, keys, entries = [], [], []
        for seq in range(first, min(first + PART, number + 1)):
            product, at = seq % PRODUCTS, seq * 1_000_000
            balances[product] += 30_000
            movement = (
                seq, 1, product + 1, "entrada", 30_000, 30_000, balances[product], None, None, None,
                1, at, at, False, False, None,
            )  # fmt: skip
            key = f"{seq * 2654435761 % 2**64:036}"
            covered = hash_movement(movement, key, bytes(32))
            address, request_id = f"192.168.0.{seq % 8}", f"{seq:016x}"
            salt, seal = seal_address(address, 1)
            said = (at, "stock:movement:recorded", "SUCESSO", 1, f"m{seq}", None)
            head = link(head, *said, seal, request_id, covered)
            movements.append(movement)
            keys.append((1, key, bytes(32), seq))
            entries.append((head.id, *said, address, salt, seal, request_id, head.hash, covered))
        yield {"movements": movements, "idempotency_keys": keys, "audit_entries": entries}
    yield {"balances": [(1, product + 1, balance) for product, balance in enumerate(balances)]}


# --- where ----------------------------------------------------------------------------


class InFiles:
    def __init__(self, folder: Path) -> None:
        self.title = f"SQLite {sqlite3.sqlite_version}"
        self._folder = folder

    @contextmanager
    def fresh(self) -> Iterator[Trail]:
        with TemporaryDirectory(dir=self._folder) as data:
            yield TrailInFile(Path(data) / "almoxarife.db")


class TrailInFile:
    def __init__(self, path: Path) -> None:
        migrate(path)
        self._path = path
        self.variables = {"ALMOXARIFE_DATA_DIR": str(path.parent)}

    def open(self) -> Database:
        return Database.open(self._path)

    def make_plain(self) -> None:
        with closing(sqlite3.connect(self._path)) as db:
            db.executescript(
                "DROP TABLE audit_entries; CREATE TABLE audit_entries (id INTEGER PRIMARY KEY AUTOINCREMENT,"
                f" {_PLAIN}); {_INDEXES};"
                "CREATE TRIGGER audit_entries_refuse_update BEFORE UPDATE ON audit_entries"
                " BEGIN SELECT RAISE(ABORT, 'audit_entries is insert-only'); END;"
                "CREATE TRIGGER audit_entries_refuse_delete BEFORE DELETE ON audit_entries"
                " BEGIN SELECT RAISE(ABORT, 'audit_entries is insert-only'); END;"
            )

    def insert(self, parts: Iterator[dict[str, list[Row]]]) -> None:
        with closing(sqlite3.connect(self._path)) as db, db:
            for part in parts:
                for table, rows in part.items():
                    db.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * len(rows[0]))})", rows)
            db.execute(_COUNT)

    def size(self) -> int:
        with closing(sqlite3.connect(self._path)) as db:
            found = db.execute("SELECT sum(pgsize) FROM dbstat WHERE name = 'audit_entries'").fetchone()
            return int(found[0])


class OnServer:
    def __init__(self, url: str) -> None:
        self._url = url
        with psycopg.connect(url) as line:
            self.title = f"PostgreSQL {line.info.server_version // 10_000}"

    @contextmanager
    def fresh(self) -> Iterator[Trail]:
        with servers.fresh(self._url) as url, TemporaryDirectory() as data:
            yield TrailOnServer(url, data)


class TrailOnServer:
    def __init__(self, url: str, data: str) -> None:
        migrate(url)
        self._url = url
        self.variables = {"ALMOXARIFE_DATA_DIR": data, "ALMOXARIFE_DATABASE_URL": url}

    def open(self) -> Database:
        return Database.open(self._url)

    def make_plain(self) -> None:
        with psycopg.connect(self._url) as line:
            line.execute(
                "DROP TABLE audit_entries CASCADE; CREATE TABLE audit_entries (id BIGSERIAL PRIMARY KEY,"
                f" {_PLAIN}); {_INDEXES};"
                "CREATE TRIGGER audit_entries_refuse_update BEFORE UPDATE ON audit_entries FOR EACH ROW"
                " EXECUTE FUNCTION refuse_change();"
                "CREATE TRIGGER audit_entries_refuse_delete BEFORE DELETE ON audit_entries FOR EACH ROW"
                " EXECUTE FUNCTION refuse_change()".encode()
            )

    def insert(self, parts: Iterator[dict[str, list[Row]]]) -> None:
        with psycopg.connect(self._url, autocommit=True) as line:
            for part in parts:
                for table, rows in part.items():
                    with line.cursor() as cursor, cursor.copy(f"COPY {table} FROM STDIN".encode()) as copy:
                        for row in rows:
                            copy.write_row(row)
            line.execute(_COUNT)
            line.execute("VACUUM ANALYZE")

    def size(self) -> int:
        with psycopg.connect(self._url) as line:
            return int(line.execute("SELECT pg_table_size('audit_entries')").fetchall()[0][0])


_PLAIN = (
    "recorded_at BIGINT NOT NULL, tag VARCHAR(60) NOT NULL, outcome VARCHAR(10) NOT NULL,"
    " actor_id INTEGER REFERENCES users (id), subject VARCHAR(60), cause VARCHAR(200), address VARCHAR(45),"
    " request_id VARCHAR(36)"
)
_COUNT = "UPDATE audit_tally SET entries = (SELECT max(id) FROM audit_entries)"
_INDEXES = (
    "CREATE INDEX ix_audit_entries_actor_id_recorded_at ON audit_entries (actor_id, recorded_at);"
    "CREATE INDEX ix_audit_entries_subject_recorded_at ON audit_entries (subject, recorded_at)"
    " WHERE subject LIKE 'u%'"
)


@contextmanager
def _find_place(url: str | None, folder: Path) -> Iterator[Place]:
    if url is None:
        yield InFiles(folder)
        return
    with servers.opened(url) as found:
        yield OnServer(found)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one short round: shows that it runs, proves nothing")
    parser.add_argument("--folder", help="on the disk to measure (default: the system's temporary folder)")
    parser.add_argument(
        "--postgresql", nargs="?", const=servers.OWN, metavar="URL", help="on a server; without URL on one of its own"
    )
    return parser.parse_args()


if __name__ == "__main__":
    main()

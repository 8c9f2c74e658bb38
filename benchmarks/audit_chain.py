"""What the chain of the audit trail costs, and how long verifying it takes.

``python -m benchmarks.audit_chain [--quick] [--folder WHERE]``. Threads record movements
as the server does, without HTTP: with the chain, and with the same entries as plain rows.
Every cell runs in a process of its own; the two ways alternate, and the ratio is taken
within a round.
"""

import argparse
import json
import random
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from threading import Thread
from typing import Any

from sqlalchemy.orm import Session

from almoxarife.server.access import Identity, Origin
from almoxarife.server.audit import service as audit
from almoxarife.server.audit.chain import BEFORE_ALL, link, seal_address
from almoxarife.server.audit.verification import COLUMNS
from almoxarife.server.database import Database, Raw, postpone, to_micros
from almoxarife.server.idempotency import Once
from almoxarife.server.migrations import migrate
from almoxarife.server.stock import service as stock
from almoxarife.wire.accounts import Role
from almoxarife.wire.stock import MovementIn
from benchmarks import machine

WAYS = ("chained", "plain")
THREADS = (1, 16, 64)
PRODUCTS = 100
ENTRIES = 1_000_000


def main() -> None:
    options = _options()
    if options.child:
        print(json.dumps(measure(Path(options.folder), options.child, options.threads, options.seconds)))
        return
    rounds, seconds, entries = (1, 0.3, 20_000) if options.quick else (11, 1.0, ENTRIES)
    with TemporaryDirectory(dir=options.folder) as folder:
        print(json.dumps(machine.describe(Path(folder))))
        compare(Path(folder), rounds, seconds)
        verify(Path(folder) / "almoxarife.db", entries)


def compare(folder: Path, rounds: int, seconds: float) -> None:
    found: dict[tuple[int, str], list[dict[str, float]]] = {}
    cells = [(threads, way) for threads in THREADS for way in WAYS]
    for _ in range(rounds):
        for threads, way in random.sample(cells, len(cells)):
            found.setdefault((threads, way), []).append(_child(folder, way, threads, seconds))
    print("\n              with the chain              plain rows          ratio (min-max)    CPU added")
    print("threads   entries/s   CPU µs        entries/s   CPU µs         entries/s            µs")
    for threads in THREADS:
        chained, plain = found[threads, "chained"], found[threads, "plain"]
        kept = sorted(c["rate"] / p["rate"] for c, p in zip(chained, plain, strict=True))
        added = median(c["cpu_us"] - p["cpu_us"] for c, p in zip(chained, plain, strict=True))
        figures = f"{_median(chained, 'rate'):10.0f} {_median(chained, 'cpu_us'):8.1f}"
        figures += f" {_median(plain, 'rate'):16.0f} {_median(plain, 'cpu_us'):8.1f}"
        print(f"{threads:7}  {figures}      {median(kept):5.3f} ({kept[0]:.3f}-{kept[-1]:.3f})  {added:10.1f}")


def measure(folder: Path, way: str, threads: int, seconds: float) -> dict[str, float]:
    """One cell, in this process: ``threads`` that record movements without a pause."""
    with TemporaryDirectory(dir=folder) as inside:
        path = Path(inside) / "almoxarife.db"
        migrate(path)
        _fill(path)
        if way == "plain":
            _use_plain_rows(path)
        database = Database.open(path)
        done = [0] * threads
        began, used = time.perf_counter(), time.process_time()
        workers = [Thread(target=_work, args=(database, number, began + seconds, done)) for number in range(threads)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        elapsed, used = time.perf_counter() - began, time.process_time() - used
        database.close()
    return {"rate": sum(done) / elapsed, "cpu_us": used / sum(done) * 1_000_000}


def _work(database: Database, number: int, stop: float, done: list[int]) -> None:
    by = Identity(
        user_id=1, username="ana", role=Role.STOCK_CLERK, shop_ids=(1,), session_id=1,
        origin=Origin(f"192.168.0.{number}", "0123456789abcdef"),
    )  # fmt: skip
    asked = MovementIn.model_validate({"produto_id": "p1", "quantidade": Decimal(3)})
    while time.perf_counter() < stop:
        entry = done[number]
        once = Once(f"{number:030}-{entry:05}", bytes(32))
        with database.transaction() as session:
            product = 1 + (number + entry) % PRODUCTS
            stock.record(session, asked, product_id=product, shop_id=1, zone=UTC, by=by, once=once)
        done[number] += 1


def _use_plain_rows(path: Path) -> None:
    """The trail as it would be without a chain: numbered by SQLite, and no bytes of proof."""
    with closing(sqlite3.connect(path)) as db:
        db.executescript(
            "DROP TABLE audit_entries;"
            "CREATE TABLE audit_entries (id INTEGER PRIMARY KEY AUTOINCREMENT, recorded_at BIGINT NOT NULL,"
            " tag VARCHAR(60) NOT NULL, outcome VARCHAR(10) NOT NULL, actor_id INTEGER REFERENCES users (id),"
            " subject VARCHAR(60), cause VARCHAR(200), address VARCHAR(45), request_id VARCHAR(36));"
            "CREATE INDEX ix_audit_entries_actor_id_recorded_at ON audit_entries (actor_id, recorded_at);"
            "CREATE INDEX ix_audit_entries_subject_recorded_at ON audit_entries (subject, recorded_at)"
            " WHERE subject LIKE 'u%';"
            "CREATE TRIGGER audit_entries_refuse_update BEFORE UPDATE ON audit_entries"
            " BEGIN SELECT RAISE(ABORT, 'audit_entries is insert-only'); END;"
            "CREATE TRIGGER audit_entries_refuse_delete BEFORE DELETE ON audit_entries"
            " BEGIN SELECT RAISE(ABORT, 'audit_entries is insert-only'); END;"
        )
    sql = (
        "INSERT INTO audit_entries (recorded_at, tag, outcome, actor_id, subject, cause, address, request_id)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
    )

    def write(database: Raw, rows: list[tuple[object, ...]]) -> None:
        database.execute_many(sql, rows)

    def record(session: Session, tag: audit.Tag, *, by: Identity, subject: str) -> None:
        now = to_micros(datetime.now(UTC))
        origin = by.origin
        row = (now, tag.value, "SUCESSO", by.user_id, subject, None, origin.address, origin.request_id)
        postpone(session, row, write)

    replaced: Any = audit
    replaced.record = record


def verify(path: Path, entries: int) -> None:
    migrate(path)
    _fill(path)
    _fill_trail(path, entries)
    database = Database.open(path)
    with database.reading() as session:
        began = time.perf_counter()
        verdict = audit.verify_trail(session)
        took = time.perf_counter() - began
    database.close()
    assert verdict.head.id == entries
    assert verdict.fault is None
    print(f"\n{entries:,} entries verified in {took:.1f} s, {path.stat().st_size / entries:.0f} bytes each")


def _fill_trail(path: Path, entries: int) -> None:
    insert = f"INSERT INTO audit_entries ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
    head = BEFORE_ALL
    with closing(sqlite3.connect(path)) as db, db:
        for number in range(1, entries + 1):
            address, request_id = f"192.168.0.{number % 8}", f"{number:016x}"
            salt, seal = seal_address(address, 1)
            said = (number * 1_000_000, "stock:movement:recorded", "SUCESSO", 1, f"m{number}", None)
            head = link(head, *said, seal, request_id)
            db.execute(insert, (number, *said, address, salt, seal, request_id, head.hash))


def _fill(path: Path) -> None:
    with closing(sqlite3.connect(path)) as db, db:
        db.execute(
            "INSERT INTO users (username, username_folded, is_password_weak, must_change_password, role, state,"
            " generation, created_at) VALUES ('ana', 'ana', 0, 0, 'estoquista', 'ativo', 1, 0)"
        )
        for product in range(1, PRODUCTS + 1):
            db.execute(
                "INSERT INTO products (id, name, name_folded, unit, is_active, version, created_at, created_by)"
                " VALUES (?, ?, ?, 'UN', 1, 1, 0, 1)",
                (product, f"Produto {product}", f"produto {product}"),
            )


def _child(folder: Path, way: str, threads: int, seconds: float) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.audit_chain", "--child", way, "--folder", str(folder)]
    done = subprocess.run(
        [*command, "--threads", str(threads), "--seconds", str(seconds)], stdout=subprocess.PIPE, check=True
    )
    cell: dict[str, float] = json.loads(done.stdout)
    return cell


def _median(cells: list[dict[str, float]], figure: str) -> float:
    return median(cell[figure] for cell in cells)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one short round: shows that it runs, proves nothing")
    parser.add_argument("--folder", help="on the disk to measure (default: the system's temporary folder)")
    parser.add_argument("--child", choices=WAYS, help=argparse.SUPPRESS)
    parser.add_argument("--threads", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--seconds", type=float, help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    main()

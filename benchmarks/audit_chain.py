"""What the chain of the audit trail costs, and how long verifying it takes.

``python -m benchmarks.audit_chain [--quick] [--folder WHERE]``. Threads
record movements as the server does, without HTTP: with the chain, and with the same
entries as plain rows. The two ways take turns in one process, a short window each, and
each ratio is of two neighbouring windows: what else the machine does weighs on both.
"""

import argparse
import itertools
import json
import random
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from statistics import median, quantiles
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

_record_chained = audit.record

THREADS = (1, 16, 64)
PRODUCTS = 100
ENTRIES = 1_000_000


def main() -> None:
    options = _options()
    windows, seconds, entries = (2, 0.5, 20_000) if options.quick else (24, 1.0, ENTRIES)
    with TemporaryDirectory(dir=options.folder) as name:
        folder = Path(name)
        print(json.dumps(machine.describe(folder)))
        print("\n               with the chain           plain rows        entries/s, ratio       CPU added")
        print("threads     entries/s   CPU µs     entries/s   CPU µs   median (quartiles)    µs (quartiles)")
        for threads in THREADS:
            compare(folder / str(threads), threads, windows, seconds)
        verify(folder / "almoxarife.db", entries)


def compare(folder: Path, threads: int, windows: int, seconds: float) -> None:
    folder.mkdir()
    ways: dict[str, tuple[Database, Any]] = {}
    for way in ("chained", "plain"):
        path = folder / f"{way}.db"
        migrate(path)
        _fill(path)
        if way == "plain":
            _make_plain(path)
        ways[way] = Database.open(path), _record_chained if way == "chained" else _record_plainly
    found: dict[str, list[dict[str, float]]] = {way: [] for way in ways}
    count = itertools.count()
    for number in range(windows + 1):
        for way in random.sample(list(ways), len(ways)):
            database, record = ways[way]
            audit.record = record
            cell = _window(database, threads, seconds, count)
            if number:  # the first is for warming up
                found[way].append(cell)
    for database, _ in ways.values():
        database.close()
    pairs = list(zip(found["chained"], found["plain"], strict=True))
    ratio = quantiles([c["rate"] / p["rate"] for c, p in pairs], n=4)
    added = quantiles([c["cpu_us"] - p["cpu_us"] for c, p in pairs], n=4)
    figures = "".join(f"{median(c[what] for c in found[way]):{width}}" for way in found for what, width in _COLUMNS)
    print(
        f"{threads:7} {figures}   {ratio[1]:5.3f} ({ratio[0]:.3f}-{ratio[2]:.3f})"
        f"   {added[1]:5.1f} ({added[0]:.1f}-{added[2]:.1f})"
    )


_COLUMNS = (("rate", "14.0f"), ("cpu_us", "9.1f"))


def _window(database: Database, threads: int, seconds: float, count: Iterator[int]) -> dict[str, float]:
    done = [0] * threads
    began, used = time.perf_counter(), time.process_time()
    work = (database, began + seconds, done, count)
    workers = [Thread(target=_work, args=(number, *work)) for number in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    elapsed, used = time.perf_counter() - began, time.process_time() - used
    return {"rate": sum(done) / elapsed, "cpu_us": used / sum(done) * 1_000_000}


def _work(number: int, database: Database, stop: float, done: list[int], count: Iterator[int]) -> None:
    by = Identity(
        user_id=1, username="ana", role=Role.STOCK_CLERK, shop_ids=(1,), session_id=1,
        origin=Origin(f"192.168.0.{number}", "0123456789abcdef"),
    )  # fmt: skip
    asked = MovementIn.model_validate({"produto_id": "p1", "quantidade": Decimal(3)})
    while time.perf_counter() < stop:
        product = 1 + (number + done[number]) % PRODUCTS
        once = Once(f"{next(count) * 2654435761 % 2**64:036}", bytes(32))

        def record(session: Session, product: int = product, once: Once = once) -> object:
            return stock.record(session, asked, product_id=product, shop_id=1, zone=UTC, by=by, once=once)

        database.run(record)
        done[number] += 1


def _make_plain(path: Path) -> None:
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


def _record_plainly(session: Session, tag: audit.Tag, *, by: Identity, subject: str) -> None:
    now = to_micros(datetime.now(UTC))
    origin = by.origin
    row = (now, tag.value, "SUCESSO", by.user_id, subject, None, origin.address, origin.request_id)
    postpone(session, row, _write_plainly)


def _write_plainly(database: Raw, rows: list[tuple[object, ...]]) -> None:
    database.execute_many(
        "INSERT INTO audit_entries (recorded_at, tag, outcome, actor_id, subject, cause, address, request_id)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        rows,
    )


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


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one short round: shows that it runs, proves nothing")
    parser.add_argument("--folder", help="on the disk to measure (default: the system's temporary folder)")
    return parser.parse_args()


if __name__ == "__main__":
    main()

"""Compares group commit with a plain lock and one COMMIT for each entry: entries per second and p99.

``python -m benchmarks.group_commit [--quick] [--folder WHERE]``. Every cell runs in a
process of its own; the two ways alternate, and the ratio is taken within a round.
"""

import argparse
import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from threading import Lock, Thread

from sqlalchemy.orm import Session

from almoxarife.server.store.database import Database
from almoxarife.server.store.sessions import raw
from almoxarife.server.store.sqlite import WriteChannel
from almoxarife.server.upkeep.migrations import migrate
from benchmarks import slow_disk

THREADS = (1, 16, 64)
PRODUCTS = 100


def main() -> None:
    options = _options()
    if options.child:
        print(json.dumps(measure(Path(options.folder), options.child, options.threads, options.seconds)))
        return
    rounds, seconds = (1, 0.3) if options.quick else (5, 2.0)
    with TemporaryDirectory(dir=options.folder) as folder:
        library = slow_disk.build(Path(folder))
        compare(Path(folder), rounds, seconds, None)
        if library is None:
            print("\nThe slowed fsync is left out: it needs Linux and a C compiler (cc).")
        else:
            compare(Path(folder), rounds, seconds, library)


def compare(folder: Path, rounds: int, seconds: float, library: Path | None) -> None:
    found: dict[tuple[int, str], list[dict[str, float]]] = {}
    cells = [(threads, way) for threads in THREADS for way in ("group", "lock")]
    for _ in range(rounds):
        for threads, way in random.sample(cells, len(cells)):
            found.setdefault((threads, way), []).append(_child(folder, way, threads, seconds, library))
    disk = median(cell["fsync_ms"] for cells in found.values() for cell in cells)
    print(f"\nOne fsync on this disk{' slowed by 2 ms' if library else ''}: {disk:.2f} ms (median of all processes)")
    print("threads        group commit             plain lock             ratio (min-max)   units per COMMIT")
    print("          entries/s   p99 ms     entries/s   p99 ms      entries/s        p99")
    for threads in THREADS:
        group, lock = found[threads, "group"], found[threads, "lock"]
        faster = sorted(g["rate"] / p["rate"] for g, p in zip(group, lock, strict=True))
        calmer = median(p["p99_ms"] / g["p99_ms"] for g, p in zip(group, lock, strict=True))
        rates = f"{_median(group, 'rate'):11.0f} {_median(group, 'p99_ms'):8.1f}"
        rates += f" {_median(lock, 'rate'):13.0f} {_median(lock, 'p99_ms'):8.1f}"
        ratios = f"{median(faster):5.2f} ({faster[0]:.2f}-{faster[-1]:.2f})   {calmer:6.2f}"
        print(f"{threads:7} {rates}   {ratios} {_median(group, 'units_per_commit'):12.1f}")


def measure(folder: Path, way: str, threads: int, seconds: float) -> dict[str, float]:
    """One cell, in this process: ``threads`` that record movements without a pause."""
    fsync_ms = slow_disk.fsync_ms(folder, 50)
    with TemporaryDirectory(dir=folder) as inside:
        path = Path(inside) / "almoxarife.db"
        migrate(path)
        database = Database.open(path)
        _fill(database)
        unit = {"group": lambda: _grouped(database), "lock": lambda: _locked(database)}[way]()
        commits = database.commits
        took: list[float] = []
        stop = time.perf_counter() + seconds
        workers = [Thread(target=_work, args=(unit, number, stop, took)) for number in range(threads)]
        began = time.perf_counter()
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        elapsed = time.perf_counter() - began
        commits = database.commits - commits
        database.close()
    took.sort()
    return {
        "rate": len(took) / elapsed,
        "p99_ms": took[int(len(took) * 0.99)] * 1000,
        "units_per_commit": len(took) / (commits or len(took)),
        "fsync_ms": fsync_ms,
    }


Record = Callable[[int, str], None]
Execute = Callable[[str, tuple[object, ...]], list[tuple[object, ...]]]


def _grouped(database: Database) -> Record:
    def record(product: int, key: str) -> None:
        database.run(_record_all, (product, key))

    return record


def _record_all(session: Session, entries: list[tuple[int, str]]) -> list[None]:
    for product, key in entries:
        _record(raw(session).execute, product, key)
    return [None] * len(entries)


def _locked(database: Database) -> Record:
    """The same connection and the same SQL, behind a lock and with an fsync each."""
    channel = database._writer.channel
    assert isinstance(channel, WriteChannel)
    db = channel.db
    lock = Lock()

    @contextmanager
    def unit() -> Iterator[Execute]:
        with lock:
            db.execute("BEGIN IMMEDIATE")
            try:
                yield lambda sql, parameters: db.execute(sql, parameters).fetchall()
            except BaseException:
                db.execute("ROLLBACK")
                raise
            db.execute("COMMIT")

    def record(product: int, key: str) -> None:
        with unit() as execute:
            _record(execute, product, key)

    return record


def _record(execute: Execute, product: int, key: str) -> None:
    """What an entry writes: the balance, the movement, the audit entry and the idempotency key."""
    now = _now_micros()
    ((balance,),) = execute(
        "UPDATE balances SET quantity = quantity + 10000 WHERE shop_id = 1 AND product_id = ? RETURNING quantity",
        (product,),
    )
    ((seq,),) = execute(
        "INSERT INTO movements (shop_id, product_id, kind, quantity, effect, balance_after, recorded_by, recorded_at,"
        " occurred_at, is_clock_corrected, is_below_zero) VALUES (1, ?, 'entrada', 10000, 10000, ?, 1, ?, ?, 0, 0)"
        " RETURNING seq",
        (product, balance, now, now),
    )
    execute(
        "INSERT INTO audit_entries (id, recorded_at, tag, outcome, actor_id, subject, hash)"
        " VALUES (?, ?, ?, ?, 1, ?, ?)",
        (seq, now, "stock:movement:recorded", "SUCESSO", f"m{seq}", bytes(32)),
    )
    execute(
        "INSERT INTO idempotency_keys (user_id, key, fingerprint, row_id) VALUES (1, ?, ?, ?)", (key, bytes(32), seq)
    )


def _now_micros() -> int:
    return time.time_ns() // 1000


def _work(record: Record, number: int, stop: float, took: list[float]) -> None:
    entry = 0
    while (began := time.perf_counter()) < stop:
        record(1 + (number + entry) % PRODUCTS, f"{number}-{entry}")
        took.append(time.perf_counter() - began)
        entry += 1


def _fill(database: Database) -> None:
    with database.transaction() as session:
        execute = raw(session).execute
        execute(
            "INSERT INTO users (username, username_folded, is_password_weak, must_change_password, role, state,"
            " generation, created_at) VALUES ('ana', 'ana', 0, 0, 'estoquista', 'ativo', 1, 0)"
        )
        for product in range(1, PRODUCTS + 1):
            execute(
                "INSERT INTO products (id, name, name_folded, unit, is_active, version, created_at, created_by)"
                " VALUES (?, ?, ?, 'un', 1, 1, 0, 1)",
                (product, f"Produto {product}", f"produto {product}"),
            )
            execute("INSERT INTO balances VALUES (1, ?, 0)", (product,))


def _child(folder: Path, way: str, threads: int, seconds: float, library: Path | None) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.group_commit", "--child", way, "--folder", str(folder)]
    environment = os.environ | ({"LD_PRELOAD": str(library)} if library else {})
    done = subprocess.run(
        [*command, "--threads", str(threads), "--seconds", str(seconds)],
        env=environment,
        stdout=subprocess.PIPE,
        check=True,
    )
    cell: dict[str, float] = json.loads(done.stdout)
    return cell


def _median(cells: list[dict[str, float]], figure: str) -> float:
    return median(cell[figure] for cell in cells)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one short round: shows that it runs, proves nothing")
    parser.add_argument(
        "--folder", default=None, help="on the disk to measure (default: the system's temporary folder)"
    )
    parser.add_argument("--child", choices=("group", "lock"), help=argparse.SUPPRESS)
    parser.add_argument("--threads", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--seconds", type=float, help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    main()

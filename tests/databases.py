"""Where a test's data lies: in a file, or with ``--database=postgresql`` on a real server of the tests' own."""

import shutil
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from hypothesis import settings

from almoxarife.server.store.database import is_server
from tests.server.processes import wait_until

if TYPE_CHECKING:
    import psycopg

    from tests.postgres_server import Cluster

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
        from tests.reused_databases import Reuse

        self.cluster = cluster
        self.reuse = Reuse(cluster)

    def make(self, folder: Path) -> Place:
        return self.reuse.take()

    def copy(self, template: Place, folder: Path) -> Place:
        return self.reuse.take(str(template))

    def drop(self, place: Place) -> None:
        self.reuse.give_back(str(place))


@contextmanager
def open_databases(kind: str) -> Iterator[Databases]:
    if kind == "sqlite":
        yield Files()
        return
    from tests.postgres_server import Cluster

    cluster = Cluster()
    try:
        opened = OnCluster(cluster.start())
        with closing(opened.reuse), opened.reuse.sessions.reused():
            yield opened
    finally:
        cluster.remove()


def examples(number: int) -> int:
    """How many of the inputs made at random are tried: on a server a third, as a file has had them all."""
    return number * settings.default.max_examples // 100


def rows(place: Place, sql: str, *parameters: object) -> list[tuple[Any, ...]]:
    """What another connection sees: what is committed. ``?`` for parameters."""
    with closing(Onlooker(place)) as onlooker:
        return onlooker.rows(sql, *parameters)


class Onlooker:
    """``rows`` for many questions: making a connection, or reading a file's schema, takes longer than most answers.

    Threads ask one at a time: SQLite refuses two with the same statement.
    """

    def __init__(self, place: Place) -> None:
        self._place = place
        self._line: psycopg.Connection[Any] | sqlite3.Connection | None = None
        self._asking = threading.Lock()

    def rows(self, sql: str, *parameters: object, is_repeated: bool = False) -> list[tuple[Any, ...]]:
        """``is_repeated``: a server that is asked the same again need not plan it again."""
        with self._asking:
            return self._ask(sql, parameters, is_repeated=is_repeated)

    def _ask(self, sql: str, parameters: tuple[object, ...], *, is_repeated: bool) -> list[tuple[Any, ...]]:
        if not is_server(self._place):
            if self._line is None:
                self._line = sqlite3.connect(self._place, isolation_level=None, check_same_thread=False)
            assert isinstance(self._line, sqlite3.Connection)
            return self._line.execute(sql, parameters).fetchall()
        import psycopg

        from almoxarife.server.store.postgresql.raw import translate
        from tests.reused_databases import borrow

        if self._line is None:
            self._line = borrow(str(self._place))
        statement, _ = translate(sql)
        return psycopg.RawCursor(self._line).execute(statement, parameters, prepare=is_repeated).fetchall()

    def close(self) -> None:
        if isinstance(self._line, sqlite3.Connection):
            self._line.close()
        elif self._line is not None:
            from tests.reused_databases import bring_back

            bring_back(str(self._place), self._line)
        self._line = None


def execute(place: Place, *statements: str, asks_nobody: bool = False) -> None:
    """Change something behind the back of whoever serves it. ``asks_nobody``: neither triggers nor references."""
    if is_server(place):
        import psycopg

        with psycopg.connect(str(place)) as line:
            if asks_nobody:  # for each of many rows that takes longer than the row; SQLite asks for no reference here
                line.execute("SET LOCAL session_replication_role = replica")
            for statement in statements:
                line.execute(statement.encode())
        return
    with closing(sqlite3.connect(place)) as db, db:
        for statement in statements:
            db.execute(statement)


def wait_for_the_dead(place: Place) -> None:
    """What a process had asked for before it was killed, a server may still be doing."""
    ours = "datname = current_database() AND starts_with(application_name, 'almoxarife')"
    sessions = f"SELECT pid FROM pg_stat_activity WHERE {ours}"
    if is_server(place):
        wait_until(lambda: not rows(place, sessions), "the sessions of a killed process end")


@contextmanager
def writing_held(place: Place) -> Iterator[None]:
    """Nobody else can write while the block runs."""
    if is_server(place):
        import psycopg

        from almoxarife.server.store.postgres import WRITER_LOCK

        with psycopg.connect(str(place)) as line:
            line.execute("SELECT pg_advisory_xact_lock(%s)", (WRITER_LOCK,))
            yield
        return
    with closing(sqlite3.connect(place, isolation_level=None)) as db:
        db.execute("BEGIN IMMEDIATE")
        yield
        db.execute("ROLLBACK")

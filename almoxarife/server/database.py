"""One database: transactions that are durable when they return, and snapshots to read from.

``with transaction() as session:`` is the only way to write and the only place that
commits. Nothing slow goes inside (no hashing, no network, no files): everybody who
writes waits for it. What differs between databases stays in this file and in
``sqlite.py``.
"""

import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from threading import Semaphore, get_ident
from typing import Any, Self
from zlib import crc32

from flask import current_app
from sqlalchemy import Connection, MetaData
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import DeclarativeBase, Session

from almoxarife.server import sqlite
from almoxarife.server.column_types import Centavos, TenThousandths, UtcDateTime, from_micros, to_micros
from almoxarife.server.errors import StoreUnavailable, WriteFailed
from almoxarife.server.group_commit import Batch, Writer

__all__ = [
    "Base",
    "Centavos",
    "Database",
    "TenThousandths",
    "UtcDateTime",
    "Versions",
    "current_batch",
    "current_database",
    "from_micros",
    "raw",
    "reading",
    "to_micros",
    "touch",
    "transaction",
    "unique_violation",
]

READERS = 16
PATIENCE_S = 30.0


class Base(DeclarativeBase):
    """The tables. Every constraint has a name, so that a migration can change it."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class Versions:
    """How often each topic ("products", "movements") has changed since the start.

    Part of every ETag, together with ``boot``, which no two processes share. Read the
    versions *before* opening ``reading()``: a tag older than its data costs one more
    answer, a newer one would hide a change.
    """

    def __init__(self) -> None:
        self.boot = secrets.token_urlsafe(9)
        self._counts: dict[str, int] = {}

    def of(self, *topics: str) -> tuple[int, ...]:
        return tuple([self._counts.get(topic, 0) for topic in topics])

    def tag(self, reader: int, question: str, *topics: str) -> str:
        """A strong ETag of what ``reader`` is told about ``topics`` when they ask ``question`` (path and query)."""
        asked = crc32(question.encode())
        return f'"{self.boot}-{".".join(map(str, self.of(*topics)))}-{reader}-{asked:x}"'

    def bump(self, topics: set[str]) -> None:
        """Count one change of each topic. Only one thread at a time may call it: the one that commits."""
        for topic in topics:
            self._counts[topic] = self._counts.get(topic, 0) + 1


class _UnitSession(Session):
    """A session for one block. It begins on its first statement: the hot path uses ``raw`` alone."""

    def __init__(self, connection: Connection, db: sqlite3.Connection, batch: Batch | None = None) -> None:
        # Objects outlive the block unexpired: refreshing one would be SQL without the turn.
        super().__init__(connection, expire_on_commit=False, close_resets_only=False)
        self.raw = sqlite.Raw(db)
        self.batch = batch

    def end(self) -> None:
        self.raw.end()
        self.close()


class Database:
    """An open database. ``Database.open`` makes one; ``migrations.migrate`` comes before it."""

    dialect = "sqlite"

    def __init__(
        self,
        path: Path,
        *,
        factory: type[sqlite3.Connection] = sqlite3.Connection,
        max_units: int | None = None,
        readers: int = READERS,
        patience_s: float = PATIENCE_S,
    ) -> None:
        self.path = path
        self.versions = Versions()
        self._patience_s = patience_s
        db = sqlite.connect(path, factory=factory)
        options = {} if max_units is None else {"max_units": max_units}
        self._writer = Writer(db, publish=self.versions.bump, patience_s=patience_s, **options)
        self._connection = sqlite.shared_connection(db)
        self._readers = Semaphore(readers)
        self._idle: list[Connection] = []
        self._reading: set[int] = set()
        self._snapshots = sqlite.snapshot_engine(path)
        self._closed = False

    @classmethod
    def open(cls, path_or_url: Path | str, **options: Any) -> Self:
        """Open an existing, migrated database: a path, or ``sqlite:///path``.

        Raises StartupError with a Portuguese sentence when the file is damaged, not ours or not writable.
        """
        path = sqlite.path_of(path_or_url)
        with sqlite.explained(path):
            return cls(path, **options)

    @property
    def commits(self) -> int:
        """COMMITs made; several units may share one."""
        return self._writer.commits

    @property
    def healthy(self) -> bool:
        """False from a failed COMMIT until one that wrote something, or ``probe()``, succeeds."""
        return self._writer.healthy

    @property
    def fatal(self) -> Exception | None:
        """The failed fsync after which nothing more is written: only a new start knows what the disk holds."""
        return self._writer.fatal

    @contextmanager
    def transaction(self, *, alone: bool = False) -> Iterator[Session]:
        """A unit of work, durable when the block has been left. ``alone`` for one that may take long.

        The session is ready for ORM, Core and ``raw(session)``. What the block raises undoes
        it, alone. Raises WriteFailed (nothing acknowledged), StoreUnavailable (nothing
        begun); RuntimeError when one is open in this thread.
        """
        with self._writer.unit(alone=alone) as batch:
            session = _UnitSession(self._connection, self._writer.db, batch)
            try:
                yield session
                if session.in_transaction():
                    session.commit()
            except (sqlite3.Error, DBAPIError) as error:
                if sqlite.is_store_failure(error):
                    raise WriteFailed from error
                raise
            finally:
                session.end()

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A snapshot of the committed data, consistent from its first statement on; writing is refused.

        Connections are few: leave the block before doing anything slow. Raises
        StoreUnavailable when none becomes free or the database does not answer, RuntimeError
        inside another block of this thread (use that one's session).
        """
        thread = get_ident()
        if self._writer.is_mine() or thread in self._reading:
            raise RuntimeError("a transaction() or reading() is already open in this thread: pass its session on")
        if not self._readers.acquire(timeout=self._patience_s):
            raise StoreUnavailable
        self._reading.add(thread)
        try:
            with self._snapshot() as session:
                yield session
        except (sqlite3.Error, DBAPIError) as error:
            if sqlite.is_store_failure(error):
                raise StoreUnavailable from error
            raise
        finally:
            self._reading.discard(thread)
            self._readers.release()

    @contextmanager
    def _snapshot(self) -> Iterator[Session]:
        if self._closed:
            raise StoreUnavailable
        try:
            connection = self._idle.pop()
        except IndexError:
            connection = self._snapshots.connect()
        db = sqlite.dbapi_connection(connection)
        try:
            db.execute("BEGIN")
            session = _UnitSession(connection, db)
            try:
                yield session
            finally:
                session.end()
                db.execute("ROLLBACK")
        finally:
            self._return(connection, usable=not db.in_transaction)

    def _return(self, connection: Connection, *, usable: bool) -> None:
        if usable and not self._closed:
            self._idle.append(connection)
        else:
            connection.close()

    def probe(self) -> bool:
        """Whether a small real COMMIT succeeds now; that makes an unhealthy database healthy again."""
        if self.healthy:
            return True
        try:
            with self._writer.unit():
                sqlite.touch_header(self._writer.db)
        except (WriteFailed, StoreUnavailable, sqlite3.Error):
            return False
        self._writer.healthy = True
        return True

    def close(self) -> None:
        """Finish the queued units, refuse later ones, close the connections. May be called twice."""
        if self._closed:
            return
        self._closed = True
        while self._idle:
            self._idle.pop().close()
        self._writer.close()
        self._connection.close()


def transaction(*, alone: bool = False) -> AbstractContextManager[Session]:
    """``Database.transaction`` of the current application."""
    return current_database().transaction(alone=alone)


def reading() -> AbstractContextManager[Session]:
    """``Database.reading`` of the current application."""
    return current_database().reading()


def touch(session: Session, *topics: str) -> None:
    """Mark topics as changed by this unit; ``Versions`` counts them after its COMMIT, before it is answered."""
    current_batch(session).topics.update(topics)


def current_batch(session: Session) -> Batch:
    """The batch that this unit of work belongs to. Raises TypeError where nothing can be written."""
    if not isinstance(session, _UnitSession) or session.batch is None:
        raise TypeError("only a session of transaction() changes anything")
    return session.batch


def raw(session: Session) -> sqlite.Raw:
    """The fast path of this session: see ``sqlite.Raw``. It ends with the session's block."""
    if not isinstance(session, _UnitSession):
        raise TypeError("not a session of transaction() or reading()")
    return session.raw


def unique_violation(error: Exception) -> str | None:
    """What must be unique and was not: ``"table.column, …"`` or an index's name; None for any other error."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    if not isinstance(cause, sqlite3.IntegrityError):
        return None
    _, found, what = str(cause).partition("UNIQUE constraint failed: ")
    return what.removeprefix("index ").strip("'") if found else None


def current_database() -> Database:
    """The open database of the current application."""
    database: Database = current_app.extensions["database"]
    return database

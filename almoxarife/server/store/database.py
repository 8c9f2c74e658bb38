"""One database: transactions that are durable when they return, and snapshots to read from.

``with transaction() as session:`` is the only way to write and the only place that
commits. Nothing slow goes inside (no hashing, no network, no files): everybody who
writes waits for it. What differs between databases stays behind ``storage.Store``,
in ``sqlite.py`` and ``postgres.py``.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Semaphore, get_ident
from time import monotonic, sleep
from typing import Any, ClassVar, Self, TypeVar

from flask import current_app
from sqlalchemy import Connection, MetaData
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import DeclarativeBase, Session

from almoxarife.server.errors import StoreUnavailable, WriteFailed
from almoxarife.server.store import sqlite
from almoxarife.server.store.columns import Centavos, TenThousandths, UtcDateTime, WholeNumber, from_micros, to_micros
from almoxarife.server.store.contract import Claim, Raw, Store
from almoxarife.server.store.group_commit import Writer
from almoxarife.server.store.units import Batch, Outcomes, Turn
from almoxarife.server.store.versions import Versions
from almoxarife.server.store.waiting import may_wait

__all__ = [
    "Base",
    "Centavos",
    "Claim",
    "Database",
    "Raw",
    "TenThousandths",
    "UtcDateTime",
    "Versions",
    "current_database",
    "from_micros",
    "is_server",
    "is_unique_violation",
    "postpone",
    "raw",
    "reading",
    "session_on",
    "to_micros",
    "touch",
    "transaction",
]

T = TypeVar("T")
Item = TypeVar("Item")
Work = Callable[[Session, list[Item]], Outcomes[T]]

PATIENCE_S = 30.0
CLAIM_LOOK_S = 0.05
"""How often a name is asked for that another process has."""
UNIQUE_VIOLATION = "23505"
"""PostgreSQL's code for it."""


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
    type_annotation_map: ClassVar[dict[Any, Any]] = {int: WholeNumber}


class _UnitSession(Session):
    """A session for one block. SQLAlchemy's part is made when it is asked for: the hot path uses ``raw`` alone."""

    def __init__(self, connection: Connection, raw: Raw, batch: Batch | None = None) -> None:
        self.raw = raw
        self.batch = batch
        self._unused: Connection | None = connection

    def __getattr__(self, name: str) -> Any:
        connection = self.__dict__.get("_unused")
        if connection is None:
            raise AttributeError(name)
        self._unused = None
        # Objects outlive the block unexpired: refreshing one would be SQL without the turn.
        super().__init__(connection, expire_on_commit=False, close_resets_only=False)
        return getattr(self, name)

    def commit_unit(self) -> None:
        """Flush, and end SQLAlchemy's transaction, which is the savepoint."""
        if self._unused is None and self.in_transaction():
            self.commit()

    def end(self) -> None:
        self.raw.end()
        if self._unused is None:
            self.close()


@dataclass(frozen=True, slots=True)
class _Unit:
    """Work and the session it needs; two are equal when they can be done together."""

    open_session: Callable[[Batch], AbstractContextManager[Session]]
    work: Work[Any, Any]

    def __call__(self, batch: Batch, items: list[Any]) -> Outcomes[Any]:
        with self.open_session(batch) as session:
            return self.work(session, items)


class Database:
    """An open database. ``Database.open`` makes one; ``migrations.migrate`` comes before it."""

    def __init__(
        self,
        store: Store,
        *,
        max_units: int | None = None,
        readers: int | None = None,
        patience_s: float = PATIENCE_S,
    ) -> None:
        self.dialect = store.dialect
        self.versions = store.versions
        self._store = store
        self._patience_s = patience_s
        options = {} if max_units is None else {"max_units": max_units}
        self._writer = Writer(
            store.channel,
            finish=self._write_postponed,
            publish=store.versions.bump,
            patience_s=patience_s,
            **options,
        )
        self._readers = Semaphore(readers or store.readers)
        self._idle: list[Connection] = []
        self._reading: set[int] = set()
        self._closed = False

    @classmethod
    def open(cls, path_or_url: Path | str, **options: Any) -> Self:
        """Open an existing, migrated database: a path, ``sqlite:///path`` or ``postgresql://…``.

        Raises StartupError with a Portuguese sentence when it is damaged, not ours, not writable or not there.
        """
        if is_server(path_or_url):
            from almoxarife.server.store import postgres, postgres_connection

            with postgres_connection.explained(str(path_or_url)):
                return cls(postgres.ServerStore(str(path_or_url)), **options)
        path = sqlite.path_of(path_or_url)
        with sqlite.explained(path):
            return cls(sqlite.FileStore(path), **options)

    @property
    def failures(self) -> tuple[type[Exception], ...]:
        """What the database raises, by itself and through SQLAlchemy."""
        return self._store.failures

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
        may_wait()
        try:
            with self._writer.unit(alone=alone) as batch, self._unit_session(batch) as session:
                yield session
        finally:
            self.versions.end_request()

    def _write_postponed(self, batch: Batch) -> None:
        rows_of: dict[Callable[[Raw, list[Any]], None], list[Any]] = {}
        for write, row in batch.postponed:
            rows_of.setdefault(write, []).append(row)
        for write, rows in rows_of.items():
            write(self._store.raw(self._store.unit_connection), rows)

    def run(self, work: Work[Item, T], item: Item) -> T:
        """A unit that needs nothing of its thread: whoever writes calls ``work`` with all items that wait for it.

        For what is written all day: many share the statements that one would take. What ``work``
        says of the item is returned, or raised if it is an exception. Raises as ``transaction``.
        """
        try:
            may_wait()
            result: T = self._writer.run(_Unit(self._unit_session, work), item)
            return result
        finally:
            self.versions.end_request()

    def submit(self, work: Work[Item, T], item: Item, done: Callable[[Turn[T]], None]) -> None:
        """``run`` for a thread that does not wait: ``done`` is called with what ``result()`` of the turn says.

        Another thread calls it, which writes: it must not raise, wait or use the database.
        """
        try:
            self._writer.submit(_Unit(self._unit_session, work), item, done)
        finally:
            self.versions.end_request()

    def give_up_late_ones(self) -> None:
        """End with WriteFailed what was submitted and has waited too long. Called now and then."""
        self._writer.give_up_late_ones()

    @contextmanager
    def _unit_session(self, batch: Batch) -> Iterator[Session]:
        connection = self._store.unit_connection
        session = _UnitSession(connection, self._store.raw(connection), batch)
        try:
            yield session
            session.commit_unit()
        except self._store.failures as error:
            if self._store.is_failure(error):
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
        may_wait()
        thread = get_ident()
        if self._writer.is_mine() or thread in self._reading:
            raise RuntimeError("a transaction() or reading() is already open in this thread: pass its session on")
        if not self._readers.acquire(timeout=self._patience_s):
            raise StoreUnavailable
        self._reading.add(thread)
        try:
            with self._snapshot() as session:
                yield session
        except self._store.failures as error:
            if self._store.is_failure(error):
                raise StoreUnavailable from error
            raise
        finally:
            self._reading.discard(thread)
            self._readers.release()

    @contextmanager
    def _snapshot(self) -> Iterator[Session]:
        if self._closed:
            raise StoreUnavailable
        connection = self._begin_snapshot()
        usable = False
        try:
            session = _UnitSession(connection, self._store.raw(connection))
            try:
                yield session
            finally:
                session.end()
                usable = self._store.end_snapshot(connection)
        finally:
            self._return(connection, usable=usable)

    def _begin_snapshot(self) -> Connection:
        while True:
            try:
                connection = self._idle.pop()
            except IndexError:
                break
            try:
                self._store.begin_snapshot(connection)
            except self._store.failures:
                connection.close()  # it broke while nobody used it
            else:
                return connection
        connection = self._store.connect_snapshot()
        try:
            self._store.begin_snapshot(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _return(self, connection: Connection, *, usable: bool) -> None:
        if usable and not self._closed:
            self._idle.append(connection)
        else:
            connection.close()

    def claim(self, name: str, *, wait_s: float) -> Claim | None:
        """Take a name that no other process can have meanwhile; None where one does not let go of it in time."""
        deadline = monotonic() + wait_s
        while not self._store.claim(name):
            if monotonic() >= deadline:
                return None
            sleep(CLAIM_LOOK_S)
        return Claim(self._store, name)

    def probe(self) -> bool:
        """Whether it can be written to now: a small real COMMIT finds out where the last one failed."""
        if self.healthy:
            return self._store.is_answering()
        try:
            with self.transaction():
                self._store.touch()
        except (WriteFailed, StoreUnavailable):
            return False
        except self._store.failures:
            return False
        self._writer.healthy = True
        return True

    def list_faults(self, session: Session) -> list[str]:
        """What the database finds wrong with its own files; empty when they are whole."""
        return self._store.list_faults(session.connection())

    def close(self) -> None:
        """Finish the queued units, refuse later ones, close the connections. May be called twice."""
        if self._closed:
            return
        self._closed = True
        while self._idle:
            self._idle.pop().close()
        self._writer.close()
        self._store.close()


def transaction(*, alone: bool = False) -> AbstractContextManager[Session]:
    """``Database.transaction`` of the current application."""
    return current_database().transaction(alone=alone)


def reading() -> AbstractContextManager[Session]:
    """``Database.reading`` of the current application."""
    return current_database().reading()


def session_on(connection: Connection, raw: Raw) -> Session:
    """A session to read by, inside a transaction that is somebody else's."""
    return _UnitSession(connection, raw)


def touch(session: Session, *topics: str) -> None:
    """Mark topics as changed by this unit; ``Versions`` counts them after its COMMIT, before it is answered."""
    _batch_of(session).topics.update(topics)


def postpone(session: Session, row: T, write: Callable[[Raw, list[T]], None]) -> None:
    """Have ``write`` called right before the COMMIT with the rows of all units that share it, in their order.

    Other units of the batch do not see the row. When ``write`` raises, nobody's work is
    done, so ``row`` must be one that can be written.
    """
    _batch_of(session).postponed.append((write, row))


def _batch_of(session: Session) -> Batch:
    """Raises TypeError where nothing can be written."""
    if not isinstance(session, _UnitSession) or session.batch is None:
        raise TypeError("only a session of transaction() changes anything")
    return session.batch


def raw(session: Session) -> Raw:
    """The fast path of this session. It ends with the session's block."""
    if not isinstance(session, _UnitSession):
        raise TypeError("not a session of transaction() or reading()")
    return session.raw


def is_unique_violation(error: Exception) -> bool:
    """Whether something that must be unique was not, rather than another rule broken."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    is_sqlites = isinstance(cause, sqlite3.IntegrityError) and "UNIQUE constraint failed" in str(cause)
    return is_sqlites or getattr(cause, "sqlstate", None) == UNIQUE_VIOLATION


def is_server(path_or_url: Path | str) -> bool:
    """Whether this names a PostgreSQL, rather than a file."""
    return str(path_or_url).startswith(("postgresql://", "postgres://"))


def current_database() -> Database:
    """The open database of the current application."""
    database: Database = current_app.extensions["database"]
    return database

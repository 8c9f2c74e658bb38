"""``Database``: transactions that are durable when they return, and snapshots for reading.

Every write goes through the writer's queue: by ``with transaction() as session:``, or by a function given to ``run``
or ``submit``. Do nothing slow inside (no hashing, no network, no files): all other writers
wait. The differences between databases are behind ``contract.Store``, in ``sqlite.py`` and ``postgres.py``.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from threading import Semaphore, get_ident, local
from time import monotonic, sleep
from typing import Any, Self

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from almoxarife.server.errors import StoreUnavailable, WriteFailed
from almoxarife.server.store import sqlite
from almoxarife.server.store.contract import Claim, Raw, Standby, Store
from almoxarife.server.store.sessions import Item, T, UnitSession, Work
from almoxarife.server.store.waiting import may_wait
from almoxarife.server.store.writer import Batch, Outcomes, UnitOfWork, Writer

TIMEOUT_S = 30.0
CLAIM_POLL_S = 0.05
"""How often to try again to claim a name that another process has."""
UNIQUE_VIOLATION = "23505"
"""PostgreSQL's error code for a violated unique constraint."""


class _Unit:
    """The session of one unit, as a block. A class, because every entry passes here and a generator costs twice."""

    __slots__ = ("_batch", "_session", "_store")

    def __init__(self, store: Store, batch: Batch) -> None:
        self._store = store
        self._batch = batch
        self._session = UnitSession(store.unit_connection, store.raw(store.unit_connection), batch)

    def __enter__(self) -> Session:
        return self._session

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        try:
            if error is None:
                self._session.commit_unit()
        except self._store.failures as failed:
            self._note(failed)
            raise
        else:
            if isinstance(error, self._store.failures):
                self._note(error)
        finally:
            self._session.end()

    def _note(self, error: Exception) -> None:
        """Raises WriteFailed if the database failed, rather than the statement."""
        if self._store.is_failure(error):
            self._batch.has_failed = True
            raise WriteFailed from error


@dataclass(slots=True, eq=False)
class _InSession:
    """A function for the writer, called with a session. Items of the same one can be passed to one call."""

    store: Store
    work: Work[Any, Any]

    def __call__(self, batch: Batch, items: list[Any]) -> Outcomes[Any]:
        with _Unit(self.store, batch) as session:
            return self.work(session, items)


class Database:
    """An open database, created by ``Database.open`` after ``migrations.migrate``."""

    def __init__(
        self,
        store: Store,
        *,
        max_units: int | None = None,
        readers: int | None = None,
        timeout_s: float = TIMEOUT_S,
    ) -> None:
        self.dialect = store.dialect
        self.versions = store.versions
        self._store = store
        self._timeout_s = timeout_s
        options = {} if max_units is None else {"max_units": max_units}
        self._writer = Writer(
            store.channel,
            finish=self._write_postponed,
            publish=store.versions.bump,
            timeout_s=timeout_s,
            **options,
        )
        self._in_session: Callable[[Work[Any, Any]], _InSession] = lru_cache(partial(_InSession, store))
        self._readers = Semaphore(readers or store.readers)
        self._idle: list[Connection] = []
        self._reading: set[int] = set()
        self._lost_replica = local()
        self._closed = False

    @classmethod
    def open(cls, path_or_url: Path | str, *, read_url: str | None = None, **options: Any) -> Self:
        """Open an existing, migrated database: a path, ``sqlite:///path`` or ``postgresql://…``.

        ``read_url``: of a standby of that server, which may answer requests that only read.
        Raises StartupError with a Portuguese sentence when it is damaged, not ours, not writable or not there.
        """
        with explained(path_or_url):
            if is_server(path_or_url):
                from almoxarife.server.store import postgres

                return cls(postgres.ServerStore(str(path_or_url), read_url), **options)
            return cls(sqlite.FileStore(sqlite.path_of(path_or_url)), **options)

    @property
    def failures(self) -> tuple[type[Exception], ...]:
        """The exceptions that the database raises, directly and through SQLAlchemy."""
        return self._store.failures

    def limit_requests(self) -> None:
        """From now on requests are served: limit the total time of each transaction and snapshot (PostgreSQL).

        Until then, and in commands, they may take any time.
        """
        self._store.limit_requests()

    @property
    def commits(self) -> int:
        """COMMITs made; several units may share one."""
        return self._writer.commits

    @property
    def healthy(self) -> bool:
        """False after a failed COMMIT, until ``probe()`` succeeds."""
        return self._writer.healthy

    @property
    def fatal(self) -> Exception | None:
        """The failed fsync after which nothing more is written: only a restart can find out what is on the disk."""
        return self._writer.fatal

    @contextmanager
    def transaction(self, *, own_commit: bool = False) -> Iterator[Session]:
        """A transaction, durable when the block has been left. ``own_commit`` for one that may take long.

        Use the session with the ORM, Core or ``raw(session)``. An exception rolls back this block
        only, not others that share the COMMIT. Raises WriteFailed (nothing acknowledged), StoreUnavailable (nothing
        begun), and RuntimeError if this thread has one open.
        """
        may_wait()
        try:
            with self._writer.unit(own_commit=own_commit) as batch, _Unit(self._store, batch) as session:
                yield session
        finally:
            self.versions.end_request()

    def _write_postponed(self, batch: Batch) -> None:
        rows_of: dict[Callable[[Raw, list[Any]], None], list[Any]] = {}
        for write, row in batch.postponed:
            rows_of.setdefault(write, []).append(row)
        database = self._store.raw(self._store.unit_connection)
        for write, rows in rows_of.items():
            write(database, rows)

    def run(self, work: Work[Item, T], item: Item) -> T:
        """Have the writer's thread call ``work`` with the items of all calls that wait, and wait for the outcome.

        For entries and sales: many of them share the statements that one would need. Returns the outcome of the
        item, or raises it if it is an exception. Raises as ``transaction``.
        """
        try:
            may_wait()
            result: T = self._writer.run(self._in_session(work), item)
            return result
        finally:
            self.versions.end_request()

    def submit(self, work: Work[Item, T], item: Item, done: Callable[[UnitOfWork[T]], None]) -> None:
        """``run`` without waiting: ``done`` is called with the finished unit.

        The writer's thread calls it: it must not raise, wait or use the database.
        """
        try:
            self._writer.submit(self._in_session(work), item, done)
        finally:
            self.versions.end_request()

    def fail_overdue(self) -> None:
        """Fail units that have waited too long, with WriteFailed. Called periodically."""
        self._writer.fail_overdue()

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A consistent snapshot of the committed data, from its first statement on; writing is refused.

        There are few connections: leave the block before doing anything slow. Raises
        StoreUnavailable if none becomes free or the database does not answer, and RuntimeError
        inside another block of this thread (use its session).
        """
        may_wait()
        self._lost_replica.is_new = False
        thread = get_ident()
        if self._writer.is_inside_unit() or thread in self._reading:
            raise RuntimeError("a transaction() or reading() is already open in this thread: pass its session on")
        if not self._readers.acquire(timeout=self._timeout_s):
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

    @property
    def replica_state(self) -> str | None:
        """The state of the replica; None if there is none."""
        return self._store.replica.state if self._store.replica is not None else None

    @property
    def has_lost_replica(self) -> bool:
        """Whether this thread's last snapshot failed on the replica: try the request again, on the primary."""
        return getattr(self._lost_replica, "is_new", False)

    @contextmanager
    def _snapshot(self) -> Iterator[Session]:
        if self._closed:
            raise StoreUnavailable
        replica = self._store.replica
        if replica is not None and self.versions.only_reads:
            connection = replica.begin()
            if connection is not None:
                with self._snapshot_of(replica, connection) as session:
                    yield session
                return
        connection = self._begin_snapshot()
        usable = False
        try:
            session = UnitSession(connection, self._store.raw(connection))
            try:
                yield session
            finally:
                session.end()
                usable = self._store.end_snapshot(connection)
        finally:
            self._return(connection, usable=usable)

    @contextmanager
    def _snapshot_of(self, replica: Standby, connection: Connection) -> Iterator[Session]:
        session = UnitSession(connection, self._store.raw(connection))
        try:
            try:
                yield session
            finally:
                session.end()
        except self._store.failures as error:
            if self._store.is_failure(error):
                replica.lose(connection)
                self.versions.end_request()  # the rest of this request uses the primary
                self._lost_replica.is_new = True
                raise
            replica.end(connection)
            raise
        except BaseException:
            replica.end(connection)
            raise
        replica.end(connection)

    def _begin_snapshot(self) -> Connection:
        while True:
            try:
                connection = self._idle.pop()
            except IndexError:
                break
            try:
                self._store.begin_snapshot(connection)
            except self._store.failures as error:
                connection.close()  # it was lost while it was idle
                if self._store.is_late(error):
                    raise
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

    @property
    def is_only_process(self) -> bool:
        """Whether no other process has used the database a moment ago, as far as that is known."""
        return self._store.is_only_process

    def claim(self, name: str, *, wait_s: float) -> Claim | None:
        """Claim a name exclusively among all processes; None if another one does not release it in time."""
        deadline = monotonic() + wait_s
        while not self._store.claim(name):
            if monotonic() >= deadline:
                return None
            sleep(CLAIM_POLL_S)
        return Claim(self._store, name)

    def probe(self) -> bool:
        """Whether it is writable now; after a failed COMMIT a real one finds out, in the room of some entries."""
        if self.healthy:
            return self._store.is_answering()
        try:
            with self.transaction():
                self._store.write_probe()
        except (WriteFailed, StoreUnavailable):
            return False
        except self._store.failures:
            return False
        self._writer.healthy = True
        return True

    def list_faults(self, session: Session) -> list[str]:
        """What the database reports about damage of its own files; empty if there is none."""
        return self._store.list_faults(session.connection())

    def close(self) -> None:
        """Finish the queued units, refuse later ones and close all connections. May be called twice."""
        if self._closed:
            return
        self._closed = True
        while self._idle:
            self._idle.pop().close()
        self._writer.close()
        self._store.close()


def is_unique_violation(error: Exception) -> bool:
    """Whether a unique constraint was violated, rather than another one."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    is_sqlites = isinstance(cause, sqlite3.IntegrityError) and "UNIQUE constraint failed" in str(cause)
    return is_sqlites or getattr(cause, "sqlstate", None) == UNIQUE_VIOLATION


def flush_unique(session: Session, find_error: Callable[[], Exception]) -> None:
    """Flush; raises what ``find_error`` returns if another row has a value that must be unique.

    The session cannot be used any more then, but its connection can (``raw``), to find that row.
    """
    try:
        session.flush()
    except IntegrityError as error:
        if not is_unique_violation(error):
            raise
        raise find_error() from None


def explained(path_or_url: Path | str) -> AbstractContextManager[None]:
    """Turn errors of the database into a StartupError that says what to do."""
    if is_server(path_or_url):
        from almoxarife.server.store import postgres_connection

        return postgres_connection.explained(str(path_or_url))
    return sqlite.explained(sqlite.path_of(path_or_url))


def is_server(path_or_url: Path | str) -> bool:
    """Whether it is the URL of a PostgreSQL, rather than a file."""
    return str(path_or_url).startswith(("postgresql://", "postgres://"))

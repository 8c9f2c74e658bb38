"""The store on PostgreSQL: one writer at a time among all processes, and success only once it is certain.

Each process writes through one connection. Clients that follow the movements ask for those after the last
``seq`` they have seen. A row that becomes visible later with a smaller number, as happens with sequences,
would be missed for ever. So a batch takes ``WRITER_LOCK`` before it takes any number, and its transaction
holds the lock: COMMIT makes the rows visible before another process can take the lock.
"""

import secrets
from collections.abc import Callable, Mapping
from time import monotonic, sleep
from typing import Any

import psycopg
from psycopg.pq import TransactionStatus
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from almoxarife.server.errors import StartupError, StoreUnavailable
from almoxarife.server.store import postgres_connection
from almoxarife.server.store.contract import Standby
from almoxarife.server.store.postgres_connection import (
    ANSWER_S,
    DEADLINE_S,
    SELECT_REVISION,
    Connector,
    NoAnswer,
    PostgresConnection,
    brief,
    make_engine,
    pg_of,
)
from almoxarife.server.store.postgresql.claims import Claims, number_of
from almoxarife.server.store.postgresql.raw import Raw
from almoxarife.server.store.postgresql.replica import SELECT_CLUSTER, SELECT_POSITION, Replica
from almoxarife.server.store.postgresql.side_connection import FIND_OTHERS, KNOWN_S, PRESENCE, SideConnection
from almoxarife.server.store.versions import MAX_AGE_S, SharedVersions, Versions

WRITER_LOCK = 0x616C6D78
"""``almx``: the advisory lock held by a writer, and by an upgrade of the schema."""

Learn = Callable[[Mapping[str, int], float], None]
"""Takes the stamps of a COMMIT and the moment before they were read."""

COUNTED_S = KNOWN_S / 2
"""For how long a process relies on having found no other process."""
_BEGIN = b"BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE"
_STAMP = "INSERT INTO versions VALUES (?, ?) ON CONFLICT (topic) DO UPDATE SET stamp = excluded.stamp"
_SELECT_STAMPS = "SELECT topic, stamp FROM versions"
# Rows that do not fit in memory take space on the disk for a moment. A mere UPDATE succeeds where a full disk already
# refuses every entry: its page exists, and the log of changes has been given space in advance.
_TAKE_SPACE = ("SET LOCAL work_mem = 64", "SELECT count(*) FROM generate_series(1, 20000)")
# rights and policies are changed behind our back: no statement of ours asks for less than it always has
_FAILURES = (psycopg.OperationalError, psycopg.InterfaceError, psycopg.errors.InsufficientPrivilege)


class WriteChannel:
    """``contract.Channel`` on PostgreSQL. After a lost connection the next batch connects again.

    Savepoints are sent together with the statement before or after them, since round trips are a unit's main cost.
    """

    failure: type[Exception] = psycopg.Error

    def __init__(
        self,
        connector: Connector,
        *,
        lock: int = WRITER_LOCK,
        deadline_s: float = DEADLINE_S,
        own: SideConnection | None = None,
        stamps: "tuple[str, Learn] | None" = None,
    ) -> None:
        """``lock``: the advisory lock of all writers to these tables. ``own``: this process's side connection.

        ``stamps``: the query of the stamps, and what takes its answer after each COMMIT.
        """
        self._connector = connector
        self._engine = make_engine(connector, in_savepoint=True)
        self._lock = lock
        self._deadline_s = deadline_s
        self._own = own
        self._stamps = stamps
        self._has_others, self._counted_at = False, 0.0
        self._warnings: list[str] = []
        self._is_open = False
        self._release_first = False
        self._connect()

    @property
    def pg(self) -> PostgresConnection:
        return self._pg

    def _connect(self) -> None:
        try:
            self.connection = self._engine.connect()
        except DBAPIError as error:
            raise error.orig from None  # type: ignore[misc]
        self._pg = pg_of(self.connection)
        self._pg.deadline_s = self._deadline_s
        self._pg.add_notice_handler(self._on_notice)

    @property
    def is_in_transaction(self) -> bool:
        return self._pg.pgconn.transaction_status == TransactionStatus.INTRANS

    def begin(self) -> None:
        """Begin a batch. A connection that broke since the last one is replaced, as no work is lost."""
        try:
            self._begin()
        except NoAnswer:
            raise  # another process has the lock; waiting as long once more would be no better
        except psycopg.Error:
            self.connection.close()
            self._connect()
            self._begin()

    def _begin(self) -> None:
        self._connector.require_newest(self._pg)
        self._pg.is_prompt = False
        self._pg.left_s = self._connector.all_s
        # Not by a cursor of psycopg, which is made for one use.
        for statement in (_BEGIN, b"SELECT pg_advisory_xact_lock(%d)" % self._lock, b"SAVEPOINT unit"):
            self._pg.send(statement)
        self._pg.receive()
        self._pg.is_prompt = True
        self._is_open, self._release_first = True, False

    def set_savepoint(self) -> None:
        if not self._is_open:
            self._pg.execute("RELEASE unit; SAVEPOINT unit" if self._release_first else "SAVEPOINT unit")
            self._is_open, self._release_first = True, False

    def release_savepoint(self) -> None:
        if not self.is_in_transaction:
            raise psycopg.OperationalError("the transaction has failed")
        self._is_open, self._release_first = False, True

    def roll_back_to_savepoint(self) -> None:
        self._pg.execute("ROLLBACK TO unit")

    def commit(self, topics: set[str]) -> None:
        """Write the stamps of changed topics and COMMIT. PostgreSQL answers ROLLBACK if a statement had failed."""
        self._warnings.clear()
        self._pg.is_prompt = False  # COMMIT may wait for a standby
        Raw(self._pg).send_many(_STAMP, [(topic, secrets.randbits(63)) for topic in sorted(topics)])
        commit = self._pg.send(b"COMMIT")
        # In the same round trip: those who come next need stamps that are not older than this.
        stamps = None if self._stamps is None else self._pg.send(self._stamps[0].encode())
        began = monotonic()
        self._pg.receive()
        if commit.tag != b"COMMIT" or self._warnings:
            raise psycopg.OperationalError(f"COMMIT was answered by {commit.tag!r} {self._warnings}")
        if self._stamps is not None and stamps is not None:
            self._stamps[1](dict(self._pg.rows(stamps)), began)
        if topics and self._own is not None and self._find_others(self._own):
            # Nobody is told before every other process answers with it. Where this thread wrote on
            # meanwhile, batches were smaller, and an entry took a fifth more CPU.
            sleep(MAX_AGE_S)

    @property
    def is_only_process(self) -> bool:
        """Whether a COMMIT within the last ``KNOWN_S`` found no other process."""
        return not self._has_others and monotonic() - self._counted_at < KNOWN_S

    def _find_others(self, own: SideConnection) -> bool:
        """Whether other processes answer polls. Asked after the COMMIT, since they may have started during it."""
        if monotonic() - self._counted_at > COUNTED_S:
            began = monotonic()
            try:
                self._has_others = self._pg.ask(FIND_OTHERS, (PRESENCE, own.backend))[0][0]
            except psycopg.Error:  # what is committed is
                return True
            self._counted_at = began
        return self._has_others

    def roll_back(self) -> None:
        """Roll back. A connection that fails to do so is dropped, which ends its transaction too."""
        self._pg.drop_sent()
        if self._pg.closed or self._pg.pgconn.transaction_status == TransactionStatus.IDLE:
            return
        try:
            self._pg.execute("ROLLBACK")
        except psycopg.Error:
            self._pg.close()

    def is_fatal(self, error: Exception) -> bool:
        """Never: PostgreSQL itself stops if its disk fails, and recovers from it at its next start."""
        return False

    def close(self) -> None:
        self.connection.close()

    def _on_notice(self, notice: psycopg.errors.Diagnostic) -> None:
        # PostgreSQL reports "… committed locally, but might not have been replicated" only as a warning
        if notice.severity_nonlocalized == "WARNING":
            self._warnings.append(str(notice.message_primary))


class ServerStore:
    """``contract.Store`` on a PostgreSQL database that several processes share."""

    dialect = "postgresql"
    readers = 16
    failures: tuple[type[Exception], ...] = (psycopg.Error, DBAPIError)

    def __init__(self, url: str, read_url: str | None = None) -> None:
        """``read_url``: a standby that may answer reading requests."""
        self._connector = Connector(url)
        self._select = _SELECT_STAMPS if read_url is None else _SELECT_STAMPS + SELECT_POSITION
        self._stamps = SideConnection(self._connector, presence=PRESENCE)
        self._shared_versions = SharedVersions(self._select_stamps, is_known=self._stamps.is_known)
        self.versions: Versions = self._shared_versions
        self.channel = WriteChannel(
            self._connector,
            deadline_s=ANSWER_S,
            own=self._stamps,
            stamps=(self._select, self._shared_versions.learn),
        )
        self._stamps.connect()  # other processes see this one before it answers anybody, and start no upgrade
        if self.channel.pg.ask(b"SELECT pg_backend_pid()")[0][0] == self._stamps.backend:
            raise StartupError(
                "Entre o Almoxarife e o PostgreSQL há um pgbouncer (ou outro) que troca de sessão a cada transação. "
                "Use pool_mode = session nele, ou o endereço do próprio PostgreSQL em ALMOXARIFE_DATABASE_URL."
            )
        self._connector.revision = str(self._stamps.ask(SELECT_REVISION)[0][0])
        self._snapshots = make_engine(self._connector)
        self._claiming = SideConnection(self._connector)
        self._claims = Claims(self._claiming)
        self.replica: Standby | None = None
        if read_url is not None:
            self.replica = Replica(read_url, self.versions.now, self._find_cluster)

    @property
    def unit_connection(self) -> Connection:
        return self.channel.connection

    def connect_snapshot(self) -> Connection:
        connection = self._snapshots.connect()
        pg_of(connection).deadline_s = ANSWER_S
        return connection

    def limit_requests(self) -> None:
        self._connector.all_s = postgres_connection.ALL_S

    def begin_snapshot(self, connection: Connection) -> None:
        self._connector.require_responsive()
        pg = pg_of(connection)
        self._connector.require_newest(pg)
        pg.left_s = self._connector.all_s
        with brief(pg):
            pg.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")

    def end_snapshot(self, connection: Connection) -> bool:
        pg = pg_of(connection)
        if pg.closed:
            return False
        with brief(pg):
            pg.execute("ROLLBACK")
        return True

    def raw(self, connection: Connection) -> Raw:
        return Raw(pg_of(connection))

    def is_late(self, error: Exception) -> bool:
        return isinstance(error, NoAnswer)

    def is_failure(self, error: Exception) -> bool:
        cause = error.orig if isinstance(error, DBAPIError) else error
        return isinstance(cause, _FAILURES)

    def is_answering(self) -> bool:
        try:
            self.versions.of()
        except StoreUnavailable:
            return False
        return True

    @property
    def is_only_process(self) -> bool:
        return self.channel.is_only_process

    def write_probe(self) -> None:
        for statement in _TAKE_SPACE:
            pg_of(self.unit_connection).execute(statement)
        Raw(pg_of(self.unit_connection)).execute_many(_STAMP, [("nothing", secrets.randbits(63))])

    def claim(self, name: str) -> bool:
        return self._claims.claim(number_of(name))

    def release(self, name: str) -> None:
        self._claims.release(number_of(name))

    def list_faults(self, connection: Connection) -> list[str]:
        """None: PostgreSQL finds a damaged page itself when it reads one, if it keeps checksums."""
        return []

    def close(self) -> None:
        self._shared_versions.close()
        self._stamps.close()
        self._claiming.close()
        if self.replica is not None:
            self.replica.close()

    def _select_stamps(self) -> Mapping[str, int]:
        return dict(self._stamps.ask(self._select))

    def _find_cluster(self) -> tuple[Any, ...]:
        return tuple(self._stamps.ask(SELECT_CLUSTER)[0])

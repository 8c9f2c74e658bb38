"""PostgreSQL as this server uses it: one writer at a time over all processes, and no doubtful success.

Each process writes through one connection. A batch begins by taking ``WRITER_LOCK`` before
it draws any number, and COMMIT makes its rows visible before the lock is free: so rows
become visible in the order of their ``seq``, however many processes write.

Never cancel a statement here, and never let the driver do it (it does on Ctrl-C): a COMMIT
that waits for a standby and is cancelled says success for what only this machine has. After
a deadline the connection is dropped, and the outcome is unknown.
"""

import re
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import lru_cache
from hashlib import sha256
from threading import Lock
from time import monotonic
from typing import Any, TypeVar

import psycopg
from psycopg import waiting
from psycopg.abc import Buffer, PQGen
from psycopg.adapt import AdaptersMap, Loader
from psycopg.conninfo import conninfo_to_dict
from psycopg.pq import TransactionStatus
from psycopg.types.numeric import Int8Dumper
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.engine.interfaces import ExceptionContext
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from almoxarife.server.errors import StartupError, StoreUnavailable
from almoxarife.server.versions import SharedVersions, Versions

T = TypeVar("T")

WRITER_LOCK = 0x616C6D78
"""``almx``: the advisory lock that whoever writes holds, an upgrade of the schema too."""

OLDEST = 130000
"""PostgreSQL 13; older ones are no longer looked after by anybody."""

DEADLINE_S = 30.0
"""How long an answer may take before the connection is given up."""
REDIAL_S = 1.0
"""How long nobody tries again after the server could not be reached."""

_DEFAULTS: Mapping[str, object] = {
    "application_name": "almoxarife",
    "client_encoding": "utf8",
    "connect_timeout": 5,
    # Of several hosts, the one that is the primary now.
    "target_session_attrs": "read-write",
    # A peer that has vanished is noticed within half a minute.
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 15_000,
}

# A process that is stopped while it holds the lock must not hold up the others for ever;
# a time-out of the server's own would be a cancel.
_SESSION = "SET idle_in_transaction_session_timeout = '30s'; SET statement_timeout = 0; SET lock_timeout = 0"


class _WholeSum(Loader):
    """No column is ``numeric``: it is what the sum of whole numbers comes as."""

    def load(self, data: Buffer) -> int:
        return int(bytes(data))


_ADAPTERS = AdaptersMap(psycopg.adapters)
# One type for all integers, or each size would be another statement to prepare.
_ADAPTERS.register_dumper(int, Int8Dumper)
_ADAPTERS.register_loader("numeric", _WholeSum)


class NoAnswer(psycopg.OperationalError):
    """The deadline passed; what became of the statement is unknown."""


class Line(psycopg.Connection[tuple[Any, ...]]):
    """A connection that is dropped, not cancelled, when an answer does not come."""

    deadline_s: float | None = DEADLINE_S

    def wait(self, gen: PQGen[T], interval: float = 0.1, timeout: float | None = None) -> T:
        try:
            return waiting.wait(gen, self.pgconn.socket, interval=interval, timeout=timeout or self.deadline_s)
        except psycopg.OperationalError as error:
            if self.pgconn.transaction_status != TransactionStatus.ACTIVE:
                raise
            self.pgconn.finish()
            raise NoAnswer(f"no answer in {self.deadline_s} s") from error
        except BaseException as error:
            if not isinstance(error, Exception):
                self.pgconn.finish()
            raise


class Dialer:
    """Connects to the primary; for a second after it could not, it says so at once."""

    def __init__(self, url: str) -> None:
        self._parameters: dict[str, Any] = {**_DEFAULTS, **conninfo_to_dict(url)}
        self._failed_at = 0.0
        self._failure: psycopg.Error | None = None

    def connect(self) -> Line:
        if self._failure is not None and monotonic() - self._failed_at < REDIAL_S:
            raise psycopg.OperationalError(str(self._failure))
        try:
            line = Line.connect(autocommit=True, context=_Context(), **self._parameters)
        except psycopg.Error as error:
            self._failed_at, self._failure = monotonic(), error
            raise
        self._failure = None
        try:
            _prepare(line)
        except BaseException:
            line.close()
            raise
        return line


class _Context:
    """Carries our adapters to a new connection."""

    adapters = _ADAPTERS
    connection = None


def _prepare(line: Line) -> None:
    """Raises StartupError for a server that is too old or whose text is not UTF-8."""
    line.execute(_SESSION)
    asked = "SELECT current_setting('server_version_num')::int, current_setting('server_encoding'),"
    version, encoding, durability = line.execute(asked + " current_setting('synchronous_commit')").fetchall()[0]
    if version < OLDEST:
        raise StartupError(f"O PostgreSQL é antigo ({version // 10000}); é preciso {OLDEST // 10000} ou mais.")
    if encoding != "UTF8":
        raise StartupError(
            f"O banco de dados usa a codificação {encoding}. "
            "Crie outro com: createdb --encoding=UTF8 --template=template0 NOME"
        )
    if durability == "off":  # what is answered must be on a disk
        line.execute("SET synchronous_commit = on")


# --- SQLAlchemy -----------------------------------------------------------------------


class UnitDialect(PGDialect_psycopg):
    """SQLAlchemy's transaction is the savepoint ``unit``, which the Writer opens and releases."""

    supports_statement_cache = True

    def do_begin(self, dbapi_connection: Any) -> None:
        pass

    def do_commit(self, dbapi_connection: Any) -> None:
        pass

    def do_rollback(self, dbapi_connection: Any) -> None:
        if dbapi_connection.pgconn.transaction_status in {TransactionStatus.INTRANS, TransactionStatus.INERROR}:
            dbapi_connection.execute("ROLLBACK TO unit")


class SnapshotDialect(UnitDialect):
    """The same on a connection whose whole transaction is ours: a snapshot, an upgrade."""

    supports_statement_cache = True

    def do_rollback(self, dbapi_connection: Any) -> None:
        pass


registry.register("postgresql.unit", __name__, "UnitDialect")
registry.register("postgresql.snapshot", __name__, "SnapshotDialect")


def make_engine(dialer: Dialer, *, in_savepoint: bool = False) -> Engine:
    """Makes connections; one engine for many, so that they share the cache of compiled statements."""
    engine = create_engine(
        "postgresql+unit://" if in_savepoint else "postgresql+snapshot://",
        creator=dialer.connect,
        poolclass=NullPool,
        pool_reset_on_return=None,
        use_native_hstore=False,
    )
    event.listen(engine, "handle_error", _keep_open)
    return engine


def line_of(connection: Connection) -> Line:
    line = connection.connection.dbapi_connection
    if not isinstance(line, Line):
        raise TypeError("not a connection of PostgreSQL")
    return line


def _keep_open(context: ExceptionContext) -> None:
    # Whether a connection is still good is decided where its transaction is ours.
    context.is_disconnect = False


class Raw:
    """``database.Raw``: the statements are SQLite's spelling, translated once each."""

    __slots__ = ("_cursor",)

    def __init__(self, line: Line) -> None:
        self._cursor: psycopg.Cursor[tuple[Any, ...]] | None = line.cursor()

    def execute(self, sql: str, parameters: Any = ()) -> list[tuple[Any, ...]]:
        if self._cursor is None:
            raise RuntimeError("this session has ended")
        if self._cursor.connection.pgconn.transaction_status == TransactionStatus.IDLE:
            raise psycopg.OperationalError("the transaction is over")
        self._cursor.execute(translate(sql), parameters)
        return self._cursor.fetchall() if self._cursor.description else []

    def execute_many(self, sql: str, rows: Sequence[Sequence[Any]]) -> None:
        if self._cursor is None:
            raise RuntimeError("this session has ended")
        self._cursor.executemany(translate(sql), rows)

    def end(self) -> None:
        self._cursor = None


@lru_cache(maxsize=1000)
def translate(sql: str) -> str:
    """``?`` and ``:name`` as psycopg writes them; what stands in quotes is left as it is."""
    return _MARK.sub(_translate_mark, sql)


_MARK = re.compile(r"'[^']*'|\?|(?<!:):(\w+)|%")


def _translate_mark(found: re.Match[str]) -> str:
    text = found[0]
    if text == "?":
        return "%s"
    return f"%({found[1]})s" if found[1] else text.replace("%", "%%")


# --- the store ------------------------------------------------------------------------


class WriteChannel:
    """``group_commit.Channel`` on a server; a connection that was lost is made anew by the next batch.

    Savepoints travel with the statement before or after them: a round trip is what a unit costs most.
    """

    failure: type[Exception] = psycopg.Error

    def __init__(self, dialer: Dialer, *, lock: int = WRITER_LOCK) -> None:
        """``lock``: the advisory lock of those who write to the same tables."""
        self._engine = make_engine(dialer, in_savepoint=True)
        self._lock = lock
        self._warnings: list[str] = []
        self._is_open = False
        self._release_first = False
        self._dial()

    @property
    def line(self) -> Line:
        return self._line

    def _dial(self) -> None:
        try:
            self.connection = self._engine.connect()
        except DBAPIError as error:
            raise error.orig from None  # type: ignore[misc]
        self._line = line_of(self.connection)
        self._line.add_notice_handler(self._heed)

    @property
    def is_in_transaction(self) -> bool:
        return self._line.pgconn.transaction_status == TransactionStatus.INTRANS

    def begin(self) -> None:
        """A connection that broke while nobody wrote costs nobody anything: nothing has begun."""
        try:
            self._begin()
        except NoAnswer:
            raise  # of whoever has the lock; waiting as long once more would be no better
        except psycopg.Error:
            self.connection.close()
            self._dial()
            self._begin()

    def _begin(self) -> None:
        self._line.execute(
            "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;"
            f" SELECT pg_advisory_xact_lock({self._lock}); SAVEPOINT unit"
        )
        self._is_open, self._release_first = True, False

    def open_unit(self) -> None:
        if not self._is_open:
            self._line.execute("RELEASE unit; SAVEPOINT unit" if self._release_first else "SAVEPOINT unit")
            self._is_open, self._release_first = True, False

    def keep_unit(self) -> None:
        if not self.is_in_transaction:
            raise psycopg.OperationalError("the transaction has failed")
        self._is_open, self._release_first = False, True

    def undo_unit(self) -> None:
        self._line.execute("ROLLBACK TO unit")

    def commit(self, topics: set[str]) -> None:
        """The stamps of what has changed, and COMMIT, which a server answers by ROLLBACK where something failed."""
        self._warnings.clear()
        cursor = self._line.execute(f"{_stamp(topics)}COMMIT")
        while cursor.nextset():
            pass
        if cursor.statusmessage != "COMMIT" or self._warnings:
            raise psycopg.OperationalError(f"COMMIT was answered by {cursor.statusmessage} {self._warnings}")

    def roll_back(self) -> None:
        """A connection that cannot even do this is dropped, and with it the transaction."""
        if self._line.closed or self._line.pgconn.transaction_status == TransactionStatus.IDLE:
            return
        try:
            self._line.execute("ROLLBACK")
        except psycopg.Error:
            self._line.close()

    def has_written(self) -> bool:
        rows = self._line.execute("SELECT pg_current_xact_id_if_assigned() IS NOT NULL").fetchall()
        return bool(rows[0][0])

    def is_fatal(self, error: Exception) -> bool:
        """Never: a server whose disk fails ends by itself, and comes back with what is on it."""
        return False

    def close(self) -> None:
        self.connection.close()

    def _heed(self, notice: psycopg.errors.Diagnostic) -> None:
        # "… committed locally, but might not have been replicated" comes as no more than a warning.
        if notice.severity_nonlocalized == "WARNING":
            self._warnings.append(str(notice.message_primary))


def _stamp(topics: set[str]) -> str:
    if not topics:
        return ""
    rows = ", ".join(f"('{topic}', {secrets.randbits(63)})" for topic in sorted(topics))
    return f"INSERT INTO versions VALUES {rows} ON CONFLICT (topic) DO UPDATE SET stamp = excluded.stamp; "  # noqa: S608


class _Spare:
    """A connection for one statement at a time, outside of any transaction; made when it is needed."""

    def __init__(self, dialer: Dialer) -> None:
        self._dialer = dialer
        self._lock = Lock()
        # Kept, since making one costs half of what it is asked.
        self._cursor: psycopg.Cursor[tuple[Any, ...]] | None = None

    def ask(self, sql: str, *parameters: object) -> list[tuple[Any, ...]]:
        """Raises StoreUnavailable. Asked twice when the connection broke while nobody used it."""
        with self._lock:
            if self._cursor is not None:
                try:
                    return self._cursor.execute(sql, parameters).fetchall()
                except psycopg.Error:
                    self._cursor.connection.close()
            try:
                self._cursor = self._dialer.connect().cursor()
                return self._cursor.execute(sql, parameters).fetchall()
            except psycopg.Error as error:
                raise StoreUnavailable from error

    def close(self) -> None:
        with self._lock:
            if self._cursor is not None:
                self._cursor.connection.close()


def _number_of(name: str) -> int:
    """An advisory lock's number for a name; two names that share one only wait for each other."""
    return int.from_bytes(sha256(name.encode()).digest()[:8], signed=True)


class ServerStore:
    """``database.Store`` on a PostgreSQL that several processes share."""

    dialect = "postgresql"
    failures: tuple[type[Exception], ...] = (psycopg.Error, DBAPIError)

    def __init__(self, url: str) -> None:
        self._dialer = Dialer(url)
        self.versions: Versions = SharedVersions(self._select_stamps)
        self.channel = WriteChannel(self._dialer)
        self._snapshots = make_engine(self._dialer)
        self._stamps = _Spare(self._dialer)
        self._claims = _Spare(self._dialer)

    @property
    def unit_connection(self) -> Connection:
        return self.channel.connection

    def connect_snapshot(self) -> Connection:
        return self._snapshots.connect()

    def begin_snapshot(self, connection: Connection) -> None:
        line_of(connection).execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")

    def end_snapshot(self, connection: Connection) -> bool:
        line = line_of(connection)
        if line.closed:
            return False
        line.execute("ROLLBACK")
        return True

    def raw(self, connection: Connection) -> Raw:
        return Raw(line_of(connection))

    def is_failure(self, error: Exception) -> bool:
        cause = error.orig if isinstance(error, DBAPIError) else error
        return isinstance(cause, psycopg.OperationalError | psycopg.InterfaceError)

    def is_answering(self) -> bool:
        try:
            self.versions.of()
        except StoreUnavailable:
            return False
        return True

    def touch(self) -> None:
        line_of(self.unit_connection).execute(_stamp({"nothing"}))

    def claim(self, name: str) -> bool:
        return bool(self._claims.ask("SELECT pg_try_advisory_lock(%s)", _number_of(name))[0][0])

    def release(self, name: str) -> None:
        with suppress(StoreUnavailable):  # with its connection the lock is gone
            self._claims.ask("SELECT pg_advisory_unlock(%s)", _number_of(name))

    def list_faults(self, connection: Connection) -> list[str]:
        """None: a server checks each page by its sum as it reads it."""
        return []

    def close(self) -> None:
        self._stamps.close()
        self._claims.close()

    def _select_stamps(self) -> Mapping[str, int]:
        return dict(self._stamps.ask("SELECT topic, stamp FROM versions"))


# --- the schema -------------------------------------------------------------------------


@contextmanager
def connected(url: str) -> Iterator[Connection]:
    """A connection for one long work; without a deadline."""
    connection = make_engine(Dialer(url)).connect()
    line_of(connection).deadline_s = None
    try:
        yield connection
    finally:
        connection.close()


@contextmanager
def exclusive(connection: Connection) -> Iterator[None]:
    """One transaction beside which no server writes, committed at the end of the block."""
    line = line_of(connection)
    line.execute(f"BEGIN; SELECT pg_advisory_xact_lock({WRITER_LOCK})")
    try:
        with connection.begin():
            yield
        if line.execute("COMMIT").statusmessage != "COMMIT":
            raise psycopg.OperationalError("the transaction has failed")
    finally:
        if not line.closed and line.pgconn.transaction_status != TransactionStatus.IDLE:
            line.execute("ROLLBACK")


def find_revision(connection: Connection) -> str | None:
    """The revision of the schema; None when there is nothing yet. Raises StartupError when it is another program's."""
    line = line_of(connection)
    ((version, tables),) = line.execute(
        "SELECT to_regclass('alembic_version'), (SELECT count(*) FROM pg_class"
        " WHERE relkind IN ('r', 'p') AND relnamespace = current_schema()::regnamespace)"
    ).fetchall()
    if version is None and tables:
        raise StartupError(
            "O banco de dados do PostgreSQL já tem tabelas de outro programa. "
            "Crie um só para o Almoxarife com: createdb almoxarife"
        )
    return None if version is None else str(line.execute("SELECT version_num FROM alembic_version").fetchall()[0][0])


# --- what whoever starts it is told -----------------------------------------------------


@contextmanager
def explained(url: str) -> Iterator[None]:
    """Turn what the server or the way to it says into a StartupError that says what to do."""
    try:
        yield
    except (psycopg.Error, DBAPIError) as error:
        cause = error.orig if isinstance(error, DBAPIError) else error
        reason = " ".join(str(cause).split())
        raise StartupError(
            f"O banco de dados {shown(url)} não pôde ser aberto ({reason}). "
            "Confira ALMOXARIFE_DATABASE_URL, o servidor PostgreSQL e a rede, e tente de novo."
        ) from error


def shown(url: str) -> str:
    """The URL without its password."""
    return re.sub(r"(?<=://)([^:@/]*):[^@/]*@", r"\1@", re.sub(r"password=[^&\s]*", "password=***", url))

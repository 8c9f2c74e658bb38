"""Connections to PostgreSQL, used by SQLAlchemy and directly, whose statements are never cancelled.

A COMMIT that waits for a standby and is cancelled reports success for what only the primary has. So no
statement may be cancelled here, and the driver must not do it either (it would on Ctrl-C). After a
deadline the connection is dropped, and the outcome is unknown.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
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

from almoxarife.server.errors import StartupError, StoreUnavailable, cause_of, reason_of
from almoxarife.server.store.postgresql.pipeline import Adapters, Pipeline, Statement
from almoxarife.server.store.postgresql.primaries import SELECT_PRIMARY, NewestPrimary, Primary, rotate_hosts

T = TypeVar("T")

OLDEST = 130000
"""PostgreSQL 13, the oldest version accepted; older ones receive no more fixes."""

DEADLINE_S = 30.0
"""How long an answer may take before the connection is given up."""
ANSWER_S = 10.0
"""The same for each statement of a request's batch or snapshot, since somebody waits for it."""
ALL_S = 30.0
"""The same for all statements of a request's batch or snapshot together."""
BRIEF_S = 5.0
"""The same for statements that are always quick: begin a snapshot, read the stamps, claim a name."""
TOGETHER = 16
"""Most statements in one round trip, which share one deadline."""
SELECT_REVISION = "SELECT version_num FROM alembic_version"
RECONNECT_S = 1.0
"""For how long no connection is tried after the server could not be reached or did not answer in time."""

_DEFAULTS: Mapping[str, object] = {
    "application_name": "almoxarife",
    "client_encoding": "utf8",
    "connect_timeout": 5,
    # among several hosts, connect to the current primary
    "target_session_attrs": "read-write",
    # notice within half a minute that the server's computer has vanished
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 15_000,
}

# Whatever the role or the database sets for others would change what statements mean, or end them.
_SESSION = (
    # first: it may be shorter than the rest takes; a time-out of the server's own would be a cancel
    "SET statement_timeout = 0; SET lock_timeout = 0;"
    # a process that is stopped while it holds the lock must not hold up the others for ever
    " SET idle_in_transaction_session_timeout = '30s';"
    # let PostgreSQL notice soon that this computer lost power: until then its locks count as held
    " SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5;"
    # a snapshot must not begin before the lock that its transaction waits for
    " SET default_transaction_isolation = 'read committed';"
    # that a COMMIT may be on this server alone is only a warning
    " SET client_min_messages = 'warning';"
    # rows that a policy hides would be missing without a word: an error instead
    " SET row_security = off"
)
_SESSION_LATER = ((140000, "SET idle_session_timeout = 0"), (170000, "SET transaction_timeout = 0"))
"""The same for time-outs that only newer versions have; an idle session may hold claims."""


class _WholeSum(Loader):
    """Loads ``numeric`` as int: no column has this type, only sums of integers."""

    def load(self, data: Buffer) -> int:
        return int(bytes(data))


_ADAPTERS = AdaptersMap(psycopg.adapters)
# One type for all integers: otherwise each size would need its own prepared statement.
_ADAPTERS.register_dumper(int, Int8Dumper)
_ADAPTERS.register_loader("numeric", _WholeSum)


class NoAnswer(psycopg.OperationalError):
    """The deadline passed; whether the statement was executed is unknown."""


class PostgresConnection(psycopg.Connection[tuple[Any, ...]]):
    """psycopg's connection to a server. It is closed, rather than the statement cancelled, when no answer comes."""

    deadline_s: float | None = DEADLINE_S
    until: float | None = None
    """The time of the monotonic clock at which waiting ends."""
    left_s: float | None = None
    """Seconds that remain for all answers of the current snapshot or batch."""
    is_prompt = False
    """Whether statements wait for no lock, so that a missing answer means that the server does not respond."""
    connector: "Connector | None" = None
    """Is notified if the server does not respond."""
    primary: Primary | None = None
    """The primary that it is connected to; None for a standby."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._statements = Pipeline(self.pgconn, _ADAPTERS)
        self._sent: list[Statement] = []

    def send(self, statement: bytes, parameters: Sequence[Any] = ()) -> Statement:
        """Queue a statement. It is sent with the next round trip, before any later statement."""
        if len(self._sent) >= TOGETHER:
            self.receive()
        sent = self._statements.make(statement, parameters)
        self._sent.append(sent)
        return sent

    def receive(self) -> None:
        """Wait for the answers to all queued statements. Raises the error of the first that failed."""
        sent, self._sent = self._sent, []
        if sent:
            self.wait(self._statements.exchange(sent))

    def ask(self, statement: bytes, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        return self.rows(self.send(statement, parameters))

    def rows(self, statement: Statement) -> list[tuple[Any, ...]]:
        """Wait for the rows of a queued statement. Raises InterfaceError if it was dropped."""
        if statement.result is None:
            self.receive()
        if statement.result is None:
            raise psycopg.InterfaceError("it was given up")
        return self._statements.load(statement.result)

    def drop_sent(self) -> None:
        """Drop queued statements that are not sent yet."""
        self._sent = []

    def wait(self, gen: PQGen[T], interval: float = 0.1, timeout: float | None = None) -> T:
        self.receive()
        limit_s = timeout or self.deadline_s
        if self.until is not None:
            left_s = max(interval, self.until - monotonic())
            limit_s = left_s if limit_s is None else min(limit_s, left_s)
        if self.left_s is not None:
            limit_s = max(interval, self.left_s if limit_s is None else min(limit_s, self.left_s))
        began = monotonic()
        try:
            return waiting.wait(gen, self.pgconn.socket, interval=interval, timeout=limit_s)
        except psycopg.OperationalError as error:
            if self.pgconn.transaction_status != TransactionStatus.ACTIVE:
                raise
            self.pgconn.finish()
            if (self.until is not None or self.is_prompt) and self.connector is not None:
                self.connector.note_timeout()  # slow statements and waits for locks say nothing about the server
            raise NoAnswer(f"no answer in {limit_s} s") from error
        except BaseException as error:
            if not isinstance(error, Exception):
                self.pgconn.finish()
            raise
        finally:
            if self.left_s is not None:
                self.left_s -= monotonic() - began


class Connector:
    """Connects to the primary. For ``RECONNECT_S`` after a failure it refuses at once, without trying.

    Otherwise a server that is frozen for seconds would block a thread for as long with each request.
    """

    def __init__(self, url: str, **more: object) -> None:
        """``more``: connection parameters for a server other than the primary; those in ``url`` win."""
        self._parameters: dict[str, Any] = {**_DEFAULTS, **more, **conninfo_to_dict(url)}
        self._failed_at = self._timed_out_at = 0.0
        self._failure: psycopg.Error | None = None
        self.revision: str | None = None
        """The schema's revision that this process requires; once set, connections to any other are refused."""
        self._newest = NewestPrimary()
        self.all_s: float | None = None
        """Deadline of a whole snapshot or batch; None at a start and in commands, which read whole tables."""

    def note_timeout(self) -> None:
        self._timed_out_at = monotonic()

    def require_responsive(self) -> None:
        """Raises NoAnswer if the server failed to respond within the last ``RECONNECT_S``."""
        if self._timed_out_at and monotonic() - self._timed_out_at < RECONNECT_S:
            raise NoAnswer("it was silent a moment ago")

    def require_newest(self, pg: PostgresConnection) -> None:
        """Raises OperationalError if it is connected to a primary whose standby was promoted meanwhile."""
        self._newest.require(pg.primary)

    def connect(self) -> PostgresConnection:
        self.require_responsive()
        if self._failure is not None and monotonic() - self._failed_at < RECONNECT_S:
            raise psycopg.OperationalError(str(self._failure))
        parameters = self._parameters
        try:
            # only the pipeline prepares statements: psycopg sometimes deallocates all of a connection
            pg = PostgresConnection.connect(
                autocommit=True, prepare_threshold=None, context=Adapters(_ADAPTERS), **parameters
            )
        except psycopg.Error as error:
            self._failed_at, self._failure = monotonic(), error
            raise
        self._failure = None
        pg.connector = self
        try:
            with brief(pg):
                _prepare(pg)
                self._adopt_primary(pg, parameters)
                if self.revision is not None:
                    _require_revision(pg, self.revision)
        except BaseException as error:
            pg.close()
            if isinstance(error, StartupError) and self.revision is not None:  # nobody reads it any more
                raise psycopg.OperationalError(str(error)) from error
            raise
        return pg

    def _adopt_primary(self, pg: PostgresConnection, parameters: dict[str, Any]) -> None:
        """Raises OperationalError for a primary that is not the newest; next time another host is tried first."""
        ((cluster, timeline),) = pg.execute(SELECT_PRIMARY).fetchall()
        if timeline is None:
            return
        pg.primary = Primary(pg.info.host, cluster, timeline)
        try:
            self._newest.adopt(pg.primary)
        except psycopg.OperationalError:
            if self._parameters is parameters:  # otherwise another thread was faster
                self._parameters = rotate_hosts(parameters)
            raise


@contextmanager
def brief(pg: PostgresConnection) -> Iterator[None]:
    """Apply ``BRIEF_S`` in the block, whose statements are always quick."""
    before, pg.until = pg.until, monotonic() + BRIEF_S
    try:
        yield
    finally:
        pg.until = before


def _prepare(pg: PostgresConnection) -> None:
    """Raises StartupError for a server that is too old, whose text is not UTF-8, or that checks nothing."""
    newer = [statement for version, statement in _SESSION_LATER if pg.info.server_version >= version]
    pg.execute("; ".join([_SESSION, *newer]))
    sql = "SELECT current_setting('server_version_num')::int, current_setting('server_encoding'),"
    sql += " current_setting('synchronous_commit'), current_setting('session_replication_role')"
    version, encoding, durability, role = pg.execute(sql).fetchall()[0]
    if version < OLDEST:
        raise StartupError(f"O PostgreSQL é antigo ({version // 10000}); é preciso {OLDEST // 10000} ou mais.")
    if encoding != "UTF8":
        raise StartupError(
            f"O banco de dados usa a codificação {encoding}. "
            "Crie outro com: createdb --encoding=UTF8 --template=template0 NOME"
        )
    if role == "replica":  # only a superuser may change it, so it is not ours to change
        raise StartupError(
            "O PostgreSQL está com session_replication_role = replica: não confere o que se grava, e o registro de "
            "auditoria fica sem proteção. Volte ao normal com: ALTER DATABASE banco RESET session_replication_role, "
            "ou ALTER ROLE usuario RESET session_replication_role."
        )
    if durability == "off":  # confirmed writes must be on disk
        pg.execute("SET synchronous_commit = on")


def _require_revision(pg: PostgresConnection, revision: str) -> None:
    try:
        found = pg.execute(SELECT_REVISION).fetchall()
    except psycopg.errors.UndefinedTable as error:
        raise psycopg.OperationalError("the tables are gone, or the search_path leads elsewhere") from error
    if found != [(revision,)]:
        raise psycopg.OperationalError(f"another server has made revision {found} of revision {revision}")


# --- SQLAlchemy -----------------------------------------------------------------------


class UnitDialect(PGDialect_psycopg):
    """Maps SQLAlchemy's transaction to the savepoint ``unit``, which the Writer opens and releases."""

    supports_statement_cache = True

    def do_begin(self, dbapi_connection: Any) -> None:
        pass

    def do_commit(self, dbapi_connection: Any) -> None:
        pass

    def do_rollback(self, dbapi_connection: Any) -> None:
        if dbapi_connection.pgconn.transaction_status in {TransactionStatus.INTRANS, TransactionStatus.INERROR}:
            dbapi_connection.execute("ROLLBACK TO unit")


class SnapshotDialect(UnitDialect):
    """The same for connections whose whole transaction we control: a snapshot, an upgrade."""

    supports_statement_cache = True

    def do_rollback(self, dbapi_connection: Any) -> None:
        pass


registry.register("postgresql.unit", __name__, "UnitDialect")
registry.register("postgresql.snapshot", __name__, "SnapshotDialect")


def make_engine(connector: Connector, *, in_savepoint: bool = False) -> Engine:
    """Make the engine for a connector's connections, which share its cache of compiled statements."""
    engine = create_engine(
        "postgresql+unit://" if in_savepoint else "postgresql+snapshot://",
        creator=connector.connect,
        poolclass=NullPool,
        pool_reset_on_return=None,
        use_native_hstore=False,
    )
    event.listen(engine, "handle_error", _keep_open)
    return engine


def pg_of(connection: Connection) -> PostgresConnection:
    """psycopg's connection of a connection of SQLAlchemy. Raises TypeError for one of another database."""
    pg = connection.connection.dbapi_connection
    if not isinstance(pg, PostgresConnection):
        raise TypeError("not a connection of PostgreSQL")
    return pg


def _keep_open(context: ExceptionContext) -> None:
    # whether a connection is still usable is decided where its transaction is controlled
    context.is_disconnect = False


# --- what the person who starts it is told ----------------------------------------------


@contextmanager
def explained(url: str) -> Iterator[None]:
    """Turn errors of the server or the network into a StartupError that says what to do."""
    try:
        yield
    except (psycopg.Error, DBAPIError, StoreUnavailable) as error:
        remedy = find_remedy(error) or _REMEDY
        raise StartupError(
            f"O banco de dados {shown(url)} não pôde ser aberto ({reason_of(error)}). {remedy}"
        ) from error


def find_remedy(error: BaseException) -> str | None:
    """What somebody has to change in PostgreSQL, or in our settings, before we can work there."""
    cause = cause_of(error)
    if "session is read-only" in str(cause):  # libpq's own words; a host may be called "standby"
        return _ONLY_READS
    return next((remedy for kind, remedy in _REMEDIES.items() if isinstance(cause, kind)), None)


_REMEDY = (
    "Confira ALMOXARIFE_DATABASE_URL, o servidor PostgreSQL, se ele tem conexões livres (max_connections e o limite "
    "do usuário) e a rede, e tente de novo."
)
_ONLY_READS = (
    "Ele só deixa ler: é uma réplica, ou está em default_transaction_read_only. Ponha em "
    "ALMOXARIFE_DATABASE_URL o servidor principal; o de leitura é para ALMOXARIFE_READ_URL."
)
_REMEDIES: Mapping[type[psycopg.Error], str] = {
    psycopg.errors.InsufficientPrivilege: (
        "O usuário do PostgreSQL tem que ser dono do banco e do que há nele, sem políticas que escondam linhas: "
        "ALTER DATABASE banco OWNER TO usuario; e, para tabelas de outro: REASSIGN OWNED BY outro TO usuario."
    ),
    psycopg.errors.InvalidSchemaName: (
        "O search_path deste usuário não leva a nenhum esquema que exista. "
        "Crie o esquema, ou volte ao normal com: ALTER ROLE usuario RESET search_path."
    ),
    psycopg.errors.DiskFull: "O disco do PostgreSQL está cheio. Libere espaço e tente de novo.",
}


def shown(url: str) -> str:
    """The URL without its password."""
    return re.sub(r"(?<=://)([^:@/]*):[^@/]*@", r"\1@", re.sub(r"password=[^&\s]*", "password=***", url))

"""A connection to PostgreSQL as this server wants it: dropped, never cancelled; under SQLAlchemy and beside it.

Never cancel a statement here, and never let the driver do it (it does on Ctrl-C): a COMMIT
that waits for a standby and is cancelled says success for what only this machine has. After
a deadline the connection is dropped, and the outcome is unknown.
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

from almoxarife.server.errors import StartupError
from almoxarife.server.store.postgresql.pipeline import Adapters, Pipeline, Statement

T = TypeVar("T")

OLDEST = 130000
"""PostgreSQL 13; older ones are no longer looked after by anybody."""

DEADLINE_S = 30.0
"""How long an answer may take before the connection is given up."""
ANSWER_S = 10.0
"""The same where somebody waits for a request: for each statement of a batch or a snapshot."""
ALL_S = 30.0
"""The same for all statements of a snapshot or a batch of a request together, however quickly each is answered."""
BRIEF_S = 5.0
"""The same for what takes no time: to begin a snapshot, to read the stamps, to claim a name."""
TOGETHER = 16
"""Statements of one round trip, and so of one deadline."""
SELECT_REVISION = "SELECT version_num FROM alembic_version"
REDIAL_S = 1.0
"""How long nobody tries again after the server could not be reached, or has not answered in time."""

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
_SESSION = (
    "SET idle_in_transaction_session_timeout = '30s'; SET statement_timeout = 0; SET lock_timeout = 0;"
    # The server, too, notices a computer that lost its power: in hours otherwise, and so long it would be present.
    " SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5"
)


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
    until: float | None = None
    """The moment, in monotonic seconds, after which nothing more is waited for."""
    left_s: float | None = None
    """How long answers may still be waited for, of one snapshot or one batch in all."""
    is_prompt = False
    """Whether nothing that is asked waits for anybody's lock, so that no answer means a silent server."""
    connector: "Connector | None" = None
    """Who is told that the server is silent."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._statements = Pipeline(self.pgconn, _ADAPTERS)
        self._sent: list[Statement] = []

    def send(self, statement: bytes, parameters: Sequence[Any] = ()) -> Statement:
        """Have it done before anything that is asked later, by the round trip of whatever is waited for next."""
        if len(self._sent) >= TOGETHER:
            self.receive()
        sent = self._statements.make(statement, parameters)
        self._sent.append(sent)
        return sent

    def receive(self) -> None:
        """Wait for the answers to all that was sent. Raises what became of the first that failed."""
        sent, self._sent = self._sent, []
        if sent:
            self.wait(self._statements.exchange(sent))

    def ask(self, statement: bytes, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        return self.rows(self.send(statement, parameters))

    def rows(self, statement: Statement) -> list[tuple[Any, ...]]:
        """Of one that was sent; waits for it. Raises InterfaceError where it was given up."""
        if statement.result is None:
            self.receive()
        if statement.result is None:
            raise psycopg.InterfaceError("it was given up")
        return self._statements.load(statement.result)

    def drop_sent(self) -> None:
        """Do nothing of what was sent and is not on its way yet."""
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
                self.connector.note_silence()  # what may take long, or waits for a lock, tells nothing of the server
            raise NoAnswer(f"no answer in {limit_s} s") from error
        except BaseException as error:
            if not isinstance(error, Exception):
                self.pgconn.finish()
            raise
        finally:
            if self.left_s is not None:
                self.left_s -= monotonic() - began


class Connector:
    """Connects to the primary; for a second after it could not, or got no answer, it says so at once.

    A server that is frozen for seconds would otherwise keep a thread for as long with each request.
    """

    def __init__(self, url: str, **more: object) -> None:
        """``more``: what another kind of server than the primary is asked by, unless ``url`` says so itself."""
        self._parameters: dict[str, Any] = {**_DEFAULTS, **more, **conninfo_to_dict(url)}
        self._failed_at = self._silent_at = 0.0
        self._failure: psycopg.Error | None = None
        self.revision: str | None = None
        """Of the schema that this process was made for: it speaks with no other from when this is set."""
        self.all_s: float | None = None
        """For all statements of a snapshot or a batch together; None for a start or a command, which read all."""

    def note_silence(self) -> None:
        self._silent_at = monotonic()

    def verify_heard(self) -> None:
        """Raises NoAnswer where one was waited for in vain a moment ago."""
        if self._silent_at and monotonic() - self._silent_at < REDIAL_S:
            raise NoAnswer("it was silent a moment ago")

    def connect(self) -> Line:
        self.verify_heard()
        if self._failure is not None and monotonic() - self._failed_at < REDIAL_S:
            raise psycopg.OperationalError(str(self._failure))
        try:
            # Prepared by the pipeline alone: psycopg now and then takes back all that a connection has prepared.
            line = Line.connect(
                autocommit=True, prepare_threshold=None, context=Adapters(_ADAPTERS), **self._parameters
            )
        except psycopg.Error as error:
            self._failed_at, self._failure = monotonic(), error
            raise
        self._failure = None
        line.connector = self
        try:
            with brief(line):
                _prepare(line)
                if self.revision is not None:
                    _require_revision(line, self.revision)
        except BaseException:
            line.close()
            raise
        return line


@contextmanager
def brief(line: Line) -> Iterator[None]:
    """What is asked in the block takes no time where the server answers at all."""
    before, line.until = line.until, monotonic() + BRIEF_S
    try:
        yield
    finally:
        line.until = before


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


def _require_revision(line: Line, revision: str) -> None:
    ((found,),) = line.execute(SELECT_REVISION).fetchall()
    if found != revision:
        raise psycopg.OperationalError(f"a newer server has made revision {found} of revision {revision}")


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


def make_engine(connector: Connector, *, in_savepoint: bool = False) -> Engine:
    """Makes connections; one engine for many, so that they share the cache of compiled statements."""
    engine = create_engine(
        "postgresql+unit://" if in_savepoint else "postgresql+snapshot://",
        creator=connector.connect,
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


# --- what the person who starts it is told ----------------------------------------------


@contextmanager
def explained(url: str) -> Iterator[None]:
    """Turn what the server or the way to it says into a StartupError that says what to do."""
    try:
        yield
    except (psycopg.Error, DBAPIError) as error:
        cause = error.orig if isinstance(error, DBAPIError) else error
        reason = " ".join(str(cause).split())
        remedy = "Confira ALMOXARIFE_DATABASE_URL, o servidor PostgreSQL e a rede, e tente de novo."
        if "read-only" in reason or "standby" in reason:
            remedy = (
                "Ele só deixa ler: é uma réplica, ou está em default_transaction_read_only. Ponha em "
                "ALMOXARIFE_DATABASE_URL o servidor principal; o de leitura é para ALMOXARIFE_READ_URL."
            )
        raise StartupError(f"O banco de dados {shown(url)} não pôde ser aberto ({reason}). {remedy}") from error


def shown(url: str) -> str:
    """The URL without its password."""
    return re.sub(r"(?<=://)([^:@/]*):[^@/]*@", r"\1@", re.sub(r"password=[^&\s]*", "password=***", url))

"""SQLite: durable, in WAL mode, with transactions that we begin and end ourselves.

With ``isolation_level=None`` and without ``autocommit=`` the sqlite3 module never begins or ends
a transaction itself, in any Python version.
"""

import shutil
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import quote

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.engine.interfaces import DBAPICursor, ExceptionContext, ExecutionContext
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool, Pool, StaticPool

from almoxarife.server.errors import StartupError, StoreUnavailable, cause_of
from almoxarife.server.store.columns import PREPARED, split
from almoxarife.server.store.contract import Rows, Standby
from almoxarife.server.store.versions import Versions

APPLICATION_ID = 0x414C4D58
"""``ALMX`` in the file's header, which marks our databases."""

ROOM = 1 << 20
"""Free bytes of the disk without which nothing can be written."""
OLDEST = (3, 35, 0)
"""The first version with RETURNING."""
_TAKE_SPACE = (
    "CREATE TABLE space_taken (content BLOB)",
    "INSERT INTO space_taken VALUES (zeroblob(262144))",
    "DROP TABLE space_taken",
)
"""Several times the pages of an entry. With ``secure_delete`` the dropped ones are written to the log too."""
_STORE_FAILURES = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_NOTADB,
}


class UnitDialect(SQLiteDialect_pysqlite):
    """SQLAlchemy's transaction is a unit, which the Writer begins and ends. ``undo`` takes back what it has written."""

    supports_statement_cache = True

    def __init__(self, undo: Callable[[], None] | None = None, **options: Any) -> None:
        super().__init__(**options)
        self._undo = undo

    def do_begin(self, dbapi_connection: Any) -> None:
        pass

    def do_commit(self, dbapi_connection: Any) -> None:
        pass

    def do_rollback(self, dbapi_connection: Any) -> None:
        if self._undo is not None and dbapi_connection.in_transaction:  # SQLite may have rolled back itself (disk full)
            self._undo()

    def do_execute(
        self, cursor: DBAPICursor, statement: str, parameters: Any, context: ExecutionContext | None = None
    ) -> None:
        require_transaction(cursor.connection)
        cursor.execute(statement, parameters)

    def do_executemany(
        self, cursor: DBAPICursor, statement: str, parameters: Any, context: ExecutionContext | None = None
    ) -> None:
        require_transaction(cursor.connection)
        cursor.executemany(statement, parameters)


class Raw:
    """``contract.Raw``: 5 µs for a statement that takes 70 through SQLAlchemy Core. Errors are sqlite3's."""

    __slots__ = ("_db",)

    is_remote: ClassVar[bool] = False

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db: sqlite3.Connection | None = db

    def execute(self, sql: str, parameters: Any = ()) -> list[tuple[Any, ...]]:
        """All rows of one statement. ``?`` or ``:name`` parameters; new ids come by ``RETURNING``.

        All are fetched: an open ``RETURNING`` cursor would prevent releasing the savepoint and fail the whole batch.
        """
        if (db := self._db) is None:
            raise RuntimeError("this session has ended")
        if not db.in_transaction:  # asked here, because every statement passes
            require_transaction(db)
        return db.execute(sql, parameters).fetchall()

    def execute_many(self, sql: str, rows: Sequence[Sequence[Any]]) -> list[tuple[Any, ...]]:
        if len(rows) == 1:  # the usual case without concurrent writes
            return self.execute(sql, rows[0])
        return [row for statement, parameters in split(sql, rows) for row in self.execute(statement, parameters)]

    def send(self, sql: str, parameters: Any = ()) -> Rows:
        found = self.execute(sql, parameters)
        return lambda: found

    def send_many(self, sql: str, rows: Sequence[Sequence[Any]]) -> Rows:
        found = self.execute(sql, rows[0]) if len(rows) == 1 else self.execute_many(sql, rows)
        return lambda: found

    def receive(self) -> None:
        """Nothing to do: nothing is sent in advance."""

    def stream(self, sql: str, parameters: Any = ()) -> Iterator[tuple[Any, ...]]:
        if self._db is None:
            raise RuntimeError("this session has ended")
        yield from self._db.execute(sql, parameters)

    def end(self) -> None:
        self._db = None


# Without an adapter sqlite3 looks for one in each of these values, which takes two exceptions: 3,000 instructions.
sqlite3.register_adapter(bytes, b"".__add__)
sqlite3.register_adapter(bool, int)
sqlite3.register_adapter(type(None), {None: None}.get)

registry.register("sqlite.unit", __name__, "UnitDialect")


class WriteChannel:
    """``contract.Channel`` on a file. ``db`` is opened by ``connect``; one unit at a time uses it.

    Never call ``db.commit()``: it does nothing if SQLite has rolled back itself (as on a full
    disk), and all units would be acknowledged. Executing ``COMMIT`` raises.
    """

    failure: type[Exception] = sqlite3.Error

    def __init__(self, db: sqlite3.Connection) -> None:
        self.db = db
        self._is_first = self._has_savepoint = False
        """Whether no unit has begun in this transaction, and whether the one under way has a savepoint."""

    @property
    def is_in_transaction(self) -> bool:
        return self.db.in_transaction

    def begin(self) -> None:
        self._is_first = True
        self.db.execute("BEGIN IMMEDIATE")

    def set_savepoint(self) -> None:
        """The first unit needs none, as there is nothing else to undo; one takes 4 % of an entry's instructions."""
        self._has_savepoint, self._is_first = not self._is_first, False
        if self._has_savepoint:
            self.db.execute("SAVEPOINT unit")

    def release_savepoint(self) -> None:
        if self._has_savepoint:
            self.db.execute("RELEASE unit")
        self._has_savepoint = True  # so a later undo fails; else it would undo the batch, which is acknowledged then

    def roll_back_to_savepoint(self) -> None:
        if self._has_savepoint:
            self.db.execute("ROLLBACK TO unit")
        else:
            self.db.execute("ROLLBACK")
            self.db.execute("BEGIN IMMEDIATE")

    def commit(self, topics: set[str]) -> None:
        self.db.execute("COMMIT")

    def roll_back(self) -> None:
        if self.db.in_transaction:
            self.db.execute("ROLLBACK")

    def is_fatal(self, error: Exception) -> bool:
        return _code(error) in {sqlite3.SQLITE_IOERR_FSYNC, sqlite3.SQLITE_IOERR_DIR_FSYNC}

    def close(self) -> None:
        self.db.close()


class FileStore:
    """``contract.Store`` in a file, which only one process writes: versions are kept in memory."""

    dialect = "sqlite"
    # sqlite3 releases the GIL for every row, and many readers contend for it: sixteen took three times the CPU of two,
    # and did two fifths as much.
    readers = 2
    failures: tuple[type[Exception], ...] = (sqlite3.Error, DBAPIError)

    def __init__(self, path: Path, *, factory: type[sqlite3.Connection] = sqlite3.Connection) -> None:
        self.path = path
        self.versions = Versions()
        self.replica: Standby | None = None
        self.is_only_process = True
        db = connect(path, factory=factory)
        # What undoing a unit needs would else go to a temporary file from 64 KiB on, which takes two calls a page.
        db.execute("PRAGMA temp_store=memory").fetchall()
        self.channel = WriteChannel(db)
        self.unit_connection = shared_connection(db, self.channel.roll_back_to_savepoint)
        self._snapshots = snapshot_engine(path)

    def connect_snapshot(self) -> Connection:
        return self._snapshots.connect()

    def limit_requests(self) -> None:
        pass  # reading a file does not hang

    def begin_snapshot(self, connection: Connection) -> None:
        dbapi_connection(connection).execute("BEGIN")

    def end_snapshot(self, connection: Connection) -> bool:
        db = dbapi_connection(connection)
        db.execute("ROLLBACK")
        return not db.in_transaction

    def raw(self, connection: Connection) -> Raw:
        # The writer's at once: SQLAlchemy takes longer to say which it is than a statement of an entry takes.
        return Raw(self.channel.db if connection is self.unit_connection else dbapi_connection(connection))

    def is_late(self, error: Exception) -> bool:
        return False

    def is_failure(self, error: Exception) -> bool:
        code = _code(error.orig if isinstance(error, DBAPIError) else error)
        return code & 0xFF in _STORE_FAILURES and code != sqlite3.SQLITE_READONLY  # that one is a write in reading()

    def is_answering(self) -> bool:
        return True

    def write_probe(self) -> None:
        for statement in _TAKE_SPACE:
            self.channel.db.execute(statement).fetchall()

    def claim(self, name: str) -> bool:
        return True  # there is no other process

    def release(self, name: str) -> None:
        pass

    def list_faults(self, connection: Connection) -> list[str]:
        rows = self.raw(connection).execute("PRAGMA integrity_check")
        return [] if rows == [("ok",)] else [str(row[0]) for row in rows]

    def close(self) -> None:
        self.unit_connection.close()


def connect(
    path: Path, *, query_only: bool = False, factory: type[sqlite3.Connection] = sqlite3.Connection
) -> sqlite3.Connection:
    """A connection to an existing file; several threads may use it, one at a time.

    Raises sqlite3.Error, or StartupError if SQLite is too old or WAL mode is not possible.
    """
    if sqlite3.sqlite_version_info < OLDEST:
        needed = ".".join(map(str, OLDEST))
        raise StartupError(
            f"O SQLite deste Python é antigo ({sqlite3.sqlite_version}); é preciso {needed} ou mais. "
            "Instale um Python mais novo."
        )
    db = sqlite3.connect(
        uri_of(path, mode="rw"),
        uri=True,
        timeout=10,
        isolation_level=None,
        check_same_thread=False,
        factory=factory,
        cached_statements=PREPARED,
    )
    try:
        if db.execute("PRAGMA journal_mode=wal").fetchone() != ("wal",):
            raise StartupError(
                f"O banco de dados {path} precisa estar em um disco deste computador, não em um da rede."
            )
        # fullfsync: on macOS a plain fsync does not reach the disk; elsewhere it changes nothing.
        # recursive_triggers: else INSERT OR REPLACE would delete a row behind the triggers that guard it.
        # secure_delete: Debian's SQLite overwrites deleted content by default, that of Windows and macOS does not.
        safe = ("synchronous=full", "fullfsync=on", "foreign_keys=on", "recursive_triggers=on", "secure_delete=on")
        for pragma in (*safe, "cache_size=-16384"):
            db.execute(f"PRAGMA {pragma}").fetchall()
        # A long read can make the WAL grow; after the next checkpoint it is truncated to 64 MiB.
        db.execute("PRAGMA journal_size_limit=67108864").fetchall()
        if query_only:
            db.execute("PRAGMA query_only=on").fetchall()
        else:
            db.execute("BEGIN IMMEDIATE")  # to find out now, not at the first sale, if the file is not writable
            db.execute("ROLLBACK")
    except BaseException:
        db.close()
        raise
    return db


def shared_connection(db: sqlite3.Connection, undo: Callable[[], None] | None = None) -> Connection:
    """SQLAlchemy on a connection whose transactions we control; ``undo`` is for the Writer's units."""
    return _make_engine(lambda: db, StaticPool, undo).connect()


def snapshot_engine(path: Path) -> Engine:
    """The engine for reading connections; a single one, so that they share its cache of compiled statements."""
    return _make_engine(partial(connect, path, query_only=True), NullPool)


def _make_engine(
    creator: Callable[[], sqlite3.Connection], pool: type[Pool], undo: Callable[[], None] | None = None
) -> Engine:
    engine = create_engine("sqlite+unit://", creator=creator, undo=undo, poolclass=pool, pool_reset_on_return=None)
    event.listen(engine, "handle_error", _keep_open)
    return engine


def dbapi_connection(connection: Connection) -> sqlite3.Connection:
    """Raises TypeError for a connection of another database."""
    db = connection.connection.dbapi_connection
    if not isinstance(db, sqlite3.Connection):
        raise TypeError("not a connection of SQLite")
    return db


def require_transaction(db: sqlite3.Connection) -> None:
    """Raises if SQLite has rolled back itself: further statements would be autocommitted one by one."""
    if not db.in_transaction:
        raise sqlite3.OperationalError("SQLite has rolled the transaction back")


def is_busy(error: sqlite3.Error) -> bool:
    """Whether another connection has locked the file."""
    return _code(error) & 0xFF in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}


def is_full(error: Exception) -> bool:
    """Whether the disk was full."""
    return _code(error.orig if isinstance(error, DBAPIError) else error) & 0xFF == sqlite3.SQLITE_FULL


def is_unreadable_text(error: Exception) -> bool:
    """Whether a text in the database cannot be decoded; only another program can have written that."""
    # The error is the sqlite3 module's, not SQLite's, so it has no code.
    return isinstance(error, sqlite3.OperationalError) and not _code(error) and "UTF-8" in str(error)


def path_of(path_or_url: Path | str) -> Path:
    return Path(str(path_or_url).removeprefix("sqlite:///"))


def uri_of(path: Path, *, mode: str) -> str:
    """``mode``: ``ro`` or ``rw`` (neither creates the file)."""
    absolute = path.absolute().as_posix()
    return f"file://{'' if absolute.startswith('/') else '/'}{quote(absolute)}?mode={mode}"


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn SQLite's errors about a file into a StartupError that says what to do."""
    try:
        yield
    except (sqlite3.Error, DBAPIError, StoreUnavailable) as error:
        raise StartupError(_explanation(path, cause_of(error))) from error


def _explanation(path: Path, error: BaseException) -> str:
    code = _code(error) & 0xFF
    if code in {sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT}:
        return (
            f"O banco de dados {path} está danificado ou não é do Almoxarife. "
            "Recupere uma cópia de segurança com: almoxarife restore ARQUIVO --force"
        )
    # If there is no room for the WAL index, SQLite reports only "disk I/O error".
    if code == sqlite3.SQLITE_FULL or (code == sqlite3.SQLITE_IOERR and shutil.disk_usage(path.parent).free < ROOM):
        return f"O disco está cheio e o banco de dados {path} não pode ser gravado. Libere espaço e tente de novo."
    if code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
        return f"O banco de dados {path} está em uso por outro programa. Feche-o e tente de novo."
    if code in {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH}:
        return f"Não é possível gravar no banco de dados {path}. Confira as permissões do arquivo e da pasta."
    return f"O banco de dados {path} não pôde ser aberto ({error}). Confira o disco e tente de novo."


def _code(error: BaseException | None) -> int:
    """SQLite's extended code; 0 when the error is not SQLite's own."""
    return getattr(error, "sqlite_errorcode", None) or 0


def _keep_open(context: ExceptionContext) -> None:
    # SQLAlchemy would close the connection when KeyboardInterrupt or SystemExit hits a statement.
    context.is_disconnect = False

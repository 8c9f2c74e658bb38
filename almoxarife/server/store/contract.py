"""The interfaces that a database must implement: ``sqlite.py`` does for files, ``postgres.py`` for PostgreSQL."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, ClassVar, NamedTuple, Protocol

from sqlalchemy import Connection

from almoxarife.server.store.versions import Versions

Rows = Callable[[], list[tuple[Any, ...]]]
"""The result of a statement that was sent. Calling it waits for the answers to all statements sent so far."""


class Raw(Protocol):
    """Prepared SQL on the session's own connection, in a tenth of the time of SQLAlchemy Core.

    It neither flushes the session first nor converts types: bind and read integers
    (``to_micros``, ten-thousandths, centavos). Errors are the driver's.
    """

    is_remote: ClassVar[bool]
    """Whether each statement costs a round trip to another process."""

    def execute(self, sql: str, parameters: Any = ()) -> list[tuple[Any, ...]]:
        """All rows of one statement. ``?`` or ``:name`` parameters; new ids come by ``RETURNING``."""

    def execute_many(self, sql: str, rows: Sequence[Sequence[Any]]) -> list[tuple[Any, ...]]:
        """Execute ``sql`` for many rows with as few statements as possible, by repeating its ``VALUES (?, ?)``.

        Returns all rows of the result, not in the order of ``rows``.
        """

    def send(self, sql: str, parameters: Any = ()) -> Rows:
        """Like ``execute``, but without waiting: sent with the next statement that waits, which raises its error."""

    def send_many(self, sql: str, rows: Sequence[Sequence[Any]]) -> Rows:
        """Like ``execute_many``, without waiting."""

    def receive(self) -> None:
        """Wait for all statements that were sent."""

    def stream(self, sql: str, parameters: Any = ()) -> Iterator[tuple[Any, ...]]:
        """Yield any number of rows as they arrive; other statements may be executed in between."""

    def end(self) -> None:
        """Refuse further statements: the session's block has been left."""


class Standby(Protocol):
    """A replica of the database, which lags a little."""

    state: str

    def begin(self) -> Connection | None:
        """A snapshot with everything that was confirmed when this thread's request began; None: use the primary."""

    def end(self, connection: Connection) -> None:
        """End the snapshot."""

    def lose(self, connection: Connection) -> None:
        """The connection failed within the snapshot."""

    def close(self) -> None: ...


class Channel(Protocol):
    """The only connection that writes. Its errors are of type ``failure``."""

    failure: type[Exception]

    @property
    def is_in_transaction(self) -> bool:
        """Whether the transaction that ``begin`` opened is still there and can be committed."""

    def begin(self) -> None:
        """Begin a transaction and exclude all other writers, also those of other processes."""

    def set_savepoint(self) -> None:
        """Set the savepoint ``unit``."""

    def release_savepoint(self) -> None:
        """Release the savepoint."""

    def roll_back_to_savepoint(self) -> None:
        """Go back to the savepoint."""

    def commit(self, topics: set[str]) -> None:
        """Return when everything is durable; raise in any doubt. ``topics`` are those that have changed."""

    def roll_back(self) -> None:
        """Roll back whatever is left of the transaction."""

    def is_fatal(self, error: Exception) -> bool:
        """Whether nothing may be written after this error, because the content of the disk is unknown."""

    def close(self) -> None: ...


class Store(Protocol):
    """A database: its connections, transactions, errors and claims."""

    dialect: str
    readers: int
    """Snapshots at the same time; further ones wait."""
    failures: tuple[type[Exception], ...]
    """The exceptions that it raises, directly and through SQLAlchemy."""
    versions: Versions
    replica: "Standby | None"

    @property
    def channel(self) -> Channel: ...

    @property
    def unit_connection(self) -> Connection:
        """SQLAlchemy on the channel's connection; its transaction is the savepoint ``unit``."""

    def connect_snapshot(self) -> Connection:
        """A further connection for snapshots."""

    def limit_requests(self) -> None:
        """From now on requests are served: limit the total time of each snapshot and batch."""

    def begin_snapshot(self, connection: Connection) -> None:
        """Begin a snapshot: everything read from now on is of the same moment."""

    def end_snapshot(self, connection: Connection) -> bool:
        """End the snapshot; whether the connection may be used again."""

    def raw(self, connection: Connection) -> Raw: ...

    def is_failure(self, error: Exception) -> bool:
        """Whether the database failed (disk, memory, network), rather than the statement."""

    def is_late(self, error: Exception) -> bool:
        """Whether it was a timeout, so that trying again would take as long."""

    def is_answering(self) -> bool:
        """Whether it answers now, as far as that can be found out cheaply."""

    @property
    def is_only_process(self) -> bool:
        """Whether no other process has used the database a moment ago, as far as that is known."""

    def write_probe(self) -> None:
        """Write something without meaning, inside a unit, that needs as much of the disk as an entry, or more."""

    def claim(self, name: str) -> bool:
        """Claim a name exclusively; False if another process has it. Raises StoreUnavailable."""

    def release(self, name: str) -> None:
        """Release the name, which is also released when the process dies."""

    def list_faults(self, connection: Connection) -> list[str]:
        """What the database reports about damage of its own files, if it can be asked."""

    def close(self) -> None: ...


class Claim(NamedTuple):
    """A name that this process has claimed, until ``release``."""

    store: Store
    name: str

    def release(self) -> None:
        self.store.release(self.name)

"""What a database must be able to do for this server: one implementation for files, one for PostgreSQL."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, ClassVar, NamedTuple, Protocol

from sqlalchemy import Connection

from almoxarife.server.store.versions import Versions

Rows = Callable[[], list[tuple[Any, ...]]]
"""The rows of a statement that was sent; whoever calls first waits for all that were sent until then."""


class Raw(Protocol):
    """Prepared SQL on the session's own connection: a tenth of what Core takes.

    It neither flushes the session first nor converts types: bind and read integers
    (``to_micros``, ten-thousandths, centavos). Errors are the driver's.
    """

    is_remote: ClassVar[bool]
    """Whether each statement is a way to another process and back."""

    def execute(self, sql: str, parameters: Any = ()) -> list[tuple[Any, ...]]:
        """All rows of one statement. ``?`` or ``:name`` parameters; new ids come by ``RETURNING``."""

    def execute_many(self, sql: str, rows: Sequence[Sequence[Any]]) -> list[tuple[Any, ...]]:
        """All rows of as few statements as possible: what stands in ``VALUES (?, ?)`` stands there for each row.

        Their order is not the order of ``rows``.
        """

    def send(self, sql: str, parameters: Any = ()) -> Rows:
        """``execute`` by the round trip of whatever is waited for next, which then raises what this one would have."""

    def send_many(self, sql: str, rows: Sequence[Sequence[Any]]) -> Rows:
        """The same for ``execute_many``."""

    def receive(self) -> None:
        """Wait for all that was sent."""

    def stream(self, sql: str, parameters: Any = ()) -> Iterator[tuple[Any, ...]]:
        """Rows as they come, however many; other statements may be executed in between."""

    def end(self) -> None:
        """The session's block has been left: refuse what comes later."""


class Standby(Protocol):
    """A copy of the database elsewhere, which is a little late."""

    state: str

    def begin(self) -> Connection | None:
        """A snapshot that holds all that was confirmed when this thread's request began; None: ask the primary."""

    def end(self, connection: Connection) -> None:
        """The snapshot is not needed any more."""

    def lose(self, connection: Connection) -> None:
        """It failed within the snapshot."""

    def close(self) -> None: ...


class Channel(Protocol):
    """The one connection that units are written through. Its errors are ``failure``."""

    failure: type[Exception]

    @property
    def is_in_transaction(self) -> bool:
        """Whether the transaction that ``begin`` opened is still there and can be committed."""

    def begin(self) -> None:
        """Open a transaction in which this is the only one that writes, whatever the number of processes."""

    def open_unit(self) -> None:
        """Set the savepoint ``unit``."""

    def keep_unit(self) -> None:
        """Release the savepoint."""

    def undo_unit(self) -> None:
        """Go back to the savepoint."""

    def commit(self, topics: set[str]) -> None:
        """Return when everything is durable, and raise in any doubt. ``topics`` are what has changed."""

    def roll_back(self) -> None:
        """End whatever is left of a transaction."""

    def has_written(self) -> bool:
        """Whether this transaction has changed anything: a COMMIT of nothing proves no disk."""

    def is_fatal(self, error: Exception) -> bool:
        """Whether nothing may be written after this error, since nobody knows what the disk holds."""

    def close(self) -> None: ...


class Store(Protocol):
    """Where the data is, and how that database wants to be spoken to."""

    dialect: str
    readers: int
    """Snapshots at once; more wait."""
    failures: tuple[type[Exception], ...]
    """What it raises, by itself and through SQLAlchemy."""
    versions: Versions
    replica: "Standby | None"

    @property
    def channel(self) -> Channel: ...

    @property
    def unit_connection(self) -> Connection:
        """SQLAlchemy on the channel's connection; its transaction is the savepoint ``unit``."""

    def connect_snapshot(self) -> Connection:
        """One more connection to read by."""

    def limit_requests(self) -> None:
        """From here on what is asked is asked for requests: no snapshot and no batch may take long in all."""

    def begin_snapshot(self, connection: Connection) -> None:
        """What is read from now on is of one moment."""

    def end_snapshot(self, connection: Connection) -> bool:
        """Whether the connection may be used again."""

    def raw(self, connection: Connection) -> Raw: ...

    def is_failure(self, error: Exception) -> bool:
        """Whether the database failed (its disk, its memory, the way to it), rather than the statement."""

    def is_late(self, error: Exception) -> bool:
        """Whether an answer was waited for in vain: asking again would take as long."""

    def is_answering(self) -> bool:
        """Whether it answers just now, as far as that costs next to nothing."""

    @property
    def is_alone(self) -> bool:
        """Whether no other process was near a moment ago, as far as that is known."""

    def touch(self) -> None:
        """Write something that means nothing, inside a unit."""

    def claim(self, name: str) -> bool:
        """Take a name that no other process can take; False when one has it. Raises StoreUnavailable."""

    def release(self, name: str) -> None:
        """Give the name back. It is given back by itself when the process dies."""

    def list_faults(self, connection: Connection) -> list[str]:
        """What the database finds wrong with its own files, where it can be asked."""

    def close(self) -> None: ...


class Claim(NamedTuple):
    """A name that no other process has, until ``release``."""

    store: Store
    name: str

    def release(self) -> None:
        self.store.release(self.name)

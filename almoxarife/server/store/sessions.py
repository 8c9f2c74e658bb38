"""A session for one unit of work or one snapshot, and what a unit may ask of its batch."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any, ClassVar, Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection, MetaData
from sqlalchemy.orm import DeclarativeBase, Session

from almoxarife.server.errors import StoreUnavailable
from almoxarife.server.store.columns import WholeNumber
from almoxarife.server.store.contract import Raw
from almoxarife.server.store.writer import Batch, Outcomes

T = TypeVar("T")
Item = TypeVar("Item")
Row = TypeVar("Row")
P = ParamSpec("P")
Work = Callable[[Session, list[Item]], Outcomes[T]]


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


class UnitSession(Session):
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
        # Objects outlive the block unexpired: refreshing one would be SQL outside of a unit.
        super().__init__(connection, expire_on_commit=False, close_resets_only=False)
        return getattr(self, name)

    def commit_unit(self) -> None:
        """Wait for what was sent, flush, and end SQLAlchemy's transaction, which is the savepoint."""
        self.raw.receive()
        if self._unused is None and self.in_transaction():
            self.commit()

    def end(self) -> None:
        self.raw.end()
        if self._unused is None:
            self.close()


def read_surely(
    read: Callable[[], AbstractContextManager[Session]],
    find: Callable[Concatenate[Session, P], T],
    *asked: P.args,
    **how: P.kwargs,
) -> T:
    """What ``find`` finds; once more where the first snapshot was lost, a replica's maybe: the primary has it.

    For whatever is read when a part of the answer has been sent, and the request cannot be begun anew.
    """
    try:
        with read() as session:
            return find(session, *asked, **how)
    except StoreUnavailable:
        with read() as session:
            return find(session, *asked, **how)


def read_pages(
    read: Callable[[], AbstractContextManager[Session]],
    read_page: Callable[[Session, int], list[Row]],
    key: Callable[[Row], int],
    *,
    size: int,
    start: int = 0,
    newest: Callable[[Session], int] | None = None,
) -> Iterator[list[Row]]:
    """Pages of ``size`` rows, each read behind the last row of the one before, with no transaction held between them.

    With ``newest``, what is added while they are read does not come.
    """
    last = None
    if newest is not None:
        last = read_surely(read, newest)
    place = start
    while last is None or place < last:
        rows = read_surely(read, read_page, place)
        yield rows if last is None else [row for row in rows if key(row) <= last]
        if len(rows) < size:
            return
        place = key(rows[-1])


def session_on(connection: Connection, raw: Raw) -> Session:
    """A session to read by, inside a transaction that is somebody else's."""
    return UnitSession(connection, raw)


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
    if not isinstance(session, UnitSession) or session.batch is None:
        raise TypeError("only a session of transaction() changes anything")
    return session.batch


def raw(session: Session) -> Raw:
    """The fast path of this session. It ends with the session's block."""
    if not isinstance(session, UnitSession):
        raise TypeError("not a session of transaction() or reading()")
    return session.raw

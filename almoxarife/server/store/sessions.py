"""Sessions of transactions and snapshots, reading in pages, and what a transaction may ask of its batch."""

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
    """The base class of all models. Every constraint gets a name, so that a migration can change it."""

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
    """A session for one block. SQLAlchemy's part is initialised on first use: entries and sales use only ``raw``."""

    def __init__(self, connection: Connection, raw: Raw, batch: Batch | None = None) -> None:
        self.raw = raw
        self.batch = batch
        self._unused: Connection | None = connection

    def __getattr__(self, name: str) -> Any:
        connection = self.__dict__.get("_unused")
        if connection is None:
            raise AttributeError(name)
        self._unused = None
        # Objects are used after the block: expiring them would cause SQL outside of a transaction.
        super().__init__(connection, expire_on_commit=False, close_resets_only=False)
        return getattr(self, name)

    def commit_unit(self) -> None:
        """Wait for all sent statements, flush, and end SQLAlchemy's transaction, which is the savepoint."""
        self.raw.receive()
        if self._unused is None and self.in_transaction():
            self.commit()

    def end(self) -> None:
        self.raw.end()
        if self._unused is None:
            self.close()


def read_with_retry(
    read: Callable[[], AbstractContextManager[Session]],
    find: Callable[Concatenate[Session, P], T],
    *args: P.args,
    **kwargs: P.kwargs,
) -> T:
    """Call ``find`` with a snapshot; a second time if the first one failed, perhaps because of the replica.

    For streamed responses: a part has been sent already, so the request cannot be tried again as a whole.
    """
    try:
        with read() as session:
            return find(session, *args, **kwargs)
    except StoreUnavailable:
        with read() as session:
            return find(session, *args, **kwargs)


def read_pages(
    read: Callable[[], AbstractContextManager[Session]],
    read_page: Callable[[Session, int], list[Row]],
    key: Callable[[Row], int],
    *,
    size: int,
    start: int = 0,
    newest: Callable[[Session], int] | None = None,
) -> Iterator[list[Row]]:
    """Yield pages of ``size`` rows (keyset pagination), each in a snapshot of its own.

    With ``newest``, rows that are added meanwhile are left out.
    """
    last = None
    if newest is not None:
        last = read_with_retry(read, newest)
    place = start
    while last is None or place < last:
        rows = read_with_retry(read, read_page, place)
        yield rows if last is None else [row for row in rows if key(row) <= last]
        if len(rows) < size:
            return
        place = key(rows[-1])


def mark_changed(session: Session, *topics: str) -> None:
    """Mark topics as changed. ``Versions`` gets new numbers for them after the COMMIT, before the response."""
    _batch_of(session).topics.update(topics)


def postpone(session: Session, row: T, write: Callable[[Raw, list[T]], None]) -> None:
    """Have ``write`` called right before the COMMIT, with the rows of all units that share it, in their order.

    Other units of the batch do not see the row. If ``write`` raises, the whole batch
    fails, so ``row`` must be valid.
    """
    _batch_of(session).postponed.append((write, row))


def _batch_of(session: Session) -> Batch:
    """Raises TypeError for a session that only reads."""
    batch = session.batch if isinstance(session, UnitSession) else None
    if batch is None:
        raise TypeError("only a session of transaction() changes anything")
    return batch


def raw(session: Session) -> Raw:
    """The prepared SQL of this session (``contract.Raw``), for use within its block. Raises TypeError."""
    if not isinstance(session, UnitSession):
        raise TypeError("not a session of transaction() or reading()")
    return session.raw

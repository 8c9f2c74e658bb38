"""What is written together: the units in the queue, the batch that shares a COMMIT, and the way to the database."""

from collections.abc import Callable, Sequence
from threading import Lock
from time import monotonic
from typing import Any, Generic, Protocol, TypeVar

from almoxarife.server.errors import WriteFailed


class Interrupted(Exception):
    """The state of a batch between two statements: stays if the thread dies in between."""


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


ChannelT = TypeVar("ChannelT", bound=Channel)
T = TypeVar("T")
Item = TypeVar("Item")
Outcomes = Sequence[T | Exception]
"""What became of each of several items, in their order: a result, or what is raised to its caller."""
Together = Callable[["Batch", list[Item]], Outcomes[T]]


class Batch:
    """The units that share one COMMIT; ``gate`` opens when their fate is known."""

    def __init__(self) -> None:
        self.gate = Lock()
        self.gate.acquire()
        self.error: Exception | None = None
        self.size = 0
        self.began = monotonic()
        self.topics: set[str] = set()
        """What the units changed, published after the COMMIT and before anyone is released."""
        self.postponed: list[Any] = []
        """What to write together before the COMMIT; a unit that is undone takes its own along."""
        self.served: list[Turn[Any]] = []
        """Units that are functions: whoever asked for them is told of the end."""


def _refuse(batch: Batch, items: list[Any]) -> Outcomes[Any]:
    raise RuntimeError("only its own thread can run a block")


class Turn(Generic[T]):
    """A unit in the queue. ``wake`` opens when its thread has the turn, or when ``batch`` has ended with it."""

    __slots__ = ("alone", "batch", "came", "done", "is_block", "item", "outcome", "wake", "work")

    def __init__(
        self,
        *,
        alone: bool = False,
        work: Together[Any, T] | None = None,
        item: Any = None,
        done: "Callable[[Turn[T]], None] | None" = None,
    ) -> None:
        self.alone = alone
        self.is_block = work is None
        """Whether only its own thread can run it."""
        self.work: Together[Any, T] = work or _refuse
        self.item = item
        self.done = done
        """Called at the end, where no thread waits for it."""
        self.came = monotonic()
        self.batch: Batch | None = None
        """The one it is part of, once its work is run."""
        self.outcome: T | Exception = Interrupted()
        """What the work said of the item; stays if the thread that runs it dies."""
        self.wake = Lock()
        self.wake.acquire()

    def result(self) -> T:
        """What the work has returned, when the end has come. Raises what it raised; WriteFailed."""
        if self.batch is not None and self.batch.error is not None:
            raise WriteFailed from self.batch.error
        if isinstance(self.outcome, Interrupted):
            raise WriteFailed from self.outcome
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return self.outcome

    def end(self) -> None:
        if self.done is None:
            self.wake.release()
        else:
            self.done(self)

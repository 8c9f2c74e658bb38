"""Units of work and the batches that share a COMMIT, as ``writer.py`` runs them."""

from collections.abc import Callable, Sequence
from time import monotonic
from typing import Any, Generic, TypeVar

from almoxarife.server.errors import WriteFailed

T = TypeVar("T")
Item = TypeVar("Item")
Outcomes = Sequence[T | Exception]
"""The outcomes of several items in their order: a result, or the exception to raise to its caller."""
BatchWork = Callable[["Batch", list[Item]], Outcomes[T]]


class Uncommitted(Exception):
    """``Batch.error`` until the COMMIT has returned."""


class Batch:
    """The units that share one COMMIT."""

    def __init__(self) -> None:
        self.units: list[UnitOfWork[Any]] = []
        self.error: BaseException | None = Uncommitted()
        """Why no unit is acknowledged; None after the COMMIT has returned."""
        self.began = monotonic()
        self.topics: set[str] = set()
        """What the units have changed, published after the COMMIT and before any answer."""
        self.postponed: list[Any] = []
        """What to write together before the COMMIT. A rolled back unit removes its own."""
        self.has_failed = False
        """Whether the database, not only a statement, has failed in a unit; a COMMIT of the rest proves nothing."""

    def add(self, unit: "UnitOfWork[Any]") -> None:
        unit.batch = self
        self.units.append(unit)


class UnitOfWork(Generic[T]):
    """A function with its item, queued or finished. ``done`` is called with it when it is finished."""

    __slots__ = ("alone", "batch", "came", "done", "item", "outcome", "work")

    def __init__(
        self, work: BatchWork[Any, T], item: Any, done: "Callable[[UnitOfWork[T]], None]", *, alone: bool = False
    ) -> None:
        self.work = work
        self.item = item
        self.done = done
        self.alone = alone
        """Whether it gets a transaction of its own."""
        self.came = monotonic()
        self.batch: Batch | None = None
        self.outcome: Any = None
        """T, or the exception to raise to the caller."""

    def result(self) -> T:
        """The result of a finished unit. Raises its exception, or WriteFailed."""
        if self.batch is not None and self.batch.error is not None:
            raise WriteFailed from self.batch.error
        if isinstance(self.outcome, Exception):
            raise self.outcome
        outcome: T = self.outcome
        return outcome

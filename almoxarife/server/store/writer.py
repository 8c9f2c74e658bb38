"""Group commit: one thread writes, and units of work that wait at the same time share a transaction and its fsync.

A unit is a function and an item. The thread takes the first unit of the queue, and further units that arrive
while it runs join its transaction, each in a savepoint (consecutive units with the same function in one savepoint,
by one call). One COMMIT makes all durable, and only then are all answered. That includes failed
units: the reason of a failure ("the name is taken") may be a row of another unit in the batch, which is not durable
before.

There is no other way to write. ``submit`` queues a unit with a callback, which this thread calls; ``run`` is
``submit`` and a wait; and for a ``with`` block the function lets the block's thread use the transaction
and waits until it leaves the block. So interrupts (Ctrl-C), which hit waiting threads, cannot hit the writing one.

What happens after failures:

- A function that raises is rolled back alone. If several items were passed to one call, all are rolled back and tried
  one by one. If a step of the transaction itself fails (a savepoint, COMMIT, a full disk), no unit of the batch is
  acknowledged.
- After a failed fsync nothing more is written, because the content of the disk is unknown.
- No unit waits in the queue for more than ``timeout_s``. A unit that has begun is waited for.
"""

import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from queue import Empty, SimpleQueue
from threading import Lock, Thread, get_ident
from time import monotonic
from typing import Any, Generic, TypeVar

from almoxarife.server.errors import StoreUnavailable, WriteFailed
from almoxarife.server.store.contract import Channel

MAX_UNITS = 64
"""In one COMMIT. 16 to 64 measured alike; with more, the first one only waits longer."""
MAX_SECONDS = 0.05
"""How long a batch accepts further units, while the first one waits for its response."""
TIMEOUT_S = 30.0

ChannelT = TypeVar("ChannelT", bound=Channel)
T = TypeVar("T")
Item = TypeVar("Item")
Outcomes = Sequence[T | Exception]
"""The outcomes of several items in their order: a result, or the exception to raise to its caller."""
BatchWork = Callable[["Batch", list[Item]], Outcomes[T]]


class _Uncommitted(Exception):
    """``Batch.error`` until the COMMIT has returned."""


class _BlockRaised(Exception):
    """A block has raised; its own thread has the exception."""


class Batch:
    """The units that share one COMMIT."""

    def __init__(self) -> None:
        self.units: list[UnitOfWork[Any]] = []
        self.error: BaseException | None = _Uncommitted()
        """Why no unit is acknowledged; None after the COMMIT has returned."""
        self.began = monotonic()
        self.topics: set[str] = set()
        """What the units have changed, published after the COMMIT and before any response."""
        self.postponed: list[Any] = []
        """What to write together before the COMMIT. A rolled back unit removes its own."""
        self.has_failed = False
        """Whether the database, not only a statement, has failed in a unit, though the rest may be committed."""

    def add(self, unit: "UnitOfWork[Any]") -> None:
        unit.batch = self
        self.units.append(unit)


class UnitOfWork(Generic[T]):
    """A function with its item, queued or finished. ``done`` is called with it when it is finished."""

    __slots__ = ("batch", "came", "done", "item", "outcome", "own_commit", "work")

    def __init__(
        self, work: BatchWork[Any, T], item: Any, done: "Callable[[UnitOfWork[T]], None]", *, own_commit: bool = False
    ) -> None:
        self.work = work
        self.item = item
        self.done = done
        self.own_commit = own_commit
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


class Writer(Generic[ChannelT]):
    """The one write connection, the queue in front of it and the thread that writes. Not for forks.

    ``finish`` is called with a batch right before its COMMIT. ``publish`` receives its topics;
    it must not raise, wait or use the channel.
    """

    def __init__(
        self,
        channel: ChannelT,
        *,
        finish: Callable[[Batch], None] = lambda batch: None,
        publish: Callable[[set[str]], None] = lambda topics: None,
        max_units: int = MAX_UNITS,
        max_seconds: float = MAX_SECONDS,
        timeout_s: float = TIMEOUT_S,
    ) -> None:
        self.channel = channel
        self.commits = 0
        self.healthy = True
        """False after a failure. No later COMMIT shows that it is over: a full disk still takes small ones."""
        self.fatal: Exception | None = None
        """Set after a failed fsync: the content of the disk is unknown, so nothing more is written."""
        self._finish = finish
        self._publish = publish
        self._max_units = max_units
        self._max_seconds = max_seconds
        self._timeout_s = timeout_s
        self._queue: deque[UnitOfWork[Any]] = deque()
        self._mutex = Lock()
        """Of the queue."""
        self._wakeup = Lock()
        """The writing thread sleeps on it until the first unit comes. A ``Condition`` costs three times as much."""
        self._wakeup.acquire()
        self._is_asleep = False
        self._closed = False
        self._thread: Thread | None = None
        self._block_thread: int | None = None
        """The thread of the ``with`` block that uses the transaction now."""
        self._batch: Batch | None = None

    def is_inside_unit(self) -> bool:
        """Whether the calling thread is inside a unit."""
        return get_ident() == self._block_thread or (self._batch is not None and self._is_writing_thread())

    def submit(self, work: BatchWork[Item, T], item: Item, done: Callable[[UnitOfWork[T]], None]) -> None:
        """Queue a unit. ``work`` is called with the items of consecutive units, and returns the outcome of each.

        If it raises, everything is rolled back; with several items each is then tried by
        itself, otherwise the exception is the outcome. ``done`` is called by the writing thread: it must
        not raise, and may do no more than submit. Raises WriteFailed if the writer is closed, RuntimeError
        inside a unit.
        """
        self._refuse_inside()
        self._put(UnitOfWork(work, item, done))

    def run(self, work: BatchWork[Item, T], item: Item) -> T:
        """``submit``, and wait for the result. Raises the item's exception, WriteFailed, StoreUnavailable."""
        self._refuse_to_wait()
        ended: SimpleQueue[UnitOfWork[T]] = SimpleQueue()
        unit: UnitOfWork[T] = UnitOfWork(work, item, ended.put)
        self._put(unit)
        return self._wait(unit, ended).result()

    @contextmanager
    def unit(self, *, own_commit: bool = False) -> Iterator[Batch]:
        """Run the block in a savepoint; returns after its COMMIT.

        ``own_commit`` gives a long unit a transaction of its own, so that finished short ones
        do not wait for it. An exception of the block is also raised only after the COMMIT.
        Raises WriteFailed (not acknowledged) if the batch fails or the unit waits longer than
        ``timeout_s``, StoreUnavailable if no transaction can begin, and
        RuntimeError if the thread is inside a unit already, where it would wait for itself.
        """
        self._refuse_to_wait()
        thread = get_ident()
        begun_or_done: SimpleQueue[Batch | None] = SimpleQueue()
        block_left: SimpleQueue[bool] = SimpleQueue()

        def wait_for_block(batch: Batch, items: list[None]) -> list[None]:
            self._block_thread = thread
            begun_or_done.put(batch)
            is_whole = block_left.get()
            self._block_thread = None
            if not is_whole:
                raise _BlockRaised
            return items

        unit = UnitOfWork(wait_for_block, None, lambda _: begun_or_done.put(None), own_commit=own_commit)
        batch: Batch | None = None
        is_whole = interrupted = False
        try:
            self._put(unit)
            batch = self._wait(unit, begun_or_done)
            if batch is None:
                unit.result()
                raise WriteFailed
            yield batch
            is_whole = True
        except BaseException as error:
            interrupted = not isinstance(error, Exception)
            raise
        finally:
            block_left.put(is_whole)  # in any case: the writing thread waits for it
            if batch is not None:
                begun_or_done.get()
                # An interrupt (Ctrl-C) is raised as it is, not answered.
                if batch.error is not None and not interrupted:
                    raise WriteFailed from batch.error

    def fail_overdue(self) -> None:
        """Fail units that have waited longer than ``timeout_s``. Called periodically."""
        latest = monotonic() - self._timeout_s
        with self._mutex:
            late = [unit for unit in self._queue if unit.came < latest]
            for unit in late:
                self._queue.remove(unit)
        for unit in late:
            unit.outcome = WriteFailed()
            unit.done(unit)

    def close(self) -> None:
        """Finish the queued units, refuse later ones with WriteFailed, and close the channel."""
        self._refuse_to_wait()
        with self._mutex:
            self._closed = True
            self._wake()
        if self._thread is not None:
            self._thread.join()
        self.channel.close()

    # --- the queue ----------------------------------------------------------------

    def _refuse_inside(self) -> None:
        if self.is_inside_unit():
            raise RuntimeError("transaction() is already open in this thread: pass its session on")

    def _refuse_to_wait(self) -> None:
        self._refuse_inside()
        if self._is_writing_thread():
            raise RuntimeError("the thread that writes cannot wait for itself")

    def _is_writing_thread(self) -> bool:
        return self._thread is not None and self._thread.ident == get_ident()

    def _put(self, unit: UnitOfWork[Any]) -> None:
        with self._mutex:
            if self._closed:
                raise WriteFailed
            if self._thread is None:
                thread = Thread(target=self._write, name="writer", daemon=True)
                thread.start()
                self._thread = thread
            self._queue.append(unit)
            self._wake()

    def _wake(self) -> None:
        """Wake the writing thread if it waits. The caller holds the mutex."""
        if self._is_asleep:
            self._is_asleep = False
            self._wakeup.release()

    def _wait(self, unit: UnitOfWork[Any], messages: "SimpleQueue[T]") -> T:
        """The first of the ``messages`` about a unit, which leaves the queue if it waits too long or is interrupted."""
        try:
            return messages.get(timeout=self._timeout_s)
        except BaseException as error:
            with self._mutex:
                is_late = unit in self._queue
                if is_late:
                    self._queue.remove(unit)
            if not isinstance(error, Empty):
                raise
            if is_late:
                raise WriteFailed from None
        return messages.get()

    def _take(self) -> UnitOfWork[Any] | None:
        """Wait for the first unit of a batch; None when the writer is closed."""
        while True:
            with self._mutex:
                if self._queue or self._closed:
                    return self._queue.popleft() if self._queue else None
                self._is_asleep = True
            self._wakeup.acquire()

    def _take_next(self, batch: Batch) -> UnitOfWork[Any] | None:
        """The next unit, unless the batch is full or too old, or one of them must have its own COMMIT."""
        if not self._queue or len(batch.units) >= self._max_units or batch.units[0].own_commit:
            return None
        with self._mutex:
            is_old = monotonic() - batch.began > self._max_seconds
            if not self._queue or self._queue[0].own_commit or is_old:
                return None
            unit = self._queue.popleft()
        batch.add(unit)
        return unit

    # --- the thread that writes ---------------------------------------------------

    def _write(self) -> None:
        while (first := self._take()) is not None:
            batch = self._batch = Batch()
            batch.add(first)
            try:
                self._write_batch(batch, first)
            except BaseException as error:  # noqa: BLE001  # without this thread nothing more would be written
                batch.error = error
                _report()
            self._batch = None
            # Break the reference cycles of batch and units, so that they need no garbage collection.
            units, batch.units = batch.units, []
            for unit in units:
                try:
                    unit.done(unit)
                except BaseException:  # noqa: BLE001  # the others wait to be told too
                    _report()

    def _write_batch(self, batch: Batch, first: UnitOfWork[Any]) -> None:
        try:
            try:
                self._begin()
            except StoreUnavailable as error:
                first.outcome, batch.error = error, None
                return
            unit: UnitOfWork[Any] | None = first
            while unit is not None:
                self._serve(batch, unit)
                unit = self._take_next(batch)
            self._commit(batch)
        except (self.channel.failure, _Uncommitted) as error:
            batch.error = error
            self._note(error)
        finally:
            self.channel.roll_back()
            # Also after a failure, whose outcome is unknown: invalidating a cache in vain is only slow.
            self._publish(batch.topics)

    def _begin(self) -> None:
        if self.fatal is not None:
            raise StoreUnavailable from self.fatal
        try:
            self.channel.begin()
        except self.channel.failure as error:
            self._note(error)
            raise StoreUnavailable from error

    def _serve(self, batch: Batch, first: UnitOfWork[Any]) -> None:
        """Run a unit in one savepoint with the ones right behind it that have the same function."""
        units = [first]
        self.channel.set_savepoint()
        if self._queue:
            with self._mutex:
                while self._queue and self._queue[0].work == first.work and len(batch.units) < self._max_units:
                    batch.add(self._queue.popleft())
                    units.append(batch.units[-1])
        if not self._run_together(batch, units):
            # What one of them cannot do must not be its neighbours' failure.
            for unit in units:
                self.channel.set_savepoint()
                self._run_together(batch, [unit])

    def _run_together(self, batch: Batch, units: list[UnitOfWork[Any]]) -> bool:
        """Whether each has an outcome. An exception rolls back all; if there is only one unit, it is the outcome."""
        has_outcomes = True
        postponed = len(batch.postponed)
        try:
            outcomes = units[0].work(batch, [unit.item for unit in units])
            for unit, outcome in zip(units, outcomes, strict=True):
                unit.outcome = outcome
        except Exception as error:  # noqa: BLE001  # it is raised where it belongs
            del batch.postponed[postponed:]
            self.channel.roll_back_to_savepoint()
            units[0].outcome = error
            has_outcomes = len(units) == 1
        self.channel.release_savepoint()
        if not self.channel.is_in_transaction:
            raise _Uncommitted
        return has_outcomes

    def _commit(self, batch: Batch) -> None:
        self._finish(batch)
        self.channel.commit(batch.topics)
        batch.error = None
        self.commits += 1
        if batch.has_failed:
            self.healthy = False

    def _note(self, error: Exception) -> None:
        self.healthy = False
        if self.channel.is_fatal(error):
            self.fatal = error


def _report() -> None:
    threading.excepthook(threading.ExceptHookArgs((*sys.exc_info(), threading.current_thread())))

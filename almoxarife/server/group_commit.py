"""Group commit: units of work that wait for one another share one transaction and one fsync.

There is one writer at a time. Instead of queueing whole transactions, each with its own
fsync, the units that arrive while another runs join its transaction one after another,
each in a savepoint, and one COMMIT makes all of them durable. Nobody is answered before
that COMMIT has returned: not the unit that succeeded, and not the one that failed either,
because what it judged by ("the name is taken") may be a neighbour's row that is not
safe yet.

A unit that is a function and what to call it with (``run``) is run by whoever has the turn,
together with those that wait with the same function: one call, and one savepoint, for all of
them. That spares waking a thread for its turn, and lets the function ask the database once
for many.

The queue and the turns are here; what a database needs to be told is its ``Channel``.
"""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from threading import Lock, get_ident
from time import monotonic
from typing import Any, Generic, Protocol, TypeVar

from almoxarife.server.errors import StoreUnavailable, WriteFailed

MAX_UNITS = 64
"""16 to 64 units a COMMIT measured alike; beyond, the first one only waits longer."""
MAX_SECONDS = 0.05
"""How long a batch takes new units on: the first one is waiting for its answer."""
PATIENCE_S = 30.0


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
        self.served: list[_Turn] = []
        """Units that another thread has run: theirs are waiting for the end."""


class _Turn:
    """A unit in the queue. ``wake`` opens when its thread has the turn, or when ``batch`` has ended with it."""

    __slots__ = ("alone", "batch", "item", "outcome", "wake", "work")

    def __init__(self, *, alone: bool = False, work: Together[Any, Any] | None = None, item: Any = None) -> None:
        self.alone = alone
        self.work = work
        """None for a block, which only its own thread can run."""
        self.item = item
        self.batch: Batch | None = None
        """The one it is part of, once its work is run."""
        self.outcome: Any = Interrupted()
        """What the work said of the item; stays if the thread that runs it dies."""
        self.wake = Lock()
        self.wake.acquire()

    def find_result(self) -> Any:
        if isinstance(self.outcome, Interrupted):
            raise WriteFailed from self.outcome
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return self.outcome


class Writer(Generic[ChannelT]):
    """The one write connection and the queue in front of it. Safe for threads, not for greenlets or forks.

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
        patience_s: float = PATIENCE_S,
    ) -> None:
        self.channel = channel
        self.commits = 0
        self.healthy = True
        self.fatal: Exception | None = None
        """Set when fsync failed: what the disk holds is no longer known, so nothing more is written."""
        self._finish_batch = finish
        self._publish = publish
        self._max_units = max_units
        self._max_seconds = max_seconds
        self._patience_s = patience_s
        self._mutex = Lock()
        self._queue: deque[_Turn] = deque()
        self._busy = False
        self._closed = False
        self._owner: int | None = None  # this and _batch belong to the thread whose turn it is
        self._batch: Batch | None = None

    def is_mine(self) -> bool:
        """Whether the calling thread is inside a unit."""
        return self._owner == get_ident()

    @contextmanager
    def unit(self, *, alone: bool = False) -> Iterator[Batch]:
        """Run the block in a savepoint; return only when its COMMIT has.

        ``alone`` gives a long unit a transaction of its own, so that short ones already
        done do not wait for it. What the block raises is raised after the COMMIT too.
        Raises WriteFailed (not acknowledged) when the batch failed or the turn did not
        come within ``patience_s``, StoreUnavailable when no transaction could begin,
        RuntimeError when the thread is inside a unit already: waiting for itself, it
        would wait for ever.
        """
        self._take(_Turn(alone=alone))
        with self._turn(alone=alone) as batch:
            yield batch

    def run(self, work: Together[Item, T], item: Item) -> T:
        """A unit that needs nothing of its thread: ``work`` is called with the items of all units that it comes with.

        It says what became of each. What it raises undoes all of it, and is raised to the
        caller if there is one item; else each is tried by itself. Raises as ``unit``.
        """
        turn = _Turn(work=work, item=item)
        self._take(turn)
        if turn.batch is None:
            try:
                self._serve(turn, work)
            finally:
                self._leave(turn.batch)
        if turn.batch is not None and turn.batch.error is not None:
            raise WriteFailed from turn.batch.error
        result: T = turn.find_result()
        return result

    def close(self) -> None:
        """Let the queued units finish, refuse later ones with WriteFailed, close the channel."""
        self._take(_Turn(alone=True), last=True)  # the turn is never handed on
        self.channel.close()

    # --- the turn ---------------------------------------------------------------

    def _take(self, turn: _Turn, *, last: bool = False) -> None:
        """Return when this thread has the turn, or another has run the turn's work."""
        if self.is_mine():
            raise RuntimeError("transaction() is already open in this thread: pass its session on")
        with self._mutex:
            if self._closed:
                raise WriteFailed
            self._closed = last
            if not self._busy:
                self._busy = True
                return
            self._queue.append(turn)
        try:
            came = turn.wake.acquire(timeout=-1 if last else self._patience_s)
        except BaseException:
            if not self._withdraw(turn) and turn.batch is None:
                self._leave(None)  # the turn came together with the interrupt: hand it on
            raise
        if not came:
            if self._withdraw(turn):
                raise WriteFailed
            turn.wake.acquire()

    def _withdraw(self, turn: _Turn) -> bool:
        """Leave the queue; False when the turn has just been given, or the work begun."""
        with self._mutex:
            waiting = turn in self._queue
            if waiting:
                self._queue.remove(turn)
            return waiting

    @contextmanager
    def _turn(self, *, alone: bool = False) -> Iterator[Batch]:
        """The turn of this thread: its unit, those that it runs for others, and the wait for the COMMIT."""
        batch: Batch | None = None
        interrupted = False
        try:
            with self._savepoint() as batch:
                yield batch
        except BaseException as error:
            interrupted = not isinstance(error, Exception)
            raise
        finally:
            self._leave(batch, alone=alone)
            # An interrupt (Ctrl-C) is never turned into an answer.
            if batch is not None and batch.error is not None and not interrupted:
                raise WriteFailed from batch.error

    @contextmanager
    def _savepoint(self) -> Iterator[Batch]:
        """One unit of the batch, undone when the block raises."""
        self._owner = get_ident()
        try:
            batch = self._join()
            postponed = len(batch.postponed)
            try:
                yield batch
            except BaseException:
                del batch.postponed[postponed:]
                self._end(batch, self.channel.undo_unit, self.channel.keep_unit)
                raise
            self._end(batch, self.channel.keep_unit)
        finally:
            self._owner = None

    def _join(self) -> Batch:
        if self.fatal is not None:
            raise StoreUnavailable from self.fatal
        if self._batch is None:
            try:
                self.channel.begin()
            except self.channel.failure as error:
                self._note(error)
                raise StoreUnavailable from error
            self._batch = Batch()
        batch = self._batch
        batch.size += 1
        batch.error = Interrupted()  # until this savepoint is properly closed
        try:
            self.channel.open_unit()
        except self.channel.failure as error:
            batch.error = error
            raise WriteFailed from error
        return batch

    def _end(self, batch: Batch, *steps: Callable[[], None]) -> None:
        try:
            for step in steps:
                step()
            whole = self.channel.is_in_transaction
            batch.error = None if whole else RuntimeError("the transaction ended inside a unit")
        except self.channel.failure as error:
            batch.error = error  # the savepoint is gone, and with it the neighbours' work

    def _leave(self, batch: Batch | None, *, alone: bool = False) -> None:
        is_handed_on = False
        try:
            is_handed_on = self._hand_on(alone=alone)
        finally:
            if not is_handed_on:
                self._finish(self._batch)
        if batch is not None:
            with batch.gate:  # a turnstile: each thread let through lets the next one through
                pass

    def _hand_on(self, *, alone: bool) -> bool:
        """Let those who wait join this batch; whether one of them has the turn now."""
        while (turn := self._find_next(alone=alone)) is not None:
            if turn.work is None:
                turn.wake.release()
                return True
            self._serve(turn, turn.work)
        return False

    def _find_next(self, *, alone: bool) -> _Turn | None:
        """The next unit, unless the batch is full, failed or old, or either wants to be alone."""
        batch = self._batch
        if batch is None or batch.error is not None or alone:
            return None
        if batch.size >= self._max_units or monotonic() - batch.began > self._max_seconds:
            return None
        with self._mutex:
            if not self._queue or self._queue[0].alone:
                return None
            turn = self._queue.popleft()
            if turn.work is not None:
                turn.batch = batch
                batch.served.append(turn)
            return turn

    def _serve(self, first: _Turn, work: Together[Any, Any]) -> None:
        """Run a unit that is a function, in one savepoint with those right behind it that have the same."""
        turns = [first]
        if self._try(turns, work, gather=True) or len(turns) == 1:
            return
        # What one of them cannot do must not be its neighbours' failure.
        for turn in turns:
            if self._batch is not None and self._batch.error is None:
                self._try([turn], work)

    def _try(self, turns: list[_Turn], work: Together[Any, Any], *, gather: bool = False) -> bool:
        """Whether the work has been done. What it raised is the outcome of one turn, and of several it is none."""
        try:
            with self._savepoint() as batch:
                turns[0].batch = batch
                if gather:
                    self._gather(batch, turns)
                outcomes = work(batch, [turn.item for turn in turns])
                for turn, outcome in zip(turns, outcomes, strict=True):
                    turn.outcome = outcome
        except Exception as error:  # noqa: BLE001  # it is raised where it belongs
            for turn in turns:
                turn.outcome = error if len(turns) == 1 else Interrupted()
            return False
        return True

    def _gather(self, batch: Batch, turns: list[_Turn]) -> None:
        """Add those who wait with the same work, as long as there is room."""
        work = turns[0].work
        with self._mutex:
            while self._queue and self._queue[0].work == work and batch.size < self._max_units:
                turn = self._queue.popleft()
                turn.batch = batch
                batch.served.append(turn)
                batch.size += 1
                turns.append(turn)

    def _finish(self, batch: Batch | None) -> None:
        try:
            if batch is not None and batch.error is None:
                batch.error = Interrupted()  # until COMMIT has returned
                self._finish_batch(batch)
                proves = not self.healthy and self.channel.has_written()
                self.channel.commit(batch.topics)
                batch.error = None
                self.commits += 1
                self.healthy = self.healthy or proves
        except self.channel.failure as error:
            self._note(error)
            if batch is not None:
                batch.error = error
        finally:
            self._batch = None
            try:
                self.channel.roll_back()
                if batch is not None:
                    # Also after a failure: its outcome is unknown, and a cache dropped in vain is only slow.
                    self._publish(batch.topics)
            finally:
                self._release(batch)

    def _release(self, batch: Batch | None) -> None:
        with self._mutex:
            self._busy = bool(self._queue)
            if self._queue:
                self._queue.popleft().wake.release()
        if batch is not None:
            batch.gate.release()
            for turn in batch.served:
                turn.wake.release()

    def _note(self, error: Exception) -> None:
        self.healthy = False
        if self.channel.is_fatal(error):
            self.fatal = error

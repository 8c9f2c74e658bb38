"""Group commit: units of work that wait for one another share one transaction and one fsync.

There is one writer at a time. Instead of queueing whole transactions, each with its own
fsync, the units that arrive while another runs join its transaction one after another,
each in a savepoint, and one COMMIT makes all of them durable. Nobody is answered before
that COMMIT has returned: not the unit that succeeded, and not the one that failed either,
because what it judged by ("the name is taken") may be a neighbour's row that is not
safe yet.

A unit that is a function and what to call it with (``run``, ``submit``) is run by whoever has
the turn, together with those that wait with the same function: one call, and one savepoint,
for all of them. That spares waking a thread for its turn, and lets the function ask the
database once for many.

The queue and the turns are here, what stands in them in ``units``; what a database needs to
be told is its ``Channel``.
"""

import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from queue import SimpleQueue
from threading import Lock, Thread, get_ident
from time import monotonic
from typing import Any, Generic

from almoxarife.server.errors import StoreUnavailable, WriteFailed
from almoxarife.server.store.units import Batch, ChannelT, Interrupted, Item, T, Together, Turn

MAX_UNITS = 64
"""16 to 64 units a COMMIT measured alike; beyond, the first one only waits longer."""
MAX_SECONDS = 0.05
"""How long a batch takes new units on: the first one is waiting for its answer."""
PATIENCE_S = 30.0


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
        self._queue: deque[Turn[Any]] = deque()
        self._given: SimpleQueue[Turn[Any] | None] = SimpleQueue()
        self._thread: Thread | None = None
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
        self._take(Turn(alone=alone))
        with self._turn(alone=alone) as batch:
            yield batch

    def run(self, work: Together[Item, T], item: Item) -> T:
        """A unit that needs nothing of its thread: ``work`` is called with the items of all units that it comes with.

        It says what became of each. What it raises undoes all of it, and is raised to the
        caller if there is one item; else each is tried by itself. Raises as ``unit``.
        """
        turn: Turn[T] = Turn(work=work, item=item)
        self._take(turn)
        if turn.batch is None:
            try:
                self._serve(turn)
            finally:
                self._leave(turn.batch)
        return turn.result()

    def submit(self, work: Together[Item, T], item: Item, done: Callable[[Turn[T]], None]) -> None:
        """``run`` for whoever does not wait: ``done`` is called with the turn when its end has come.

        It is called by the thread that has written, so it must not raise, wait or write.
        Where nobody writes, a thread of this writer runs it. Raises WriteFailed when the
        writer is closed.
        """
        self._refuse_inside()
        turn: Turn[T] = Turn(work=work, item=item, done=done)
        with self._mutex:
            if self._closed:
                raise WriteFailed
            if self._busy:
                self._queue.append(turn)
                return
            self._busy = True
        self._give(turn)

    def give_up_late_ones(self) -> None:
        """End what was submitted and has not got its turn in ``patience_s``. Called now and then."""
        latest = monotonic() - self._patience_s
        with self._mutex:
            late = [turn for turn in self._queue if turn.done is not None and turn.came < latest]
            for turn in late:
                self._queue.remove(turn)
        for turn in late:
            turn.end()

    def close(self) -> None:
        """Let the queued units finish, refuse later ones with WriteFailed, close the channel."""
        self._take(Turn(alone=True), last=True)  # the turn is never handed on
        self._given.put(None)
        self.channel.close()

    # --- units whose thread does not wait -----------------------------------------

    def _give(self, turn: Turn[Any]) -> None:
        """Have the thread of this writer take the turn."""
        if self._thread is None:
            self._thread = Thread(target=self._write, name="writer", daemon=True)
            self._thread.start()
        self._given.put(turn)

    def _write(self) -> None:
        while (turn := self._given.get()) is not None:
            try:
                try:
                    self._serve(turn)
                finally:
                    self._leave(turn.batch, waits=False)
            except BaseException:  # noqa: BLE001  # without this thread nothing that was submitted would be written
                threading.excepthook(threading.ExceptHookArgs((*sys.exc_info(), threading.current_thread())))
            if turn.batch is None:
                turn.end()  # nothing could begin

    # --- the turn ---------------------------------------------------------------

    def _take(self, turn: Turn[Any], *, last: bool = False) -> None:
        """Return when this thread has the turn, or another has run the turn's work."""
        self._refuse_inside()
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

    def _refuse_inside(self) -> None:
        if self.is_mine():
            raise RuntimeError("transaction() is already open in this thread: pass its session on")

    def _withdraw(self, turn: Turn[Any]) -> bool:
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

    def _leave(self, batch: Batch | None, *, alone: bool = False, waits: bool = True) -> None:
        is_handed_on = False
        try:
            is_handed_on = self._hand_on(alone=alone)
        finally:
            if not is_handed_on:
                self._finish(self._batch)
        if batch is not None and waits:
            with batch.gate:  # a turnstile: each thread let through lets the next one through
                pass

    def _hand_on(self, *, alone: bool) -> bool:
        """Let those who wait join this batch; whether one of them has the turn now."""
        while (turn := self._find_next(alone=alone)) is not None:
            if turn.is_block:
                turn.wake.release()
                return True
            self._serve(turn)
        return False

    def _find_next(self, *, alone: bool) -> Turn[Any] | None:
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
            if not turn.is_block:
                self._enlist(turn, batch)
            return turn

    def _serve(self, first: Turn[Any]) -> None:
        """Run a unit that is a function, in one savepoint with those right behind it that have the same."""
        turns = [first]
        if self._try(turns, gather=True) or len(turns) == 1:
            return
        # What one of them cannot do must not be its neighbours' failure.
        for turn in turns:
            if self._batch is not None and self._batch.error is None:
                self._try([turn])

    def _try(self, turns: list[Turn[Any]], *, gather: bool = False) -> bool:
        """Whether the work has been done. What it raised is the outcome of one turn, and of several it is none."""
        try:
            with self._savepoint() as batch:
                if turns[0].batch is None:
                    self._enlist(turns[0], batch)
                if gather:
                    self._gather(batch, turns)
                outcomes = turns[0].work(batch, [turn.item for turn in turns])
                for turn, outcome in zip(turns, outcomes, strict=True):
                    turn.outcome = outcome
        except Exception as error:  # noqa: BLE001  # it is raised where it belongs
            for turn in turns:
                turn.outcome = error if len(turns) == 1 else Interrupted()
            return False
        return True

    def _gather(self, batch: Batch, turns: list[Turn[Any]]) -> None:
        """Add those who wait with the same work, as long as there is room."""
        work = turns[0].work
        with self._mutex:
            while self._queue and self._queue[0].work == work and batch.size < self._max_units:
                turn = self._queue.popleft()
                self._enlist(turn, batch)
                batch.size += 1
                turns.append(turn)

    def _enlist(self, turn: Turn[Any], batch: Batch) -> None:
        turn.batch = batch
        batch.served.append(turn)

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
                turn = self._queue.popleft()
                if turn.done is None:
                    turn.wake.release()
                else:
                    self._give(turn)
        if batch is not None:
            batch.gate.release()
            # Taken apart: batch and turns, and all that hangs on them, would be left to the garbage collector.
            served, batch.served = batch.served, []
            for turn in served:
                turn.end()

    def _note(self, error: Exception) -> None:
        self.healthy = False
        if self.channel.is_fatal(error):
            self.fatal = error

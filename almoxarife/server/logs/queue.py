"""Entries of our own, on their way to the store: noted at once, written together, later.

Noting one costs an append. When the queue is full, or the store has failed for long,
entries are dropped and counted; nobody waits and nothing fails.
"""

from collections import deque
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from threading import Event, Lock, Thread
from time import monotonic

import structlog

from almoxarife.server.errors import AlmoxarifeError
from almoxarife.server.logs.entries import Entry, EntryStore, RequestLine, Traces

log = structlog.get_logger()

LONGEST = 10_000
BATCH = 500
EVERY_S = 1.0
DAY_S = 86_400.0
RETRY_S = 3600.0
LINGER_S = 5.0
"""Somebody's last requests may still be under way when they are erased, or wait in another process."""
SETTLE_S = 60.0
"""The first minute after a start belongs to the shop."""


class LogQueue:
    def __init__(
        self,
        store: EntryStore,
        *,
        longest: int = LONGEST,
        keep_days: int = 0,
        list_erased: Callable[[], Iterable[Traces]] = tuple,
    ) -> None:
        """``list_erased``: the people whose entries may still be there."""
        self.store = store
        self.dropped = 0
        """Entries that were never written, since the start."""
        self._longest = longest
        self._keep_days = keep_days
        self._list_erased = list_erased
        self._waiting: deque[Entry | RequestLine] = deque()
        self._to_forget: deque[tuple[float, Traces]] = deque()
        """From when on, and whose entries."""
        self._flushing = Lock()
        self._stop = Event()
        self._tend_at = monotonic() + SETTLE_S
        self._reported = 0
        self._thread = Thread(target=self._run, name="log-queue", daemon=True)

    def put(self, entry: Entry | RequestLine) -> None:
        """Never waits and never raises."""
        if len(self._waiting) >= self._longest:
            self.dropped += 1
        else:
            self._waiting.append(entry)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        """Write what waits and close the store."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()
        self.flush()
        self.store.close()

    def flush(self) -> bool:
        """Write what waits now; False when the store does not take it: it goes on waiting."""
        with self._flushing:
            for _ in range(len(self._waiting) // BATCH + 1):
                batch = [self._waiting.popleft() for _ in range(min(BATCH, len(self._waiting)))]
                if not batch:
                    return True
                try:
                    self.store.append([item if isinstance(item, Entry) else item.to_entry() for item in batch])
                except AlmoxarifeError as error:
                    self._waiting.extendleft(reversed(batch))
                    log.debug("log_store_failed", reason=str(error.__cause__ or error))
                    return False
        return True

    def forget(self, traces: Traces) -> None:
        """Have what is personal taken out of somebody's entries in a moment, again and again while the store fails."""
        self._to_forget.append((monotonic() + LINGER_S, traces))

    def forget_asked(self) -> None:
        """After what waited has been written: there may be entries of theirs among it."""
        while self._to_forget and self._to_forget[0][0] <= monotonic():
            try:
                self.store.forget(self._to_forget[0][1])
            except AlmoxarifeError as error:
                log.debug("log_forgetting_failed", reason=str(error.__cause__ or error))
                return
            self._to_forget.popleft()

    def tend_if_due(self) -> None:
        """Once a day, remove what is older than the days to keep, and look for what erased people left.

        A server may have stopped before the log was there to forget them, or another process
        may have written their last requests late.
        """
        if monotonic() < self._tend_at:
            return
        self._tend_at = monotonic() + DAY_S
        try:
            if self._keep_days:
                removed = self.store.prune(datetime.now(UTC) - timedelta(days=self._keep_days))
                log.info("log_pruned", entries=removed)
            self._to_forget.extend((monotonic(), traces) for traces in self._list_erased())
        except AlmoxarifeError as error:
            log.error("log_not_tended", reason=str(error.__cause__ or error))
            self._tend_at = monotonic() + RETRY_S

    def _run(self) -> None:
        was_written = True
        while not self._stop.wait(EVERY_S):
            is_written = self.flush()
            if is_written:
                self.forget_asked()
            if is_written != was_written:
                log.warning("log_store", state="ok" if is_written else "failing", waiting=len(self._waiting))
            was_written = is_written
            if self.dropped != self._reported:
                log.warning("log_entries_dropped", since_the_start=self.dropped)
                self._reported = self.dropped
            self.tend_if_due()

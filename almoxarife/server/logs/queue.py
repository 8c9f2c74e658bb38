"""Entries of our own, on their way to the store: noted at once, written together, later.

Noting one costs an append. When the queue is full, or the store has failed for long,
entries are dropped and counted; nobody waits and nothing fails.
"""

from collections import deque
from datetime import UTC, datetime, timedelta
from threading import Event, Lock, Thread
from time import monotonic

import structlog

from almoxarife.server.errors import AlmoxarifeError
from almoxarife.server.logs.entries import Entry, EntryStore, RequestLine

log = structlog.get_logger()

LONGEST = 10_000
BATCH = 500
EVERY_S = 1.0
DAY_S = 86_400.0
SETTLE_S = 60.0
"""The first minute after a start belongs to the shop."""


class LogQueue:
    def __init__(self, store: EntryStore, *, longest: int = LONGEST, keep_days: int = 0) -> None:
        self.store = store
        self.dropped = 0
        """Entries that were never written, since the start."""
        self._longest = longest
        self._keep_days = keep_days
        self._waiting: deque[Entry | RequestLine] = deque()
        self._flushing = Lock()
        self._stop = Event()
        self._prune_at = monotonic() + SETTLE_S
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

    def prune_if_due(self) -> None:
        """Once a day, remove what is older than the days to keep."""
        if not self._keep_days or monotonic() < self._prune_at:
            return
        self._prune_at = monotonic() + DAY_S
        try:
            removed = self.store.prune(datetime.now(UTC) - timedelta(days=self._keep_days))
        except AlmoxarifeError as error:
            log.error("log_prune_failed", reason=str(error.__cause__ or error))
        else:
            log.info("log_pruned", entries=removed)

    def _run(self) -> None:
        was_written = True
        while not self._stop.wait(EVERY_S):
            is_written = self.flush()
            if is_written != was_written:
                log.warning("log_store", state="ok" if is_written else "failing", waiting=len(self._waiting))
            was_written = is_written
            if self.dropped != self._reported:
                log.warning("log_entries_dropped", since_the_start=self.dropped)
                self._reported = self.dropped
            self.prune_if_due()

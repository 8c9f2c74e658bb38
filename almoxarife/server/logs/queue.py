"""The server's own entries: queued while a request is answered, and written in batches by one thread.

``put`` costs an append to a deque. When the queue is full, because the store has failed for long,
entries are dropped and counted; no request waits for the log or fails because of it. The same thread
maintains the store: it removes old entries and erases the traces of erased people.
"""

import logging
from collections import deque
from collections.abc import Callable, Iterable
from datetime import datetime
from threading import Event, Lock, Thread
from time import monotonic
from typing import Any

from almoxarife.server.errors import AlmoxarifeError, reason_of
from almoxarife.server.logs.entries import Entry, EntryFilter, EntryStore, RequestLine, Traces
from almoxarife.server.logs.gateway.line import GatewayLine
from almoxarife.server.logs.repeated_refusals import RepeatedRefusals
from almoxarife.server.store.columns import from_micros
from almoxarife.server.store.waiting import BoundedLock

log = logging.getLogger(__name__)

Waiting = Entry | RequestLine | GatewayLine

LONG = 128 * 1024
"""Bytes. Redacting shorter texts mostly takes up to 0.1 s, longer ones up to ``MAX_WORK_S``."""
MAX_WAITING = 8
"""How many texts of each kind may wait for another one; each occupies a thread."""
TIMEOUT_S = 10.0
"""How long a text waits."""
MAX_QUEUED = 10_000
BATCH = 500
EVERY_S = 1.0
EARLY_FLUSH_SIZE = 1000
"""With so many queued entries they are written at once, before the interval is over."""
DAY_S = 86_400.0
RETRY_S = 3600.0
LINGER_S = 5.0
"""How long after erasing a person their entries are forgotten: their last requests may still be running."""
MAINTENANCE_S = 0.2
"""Seconds for maintenance in each interval."""
SIZE_EVERY_S = 60.0
SETTLE_S = 60.0
"""No maintenance in the first minute after a start."""


class LogQueue:
    def __init__(
        self,
        store: EntryStore,
        *,
        max_queued: int = MAX_QUEUED,
        keep_days: int = 0,
        keep_bytes: int = 0,
        list_erased: Callable[[], Iterable[Traces]] = tuple,
    ) -> None:
        """``keep_days``, ``keep_bytes``: 0 is no limit. ``list_erased``: erased people who may still have entries."""
        self.store = store
        self.long_texts = BoundedLock(waiting=MAX_WAITING, timeout_s=TIMEOUT_S)
        """Held while long texts of other programs are redacted."""
        self.medium_texts = BoundedLock(waiting=MAX_WAITING, timeout_s=TIMEOUT_S)
        """The same for texts up to ``LONG``: a list of a hundred entries must not wait for one of thousands."""
        self.dropped = 0
        """Entries that were dropped since the start."""
        self._max_queued = max_queued
        self._keep_days = keep_days
        self._keep_bytes = keep_bytes
        self._repeated = RepeatedRefusals()
        self._list_erased = list_erased
        self._waiting: deque[Waiting] = deque()
        self._to_forget: deque[tuple[float, Traces]] = deque()
        """(when to forget, whose entries), the earliest first."""
        self._flushing = Lock()
        self._stop = Event()
        self._wake = Event()
        self._maintain_at = monotonic() + SETTLE_S
        self._reported = 0
        self._was_written = True
        self._prune_before: datetime | None = None
        self._pruned = 0
        self._size_at = self._maintain_at
        self._shrink_to = 0
        self._is_counted = self._is_clean = True
        """Whether nothing from earlier versions is left to count or to redact; looked at once a day."""
        self._thread = Thread(target=self._run, name="log-queue", daemon=True)

    def put(self, entry: Entry | RequestLine) -> None:
        """Queue an entry, or drop it if the queue is full. Never waits and never raises."""
        if len(self._waiting) >= self._max_queued:
            self.dropped += 1
        else:
            self._waiting.append(entry)

    def offer(self, line: GatewayLine) -> bool:
        """Queue a line of the gateway; False if the queue is half full. The other half is for other entries."""
        if len(self._waiting) >= self._max_queued // 2:
            return False
        self._waiting.append(line)
        if len(self._waiting) >= EARLY_FLUSH_SIZE:
            self._wake.set()
        return True

    def put_request(self, *fields: Any) -> None:
        """Queue a request to our API, given as the fields of ``RequestLine``. Never waits and never raises."""
        line = RequestLine(*fields)
        if line.status < 400 or not self._repeated.is_summed(line, monotonic()):
            self.put(line)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        """Write what is queued and close the store."""
        self._stop.set()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join()
        self._waiting.extend(self._repeated.take_sums(monotonic(), at_once=True))
        self.flush()
        self.store.close()

    def flush(self) -> bool:
        """Write the queued entries; False if the store fails, and they stay queued."""
        with self._flushing:
            for _ in range(len(self._waiting) // BATCH + 1):
                batch = [self._waiting.popleft() for _ in range(min(BATCH, len(self._waiting)))]
                if not batch:
                    return True
                try:
                    self.store.append([_to_entry(item) for item in batch])
                except AlmoxarifeError as error:
                    self._requeue(batch, error)
                    return False
                except Exception:  # noqa: BLE001  # one entry that cannot be stored must not block the others
                    if not self._write_each(batch):
                        return False
        return True

    def _write_each(self, batch: list[Waiting]) -> bool:
        """Write the entries one by one, because one of them cannot be stored; it is dropped and counted."""
        for place, item in enumerate(batch):
            try:
                self.store.append([_to_entry(item)])
            except AlmoxarifeError as error:
                self._requeue(batch[place:], error)
                return False
            except Exception as error:
                self.dropped += 1
                log.error("log_entry_failed", exc_info=error)
        return True

    def _requeue(self, batch: list[Waiting], error: AlmoxarifeError) -> None:
        self._waiting.extendleft(reversed(batch))
        log.debug("log_store_failed", {"reason": reason_of(error)})

    def forget(self, traces: Traces) -> None:
        """Remove a person's data from their entries, in a few seconds; repeated while the store fails."""
        self._to_forget.append((monotonic() + LINGER_S, traces))

    def forget_due(self) -> None:
        """Forget people whose time has come. Call it after a flush, because queued entries may be theirs."""
        while self._to_forget and self._to_forget[0][0] <= monotonic():
            try:
                self.store.forget(self._to_forget[0][1])
            except AlmoxarifeError as error:
                log.debug("log_forgetting_failed", {"reason": reason_of(error)})
                return
            self._to_forget.popleft()

    def plan_maintenance(self) -> None:
        """Once a day, find the entries that are too old, and forget erased people again.

        The server may have stopped before their entries were forgotten, or another process may have written more.
        """
        if monotonic() < self._maintain_at:
            return
        self._maintain_at = monotonic() + DAY_S
        self._is_counted = self._is_clean = False
        try:
            if self._keep_days:
                self._prune_before = self._find_oldest_day()
            self._to_forget.extend((monotonic(), traces) for traces in self._list_erased())
        except AlmoxarifeError as error:
            log.error("log_not_tended", {"reason": reason_of(error)})
            self._maintain_at = monotonic() + RETRY_S

    def _find_oldest_day(self) -> datetime | None:
        """The start of the oldest UTC day to keep; None if there are not more than ``keep_days`` days.

        Only days with entries are counted, so that a clock that is ten years ahead makes no entry too old.
        """
        day: datetime | None = None
        for _ in range(self._keep_days):
            newest = self.store.search(EntryFilter(before=day, limit=1))
            if not newest:
                return None
            day = from_micros(newest[0].entry.moment).replace(hour=0, minute=0, second=0, microsecond=0)
        return day

    def run_maintenance(self) -> None:
        """Do pieces of maintenance for a part of each second, so that the queue is still written in time."""
        until = monotonic() + MAINTENANCE_S
        try:
            while monotonic() < until and not self._stop.is_set() and self._maintain_piece():
                pass
        except Exception as error:  # noqa: BLE001  # no error is retried at once, or it would be retried for ever
            log.error("log_not_tended", {"reason": reason_of(error)})
            self._prune_before, self._shrink_to, self._is_counted, self._is_clean = None, 0, True, True
            self._maintain_at = monotonic() + RETRY_S

    def _maintain_piece(self) -> bool:
        """Do the next piece of maintenance; False if nothing is left to do."""
        if self._prune_before is not None:
            self._prune_piece(self._prune_before)
        elif self._shrink_to:
            # Shrink to 90 % of the limit, so that this does not begin again in the next minute.
            self._shrink_to = self._keep_bytes // 10 * 9 if self.store.shrink(self._shrink_to) else 0
        elif not self._is_counted:
            self._is_counted = not self.store.count_older()
        elif not self._is_clean:
            self._is_clean = not self.store.clean()
        else:
            return False
        return True

    def _prune_piece(self, before: datetime) -> None:
        removed = self.store.prune(before)
        self._pruned += removed
        if not removed:
            log.info("log_pruned", {"entries": self._pruned})
            self._prune_before, self._pruned = None, 0

    def _run(self) -> None:
        while not self._wait():
            try:
                self._work()
            except Exception as error:  # without this thread nothing would be written or forgotten
                log.error("log_queue_fault", exc_info=error)

    def _wait(self) -> bool:
        """Wait for something to do; returns whether to stop."""
        self._wake.wait(EVERY_S)
        self._wake.clear()
        return self._stop.is_set()

    def _work(self) -> None:
        self._waiting.extend(self._repeated.take_sums(monotonic()))
        is_written = self.flush()
        if is_written:
            self.forget_due()
        if is_written != self._was_written:
            log.warning("log_store", {"state": "ok" if is_written else "failing", "waiting": len(self._waiting)})
        self._was_written = is_written
        if self.dropped != self._reported:
            log.warning("log_entries_dropped", {"since_the_start": self.dropped})
            self._reported = self.dropped
        self.plan_maintenance()
        if self._keep_bytes and monotonic() >= self._size_at:
            self._size_at = monotonic() + SIZE_EVERY_S
            self._shrink_to = self._keep_bytes
        self.run_maintenance()


def _to_entry(item: Waiting) -> Entry:
    return item if isinstance(item, Entry) else item.to_entry()

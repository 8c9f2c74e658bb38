"""Versions of topics ("products", "movements"), which change with their data; they are part of every ETag.

Read the versions *before* opening ``reading()``: a tag that is older than its data costs one
more answer, a newer one would hide a change. Versions are only compared for equality.
"""

import logging
import random
import secrets
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from itertools import repeat
from math import inf
from threading import Event, Lock, Thread, local
from time import monotonic
from zlib import crc32

from almoxarife.build import name_build
from almoxarife.server.errors import StoreUnavailable
from almoxarife.server.store.waiting import Resume, may_wait, without_waiting

MAX_AGE_S = 0.01
"""How old the stamps may be for a poll; a write by another process is acknowledged so much later."""
_NEVER = repeat(0)
_numbers = random.Random()  # noqa: S311  # they guard nothing

log = logging.getLogger(__name__)


class Versions:
    """The versions in the memory of this process, if it is the only one that writes.

    ``boot`` is part of every tag, and different in every process.
    """

    def __init__(self) -> None:
        self.boot = secrets.token_urlsafe(9)
        self._numbers: Mapping[str, int] = {}

    def now(self) -> Mapping[str, int]:
        """The versions of all topics; the same object as long as nothing has changed."""
        return self._numbers

    def of(self, *topics: str) -> tuple[int, ...]:
        return tuple(map(self.now().get, topics, _NEVER))

    def tag(self, user_id: int, shop_ids: tuple[int, ...], path_and_query: str, *topics: str) -> str:
        """A strong ETag for a response about ``topics`` to a person who sees the shops ``shop_ids``.

        The shops are part of the tag because a person's rights may change while the
        request is served: the tag must then be that of the old rights.
        """
        hashed = crc32(f"{path_and_query} {shop_ids}".encode())
        return f'"{self.boot}-{".".join(map(str, self.of(*topics)))}-{user_id}-{hashed:x}"'

    def bump(self, topics: Iterable[str]) -> None:
        """Give each topic a new number. Only the thread that commits may call it.

        Random numbers: a counter would reveal to every client how much other shops do.
        """
        numbers = dict(self._numbers)
        for topic in topics:
            numbers[topic] = _numbers.getrandbits(48)
        self._numbers = numbers

    def begin_request(
        self, max_age_s: float = 0.0, *, only_reads: bool = False, topics: tuple[str, ...] | None = None
    ) -> None:
        """This thread begins a request; with several processes, the stamps must be at least as new as this moment.

        ``max_age_s``: except that changes by *another* process may be noticed so much later, for
        polls. ``topics``: those that the request will read, if not all. ``only_reads``: it changes nothing,
        so a replica may answer it, and it may be tried again.
        """

    @property
    def only_reads(self) -> bool:
        """Whether this thread's request changes nothing."""
        return False

    def end_request(self) -> None:
        """The request has ended, or this thread has changed something itself."""


class _StampQuery:
    """One query of the stamps, shared by all requests that came before it began."""

    __slots__ = ("began", "covers", "stamps")

    def __init__(self) -> None:
        self.stamps: Mapping[str, int] | None = None
        self.began = self.covers = -inf
        """When it began, and until when it includes what this process itself has changed, in monotonic seconds."""


class SharedVersions(Versions):
    """The versions if several processes write: a stamp for each topic in the database, written with the change.

    A request reads the stamps after its beginning, so a client never gets older data from one process
    than it has seen from another. Only polls (``max_age_s``) accept older stamps, but
    never from before this process's own last change; in return, writes by other processes are acknowledged
    that much later (``postgres.WriteChannel.commit``). Each COMMIT of this process brings the stamps with it
    (``learn``), so that who comes right after it need not wait for a query. Stamps are random, because after restoring
    a backup a counter would repeat, with other data.
    """

    def __init__(self, select: Callable[[], Mapping[str, int]], *, is_known: Callable[[], bool] = lambda: True) -> None:
        """``select`` reads the committed stamps; it is called by one thread at a time.

        ``is_known``: whether all other processes have noticed this one, and wait ``MAX_AGE_S`` for it.
        """
        super().__init__()
        # All processes use the same tags, unless their builds differ.
        self.boot = f"{crc32(name_build().encode()):x}"
        self._select = select
        self._is_known = is_known
        self._next: _StampQuery | None = None
        self._mutex = Lock()
        self._query_lock = Lock()
        self._thread = local()
        self._last = _StampQuery()
        self._changed = -inf
        self._changed_at: dict[str, float] = {}
        self._learned_at: float | None = None
        self._must_refresh = Event()
        self._refresher: Thread | None = None
        self._later: deque[Resume] = deque()
        """What is resumed after a query of the stamps that begins from now on."""
        self._is_closed = False

    def close(self) -> None:
        """Stop the thread that refreshes the stamps."""
        self._is_closed = True
        self._must_refresh.set()

    def now(self) -> Mapping[str, int]:
        """The stamps; the same object for all requests that share a query."""
        if not getattr(self._thread, "is_answering", False):
            return self._query_stamps()
        if self._thread.stamps is None:
            self._thread.stamps = self._query_stamps()
        stamps: Mapping[str, int] = self._thread.stamps
        return stamps

    def bump(self, topics: Iterable[str]) -> None:
        """The transaction has written the stamps itself; the ones that were read before are stale now."""
        self._changed, self._learned_at = self._learned_at or monotonic(), None
        self._changed_at.update(dict.fromkeys(topics, self._changed))

    def learn(self, stamps: Mapping[str, int], began: float) -> None:
        """Take stamps that were read after ``began`` and right after a COMMIT of this process; its ``bump`` follows."""
        query = _StampQuery()
        query.began, query.covers = began, monotonic()
        self._keep(query, stamps)
        self._learned_at = query.covers

    def begin_request(
        self, max_age_s: float = 0.0, *, only_reads: bool = False, topics: tuple[str, ...] | None = None
    ) -> None:
        """The stamps are read at most once for this request."""
        stamps: Mapping[str, int] | None = getattr(self._thread, "given", None)
        self._thread.is_answering, self._thread.stamps, self._thread.only_reads = True, stamps, only_reads
        if max_age_s and stamps is None:
            last, now = self._last, monotonic()
            changed = self._changed if topics is None else max(map(self._changed_at.get, topics, _NEVER))
            if last.began > now - max_age_s and last.covers >= changed and self._is_known():
                self._thread.stamps = last.stamps
                if last.began < now - max_age_s / 2:
                    self._refresh()

    @property
    def only_reads(self) -> bool:
        return getattr(self._thread, "only_reads", False)

    def end_request(self) -> None:
        self._thread.is_answering, self._thread.stamps, self._thread.only_reads = False, None, False

    def _refresh(self) -> None:
        """Have the stamps read again before they are too old, so that no poll has to wait for it."""
        if self._refresher is None:
            with self._mutex:
                if self._refresher is None:
                    refresher = Thread(target=self._refresh_stamps, name="versions", daemon=True)
                    refresher.start()
                    self._refresher = refresher
        self._must_refresh.set()

    def _refresh_stamps(self) -> None:
        while self._must_refresh.wait() and not self._is_closed:
            self._must_refresh.clear()
            later = [self._later.popleft() for _ in range(len(self._later))]
            stamps = None
            try:
                stamps = self._query_stamps()
            except StoreUnavailable:
                pass  # the next request is told, and those that are resumed ask again
            except Exception as error:  # so are they; without this thread nobody would be answered any more
                log.error("fault", exc_info=error)
            if later:
                self._resume_all(later, stamps)

    def _resume_all(self, later: list[Resume], stamps: Mapping[str, int] | None) -> None:
        self._thread.given = stamps
        with without_waiting():
            for resume in later:
                try:
                    resume()
                except Exception as error:  # the others wait to be answered too
                    log.error("fault", exc_info=error)
        self._thread.given = None
        self.end_request()

    def _call_later(self, resume: Resume) -> None:
        """All requests that come meanwhile share the query, and none of them takes a thread of the pool."""
        self._later.append(resume)
        self._refresh()

    def _query_stamps(self) -> Mapping[str, int]:
        may_wait(self._call_later)
        with self._mutex:
            if self._next is None:
                self._next = _StampQuery()
            query = self._next
        with self._query_lock:
            if query.stamps is None:
                with self._mutex:  # later requests need a query that begins after them
                    if self._next is query:
                        self._next = None
                query.began = query.covers = monotonic()
                return self._keep(query, self._select())
        return query.stamps

    def _keep(self, query: _StampQuery, stamps: Mapping[str, int]) -> Mapping[str, int]:
        last = self._last
        # The same object as long as nothing has changed: answers are kept for as long (``ResponseCache``).
        if last.stamps == stamps:
            stamps = last.stamps
        query.stamps = stamps
        if query.began > last.began:
            self._last = query
        return stamps

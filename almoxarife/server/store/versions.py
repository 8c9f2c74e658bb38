"""What has changed, told by a number for each topic ("products", "movements"): part of every ETag.

Read the versions *before* opening ``reading()``: a tag older than its data costs one
more answer, a newer one would hide a change. Versions are compared for being equal and
never for order.
"""

import random
import secrets
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from itertools import repeat
from threading import Event, Lock, Thread, local
from time import monotonic
from zlib import crc32

from almoxarife.build import name_build
from almoxarife.server.errors import StoreUnavailable
from almoxarife.server.store.waiting import may_wait

MAX_AGE_S = 0.01
"""How old a look may be for a poll; a write at another process is answered so much later."""
_NEVER = repeat(0)
_numbers = random.Random()  # noqa: S311  # they guard nothing


class Versions:
    """A number for each topic, another one after each change, in this process, the only one that writes.

    ``boot`` is part of every tag: no two processes share it.
    """

    def __init__(self) -> None:
        self.boot = secrets.token_urlsafe(9)
        self._numbers: Mapping[str, int] = {}

    def now(self) -> Mapping[str, int]:
        """The number of every topic: the very same object for as long as nothing at all has changed."""
        return self._numbers

    def of(self, *topics: str) -> tuple[int, ...]:
        return tuple(map(self.now().get, topics, _NEVER))

    def tag(self, reader: int, seen: tuple[int, ...], question: str, *topics: str) -> str:
        """A strong ETag of what ``reader``, who sees the shops ``seen``, is told about ``topics``.

        ``question``: path and query. The shops are part of it for people who were let in right
        before their rights changed: the answer is of before, and so must its tag be.
        """
        asked = crc32(f"{question} {seen}".encode())
        return f'"{self.boot}-{".".join(map(str, self.of(*topics)))}-{reader}-{asked:x}"'

    def bump(self, topics: Iterable[str]) -> None:
        """Another number for each topic. Only one thread at a time may call it: the one that commits.

        At random: a count would tell whoever asks again how much other shops do.
        """
        self._numbers = {**self._numbers, **{topic: _numbers.getrandbits(48) for topic in topics}}

    def begin_request(
        self, max_age_s: float = 0.0, *, only_reads: bool = False, about: tuple[str, ...] | None = None
    ) -> None:
        """This thread begins to answer somebody: what they have seen elsewhere counts from here on.

        ``max_age_s``: how much later what *another* process has changed may count, for a
        question that is asked again and again. ``about``: the topics that will be asked for, where not all of
        them may be. ``only_reads``: whatever it changes nothing,
        so a replica may answer it, and it may be begun anew.
        """

    @property
    def only_reads(self) -> bool:
        """Whether this thread answers a request that changes nothing."""
        return False

    def end_request(self) -> None:
        """What ``begin_request`` began is over, or this thread has changed something itself."""


class _Look:
    """One look into the database, shared by all who came before it began."""

    __slots__ = ("began", "stamps")

    def __init__(self) -> None:
        self.stamps: Mapping[str, int] | None = None
        self.began = 0.0


class SharedVersions(Versions):
    """The same where several processes write: a stamp for each topic, drawn at random in the writing transaction.

    A stamp is never older than the moment it was asked for, so nobody gets from one process
    what is older than they have seen from another; only who says so takes an older one, and
    never one from before this process's own last change. Whoever changes something in another
    process is told so that much later (``postgres.WriteChannel.commit``). Random, because a count would come
    again, with other data behind it, after a copy from yesterday has been restored.
    """

    def __init__(self, select: Callable[[], Mapping[str, int]], *, is_known: Callable[[], bool] = lambda: True) -> None:
        """``select`` reads the stamps that are committed now; it is called by one thread at a time.

        ``is_known``: whether every other process knows by now that this one is here, and waits for it.
        """
        super().__init__()
        # Every process tells the same by the same tag, unless it renders it differently.
        self.boot = f"{crc32(name_build().encode()):x}"
        self._select = select
        self._is_known = is_known
        self._next: _Look | None = None
        self._mutex = Lock()
        self._line = Lock()
        self._thread = local()
        self._last = _Look()
        self._changed = 0.0
        self._changed_at: dict[str, float] = {}
        self._is_ageing = Event()
        self._refresher: Thread | None = None
        self._is_closed = False

    def close(self) -> None:
        """Look no more by itself."""
        self._is_closed = True
        self._is_ageing.set()

    def now(self) -> Mapping[str, int]:
        """The stamps, the same object for all requests that share the look that found them."""
        if not getattr(self._thread, "is_answering", False):
            return self._look()
        if self._thread.stamps is None:
            self._thread.stamps = self._look()
        stamps: Mapping[str, int] = self._thread.stamps
        return stamps

    def bump(self, topics: Iterable[str]) -> None:
        """The stamps are written by the transaction itself; what was seen before it is out of date."""
        self._changed = monotonic()
        self._changed_at.update(dict.fromkeys(topics, self._changed))

    def begin_request(
        self, max_age_s: float = 0.0, *, only_reads: bool = False, about: tuple[str, ...] | None = None
    ) -> None:
        """One look is enough for all that this thread does for one request."""
        self._thread.is_answering, self._thread.stamps, self._thread.only_reads = True, None, only_reads
        if max_age_s:
            last, now = self._last, monotonic()
            changed = self._changed if about is None else max(map(self._changed_at.get, about, _NEVER))
            if last.began > max(now - max_age_s, changed) and self._is_known():
                self._thread.stamps = last.stamps
                if last.began < now - max_age_s / 2:
                    self._refresh()

    @property
    def only_reads(self) -> bool:
        return getattr(self._thread, "only_reads", False)

    def end_request(self) -> None:
        self._thread.is_answering, self._thread.stamps, self._thread.only_reads = False, None, False

    def _refresh(self) -> None:
        """Look again before the last look is too old: where many ask, none of them waits for it."""
        if self._refresher is None:
            self._refresher = Thread(target=self._look_again, name="versions", daemon=True)
            self._refresher.start()
        self._is_ageing.set()

    def _look_again(self) -> None:
        while self._is_ageing.wait() and not self._is_closed:
            self._is_ageing.clear()
            with suppress(StoreUnavailable):  # the next request is told
                self._look()

    def _look(self) -> Mapping[str, int]:
        may_wait()
        with self._mutex:
            if self._next is None:
                self._next = _Look()
            look = self._next
        with self._line:
            if look.stamps is None:
                with self._mutex:  # requests from here on may know more than this look will see
                    if self._next is look:
                        self._next = None
                look.began = monotonic()
                look.stamps = self._select()
                self._last = look
        return look.stamps

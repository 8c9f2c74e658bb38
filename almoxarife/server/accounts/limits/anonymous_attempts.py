"""Limits the audit entries about refused logins and registrations.

The audit trail is never pruned, so people without an account must not be able to fill it. The first few
refusals of a kind, person and address get an entry each; the rest of a quarter of an hour is counted
in memory. The count becomes one entry when the time is over, when that person logs in, or when the
server stops. A server that is killed loses these counts and nothing else.
"""

import logging
from dataclasses import dataclass
from threading import Condition, Thread
from typing import NamedTuple

from sqlalchemy.orm import Session

from almoxarife.server.audit import service as audit
from almoxarife.server.audit.tags import Outcome, Tag
from almoxarife.server.clock import SteadyClock
from almoxarife.server.errors import StoreUnavailable, WriteFailed
from almoxarife.server.identity import NOWHERE, Origin
from almoxarife.server.ids import IdKind
from almoxarife.server.store.database import Database

WINDOW_S = 900
ENTRIES = {Tag.LOGIN_THROTTLED: 1}
"""Refusals of a kind, person and address that get an entry each in a window."""
ENTRIES_OTHERWISE = 5
ENTRIES_IN_ALL = 200
"""The same for everybody together; after that only the first of a kind and person."""
RETRY_S = 60

log = logging.getLogger(__name__)


class Refusal(NamedTuple):
    """A request that was refused to somebody without a token."""

    tag: Tag
    user_id: int | None
    """The person whose name was typed; None where nobody has it."""
    cause: str | None = None

    @property
    def subject(self) -> str:
        return audit.UNKNOWN_PERSON if self.user_id is None else IdKind.USER.to_wire(self.user_id)


@dataclass(slots=True)
class _Window:
    ends_s: float
    entries_left: int
    """How many more refusals get an entry each."""
    request_id: str
    """Of the first refusal, whose entry has the address."""
    counted: int = 0
    """Refusals without an entry of their own."""


class RefusalLimit:
    def __init__(self, database: Database, clock: SteadyClock) -> None:
        self._database = database
        self._clock = clock
        self._windows: dict[tuple[Refusal, str], _Window] = {}
        self._left, self._left_until_s = 0, 0.0
        self._changed = Condition()
        self._closing = False
        self._thread = Thread(target=self._run, name="repeats", daemon=True)

    def start(self) -> None:
        """Start the thread that writes the counts of windows that are over."""
        self._thread.start()

    def close(self) -> None:
        """Write all counts."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        if self._thread.is_alive():
            self._thread.join()
        self.write(everything=True)

    def may_record(self, refusal: Refusal, origin: Origin) -> bool:
        """Whether the caller is to ``record`` it as an entry of its own; otherwise it is counted here."""
        now = self._clock.elapsed_s()
        with self._changed:
            if now >= self._left_until_s:
                self._left, self._left_until_s = ENTRIES_IN_ALL, now + WINDOW_S
            window = self._windows.get((refusal, origin.network)) or self._open(refusal, origin, now)
            if window.entries_left and self._left:
                window.entries_left -= 1
                self._left -= 1
                return True
            window.counted += 1
            return False

    def _open(self, refusal: Refusal, origin: Origin, now: float) -> _Window:
        key, entries = (refusal, origin.network), ENTRIES.get(refusal.tag, ENTRIES_OTHERWISE)
        if not self._left:
            # All addresses share one window from here on: an attacker may have any number of addresses.
            key, entries = (refusal, ""), 1
            if found := self._windows.get(key):
                return found
            self._left = 1
        window = self._windows[key] = _Window(now + WINDOW_S, entries, origin.request_id)
        self._changed.notify()
        return window

    def end_windows_of(self, user_id: int) -> None:
        """That person has logged in: write what was refused in their name before."""
        with self._changed:
            for (refusal, _), window in self._windows.items():
                if refusal.user_id == user_id:
                    window.ends_s = 0
            self._changed.notify()

    def _run(self) -> None:
        while True:
            with self._changed:
                if not self._closing:
                    self._changed.wait(self._find_wait_s())
                if self._closing:
                    return
            self.write()

    def _find_wait_s(self) -> float | None:
        if not self._windows:
            return None
        return max(0.0, min(window.ends_s for window in self._windows.values()) - self._clock.elapsed_s())

    def write(self, *, everything: bool = False) -> None:
        """Write the counts of windows that are over, or of all."""
        with self._changed:
            now = self._clock.elapsed_s()
            over = {key: window for key, window in self._windows.items() if everything or window.ends_s <= now}
            for key in over:
                del self._windows[key]
        sums = {key: window for key, window in over.items() if window.counted}
        if not sums:
            return
        try:
            with self._database.transaction() as session:
                for (refusal, _), window in sums.items():
                    _record_repeats(session, refusal, window)
        except (WriteFailed, StoreUnavailable) as error:
            log.error("repeats not recorded", exc_info=error)
            self._take_back(sums, now + RETRY_S)

    def _take_back(self, sums: dict[tuple[Refusal, str], _Window], ends_s: float) -> None:
        """Count on what could not be written, in the window that has begun since or until ``ends_s``."""
        with self._changed:
            for key, window in sums.items():
                newer = self._windows.setdefault(key, window)
                if newer is window:
                    window.ends_s = ends_s
                else:
                    newer.counted += window.counted


def _record_repeats(session: Session, refusal: Refusal, window: _Window) -> None:
    times = "1 vez" if window.counted == 1 else f"{window.counted} vezes"
    cause = f"{refusal.cause}, mais {times}" if refusal.cause else f"mais {times}"
    # Without an address: erasing the person deletes that of the first request, whose id this has.
    record(session, refusal._replace(cause=cause), NOWHERE._replace(request_id=window.request_id))


def record(session: Session, refusal: Refusal, origin: Origin) -> None:
    """One entry in the trail."""
    audit.record(
        session,
        refusal.tag,
        origin=origin,
        actor_id=refusal.user_id,
        subject=refusal.subject,
        outcome=Outcome.ERROR,
        cause=refusal.cause,
    )

"""What a stranger can repeat is counted, not appended to the trail.

Nothing may prune the trail, so nobody without an account may fill it. The first few refusals
of a kind, person and address are an entry each; the rest of a quarter of an hour is counted
in memory and becomes one entry with their number: when the time is over, when that person
gets in, or when the server stops. A killed server loses these numbers, and only these.
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
"""Those of a kind, person and address that stand alone in a window."""
ENTRIES_OTHERWISE = 5
ENTRIES_IN_ALL = 200
"""The same for all strangers together; after that only the first of a kind and person."""
RETRY_S = 60

log = logging.getLogger(__name__)


class Refusal(NamedTuple):
    """What was refused to somebody whom no token proves."""

    tag: Tag
    user_id: int | None
    """Whose name was given; None where nobody has it."""
    cause: str | None = None

    @property
    def subject(self) -> str:
        return audit.UNKNOWN_PERSON if self.user_id is None else IdKind.USER.to_wire(self.user_id)


@dataclass(slots=True)
class _Window:
    ends_s: float
    alone: int
    """How many may still be an entry."""
    request_id: str
    """Of the first: its entry tells the address."""
    counted: int = 0


class Repeats:
    def __init__(self, database: Database, clock: SteadyClock) -> None:
        self._database = database
        self._clock = clock
        self._windows: dict[tuple[Refusal, str], _Window] = {}
        self._left, self._left_until_s = 0, 0.0
        self._changed = Condition()
        self._closing = False
        self._thread = Thread(target=self._run, name="repeats", daemon=True)

    def start(self) -> None:
        """Write the numbers as their time ends."""
        self._thread.start()

    def close(self) -> None:
        """Write what is counted."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        if self._thread.is_alive():
            self._thread.join()
        self.write(everything=True)

    def is_new(self, refusal: Refusal, origin: Origin) -> bool:
        """Whether it is to be an entry of its own (``record``); otherwise it is counted now."""
        now = self._clock.elapsed_s()
        with self._changed:
            if now >= self._left_until_s:
                self._left, self._left_until_s = ENTRIES_IN_ALL, now + WINDOW_S
            window = self._windows.get((refusal, origin.network)) or self._open(refusal, origin, now)
            if window.alone and self._left:
                window.alone -= 1
                self._left -= 1
                return True
            window.counted += 1
            return False

    def _open(self, refusal: Refusal, origin: Origin, now: float) -> _Window:
        key, alone = (refusal, origin.network), ENTRIES.get(refusal.tag, ENTRIES_OTHERWISE)
        if not self._left:
            # From here on addresses are not told apart: they cost a stranger nothing.
            key, alone = (refusal, ""), 1
            if found := self._windows.get(key):
                return found
            self._left = 1
        window = self._windows[key] = _Window(now + WINDOW_S, alone, origin.request_id)
        self._changed.notify()
        return window

    def end(self, user_id: int) -> None:
        """That person got in: what was refused in their name before is worth knowing now."""
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
        """Write the numbers whose time is over."""
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
                    times = "1 vez" if window.counted == 1 else f"{window.counted} vezes"
                    cause = f"{refusal.cause}, mais {times}" if refusal.cause else f"mais {times}"
                    # The first one's request leads to the address, and to none once the person is erased.
                    record(session, refusal._replace(cause=cause), NOWHERE._replace(request_id=window.request_id))
        except (WriteFailed, StoreUnavailable) as error:
            log.error("repeats not recorded", exc_info=error)
            with self._changed:
                for key, window in sums.items():
                    newer = self._windows.setdefault(key, window)
                    if newer is window:
                        window.ends_s = now + RETRY_S
                    else:
                        newer.counted += window.counted


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

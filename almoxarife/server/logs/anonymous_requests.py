"""Requests that strangers may repeat as often as they like: the first are entries, the rest is a sum.

Who asks for missing paths or guesses passwords a thousand times a second fills no log with it, and
pushes nothing out of it that somebody may look for.
"""

from collections import Counter
from threading import Lock

import orjson

from almoxarife.server.logs.entries import API, Entry, RequestLine, now_micros

WINDOW_S = 60.0
ALONE = 30
"""Refusals to one address that are an entry each in a window."""
ALONE_IN_ALL = 300
"""The same for all addresses."""


MOST_SUMS = 100
"""In a window: a stranger may invent methods."""
_OTHERS = ("(outros)", None)


class Strangers:
    def __init__(self) -> None:
        self._lock = Lock()
        self._ends = 0.0
        self._alone: Counter[str] = Counter()
        """By address; never more of them than ``ALONE_IN_ALL``."""
        self._in_all = 0
        self._summed: Counter[tuple[str, str | None]] = Counter()
        """By method and route, and problem."""

    def is_summed(self, line: RequestLine, now: float) -> bool:
        """Whether this request, refused to a stranger, is counted and no entry of its own."""
        with self._lock:
            if now >= self._ends and not self._summed:
                self._begin(now)
            if self._in_all < ALONE_IN_ALL and self._alone[line.address] < ALONE:
                self._alone[line.address] += 1
                self._in_all += 1
                return False
            key = (line.action, line.problem)
            self._summed[key if key in self._summed or len(self._summed) < MOST_SUMS else _OTHERS] += 1
            return True

    def take_sums(self, now: float, *, at_once: bool = False) -> list[Entry]:
        """One entry for each route and problem of a window that is over, or of any ``at_once``."""
        with self._lock:
            if not self._summed or (now < self._ends and not at_once):
                return []
            summed = self._summed
            self._begin(now)
        moment = now_micros()
        return [
            Entry(moment, moment, API, "N/A", action, "failure", problem, orjson.dumps({"repetidos": count}).decode())
            for (action, problem), count in summed.items()
        ]

    def _begin(self, now: float) -> None:
        self._ends = now + WINDOW_S
        self._alone, self._in_all, self._summed = Counter(), 0, Counter()

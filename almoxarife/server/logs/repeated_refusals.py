"""Limits the log entries about refused requests of unknown people: the first ones get entries, others are counted.

These are refused requests without a token, and all requests while the server cannot answer (503). Otherwise anybody
could fill the log, and displace other entries, by requesting missing paths or guessing passwords.
"""

from collections import Counter
from http import HTTPStatus
from threading import Lock

import orjson

from almoxarife.server.logs.entries import API_SERVICE, Entry, RequestLine, now_micros

WINDOW_S = 60.0
ENTRIES_PER_ADDRESS = 30
"""Refusals to one address that get an entry each in a window."""
ENTRIES_IN_ALL = 300
"""The same for all addresses together."""
MAX_SUMS = 100
"""Counts in a window; an attacker may invent methods."""
_OTHERS = ("(outros)", None)


class RepeatedRefusals:
    def __init__(self) -> None:
        self._lock = Lock()
        self._ends = 0.0
        self._entries: Counter[str] = Counter()
        """Entries by address; never more addresses than ``ENTRIES_IN_ALL``."""
        self._entries_in_all = 0
        self._summed: Counter[tuple[str, str | None]] = Counter()
        """Refusals without an entry, by action (method and route) and problem."""

    def is_summed(self, line: RequestLine, now: float) -> bool:
        """Count this refused request if there were many; returns whether it was counted and must not get an entry."""
        if line.user_id is not None and line.status != HTTPStatus.SERVICE_UNAVAILABLE:
            return False
        with self._lock:
            if now >= self._ends and not self._summed:
                self._begin(now)
            if self._entries_in_all < ENTRIES_IN_ALL and self._entries[line.address] < ENTRIES_PER_ADDRESS:
                self._entries[line.address] += 1
                self._entries_in_all += 1
                return False
            key = (line.action, line.problem)
            self._summed[key if key in self._summed or len(self._summed) < MAX_SUMS else _OTHERS] += 1
            return True

    def take_sums(self, now: float, *, at_once: bool = False) -> list[Entry]:
        """One entry for each action and problem that was counted, once the window is over or ``at_once``."""
        with self._lock:
            if not self._summed or (now < self._ends and not at_once):
                return []
            summed = self._summed
            self._begin(now)
        moment = now_micros()
        return [
            Entry(
                moment,
                moment,
                API_SERVICE,
                "N/A",
                action,
                "failure",
                problem,
                orjson.dumps({"repetidos": count}).decode(),
            )
            for (action, problem), count in summed.items()
        ]

    def _begin(self, now: float) -> None:
        self._ends = now + WINDOW_S
        self._entries, self._entries_in_all, self._summed = Counter(), 0, Counter()

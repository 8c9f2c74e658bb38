"""The operations that are measured, and the requests and answers they consist of."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

PRODUCTS = 1000
NEW = 10
"""Movements that a poll finds."""
PEOPLE = 16
"""Accounts that log in, so that the throttle of one name does not serialise them."""
MONITORS = 1000
MONITOR_INTERVAL_S = 5.0
BUSY_PER_S = 10
"""Entries that arrive in a second while the list is measured again."""
SALE_LINES = 3
SALE_PRODUCTS = range(101, 401)
"""Others than those that entries are of."""

SUMS = "total-year"
"""The one operation that needs a history of sales."""
KEY_MARK = "{key}"
"""Where a request's unique key goes."""


@dataclass(frozen=True)
class Operation:
    name: str
    title: str
    connections: tuple[int, ...] = (1, 64)
    is_busy: bool = False
    """Entries arrive while it runs."""
    monitors: int = 0
    """Kept connections that poll while it runs."""
    is_create: bool = False
    least_s: float = 0.0
    """The shortest window that can have a figure."""


# Reading first: what the writes add would make later rounds read something else.
# Logging in is last in any case: what waits for a password hash would disturb whatever comes next.
OPERATIONS = {
    operation.name: operation
    for operation in (
        Operation("list", "list 1,000 products"),
        Operation("poll-10", "poll, 10 new"),
        Operation("poll-back", "catch up, 10 from mid-history"),
        Operation("poll-none", "poll, nothing new"),
        Operation("poll-known", "poll, nothing new, If-None-Match"),
        Operation("list-busy", "list 1,000 products, 10 entries/s arriving", is_busy=True),
        Operation("create", "durable create", is_create=True),
        Operation("create-monitors", "durable create while monitors poll", (64,), monitors=MONITORS, is_create=True),
        Operation(SUMS, "totals of a year over 1,000,000 sales", (1, 4)),
        Operation("sale", "sale of 3 items", is_create=True),
        Operation("login", "login", (1, PEOPLE), least_s=2.0),
    )
}


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    """By lower-case name."""
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


class WrongAnswer(Exception):
    """A contender answered something else than was asked: its figures would mean nothing."""


@dataclass(frozen=True)
class Request:
    """One request, repeated; ``bodies`` take turns and ``{key}`` in a header or body is made unique."""

    method: str
    path: str
    check: Callable[[Answer], bool]
    headers: Mapping[str, str] = field(default_factory=dict)
    bodies: tuple[bytes, ...] = (b"",)

    def parts(self, port: int, prefix: str) -> list[tuple[bytes, bytes]]:
        """What to send, as pairs: a counter between the two makes the key unique, if there is one.

        ``prefix`` opens every key and must be of one run alone.
        """
        return [self._split(port, prefix, body) for body in self.bodies]

    def raw(self, port: int, key: str) -> bytes:
        """One whole request."""
        before, after = self._split(port, key, self.bodies[0])
        return before + after

    def _split(self, port: int, prefix: str, body: bytes) -> tuple[bytes, bytes]:
        lines = [f"{self.method} {self.path} HTTP/1.1", f"Host: 127.0.0.1:{port}"]
        if body:
            lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        head = "\r\n".join(lines) + "\r\n\r\n"
        before, _, after = head.partition(KEY_MARK)
        if not after:
            return head.encode() + body, b""
        return (before + prefix).encode(), after.encode() + body


def is_list_of(length: int) -> Callable[[Answer], bool]:
    return lambda answer: answer.status == 200 and len(answer.json()) == length

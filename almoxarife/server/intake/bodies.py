"""Collects request bodies piece by piece, each with a deadline, and only a few long ones at once.

The deadline moves with every byte, so a slow client is waited for, but not one that sends
next to nothing. A long body takes one of a few places; if all are taken, the slowest body is given up,
so that clients that send nothing cannot block those that do.
"""

import logging
from collections.abc import Callable
from io import BytesIO
from time import monotonic
from typing import Any

from werkzeug.exceptions import RequestTimeout

from almoxarife.server.errors import BadRequest, ServerBusy
from almoxarife.server.http.requests import MAX_BULK_BODY, Environ
from almoxarife.server.intake.connections import Exchange, FindNetwork

GRACE_S = 10.0
"""How long any body may take."""
BYTES_A_SECOND = 8 * 1024
"""The least rate of a body after that: 16 MiB may take 35 minutes."""
SHORT = 64 * 1024
"""Bytes of a body that needs no place."""
MAX_LONG = 16
"""Places for longer bodies: up to 256 MiB in memory."""
MAX_UNKNOWN = 8
"""Of these, for clients that have not proven who they are."""
SHARE = 6
"""Of these, for one address."""
MAX_DISCARDED = 100 * MAX_BULK_BODY // 16
"""Bytes of a refused body that are read from a proxy, which takes a response before the end of a body for an error."""
SETTLED_S = 1.0
"""The age of a body from which on its rate is meaningful."""

_DISCARDED = range(MAX_BULK_BODY + 1, MAX_DISCARDED + 1)

Answer = Callable[[Exchange], None]
"""Answers a request whose body is complete."""
IsProxy = Callable[[str], bool]
"""Whether an address is that of a trusted proxy."""
IsKnown = Callable[[Environ], bool]
"""Whether a request has a valid token."""
Refuse = Callable[[Exception, Exchange], None]

log = logging.getLogger(__name__)


class Bodies:
    """All bodies under way. One thread takes them in, another one gives up late ones."""

    def __init__(
        self,
        find_network: FindNetwork,
        is_known: IsKnown,
        answer: Answer,
        refuse: Refuse,
        is_proxy: IsProxy = lambda _: False,
    ) -> None:
        self._find_network = find_network
        self.is_proxy = is_proxy
        self._is_known = is_known
        self.answer = answer
        self.refuse = refuse
        self.under_way: set[Body] = set()
        self._long: set[Body] = set()

    def begin(self, exchange: Exchange) -> None:
        Body(self, exchange).begin()

    def end(self, body: "Body") -> bool:
        """Remove a body; False if another thread has ended it already."""
        try:
            self.under_way.remove(body)
        except KeyError:
            return False
        self._long.discard(body)
        return True

    def give_up_overdue(self) -> None:
        """Refuse the bodies whose deadline has passed. Called periodically."""
        now = monotonic()
        for body in list(self.under_way):
            if body.deadline < now:
                body.give_up(RequestTimeout())

    def make_room(self, body: "Body") -> bool:
        """Give the body one of the places for long ones; False if there is none."""
        body.is_known = self._is_known(body.environ)
        body.network = self._find_network(body.environ["REMOTE_ADDR"])
        rivals = self._find_rivals(body)
        if rivals:
            slowest = min(rivals, key=Body.rank)
            if not body.may_replace(slowest):
                return False
            slowest.give_up(ServerBusy(retry_after=5))
        self._long.add(body)
        return True

    def _find_rivals(self, body: "Body") -> list["Body"]:
        """The long bodies of which one must be given up for ``body``; none while there is a free place."""
        long_ones = list(self._long)
        of_network = [other for other in long_ones if other.network == body.network]
        if body.network is not None and len(of_network) >= SHARE:
            return of_network
        unknown = [other for other in long_ones if not other.is_known]
        if not body.is_known and len(unknown) >= MAX_UNKNOWN:
            return unknown
        return long_ones if len(long_ones) >= MAX_LONG else []


class Body:
    """The body of a request under way."""

    def __init__(self, bodies: Bodies, exchange: Exchange) -> None:
        announced = exchange.environ.get("CONTENT_LENGTH")
        self._bodies = bodies
        self._exchange = exchange
        self.environ = exchange.environ
        self._announced = None if announced is None else int(announced) if announced.isdecimal() else 0
        self._pieces: list[bytes] = []
        self._is_long = False
        self._is_kept = True
        self._receiving: Any = None
        self.length = 0
        self.is_known = False
        self.network: str | None = None
        self.began = monotonic()
        self.deadline = self.began + GRACE_S
        """For the next piece, in monotonic seconds."""

    def begin(self) -> None:
        # A body announced as too long, or not at all, is answered by what would read it.
        if self._announced is not None and not 0 < self._announced <= MAX_BULK_BODY:
            self._is_kept = False
            if self._announced not in _DISCARDED or not self._bodies.is_proxy(self.environ["REMOTE_ADDR"]):
                self._bodies.answer(self._exchange)
                return
        self._bodies.under_way.add(self)
        self._read_on()

    def rank(self) -> tuple[bool, float]:
        """Of several long bodies, the one with the least rank is given up."""
        return self.is_known, self.length / (monotonic() - self.began + SETTLED_S)

    def may_replace(self, other: "Body") -> bool:
        if self.is_known != other.is_known:
            return self.is_known
        return monotonic() - other.began > SETTLED_S

    def give_up(self, error: Exception) -> None:
        """Answer with ``error``; any thread may call it."""
        if not self._bodies.end(self):
            return
        receiving, self._receiving = self._receiving, None
        if receiving is not None:
            # granian keeps the connection open while something waits for its body.
            receiving.remove_done_callback(self._receive)
            receiving.cancel()
        self._pieces.clear()
        self._bodies.refuse(error, self._exchange)

    def _read_on(self) -> None:
        receiving = self._receiving = self._exchange.receive()
        receiving.add_done_callback(self._receive)

    def _receive(self, future: Any) -> None:
        if self not in self._bodies.under_way:
            return
        try:
            self._receiving = None
            self._add(future.result())
        except Exception as error:  # granian would leave it set for the next Python code in this thread
            log.error("fault", exc_info=error)
            self._bodies.end(self)
            self._exchange.break_off()

    def _add(self, message: dict[str, Any]) -> None:
        if message["type"] == "http.disconnect":
            self.give_up(BadRequest("O pedido não chegou inteiro."))
            return
        piece: bytes = message["body"]
        if self._is_kept:
            self._pieces.append(piece)
        self.length += len(piece)
        self.deadline = self.began + GRACE_S + self.length / BYTES_A_SECOND
        if not self._has_room():
            return
        is_whole = self.length == self._announced or not message["more_body"]
        if not is_whole and (self.length <= MAX_BULK_BODY or not self._is_kept):
            self._read_on()
        elif self._bodies.end(self):
            if not self._is_kept:
                self._bodies.answer(self._exchange)
                return
            self.environ["CONTENT_LENGTH"] = str(self.length)
            self.environ["wsgi.input"] = BytesIO(b"".join(self._pieces))
            self._pieces.clear()
            self._bodies.answer(self._exchange)

    def _has_room(self) -> bool:
        """Whether a place is not needed or was given; otherwise the request is refused."""
        # An announced length takes no place yet: announcing costs an attacker nothing.
        if self._is_kept and not self._is_long and self.length > SHORT:
            self._is_long = self._bodies.make_room(self)
            if not self._is_long:
                self.give_up(ServerBusy(retry_after=5))
                return False
        return True

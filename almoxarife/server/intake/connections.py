"""Room among the connections: where they are all taken, the one with the least right to its own gives way to a new one.

Each costs the process an open file, of which it has a limit. granian accepts them and drops
one whose head does not come in time; this keeps what tells a till from a crowd: since when a
connection does nothing, whether it has brought a whole request, and whether its client
was let in. Where they become too many, in all or from one address, some are closed by their
numbers as open files, which POSIX systems list; elsewhere the deadlines alone end them.
"""

import socket
from collections import defaultdict
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial
from time import monotonic
from typing import NamedTuple

from almoxarife.server.http.access import IDENTITY
from almoxarife.server.http.requests import Environ
from almoxarife.server.intake.open_files import CAN_LIST, Reserve, borrowed, list_open_files

MOST = 4096
"""Connections in all, where the system lets the process open so many files."""
OTHER_FILES = 256
"""Open files that are not connections: the database, the logs, what is read and written."""

Peer = tuple[str, str]
"""Address and port, as granian tells them."""


FindHolder = Callable[[str], str | None]
"""Whose share an address uses: ``access.find_share_holder``."""


class Limits(NamedTuple):
    most: int
    """That granian may hold at once; beyond, they wait to be accepted."""
    full: int
    """Above this number some are closed, so that there is always room for who comes."""
    share: int
    """Of one address: an IPv6 network of 64 bits counts as one, this machine and a trusted proxy have no share."""

    @classmethod
    def of(cls, open_files: int) -> "Limits":
        most = max(64, min(MOST, open_files - OTHER_FILES))
        return cls(most, most * 7 // 8, most // 8)


class Connection:
    """What is known of one."""

    __slots__ = ("_close", "environ", "has_asked", "is_let_in", "since")

    def __init__(self, since: float, close: Callable[[], None]) -> None:
        self._close = close
        self.since = since
        """When it last began or ended something, in monotonic seconds."""
        self.has_asked = False
        """Whether its last request has come in full."""
        self.is_let_in = False
        """Whether the client proved with its last request who it is."""
        self.environ: Environ | None = None
        """Of the request under way."""

    def end(self) -> None:
        """Its request is answered."""
        environ, self.environ = self.environ, None
        self.is_let_in = environ is not None and IDENTITY in environ
        self.since = monotonic()

    def close(self) -> None:
        """End it, whatever is still to be sent."""
        self._close()

    def rank(self) -> tuple[bool, bool, float]:
        """The least gives way first."""
        environ = self.environ
        is_let_in = self.is_let_in or (environ is not None and IDENTITY in environ)
        return is_let_in, self.has_asked, self.since


class Connections:
    """Those of one listening socket."""

    def __init__(self, port: int, limits: Limits, find_holder: FindHolder, reserve: Reserve | None = None) -> None:
        self._port = port
        self._limits = limits
        self._reserve = reserve
        self._find_holder = find_holder
        self._known: dict[Peer, Connection] = {}

    def __len__(self) -> int:
        return len(self._known)

    def begin(self, peer: Peer, environ: Environ) -> Connection:
        """A request begins to come from ``peer``."""
        connection = self._known.get(peer)
        if connection is None:
            connection = self._known[peer] = self._make(peer, 0.0)
        connection.since = monotonic()
        connection.has_asked = False
        connection.environ = environ
        return connection

    def keep_room(self) -> None:
        """Close those that are too many. For a thread that looks every now and then."""
        if not CAN_LIST:
            return
        began, few = monotonic(), self._limits.share
        numbers = list_open_files()
        if self._reserve is not None:
            self._reserve.settle(numbers)
        if len(self._known) <= few and len(numbers) <= few:
            return
        live = _find_connections(numbers, self._port)
        for peer, connection in list(self._known.items()):
            if peer not in live and connection.since < began:
                del self._known[peer]
        for peer in live:
            self._known.setdefault(peer, self._make(peer, began))
        for peer in self._find_surplus(live):
            _shut_down(live[peer], peer, self._port)

    def _make(self, peer: Peer, since: float) -> Connection:
        return Connection(since, partial(self._close, peer))

    def _close(self, peer: Peer) -> None:
        if CAN_LIST:
            live = _find_connections(list_open_files(), self._port)
            if peer in live:
                _shut_down(live[peer], peer, self._port)

    def _find_surplus(self, live: dict[Peer, int]) -> set[Peer]:
        groups: defaultdict[str | None, list[tuple[tuple[bool, bool, float], Peer]]] = defaultdict(list)
        for peer in live:
            groups[self._find_holder(peer[0])].append((self._known[peer].rank(), peer))
        shared = groups.pop(None, [])
        surplus: set[Peer] = set()
        remaining = shared
        for group in groups.values():
            group.sort()
            over = max(0, len(group) - self._limits.share)
            surplus |= {peer for _, peer in group[:over]}
            remaining = remaining + group[over:]
        remaining.sort()
        over = len(remaining) - self._limits.full
        if over > 0:
            # Who was not let in makes more room than is needed now: a crowd has more to come.
            soon = remaining[over : over + self._limits.full // 4]
            surplus |= {peer for _, peer in remaining[:over]}
            surplus |= {peer for (is_let_in, _, _), peer in soon if not is_let_in}
        return surplus


# --- open files as the system lists them ----------------------------------------------------


def _find_connections(numbers: Iterable[int], port: int) -> dict[Peer, int]:
    """Those to ``port`` of ours, with their numbers as open files."""
    found_ones = {}
    for number in numbers:
        with suppress(OSError), borrowed(number) as found:
            peer = _find_peer(found, port)
            if peer is not None:
                found_ones[peer] = number
    return found_ones


def _shut_down(number: int, peer: Peer, port: int) -> None:
    """End the connection with ``peer``, unless ``number`` is another file by now; granian then closes its side."""
    with suppress(OSError), borrowed(number) as found:
        if _find_peer(found, port) == peer:
            found.shutdown(socket.SHUT_RDWR)


def _find_peer(found: socket.socket, port: int) -> Peer | None:
    """None when it is no connection to ``port``. Raises OSError when it is none at all."""
    local, peer = found.getsockname(), found.getpeername()
    if not isinstance(local, tuple) or local[1] != port:
        return None
    address: str = peer[0]
    return address.partition("%")[0], str(peer[1])

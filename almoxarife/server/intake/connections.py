"""Connections, the request under way on each, and closing connections if there are too many.

Each connection takes an open file, whose number is limited. granian accepts connections and closes
those whose head does not arrive in time. This module records what distinguishes a till from an attacker: since when a
connection is idle, whether it has sent a complete request, and whether its client
was authenticated. If there are too many, in total or from one network, those with the lowest rank are closed by
their file descriptors, which POSIX systems list; on Windows only the deadlines end connections.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from functools import partial
from itertools import chain
from threading import Lock
from time import monotonic
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from almoxarife.server.http.access import IDENTITY, Client
from almoxarife.server.http.middleware import RepeatableResponse
from almoxarife.server.http.requests import Environ
from almoxarife.server.http.responses import PlainResponse, RawHeaders, encode_headers
from almoxarife.server.intake.open_files import CAN_LIST, Peer, Reserve, find_connections, list_open_files, shut_down

if TYPE_CHECKING:
    from asyncio import Future

    from _typeshed.wsgi import WSGIApplication

MAX_CONNECTIONS = 4096
"""Connections, if the system lets the process open so many files."""
OTHER_FILES = 256
"""Open files that are not connections: the database, the logs, what is read and written."""
PIECE_S = 15.0
"""How long a client may take to receive a piece (32 KiB) of a long response; the system buffers two or three."""
UNREAD_S = 0.3
"""How much younger a connection counts that was found before its first head was read. Heads go on being read while
connections are listed and ranked: who is still to be read would look older than all who came at the same time."""

FindNetwork = Callable[[str], str | None]
"""The network whose share an address uses: ``access.find_limited_network``."""


class Limits(NamedTuple):
    most: int
    """Connections that granian accepts; further ones wait in the backlog."""
    full: int
    """Above this number some are closed, so that there is always room for new ones."""
    share: int
    """Connections of one network (for IPv6 a /64); this machine and trusted proxies have no such limit."""

    @classmethod
    def of(cls, open_files: int) -> "Limits":
        most = max(64, min(MAX_CONNECTIONS, open_files - OTHER_FILES))
        return cls(most, most * 7 // 8, most // 8)


class Connection:
    """A connection and the request under way on it."""

    __slots__ = (
        "cached_scope",
        "client",
        "close",
        "environ",
        "is_authenticated",
        "is_request_complete",
        "repeat",
        "since",
    )

    def __init__(self, since: float, close: Callable[[], None]) -> None:
        self.close = close
        """Closes it, even if something is still to be sent."""
        self.since = since
        """When a request began or ended last, in monotonic seconds."""
        self.is_request_complete = False
        """Whether its last request has arrived completely."""
        self.is_authenticated = False
        """Whether its last request was authenticated."""
        self.environ: Environ | None = None
        """Of the request under way."""
        self.client: Client | None = None
        """With the headers of its last request, for further requests with the same ones."""
        self.cached_scope: dict[str, Any] | None = None
        """The ASGI scope of the last request that was answered from memory: all of its head, byte for byte."""
        self.repeat: RepeatableResponse | None = None
        """The response to ``cached_scope``, once it has come twice."""

    def end(self) -> None:
        """The request was answered."""
        environ, self.environ = self.environ, None
        self.is_authenticated = environ is not None and IDENTITY in environ
        self.since = monotonic()

    def send_again(self, watcher: "Watcher", response: PlainResponse, added_headers: RawHeaders) -> None:
        """Answer a request that is the same as ``cached_scope``, whose client was authenticated."""
        _send(watcher, response, added_headers)
        self.is_request_complete = self.is_authenticated = True
        self.since = monotonic()

    def rank(self) -> tuple[bool, bool, float]:
        """Connections with the lowest rank are closed first."""
        environ = self.environ
        is_authenticated = self.is_authenticated or (environ is not None and IDENTITY in environ)
        return is_authenticated, self.is_request_complete, self.since


class Watcher(Protocol):
    """granian's object for a request."""

    scope: dict[str, Any]
    """As ASGI says."""
    proto: Any
    """``receive`` and ``send`` return something to await, which may be done already."""

    def done(self) -> None:
        """End the request, without a response or in the middle of it."""


class Exchange:
    """A request on its connection, from its head to the end of its response."""

    __slots__ = ("_is_watching", "_on_disconnect", "_watcher", "connection", "environ", "is_disconnected")

    def __init__(self, watcher: Watcher, environ: Environ, connection: Connection) -> None:
        self._watcher = watcher
        self.connection = connection
        self.environ = environ
        self.is_disconnected = False
        """Whether the client is known to have disconnected."""
        self._is_watching = False
        self._on_disconnect: Callable[[], object] | None = None

    def receive(self) -> Any:
        """The awaitable of the next ASGI message."""
        return self._watcher.proto.receive()

    def send(self, response: PlainResponse, added_headers: RawHeaders) -> None:
        _send(self._watcher, response, added_headers)
        self.connection.end()

    def send_last(self, response: PlainResponse, added_headers: RawHeaders) -> None:
        """Send a response and close the connection; the rest of the request is not read."""
        self.send(response, [*added_headers, (b"connection", b"close")])

    def break_off(self) -> None:
        """Close the connection in the middle of a response, so that the client notices that it is incomplete."""
        self._watcher.done()
        self.connection.end()

    def call(self, application: "WSGIApplication") -> None:
        """Call ``application``, in a thread that may wait, and send its response."""
        proto = self._watcher.proto

        def start_response(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            proto.send({"type": "http.response.start", "status": int(status[:3]), "headers": encode_headers(headers)})

        pieces = application(self.environ, start_response)
        try:
            rest = iter(pieces)
            first = next(rest, b"")
            second = next(rest, None)
            if second is None:
                proto.send({"type": "http.response.body", "body": first})
            else:
                self._stream(chain((first, second), rest))
        finally:
            if close := getattr(pieces, "close", None):
                close()
        self.connection.end()

    def _stream(self, pieces: Iterable[bytes]) -> None:
        """Send a response piece by piece, as fast as the client receives them."""
        self.watch_disconnect()
        proto = self._watcher.proto
        for piece in pieces:
            if self.is_disconnected:
                return
            sending = proto.send({"type": "http.response.body", "body": piece, "more_body": True})
            if hasattr(sending, "add_done_callback") and not _is_done(sending, PIECE_S):
                # Otherwise granian keeps its buffer for the client, and the connection.
                self.connection.close()
                return
        proto.send({"type": "http.response.body", "body": b""})

    def watch_disconnect(self, on_disconnect: Callable[[], object] | None = None) -> None:
        """From now on set ``is_disconnected`` when the client disconnects, and call ``on_disconnect`` then."""
        self._on_disconnect = on_disconnect
        if not self._is_watching:
            self._is_watching = True
            self._receive_next()

    def _receive_next(self) -> None:
        receiving = self._watcher.proto.receive()
        if hasattr(receiving, "add_done_callback"):
            receiving.add_done_callback(self._on_message)
        else:
            self._disconnected()

    def _on_message(self, future: "Future[dict[str, Any]]") -> None:
        if future.result()["type"] == "http.disconnect":
            self._disconnected()
        else:
            self._receive_next()

    def _disconnected(self) -> None:
        self.is_disconnected = True
        if self._on_disconnect is not None:
            self._on_disconnect()


class Connections:
    """The connections of one listening socket."""

    def __init__(self, port: int, limits: Limits, find_network: FindNetwork, reserve: Reserve | None = None) -> None:
        self._port = port
        self._limits = limits
        self._reserve = reserve
        self._find_network = find_network
        self._known: dict[Peer, Connection] = {}

    def __len__(self) -> int:
        return len(self._known)

    def begin(self, peer: Peer) -> Connection:
        """A request begins on the connection with ``peer``."""
        connection = self._known.get(peer)
        if connection is None:
            connection = self._known[peer] = self._make(peer, 0.0)
        connection.since = monotonic()
        connection.is_request_complete = False
        return connection

    def close_surplus(self) -> None:
        """Close connections if there are too many. Called periodically."""
        if not CAN_LIST:
            if len(self._known) > self._limits.most:  # nothing tells which are closed; the others are added again
                self._known.clear()
            return
        began, few = monotonic(), self._limits.share
        numbers = list_open_files()
        if self._reserve is not None:
            self._reserve.adjust(numbers)
        if len(self._known) <= few and len(numbers) <= few:
            return
        live = find_connections(numbers, self._port)
        for peer, connection in list(self._known.items()):
            if peer not in live and connection.since < began:
                del self._known[peer]
        for peer in live:
            self._known.setdefault(peer, self._make(peer, began + UNREAD_S))
        for peer in self._find_surplus(live):
            shut_down(live[peer], peer, self._port)

    def _make(self, peer: Peer, since: float) -> Connection:
        return Connection(since, partial(self._close, peer))

    def _close(self, peer: Peer) -> None:
        if CAN_LIST:
            live = find_connections(list_open_files(), self._port)
            if peer in live:
                shut_down(live[peer], peer, self._port)

    def _find_surplus(self, live: dict[Peer, int]) -> set[Peer]:
        groups: defaultdict[str | None, list[tuple[tuple[bool, bool, float], Peer]]] = defaultdict(list)
        for peer in live:
            groups[self._find_network(peer[0])].append((self._known[peer].rank(), peer))
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
            # Close more unauthenticated ones than are needed now: a crowd goes on opening connections.
            soon = remaining[over : over + self._limits.full // 4]
            surplus |= {peer for _, peer in remaining[:over]}
            surplus |= {peer for (is_authenticated, _, _), peer in soon if not is_authenticated}
        return surplus


def _send(watcher: Watcher, response: PlainResponse, added_headers: RawHeaders) -> None:
    proto = watcher.proto
    headers = (response.raw_headers or encode_headers(response.headers)) + added_headers
    proto.send({"type": "http.response.start", "status": response.status, "headers": headers})
    proto.send({"type": "http.response.body", "body": response.body})


def _is_done(sending: Any, timeout_s: float) -> bool:
    """Wait until the client has received what was sent; False after ``timeout_s``."""
    taken = Lock()
    taken.acquire()
    sending.add_done_callback(lambda _: taken.release())
    return taken.acquire(timeout=timeout_s)

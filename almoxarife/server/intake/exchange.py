"""A request as granian hands it over, and the way its answer goes back: at once, or piece by piece."""

from asyncio import Future
from collections.abc import Callable, Iterable
from itertools import chain
from threading import Lock
from typing import TYPE_CHECKING, Any, Protocol

from almoxarife.server.http.answers import Answer, Headers, encode_headers
from almoxarife.server.http.requests import Environ
from almoxarife.server.intake.connections import Connection

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

PIECE_S = 15.0
"""How long a client may take for a piece of a long answer, 32 KiB: two or three of them lie in the system's buffer."""


class Watcher(Protocol):
    """A request in granian's words."""

    scope: dict[str, Any]
    """As ASGI says."""
    proto: Any
    """``receive`` and ``send`` return something to await, which may be done already."""

    def done(self) -> None:
        """End it: as a fault of the server, or in the middle of its answer."""


class Exchange:
    """A request with its connection, from its head to the end of its answer."""

    __slots__ = ("_act", "_connection", "_is_listening", "_watcher", "environ", "is_gone")

    def __init__(self, watcher: Watcher, environ: Environ, connection: Connection) -> None:
        self._watcher = watcher
        self._connection = connection
        self.environ = environ
        self.is_gone = False
        """Whether the client is known to have gone away."""
        self._is_listening = False
        self._act: Callable[[], object] | None = None

    def receive(self) -> Any:
        """The future of the next message of ASGI."""
        return self._watcher.proto.receive()

    def has_come(self) -> None:
        """All of the request is there."""
        self._connection.has_asked = True

    def send(self, answer: Answer, more: Headers) -> None:
        proto = self._watcher.proto
        headers = (answer.raw_headers or encode_headers(answer.headers)) + encode_headers(more)
        proto.send({"type": "http.response.start", "status": answer.status, "headers": headers})
        proto.send({"type": "http.response.body", "body": answer.body})
        self._connection.end()

    def send_last(self, answer: Answer, more: Headers) -> None:
        """The answer after which the connection ends: what is left of the request will not be read."""
        self.send(answer, [*more, ("Connection", "close")])

    def break_off(self) -> None:
        """A client that has a part sees that it is one."""
        self._watcher.done()
        self._connection.end()

    def call(self, application: "WSGIApplication") -> None:
        """Ask ``application``, in a thread that may wait, and send what it answers."""
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
        self._connection.end()

    def _stream(self, pieces: Iterable[bytes]) -> None:
        """Piece by piece, as fast as the client takes them, for as long as it is there and takes any."""
        self.notice_departure()
        proto = self._watcher.proto
        for piece in pieces:
            if self.is_gone:
                return
            sending = proto.send({"type": "http.response.body", "body": piece, "more_body": True})
            if hasattr(sending, "add_done_callback") and not _is_done(sending, PIECE_S):
                # granian would go on holding what it has for the client, and this connection.
                self._connection.close()
                return
        proto.send({"type": "http.response.body", "body": b""})

    def notice_departure(self, act: Callable[[], object] | None = None) -> None:
        """Find out from now on when the client goes away: ``is_gone``; call ``act`` then."""
        self._act = act
        if not self._is_listening:
            self._is_listening = True
            self._listen()

    def _listen(self) -> None:
        receiving = self._watcher.proto.receive()
        if hasattr(receiving, "add_done_callback"):
            receiving.add_done_callback(self._hear)
        else:
            self._go()

    def _hear(self, future: "Future[dict[str, Any]]") -> None:
        if future.result()["type"] == "http.disconnect":
            self._go()
        else:
            self._listen()

    def _go(self) -> None:
        self.is_gone = True
        if self._act is not None:
            self._act()


def _is_done(sending: Any, timeout_s: float) -> bool:
    """Wait for the client to take what it has yet to take."""
    taken = Lock()
    taken.acquire()
    sending.add_done_callback(lambda _: taken.release())
    return taken.acquire(timeout=timeout_s)

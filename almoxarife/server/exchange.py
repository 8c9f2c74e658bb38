"""A request as granian hands it over, and the way its answer goes back: at once, or piece by piece."""

from asyncio import Future
from collections.abc import Iterable
from itertools import chain
from threading import Lock
from typing import TYPE_CHECKING, Any, Protocol

from almoxarife.server.connections import Connection
from almoxarife.server.messages import Answer, Environ, Headers, encode_headers

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication


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

    __slots__ = ("_connection", "_watcher", "environ")

    def __init__(self, watcher: Watcher, environ: Environ, connection: Connection) -> None:
        self._watcher = watcher
        self._connection = connection
        self.environ = environ

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
                _stream(proto, chain((first, second), rest))
        finally:
            if close := getattr(pieces, "close", None):
                close()
        self._connection.end()


def _stream(proto: Any, pieces: Iterable[bytes]) -> None:
    """Piece by piece, as fast as the client takes them, for as long as it is there."""
    listener = _Listener(proto)
    listener.listen()
    for piece in pieces:
        if listener.is_gone:
            return
        sending = proto.send({"type": "http.response.body", "body": piece, "more_body": True})
        if hasattr(sending, "add_done_callback"):  # the client has several to take yet
            sent = Lock()
            sent.acquire()
            sending.add_done_callback(lambda _, sent=sent: sent.release())
            sent.acquire()
    proto.send({"type": "http.response.body", "body": b""})


class _Listener:
    """Finds out that a client has gone."""

    def __init__(self, proto: Any) -> None:
        self._proto = proto
        self.is_gone = False

    def listen(self) -> None:
        receiving = self._proto.receive()
        if hasattr(receiving, "add_done_callback"):
            receiving.add_done_callback(self._hear)
        else:
            self.is_gone = True

    def _hear(self, future: "Future[dict[str, Any]]") -> None:
        if future.result()["type"] == "http.disconnect":
            self.is_gone = True
        else:
            self.listen()

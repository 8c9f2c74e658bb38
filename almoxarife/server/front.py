"""The one thread that takes all requests in, on granian's side of them.

granian speaks ASGI with an event loop. There is none here: it is handed an object that runs
at once what it would schedule, in the one thread in which it calls Python. That thread
gathers bodies as they come, answers what is in memory, leaves entries to whoever writes, and
hands everything else to a thread of a pool. It never waits: neither for a client that sends
slowly nor for the database (``waiting``).
"""

import sys
from asyncio import Future
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache, partial
from io import BytesIO
from itertools import chain
from threading import Lock
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import unquote_to_bytes

import structlog

from almoxarife.server.entrance import Entrance
from almoxarife.server.errors import BadRequest, ServerBusy
from almoxarife.server.messages import MAX_BULK_BODY, Answer, Environ, Headers, encode_headers
from almoxarife.server.waiting import WouldWait, never_wait

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

THREADS = 64
"""In the pool: what a request waits for there is the database, mostly."""
SHORT = 64 * 1024
"""Bytes of a body that anybody may send at any speed."""
MOST_LONG = 16
"""Longer bodies that may be on their way in at once: 256 MiB in the end, if all are as long as may be."""

log = structlog.get_logger()


class Loop:
    """What granian asks of an event loop, run at once and in the thread that asks."""

    def call_soon(self, callback: Callable[..., object], *arguments: object, context: object = None) -> None:
        callback(*arguments)

    call_soon_threadsafe = call_soon

    def create_future(self) -> "Future[Any]":
        """Only on Windows."""
        return Future(loop=self)  # type: ignore[arg-type]

    def get_debug(self) -> bool:
        return False

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        log.error("fault", **{name: str(value) for name, value in context.items()})


class Watcher(Protocol):
    """A request as granian hands it over."""

    scope: dict[str, Any]
    """As ASGI says."""
    proto: Any
    """``receive`` and ``send`` return something to await, which may be done already."""

    def done(self) -> None:
        """End it: as a fault of the server, or in the middle of its answer."""


class Front:
    """``take`` is what granian calls with each request."""

    def __init__(self, entrance: Entrance) -> None:
        self._entrance = entrance
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="request")
        self._long_bodies = 0
        """On their way in; only the one thread counts them."""

    def take(self, watcher: Watcher) -> None:
        # granian would leave an exception standing for whatever Python runs next in this thread.
        try:
            never_wait()
            environ = make_environ(watcher.scope)
            if "CONTENT_LENGTH" in environ or "HTTP_TRANSFER_ENCODING" in environ:
                _Body(self, watcher, environ).begin()
            else:
                self.answer(watcher, environ)
        except Exception as error:
            log.error("fault", exc_info=error)
            watcher.done()

    def answer(self, watcher: Watcher, environ: Environ) -> None:
        """Answer a request that has come in full: here, or in a thread that may wait."""
        try:
            if self._entrance.answer_at_once(environ, partial(_send, watcher.proto)):
                return
        except WouldWait:
            pass
        self._pool.submit(_answer_in_turn, self._entrance, watcher, environ)

    def refuse(self, error: Exception, watcher: Watcher, environ: Environ) -> None:
        self._entrance.refuse(error, environ, partial(_send, watcher.proto))

    def make_room(self) -> bool:
        """Take one of the places for long bodies; False where there is none."""
        has_room = self._long_bodies < MOST_LONG
        self._long_bodies += has_room
        return has_room

    def give_room(self) -> None:
        self._long_bodies -= 1


class _Body:
    """What comes after the head of a request, gathered piece by piece."""

    def __init__(self, front: Front, watcher: Watcher, environ: Environ) -> None:
        announced = environ.get("CONTENT_LENGTH")
        self._front = front
        self._watcher = watcher
        self._environ = environ
        self._announced = None if announced is None else int(announced) if announced.isdecimal() else 0
        self._pieces: list[bytes] = []
        self._length = 0
        self._is_long = False

    def begin(self) -> None:
        # Whoever announces too much, or nothing, is answered by what would read it.
        if self._announced is not None and not 0 < self._announced <= MAX_BULK_BODY:
            self._front.answer(self._watcher, self._environ)
        elif self._has_room():
            self._read_on()

    def _read_on(self) -> None:
        self._watcher.proto.receive().add_done_callback(self._receive)

    def _receive(self, future: "Future[dict[str, Any]]") -> None:
        try:
            self._add(future.result())
        except Exception as error:  # as in ``take``
            log.error("fault", exc_info=error)
            self._end()
            self._watcher.done()

    def _add(self, message: dict[str, Any]) -> None:
        if message["type"] == "http.disconnect":
            self._end()
            self._front.refuse(BadRequest("O pedido não chegou inteiro."), self._watcher, self._environ)
            return
        piece: bytes = message["body"]
        self._pieces.append(piece)
        self._length += len(piece)
        if not self._has_room():
            return
        is_whole = self._length == self._announced or not message["more_body"]
        if not is_whole and self._length <= MAX_BULK_BODY:
            self._read_on()
            return
        self._end()
        self._environ["CONTENT_LENGTH"] = str(self._length)
        self._environ["wsgi.input"] = BytesIO(b"".join(self._pieces))
        self._pieces.clear()
        self._front.answer(self._watcher, self._environ)

    def _has_room(self) -> bool:
        """False, and the request is refused, where it is one long body too many."""
        if not self._is_long and max(self._announced or 0, self._length) > SHORT:
            self._is_long = self._front.make_room()
            if not self._is_long:
                self._front.refuse(ServerBusy(retry_after=5), self._watcher, self._environ)
                return False
        return True

    def _end(self) -> None:
        if self._is_long:
            self._front.give_room()
            self._is_long = False


# --- answers ------------------------------------------------------------------------------


def _send(proto: Any, answer: Answer, more: Headers) -> None:
    headers = (answer.raw_headers or encode_headers(answer.headers)) + encode_headers(more)
    proto.send({"type": "http.response.start", "status": answer.status, "headers": headers})
    proto.send({"type": "http.response.body", "body": answer.body})


def _answer_in_turn(application: "WSGIApplication", watcher: Watcher, environ: Environ) -> None:
    """Ask ``application``, in a thread that may wait."""
    try:
        _call(application, watcher.proto, environ)
    except Exception as error:  # the pool would keep it to itself; a client that has a part sees that it is one
        log.error("fault", exc_info=error)
        watcher.done()


def _call(application: "WSGIApplication", proto: Any, environ: Environ) -> None:
    def start_response(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
        proto.send({"type": "http.response.start", "status": int(status[:3]), "headers": encode_headers(headers)})

    pieces = application(environ, start_response)
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


# --- ASGI's words in WSGI's ----------------------------------------------------------------

_SAME: Environ = {
    "SCRIPT_NAME": "",
    "wsgi.version": (1, 0),
    "wsgi.multithread": True,
    "wsgi.multiprocess": False,
    "wsgi.run_once": False,
    "wsgi.errors": sys.stderr,
    "wsgi.input_terminated": True,
}


def make_environ(scope: dict[str, Any]) -> Environ:
    """A WSGI environment of an ASGI scope; the body is still to come."""
    path: bytes = scope["raw_path"]
    environ = _SAME.copy()
    # One by one: half of what a dictionary of them would take, and every request passes here.
    environ["REQUEST_METHOD"] = scope["method"]
    environ["PATH_INFO"] = (unquote_to_bytes(path) if b"%" in path else path).decode("latin-1")
    environ["QUERY_STRING"] = scope["query_string"].decode("latin-1")
    environ["SERVER_PROTOCOL"] = _PROTOCOLS.get(scope["http_version"], "HTTP/1.1")
    environ["SERVER_NAME"], environ["SERVER_PORT"] = scope["server"]
    environ["REMOTE_ADDR"] = scope["client"][0]
    environ["wsgi.url_scheme"] = scope["scheme"]
    environ["wsgi.input"] = BytesIO()
    for raw_name, raw_value in scope["headers"]:
        name, value = _name_in_environ(raw_name), raw_value.decode("latin-1")
        if name is None:
            continue
        if name in environ:
            value = f"{environ[name]}{'; ' if name == 'HTTP_COOKIE' else ','}{value}"
        environ[name] = value
    return environ


_PROTOCOLS = {"1": "HTTP/1.0", "1.1": "HTTP/1.1", "2": "HTTP/2"}


@lru_cache(maxsize=1000)
def _name_in_environ(raw: bytes) -> str | None:
    """None for a name with an underscore: it would pass for the one with a hyphen that a proxy has set."""
    if b"_" in raw:
        return None
    name = raw.decode("latin-1").upper().replace("-", "_")
    return name if name in {"CONTENT_TYPE", "CONTENT_LENGTH"} else f"HTTP_{name}"

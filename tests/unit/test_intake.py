"""granian's side of a request, played by the test: what comes in which pieces, and what is sent back when."""

from asyncio import Future
from collections.abc import Callable, Iterable, Iterator
from io import BytesIO
from threading import Event, get_ident
from typing import Any

import pytest
from werkzeug.wrappers import Request

from almoxarife.server.http.access import CLIENT, ORIGIN
from almoxarife.server.http.middleware import MAKE_CHECK, Middleware, RepeatableResponse
from almoxarife.server.http.requests import Environ
from almoxarife.server.http.responses import PlainResponse, RawHeaders
from almoxarife.server.identity import NOWHERE
from almoxarife.server.intake import bodies, connections
from almoxarife.server.intake.asgi import (
    LONGEST_ROUND_S,
    MAX_KEPT,
    ROUND_S,
    Intake,
    Loop,
    find_pause_s,
    make_environ,
)
from almoxarife.server.intake.connections import Connection, Connections, Limits
from almoxarife.server.store import waiting
from almoxarife.server.store.waiting import WouldWait, may_wait
from tests.unit.writing import Doing

LOOP = Loop()


def scope(
    *headers: tuple[str, str], method: str = "POST", path: str = "/inventario", query: str = ""
) -> dict[str, Any]:
    return {
        "method": method,
        "raw_path": path.encode("latin-1"),
        "query_string": query.encode(),
        "http_version": "1.1",
        "scheme": "http",
        "client": ("10.0.0.7", "50000"),
        "server": ("127.0.0.1", "5000"),
        "headers": [(name.lower().encode(), value.encode("latin-1")) for name, value in headers],
    }


class Watcher:
    """A request, and what has been sent back."""

    def __init__(self, *headers: tuple[str, str], method: str = "POST") -> None:
        self.scope = scope(*headers, method=method)
        self.proto = self
        self.asked: list[Future[dict[str, Any]]] = []
        self.sent: list[dict[str, Any]] = []
        self.broken_off = False
        self.ended = Event()

    def receive(self) -> "Future[dict[str, Any]]":
        future = LOOP.create_future()
        self.asked.append(future)
        return future

    def come(self, body: bytes, *, more: bool = False) -> None:
        self.asked[-1].set_result({"type": "http.request", "body": body, "more_body": more})

    def leave(self) -> None:
        self.asked[-1].set_result({"type": "http.disconnect"})

    def send(self, message: dict[str, Any]) -> object:
        self.sent.append(message)
        if message["type"] == "http.response.body" and not message.get("more_body"):
            self.ended.set()
        return object()

    def done(self) -> None:
        self.broken_off = True
        self.ended.set()

    @property
    def answer(self) -> tuple[int, bytes]:
        assert self.ended.wait(30)
        start, *bodies = self.sent
        return start["status"], b"".join(message["body"] for message in bodies)


class Echo(Middleware):
    """Answers with the body, at once or in its turn."""

    def __init__(self, *, at_once: bool) -> None:
        self.at_once = at_once
        self.threads: list[int] = []

    def answer_at_once(self, environ: Environ, send: Any) -> bool:
        self.threads.append(get_ident())
        if not self.at_once:
            may_wait()
        send(PlainResponse(200, [("X-Length", environ.get("CONTENT_LENGTH", ""))], environ["wsgi.input"].read()), [])
        return True

    def refuse(self, error: Exception, environ: Environ, send: Any) -> None:
        send(PlainResponse(503 if "Busy" in type(error).__name__ else 400, [], b""), [])

    def __call__(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        self.threads.append(get_ident())
        may_wait()
        body = environ["wsgi.input"].read()
        if body == b"fault":
            raise LookupError
        start_response("200 OK", [("Content-Type", "text/plain")])
        return self.tell(body)

    def tell(self, body: bytes) -> Iterable[bytes]:
        for place in range(0, len(body), 10):
            if body[place : place + 10] == b"break here":
                raise LookupError
            yield body[place : place + 10]


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """The thread of the tests takes the requests in; after the test it may wait again."""
    yield
    vars(waiting._thread).clear()


class NobodyKnown:
    """Nobody has an account."""

    def identify(self, token: str) -> None:
        return None

    def is_ours(self, token: str) -> bool:
        return False


def make_intake(echo: Echo) -> Intake:
    return Intake(echo, NobodyKnown(), Connections(5000, Limits.of(1024), str), str)


def take(watcher: Watcher, *, at_once: bool = True) -> Echo:
    echo = Echo(at_once=at_once)
    make_intake(echo).take(watcher)
    return echo


@pytest.mark.parametrize("at_once", [True, False])
def test_a_request_without_a_body_is_answered_when_it_comes(at_once: bool) -> None:
    watcher = Watcher(method="GET")

    echo = take(watcher, at_once=at_once)

    assert watcher.answer == (200, b"")
    assert watcher.asked == []
    assert [thread == get_ident() for thread in echo.threads] == ([True] if at_once else [True, False])


class Patient(Echo):
    """Answers once ``go_on`` is called, and again only in its turn if it still cannot."""

    def __init__(self, *, in_vain: bool = False) -> None:
        super().__init__(at_once=True)
        self.in_vain = in_vain
        self.go_on: Callable[[], None] | None = None

    def answer_at_once(self, environ: Environ, send: Any) -> bool:
        if self.go_on is None or self.in_vain:
            self.threads.append(get_ident())
            raise WouldWait(self.wait)
        return super().answer_at_once(environ, send)

    def wait(self, go_on: Callable[[], None]) -> None:
        self.go_on = go_on


@pytest.mark.parametrize("in_vain", [False, True])
def test_what_another_thread_waits_for_is_answered_by_it(in_vain: bool) -> None:
    watcher, patient = Watcher(method="GET"), Patient(in_vain=in_vain)
    make_intake(patient).take(watcher)
    assert watcher.sent == []
    assert patient.go_on is not None

    waiting = Doing(lambda: (patient.go_on and patient.go_on(), get_ident())[1])

    assert watcher.answer == (200, b"")
    expected = [get_ident(), waiting.outcome()]
    assert patient.threads[:2] == expected
    assert len(patient.threads) == 2 + in_vain


@pytest.mark.parametrize("at_once", [True, False])
@pytest.mark.parametrize("pieces", [[b"abcdef"], [b"ab", b"cd", b"ef"], [b"", b"abcdef"]])
def test_a_body_is_whole_before_it_is_read(pieces: list[bytes], at_once: bool) -> None:
    watcher = Watcher(("Content-Length", "6"))
    take(watcher, at_once=at_once)

    for piece in pieces:
        assert watcher.sent == []
        watcher.come(piece, more=True)  # that nothing follows is said by the one after the last

    assert watcher.answer == (200, b"abcdef")
    assert len(watcher.asked) == len(pieces)


def test_a_body_in_chunks_ends_where_it_says_so() -> None:
    watcher = Watcher(("Transfer-Encoding", "chunked"))
    take(watcher)
    watcher.come(b"abc", more=True)
    watcher.come(b"def", more=True)
    assert watcher.sent == []
    watcher.come(b"")

    assert watcher.answer == (200, b"abcdef")
    assert watcher.sent[0]["headers"] == [(b"x-length", b"6")]


@pytest.mark.parametrize("announced", ["0", "-5", "many", "5,5", str(17 * 1024 * 1024)])
def test_what_cannot_be_the_length_of_a_body_is_not_waited_for(announced: str) -> None:
    watcher = Watcher(("Content-Length", announced))
    take(watcher)

    assert watcher.answer == (200, b"")
    assert watcher.asked == []
    assert watcher.sent[0]["headers"] == [(b"x-length", announced.encode())]


def test_chunks_without_end_are_read_as_far_as_a_body_may_be_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "MAX_BULK_BODY", 10)
    watcher = Watcher(("Transfer-Encoding", "chunked"))
    take(watcher)
    watcher.come(b"0123456789", more=True)
    assert watcher.sent == []
    watcher.come(b"0123456789", more=True)

    assert watcher.answer == (200, b"01234567890123456789")


def test_who_leaves_before_the_end_of_its_body_is_refused() -> None:
    watcher = Watcher(("Content-Length", "6"))
    echo = take(watcher)
    watcher.come(b"abc", more=True)
    watcher.leave()

    assert watcher.answer == (400, b"")
    assert echo.threads == []


@pytest.mark.parametrize("header", [("Content-Length", "100"), ("Transfer-Encoding", "chunked")])
@pytest.mark.parametrize("end", ["whole", "left", "fault"])
def test_of_long_bodies_only_so_many_may_come_at_once(
    monkeypatch: pytest.MonkeyPatch, header: tuple[str, str], end: str
) -> None:
    monkeypatch.setattr(bodies, "SHORT", 50)
    monkeypatch.setattr(bodies, "MAX_LONG", 2)
    room = make_intake(Echo(at_once=True))

    def begin() -> Watcher:
        watcher = Watcher(header)
        room.take(watcher)
        if watcher.asked:
            watcher.come(b"a" * 60, more=True)
        return watcher

    first, second, third = begin(), begin(), begin()
    assert third.answer == (503, b"")
    short = Watcher(("Content-Length", "50"))
    room.take(short)
    short.come(b"b" * 50)
    assert short.answer == (200, b"b" * 50)

    if end == "left":
        first.leave()
        assert first.answer == (400, b"")
    elif end == "fault":
        first.asked[-1].set_exception(LookupError())
        assert first.broken_off
    else:
        first.come(b"a" * 40)
        assert first.answer == (200, b"a" * 100)
    fourth = begin()
    assert not fourth.ended.is_set()
    assert begin().answer == (503, b"")
    assert not second.ended.is_set()


def test_a_long_answer_goes_piece_by_piece() -> None:
    watcher = Watcher(("Content-Length", "35"))
    take(watcher, at_once=False)
    watcher.come(b"0123456789" * 3 + b"01234")

    assert watcher.answer == (200, b"0123456789" * 3 + b"01234")
    assert [message.get("more_body", False) for message in watcher.sent[1:]] == [True] * 4 + [False]


def test_it_is_sent_no_faster_than_it_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    watcher = Watcher(("Content-Length", "40"))
    full = LOOP.create_future()
    sends: list[object] = [None, None, full, None, None, None]
    send, reached = watcher.send, Event()

    def send_slowly(message: dict[str, Any]) -> object:
        send(message)
        outcome = sends.pop(0)
        if outcome is full:
            reached.set()
        return outcome

    monkeypatch.setattr(watcher, "send", send_slowly)
    take(watcher, at_once=False)
    watcher.come(b"0123456789" * 4)
    assert reached.wait(30)
    assert not watcher.ended.wait(0.05)
    assert len(watcher.sent) == 3
    full.set_result(None)

    assert watcher.answer == (200, b"0123456789" * 4)


def test_who_leaves_is_sent_nothing_more(monkeypatch: pytest.MonkeyPatch) -> None:
    watcher = Watcher(("Content-Length", "1000"))
    full, reached, closed = LOOP.create_future(), Event(), Event()
    send = watcher.send

    def send_slowly(message: dict[str, Any]) -> object:
        send(message)
        if len(watcher.sent) == 4:
            reached.set()
            return full
        return None

    def tell(body: bytes) -> Iterable[bytes]:
        try:
            for _ in range(100):
                yield b"0123456789"
        finally:
            closed.set()

    monkeypatch.setattr(watcher, "send", send_slowly)
    echo = Echo(at_once=False)
    monkeypatch.setattr(echo, "tell", tell)
    make_intake(echo).take(watcher)
    watcher.come(b"a" * 1000)
    assert reached.wait(30)
    watcher.come(b"")  # there is no more body; what comes next is that it leaves
    watcher.leave()
    full.set_result(None)

    assert closed.wait(30)
    assert len(watcher.sent) == 4


@pytest.mark.parametrize("body", [b"fault", b"0123456789break here", b"0123456789" * 2 + b"break here"])
def test_a_fault_breaks_the_answer_off(body: bytes) -> None:
    watcher = Watcher(("Content-Length", str(len(body))))
    take(watcher, at_once=False)
    watcher.come(body)

    assert watcher.ended.wait(30)
    assert watcher.broken_off
    assert all(message.get("more_body", True) for message in watcher.sent)


def test_a_fault_in_the_one_thread_ends_the_request_and_not_the_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> bool:
        raise LookupError

    watcher, echo = Watcher(("Content-Length", "1")), Echo(at_once=True)
    monkeypatch.setattr(echo, "answer_at_once", fail)
    make_intake(echo).take(watcher)
    watcher.come(b"a")
    assert watcher.broken_off

    broken = Watcher()
    del broken.scope["headers"]
    make_intake(echo).take(broken)
    assert broken.broken_off


# --- the environment -----------------------------------------------------------------


def test_counting_a_crowd_takes_a_tenth_of_the_processor_and_never_comes_late() -> None:
    assert find_pause_s(0.0001) == ROUND_S
    assert find_pause_s(0.014) == pytest.approx(0.14)
    assert find_pause_s(1.0) == LONGEST_ROUND_S < 1


def read(asked: dict[str, Any], connection: Connection | None = None) -> Environ:
    return make_environ(asked, connection or Connection(0.0, Event().set))


def test_what_asgi_says_is_what_wsgi_says() -> None:
    environ = read(
        scope(
            ("Host", "loja.example:5000"), ("Content-Type", "application/json"), ("Content-Length", "5"),
            ("Authorization", "Bearer abc"), ("Cookie", "a=1"), ("Cookie", "b=2"),
            ("X-Forwarded-For", "10.0.0.1"), ("X-Forwarded-For", "10.0.0.2"), ("X-Nome", "p\u00e3o"),
            method="PUT", path="/produtos/p%C3%A3o%20x", query="depois=5&x=%20",
        )
    )  # fmt: skip
    request = Request({**environ, ORIGIN: NOWHERE})

    assert (request.method, request.path, request.query_string) == ("PUT", "/produtos/p\u00e3o x", b"depois=5&x=%20")
    assert (request.host, request.remote_addr, request.scheme) == ("loja.example:5000", "10.0.0.7", "http")
    assert (request.content_type, request.content_length) == ("application/json", 5)
    assert environ["HTTP_AUTHORIZATION"] == "Bearer abc"
    assert environ["HTTP_COOKIE"] == "a=1; b=2"
    assert environ["HTTP_X_FORWARDED_FOR"] == "10.0.0.1,10.0.0.2"
    assert environ["HTTP_X_NOME"] == "p\u00e3o"
    assert isinstance(environ["wsgi.input"], BytesIO)


def test_a_name_with_an_underscore_does_not_pass_for_one_with_a_hyphen() -> None:
    environ = read(scope(("X-Forwarded-For", "10.0.0.1"), ("X_Forwarded_For", "10.9.9.9"), ("Content_Length", "5")))

    assert environ["HTTP_X_FORWARDED_FOR"] == "10.0.0.1"
    assert "CONTENT_LENGTH" not in environ


def test_a_path_of_bytes_that_are_no_text_stays_those_bytes() -> None:
    assert read(scope(path="/%ff%00"))["PATH_INFO"] == "/\xff\x00"


ASKED = (("Host", "localhost"), ("Authorization", "Bearer abc"))


def test_the_same_headers_are_read_once_a_connection_and_each_request_has_its_own_environment() -> None:
    connection = Connection(0.0, Event().set)
    first = read(scope(*ASKED, method="GET", path="/produtos"), connection)
    first["wsgi.url_scheme"] = "https"  # whatever is done to it
    same = read(scope(*ASKED, method="HEAD", path="/inventario", query="depois=1"), connection)

    alone = read(scope(*ASKED, method="HEAD", path="/inventario", query="depois=1"))
    assert same[CLIENT] is first[CLIENT]
    for environ in (same, alone):
        del environ[CLIENT], environ["wsgi.input"]
    assert same == alone


@pytest.mark.parametrize(
    "change",
    [
        {"headers": [(b"host", b"localhost"), (b"authorization", b"Bearer abd")]},
        {"headers": [(b"host", b"localhost"), (b"authorization", b"Bearer abc"), (b"x-forwarded-for", b"10.0.0.1")]},
        {"headers": [(b"host", b"localhost")]},
        {"http_version": "1"},
        {"scheme": "https"},
        {"server": ("127.0.0.2", "5000")},
    ],
)
def test_whatever_is_asked_otherwise_is_read_anew(change: dict[str, Any]) -> None:
    connection = Connection(0.0, Event().set)
    before = read(scope(*ASKED, method="GET"), connection)
    after = read(scope(*ASKED, method="GET") | change, connection)

    alone = read(scope(*ASKED, method="GET") | change)
    assert after[CLIENT] is not before[CLIENT]
    for environ in (after, alone):
        del environ[CLIENT], environ["wsgi.input"]
    assert after == alone


def test_what_differs_with_each_entry_is_read_for_each() -> None:
    connection = Connection(0.0, Event().set)
    waited = ("X-Almoxarife-Waited", "3"), ("X-Almoxarife-Not-Before", "2026-11-20T15:00:00.000Z")
    entries = [
        scope(*ASKED, ("Content-Type", "application/json"), ("Content-Length", length), ("Idempotency-Key", key), *more)
        for length, key, *more in [("5", "a"), ("70", "b", *waited), ("6", "c")]
    ]
    first = read(entries[0], connection)
    poll = read(scope(*ASKED, method="GET"), connection)
    others = [read(entry, connection) for entry in entries[1:]]

    alone = [read(asked) for asked in (scope(*ASKED, method="GET"), *entries[1:])]
    for environ, expected in zip((poll, *others), alone, strict=True):
        assert environ[CLIENT] is first[CLIENT]
        for each in (environ, expected):
            del each[CLIENT], each["wsgi.input"]
        assert environ == expected


def test_a_header_of_an_entry_given_twice_is_joined() -> None:
    connection = Connection(0.0, Event().set)
    for _ in range(2):
        environ = read(scope(*ASKED, ("Idempotency-Key", "a"), ("Idempotency-Key", "b")), connection)
        assert environ["HTTP_IDEMPOTENCY_KEY"] == "a,b"


def test_long_headers_are_not_kept() -> None:
    connection = Connection(0.0, Event().set)

    assert CLIENT not in read(scope(*ASKED, ("X-Nome", "a" * MAX_KEPT)), connection)
    assert connection.client is None


def test_where_connections_cannot_be_listed_no_more_are_remembered_than_there_may_be(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(connections, "CAN_LIST", False)
    limits = Limits.of(0)
    remembered = Connections(5000, limits, str)
    for port in range(limits.most):
        remembered.begin(("10.0.0.7", str(port)))
    remembered.close_surplus()
    assert len(remembered) == limits.most

    remembered.begin(("10.0.0.7", str(limits.most)))
    remembered.close_surplus()

    assert len(remembered) == 0


class Keeping(Echo):
    """The second answer may be kept; whether it is current, and what other requests leave behind, a test says."""

    def __init__(self) -> None:
        super().__init__(at_once=True)
        kept = RepeatableResponse(PlainResponse(200, [], b"kept"), lambda: True, {}, [])
        self.repeats: list[RepeatableResponse | None] = [kept, None]
        self.added: list[RawHeaders | None] = [None, [(b"x-request-id", b"4")]]

    def answer_at_once(self, environ: Environ, send: Any) -> bool:
        environ[MAKE_CHECK] = None
        return super().answer_at_once(environ, send)

    def find_repeat(self, environ: Environ) -> RepeatableResponse | None:
        return self.repeats.pop(0)

    def answer_again(self, repeat: RepeatableResponse) -> RawHeaders | None:
        return self.added.pop(0)


def test_what_is_kept_outlives_a_request_of_which_nothing_can_be_said_without_waiting() -> None:
    intake = make_intake(Keeping())
    watchers = [Watcher(("Host", "localhost"), method="GET") for _ in range(4)]
    for watcher in watchers:
        intake.take(watcher)

    assert [watcher.answer for watcher in watchers] == [(200, b"")] * 3 + [(200, b"kept")]
    assert watchers[-1].sent[0]["headers"] == [(b"x-request-id", b"4")]

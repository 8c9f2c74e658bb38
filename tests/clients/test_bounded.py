"""Answers that never end, that unpack to gigabytes, that come a byte at a time: each ends as an error."""

import gzip
import io
import socket
import threading
import time
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from almoxarife.clients.api import bounded
from almoxarife.clients.api.client import ApiClient
from almoxarife.clients.api.errors import FOREIGN_RESPONSE, NO_RESPONSE, ApiError
from tests.clients.conftest import Reply, TinyServer, problem
from tests.clients.test_api_client import ANA, LOGIN

Send = Callable[[bytes], None]
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"


def for_ever(first: bytes, again: bytes) -> Callable[[Send], None]:
    def talk(send: Send) -> None:
        send(first)
        while True:
            send(again)

    return talk


class Talker:
    """Answers each request with whatever ``talk`` sends, until the client goes away."""

    def __init__(self, talk: Callable[[Send], None]) -> None:
        self._talk = talk
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.gone = threading.Event()
        threading.Thread(target=self._serve, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def _serve(self) -> None:
        connection, _ = self._listener.accept()
        with connection:
            connection.recv(65536)
            try:
                self._talk(connection.sendall)
                connection.shutdown(socket.SHUT_WR)
            except OSError:
                self.gone.set()

    def close(self) -> None:
        self._listener.close()


@pytest.fixture
def ask(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Callable[[Send], None]], ApiError]]:
    """What becomes of a question that is answered so. A megabyte and, with the usual pause of 4 s, 1 s are the most."""
    monkeypatch.setattr(bounded, "MAX_BYTES", 1024 * 1024)
    monkeypatch.setattr(bounded, "TOTAL_S", -3.0)
    talkers: list[Talker] = []

    def ask(talk: Callable[[Send], None]) -> ApiError:
        talker = Talker(talk)
        talkers.append(talker)
        client = ApiClient(talker.url)
        try:
            with pytest.raises(ApiError) as caught:
                client.health()
        finally:
            client.close()
        assert talker.gone.wait(30)
        return caught.value

    yield ask
    for talker in talkers:
        talker.close()


ENDLESS = {
    "a body without an end": for_ever(HEAD + b"\r\n", b"x" * 65536),
    "a body of a length that nobody has": for_ever(HEAD + b"Content-Length: 999999999999\r\n\r\n", b"x" * 65536),
    "chunks without an end": for_ever(CHUNKED, b"10000\r\n" + b"x" * 65536 + b"\r\n"),
    "trailers without an end": for_ever(CHUNKED + b"0\r\n", b"a: b\r\n" * 1000),
    "one head after another": for_ever(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 1000),
    "a refusal without an end": for_ever(b"HTTP/1.1 400 Bad\r\nContent-Type: application/json\r\n\r\n", b"x" * 65536),
}


@pytest.mark.parametrize("how", ENDLESS)
def test_an_answer_that_never_ends_is_ended_by_its_length(
    ask: Callable[..., ApiError], monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    monkeypatch.setattr(bounded, "TOTAL_S", 100.0)

    # Python counts the heads by now, and ends such an answer before we do.
    others = {NO_RESPONSE} if how == "one head after another" else set()
    assert ask(ENDLESS[how]).code in {FOREIGN_RESPONSE, *others}


def test_a_chunk_whose_length_never_ends_is_no_answer(ask: Callable[..., ApiError]) -> None:
    assert ask(for_ever(CHUNKED, b"0" * 65536)).code == NO_RESPONSE


def slowly(first: bytes, again: bytes) -> Callable[[Send], None]:
    def talk(send: Send) -> None:
        send(first)
        while True:
            send(again)
            time.sleep(0.2)

    return talk


SLOW = {
    "body": slowly(HEAD + b"Content-Length: 100000\r\n\r\n", b" "),
    "chunks": slowly(CHUNKED, b"1\r\n \r\n"),
    "head": slowly(b"HTTP/1.1 200 OK\r\nX-Long: ", b"x"),
    "heads": slowly(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "first line": slowly(b"", b"H"),
}


@pytest.mark.parametrize("how", SLOW)
def test_an_answer_that_comes_byte_by_byte_is_not_waited_for(ask: Callable[..., ApiError], how: str) -> None:
    began = time.monotonic()

    assert ask(SLOW[how]).code == NO_RESPONSE
    assert time.monotonic() - began < 20


@pytest.mark.parametrize("encoding", ["gzip", "GZIP", "deflate", "br", "x-gzip", "gzip, gzip"])
def test_nothing_is_unpacked(client: ApiClient, server: TinyServer, encoding: str) -> None:
    bomb = gzip.compress(b" " * 20_000_000)
    server.next = Reply(200, bomb, {"Content-Encoding": encoding})

    with pytest.raises(ApiError) as caught:
        client.health()

    assert caught.value.code == FOREIGN_RESPONSE
    (seen,) = server.seen
    assert seen.headers["Accept-Encoding"] == "identity"


def test_after_an_answer_that_was_ended_the_next_one_is_read(client: ApiClient, server: TinyServer) -> None:
    server.next = Reply(200, b"x", {"Content-Encoding": "gzip"})
    with pytest.raises(ApiError):
        client.health()
    server.next = Reply(200, {"nome": "almoxarife", "versao": "1", "estado": "ok", "banco": "sqlite", "instancia": "x"})

    for _ in range(3):
        assert client.health().state == "ok"


def test_a_long_answer_that_ends_is_read_in_full(client: ApiClient, server: TinyServer) -> None:
    shops = [{"id": f"l{number}", "nome": "Loja " + "x" * 190} for number in range(20_000)]
    server.next = Reply(200, LOGIN)
    client.login(ANA)
    server.next = Reply(200, shops)

    assert len(client.shops()) == 20_000


@pytest.mark.parametrize("text", ["²", "٣", "-5", "1.5", "", " ", "Wed, 21 Oct 2026 07:28:00 GMT", "nan", "1_0"])
def test_a_wait_that_is_no_number_of_seconds_is_none(client: ApiClient, server: TinyServer, text: str) -> None:
    server.next = problem(503, "gravacao-indisponivel", "Tente de novo.", retry_after="")
    server.next.headers["Retry-After"] = text.encode().decode("latin-1")

    with pytest.raises(ApiError) as caught:
        client.health()

    assert caught.value.retry_after_s is None


@pytest.mark.parametrize("text", ["99999999999999999999", "9" * 5000])
def test_a_wait_without_end_has_one(client: ApiClient, server: TinyServer, text: str) -> None:
    server.next = problem(503, "gravacao-indisponivel", "Tente de novo.", retry_after=text)

    with pytest.raises(ApiError) as caught:
        client.health()

    assert caught.value.retry_after_s == 3600


@pytest.mark.parametrize("token", ["ção", "日本", "a b", "a\nX-Mal: 1", "a\x00", "²", "\x7f"])
def test_a_token_that_fits_in_no_header_is_nobodys(client: ApiClient, server: TinyServer, token: str) -> None:
    server.next = Reply(200, {**LOGIN, "token": token})

    with pytest.raises(ApiError) as caught:
        client.login(ANA)

    assert caught.value.code == FOREIGN_RESPONSE
    assert not client.is_logged_in


@pytest.mark.parametrize(("size", "is_left"), [(1, True), (50, True), (110, False)])
def test_whoever_drips_is_not_listened_to_for_a_minute(
    monkeypatch: pytest.MonkeyPatch, size: int, is_left: bool
) -> None:
    now_s = 0.0

    class Dripping(io.RawIOBase):
        def readinto(self, buffer: Any) -> int:
            nonlocal now_s
            now_s += 1
            return size

    monkeypatch.setattr(bounded, "time", SimpleNamespace(monotonic=lambda: now_s))
    answer = bounded._Response(Dripping(), 4.0, lambda _: None)
    now_s = 100.0  # it has thought about it; the pause before the first byte is the socket's to judge
    answer._ends_s = 1000.0

    def listen() -> None:
        for _ in range(30):
            answer.readinto(bytearray(1000))

    if is_left:
        with pytest.raises(TimeoutError):
            listen()
        assert now_s <= 100 + 10
    else:
        listen()

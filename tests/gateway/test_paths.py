"""What the gateway is asked, and what its server is asked then: the paths of the older systems among them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.gateway.doors import Gateway, Recorder

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
WITHOUT_BODY = {"GET", "HEAD", "OPTIONS"}
KIB = 1024
PATHS = {
    "/": "/",
    "//": "/",
    "/?a=b": "/?a=b",
    "/user": "/users",
    "/user/": "/users",
    "/user/7": "/users/7",
    "/user/7/": "/users/7",
    "/create/": "/users",
    "/create": "/users",
    "/create/7": "/users/7",
    "/users": "/users",
    "/users/": "/users",
    "//user/": "/users",
    "///create//7/": "/users/7",
    "//log//create?x=1": "/log?x=1",
    "//produtos?a=b": "/produtos?a=b",
    "//a//b": "/a//b",
    "/users/7?a=%2F": "/users/7?a=%2F",
    "/users/jo%C3%A3o%2Fx/": "/users/jo%C3%A3o%2Fx",
    "/log/create/?x=1": "/log?x=1",
    "/log?q=a": "/log?q=a",
    "/log/contagem/": "/log/contagem",
    "/log/recentes": "/log/recentes",
    "/eventos/": "/eventos",
    "/mensagens/m1/leitura/": "/mensagens/m1/leitura",
    "/painel/registros/": "/painel/registros",
    "/produtos///": "/produtos",
    "/useradd/export/xlsx": "/useradd/export/xlsx",
    "/username": "/username",
    "/creates/1": "/creates/1",
    "/logs": "/logs",
    "/LOG/create": "/LOG/create",
    "/x/user/1": "/x/user/1",
    "/a%3Fb/": "/a%3Fb",
    "/a//b": "/a//b",
}


@pytest.fixture(scope="module")
def recorder() -> Iterator[Recorder]:
    with Recorder() as recorder:
        yield recorder


@pytest.fixture(scope="module")
def door(recorder: Recorder, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    gateway = Gateway(tmp_path_factory.mktemp("paths") / "dados", recorder.port)
    try:
        yield gateway.start()
    finally:
        gateway.end()


@pytest.mark.parametrize("asked", PATHS)
def test_each_path_reaches_its_route_by_every_method_with_its_body(
    door: Gateway, recorder: Recorder, asked: str
) -> None:
    with door.client() as client:
        for method in METHODS:
            body = None if method in WITHOUT_BODY else {"name": "Ana"}
            answer = client.ask(method, asked, body)

            assert (answer.status, answer.raw) == (200, b"" if method == "HEAD" else b"ok")
            found = recorder.take()
            assert found.line == f"{method} {PATHS[asked]} HTTP/1.1"
            assert found.body == (b"" if body is None else b'{"name": "Ana"}')


@pytest.mark.parametrize("length", [0, KIB, 900 * KIB, 20 * KIB * KIB])
def test_a_body_comes_whole_by_every_method(door: Gateway, recorder: Recorder, length: int) -> None:
    body = b"x" * length
    for method in (method for method in METHODS if method not in WITHOUT_BODY):
        head = (
            f"{method} /create/7 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n"
        )

        assert door.send(head.encode() + body).startswith(b"HTTP/1.1 200 ")
        found = recorder.take()
        assert (found.line, found.body == body) == (f"{method} /users/7 HTTP/1.1", True)


@pytest.mark.parametrize("path", ["/log", "/log/", "/log?", "/log/?", "/log/create", "/log/create/"])
def test_the_log_without_a_question_is_the_newest_ten(door: Gateway, recorder: Recorder, path: str) -> None:
    with door.client() as client:
        assert client.get(path).status == 200
        assert recorder.take().line == "GET /log/recentes HTTP/1.1"
        assert client.post(path, {}).status == 200
        assert recorder.take().line == "POST /log HTTP/1.1"


def test_what_a_client_says_of_itself_does_not_pass_and_what_the_gateway_sees_does(
    door: Gateway, recorder: Recorder
) -> None:
    forged = {
        "X_Forwarded_For": "10.1.1.1",
        "Forwarded": "for=10.1.1.1",
        "X_Real_IP": "10.1.1.1",
        "X_Forwarded_Proto": "https",
        "X_Forwarded_Host": "evil.example",
        "X_Almoxarife_Terminal": "uma-chave",
        "X_Request_Id": "0" * 32,
        "Host": "loja.example:8080",
    }
    with door.client() as client:
        answer = client.get("/produtos", **forged)

    headers = recorder.take().headers
    assert headers["host"] == "loja.example:8080"
    assert headers["x-forwarded-for"] == "127.0.0.1"
    assert headers["x-forwarded-proto"] == "http"
    assert len(headers["x-request-id"]) == 32
    assert headers["x-request-id"] != "0" * 32
    assert headers.keys().isdisjoint({"forwarded", "x-real-ip", "x-forwarded-host", "x-almoxarife-terminal"})
    assert answer.headers["X-Almoxarife-User"] is None


def test_an_older_client_that_speaks_http_1_0_is_served(door: Gateway, recorder: Recorder) -> None:
    answer = door.send(b"GET /user/ HTTP/1.0\r\n\r\n")

    assert answer.startswith(b"HTTP/1.1 200 ")
    assert recorder.take().line == "GET /users HTTP/1.1"


BODY = b'{"name":"Ana"}'
SMUGGLED = b"GET /smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n"
CHUNKED = b"0\r\n\r\n" + SMUGGLED
HEAD = b"POST /users HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"


@pytest.mark.parametrize(
    "raw",
    [
        HEAD + b"Content-Length: %d\r\nTransfer-Encoding: chunked\r\n\r\n" % len(CHUNKED) + CHUNKED,
        HEAD + b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n" + CHUNKED,
        HEAD + b"Content-Length: 0\r\nContent-Length: %d\r\n\r\n" % len(SMUGGLED) + SMUGGLED,
        HEAD + b"Content-Length: 0, %d\r\n\r\n" % len(SMUGGLED) + SMUGGLED,
        HEAD + b"Content-Length: +%d\r\n\r\n" % len(SMUGGLED) + SMUGGLED,
        HEAD + b"Content-Length : %d\r\n\r\n" % len(SMUGGLED) + SMUGGLED,
        HEAD + b"Content_Length: %d\r\n\r\n" % len(SMUGGLED) + SMUGGLED,
        HEAD + b"Transfer-Encoding : chunked\r\nContent-Length: %d\r\n\r\n" % len(CHUNKED) + CHUNKED,
        HEAD + b"Transfer-Encoding: x-chunked\r\nContent-Length: %d\r\n\r\n" % len(CHUNKED) + CHUNKED,
        HEAD + b"Transfer-Encoding:\x0bchunked\r\nContent-Length: %d\r\n\r\n" % len(CHUNKED) + CHUNKED,
        HEAD + b"X: y\nContent-Length: %d\n\n" % len(SMUGGLED) + SMUGGLED,
        HEAD + b"X: y\r\n Content-Length: %d\r\n\r\n" % len(SMUGGLED) + SMUGGLED,
        HEAD + b"X: y\rContent-Length: %d\r\n\r\n" % len(SMUGGLED) + SMUGGLED,
        HEAD + b"X: y\x00\r\nContent-Length: %d\r\n\r\n" % len(SMUGGLED) + SMUGGLED,
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n0_\r\n\r\n" + SMUGGLED,
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n-1\r\n\r\n" + SMUGGLED,
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n0;a=\n\r\n\r\n" + SMUGGLED,
        b"POST /users HTTP/1.1 HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" % len(SMUGGLED) + SMUGGLED,
        b"POST /users?a= HTTP/1.1\r\nX: GET /smuggled HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
        b"POST /users%0d%0aX:%20y HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
    ],
)
def test_what_is_framed_in_two_ways_is_never_two_requests_to_the_server(
    door: Gateway, recorder: Recorder, raw: bytes
) -> None:
    door.send_and_leave(raw)
    # Had anything more been on its way, it would be there before this, over the same or another connection.
    with door.client() as client:
        assert client.get("/the-next").status == 200

    lines = [asked.line for asked in recorder.asked]
    recorder.asked.clear()
    assert lines.pop() == "GET /the-next HTTP/1.1"
    assert len(lines) <= 1
    assert not any("smuggled" in line and "?" not in line for line in lines)


def test_a_body_in_pieces_or_after_a_100_arrives_whole(door: Gateway, recorder: Recorder) -> None:
    chunked = b"Transfer-Encoding: chunked\r\n\r\n7\r\n" + BODY[:7] + b"\r\n7\r\n" + BODY[7:] + b"\r\n0\r\n\r\n"
    assert door.send(HEAD + chunked).startswith(b"HTTP/1.1 200 ")
    assert recorder.take().body == BODY

    answer = door.send(HEAD + b"Expect: 100-continue\r\nContent-Length: %d\r\n\r\n" % len(BODY) + BODY)
    assert answer.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 ")
    found = recorder.take()
    assert found.body == BODY
    assert "expect" not in found.headers


def test_a_path_may_begin_and_end_in_thousands_of_slashes(door: Gateway, recorder: Recorder) -> None:
    paths = {
        f"{'/' * 7000}x{'/' * 1000}": "/x",
        "/" * 8000: "/",
        f"//user{'/' * 7000}7": "/users/7",
        f"/{'/?' * 3500}": f"/?{'/?' * 3499}",
        f"//x{'/' * 7000}y": f"/x{'/' * 7000}y",
    }
    for asked, reached in paths.items():
        answer = door.send(f"GET {asked} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".encode())
        assert answer.startswith(b"HTTP/1.1 200 ")
        assert recorder.take().line == f"GET {reached} HTTP/1.1"


def test_nothing_is_written_outside_of_the_data(door: Gateway) -> None:
    names = {path.relative_to(door.data).as_posix() for path in Path(door.data).rglob("*")}
    assert {"gateway/nginx.conf", "gateway/nginx.pid", "gateway/gateway.env", "gateway/tmp/body"} <= names


def test_who_tries_doors_too_often_is_told_to_wait_and_everything_else_goes_on(
    door: Gateway, recorder: Recorder
) -> None:
    with door.client() as client:
        for path in ("/login/", "/registrar_usuario_app", "/register", "/conta/senha", "/useradd/"):
            refused = next((answer for _ in range(500) if (answer := client.post(path, {})).status != 200), None)
            assert refused is not None
            assert (refused.status, refused.code) == (429, "muitas-tentativas")
            assert refused.headers["Retry-After"] == "5"
        assert {client.get("/login").status for _ in range(100)} == {200}
        assert {client.post("/inventario", {}).status for _ in range(100)} == {200}

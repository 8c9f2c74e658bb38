"""What the middleware settles once for a connection, and what for each request."""

import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from werkzeug.exceptions import RequestEntityTooLarge

from almoxarife.server.errors import ServerBusy
from almoxarife.server.http import middleware
from almoxarife.server.http.access import CLIENT, ORIGIN, Client, HostCheck
from almoxarife.server.http.middleware import Middleware, RepeatableResponse
from almoxarife.server.http.problems import sentence_of
from almoxarife.server.http.requests import Environ
from almoxarife.server.http.responses import PlainResponse, RawHeaders
from almoxarife.server.identity import Origin
from almoxarife.server.settings import Settings
from almoxarife.server.store.versions import Versions

PATH = "/produtos"
BROWSER = "text/html,application/xhtml+xml,*/*;q=0.8"
Make = Callable[..., "Asked"]


class Asked:
    """A middleware, and one connection to it."""

    def __init__(self, settings: Settings) -> None:
        self.origins: list[Origin] = []
        self.statuses: list[int] = []
        self.answers: list[PlainResponse] = []
        self.lines: list[bytes] = []
        check, responders = HostCheck(settings, "pc"), {("GET", PATH): self}
        self.middleware = Middleware(
            lambda *_: [], settings, check, Versions(), responders, lambda *_: None, self.lines.append, str
        )
        self.client = Client((), {})

    def find_response(self, environ: Environ) -> PlainResponse:
        self.origins.append(environ[ORIGIN])
        return PlainResponse(200, [], b"")

    def refuse(self, error: Exception, **headers: str) -> PlainResponse:
        environ: Environ = {"REQUEST_METHOD": "GET", "PATH_INFO": PATH, "wsgi.url_scheme": "http", **headers}
        self.middleware.refuse(error, environ, lambda answer, _: self.answers.append(answer))
        return self.answers[-1]

    def ask(self, host: str = "localhost:5000", peer: str = "127.0.0.1", **headers: str) -> RawHeaders:
        environ: Environ = {"REQUEST_METHOD": "GET", "PATH_INFO": PATH, "QUERY_STRING": "", "wsgi.url_scheme": "http"}
        environ |= {"REMOTE_ADDR": peer, "HTTP_HOST": host, CLIENT: self.client, **headers}
        sent: list[RawHeaders] = []

        def send(answer: PlainResponse, more: RawHeaders) -> None:
            self.statuses.append(answer.status)
            self.answers.append(answer)
            sent.append(more)

        assert self.middleware.answer_at_once(environ, send)
        return sent[0]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    def make(**settings: str) -> Asked:
        return Asked(Settings.from_mapping({"ALMOXARIFE_DATA_DIR": str(tmp_path), **settings}))

    return make


def test_each_request_of_a_connection_has_an_id_of_its_own(make: Make) -> None:
    asked = make()
    told = [dict(asked.ask())[b"x-request-id"].decode() for _ in range(4)]

    assert [origin.request_id for origin in asked.origins] == told
    assert len(set(told)) == 4
    assert {(origin.address, origin.is_local, origin.is_forwarded) for origin in asked.origins} == {
        ("127.0.0.1", True, False)
    }


def test_what_a_stranger_is_stays_so(make: Make) -> None:
    asked = make(ALMOXARIFE_HOST="0.0.0.0")
    for _ in range(3):
        asked.ask(peer="10.0.0.9")

    assert {(origin.address, origin.is_local) for origin in asked.origins} == {("10.0.0.9", False)}


def test_a_name_that_is_not_ours_is_refused_again_and_again(make: Make) -> None:
    asked = make()
    for _ in range(3):
        asked.ask("loja.example")

    assert asked.statuses == [400, 400, 400]
    assert asked.client.origin is None


@pytest.mark.parametrize("error", [ServerBusy(retry_after=5), RequestEntityTooLarge()])
def test_a_browser_is_refused_with_a_page_and_a_program_with_json(
    make: Make, error: ServerBusy | RequestEntityTooLarge
) -> None:
    asked = make()
    for accepted in ("application/json", "*/*", ""):
        headers = dict(asked.refuse(error, HTTP_ACCEPT=accepted).headers)
        assert headers["Content-Type"] == "application/problem+json"
    page = asked.refuse(error, HTTP_ACCEPT=BROWSER)
    headers = dict(page.headers)
    assert headers["Content-Type"] == "text/html; charset=utf-8"
    assert headers["Content-Length"] == str(len(page.body))
    assert headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert ("Retry-After" in headers) == isinstance(error, ServerBusy)
    assert sentence_of(error)[1] in page.body.decode()


def test_a_name_that_is_not_ours_is_refused_with_a_page_too(make: Make) -> None:
    asked = make()
    asked.ask("loja.example", HTTP_ACCEPT=BROWSER)
    assert (asked.statuses, b"<h1>" in asked.answers[0].body) == ([400], True)


def test_of_a_proxy_s_requests_each_is_somebody_else_s(make: Make) -> None:
    asked: Any = make(ALMOXARIFE_TRUSTED_PROXIES="127.0.0.1")
    given = "0123456789abcdef"
    for _ in range(2):
        asked.ask(HTTP_X_FORWARDED_FOR="10.0.0.1", HTTP_X_REQUEST_ID=given)

    assert {(origin.address, origin.request_id) for origin in asked.origins} == {("10.0.0.1", given)}
    assert asked.client.origin is None


def test_what_is_sent_again_has_its_own_duration_in_the_log(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    asked, ticks = make(), iter([5.0, 5.0125])
    monkeypatch.setattr(middleware, "time", SimpleNamespace(perf_counter=lambda: next(ticks)))
    line: dict[str, object] = {"event": "request", "duration_ms": 99.0}
    more = [(b"x-content-type-options", b"nosniff")]

    added = asked.middleware.answer_again(RepeatableResponse(PlainResponse(200, [], b""), lambda: True, line, more))

    assert added is not None
    (logged,) = map(json.loads, asked.lines)
    assert (logged["event"], logged["duration_ms"]) == ("request", 12.5)
    assert added == [(b"x-request-id", logged["request_id"].encode()), *more]


def test_what_is_stale_is_neither_sent_again_nor_logged(make: Make) -> None:
    asked = make()

    assert asked.middleware.answer_again(RepeatableResponse(PlainResponse(200, [], b""), lambda: False, {}, [])) is None
    assert asked.lines == []

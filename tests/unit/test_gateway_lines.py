"""What is kept of a line of the gateway's log, and what never is."""

from typing import Any

import orjson
import pytest

from almoxarife.server.logs.entries import Entry
from almoxarife.server.logs.gateway.line import GatewayLine, read

NOW = 1_764_366_253_500_000
FIELDS = {
    "msec": "1764366253.123",
    "remote_addr": "192.168.0.9",
    "remote_user": "",
    "time_local": "28/Nov/2026:21:44:13 -0300",
    "request": "GET /log?q=a%C3%A7%C3%BAcar&limite=10 HTTP/1.1",
    "status": "200",
    "body_bytes_sent": "1234",
    "http_referer": "",
    "http_user_agent": "python-requests/2.32",
    "http_x_forwarded_for": "",
    "request_time": "0.012",
    "upstream_status": "502, 200",
    "request_id": "0123456789abcdef0123456789abcdef",
    "user": "u7",
}


def frame(fields: dict[str, Any], head: bytes = b"<190>Nov 28 21:44:13 almoxarife: ") -> bytes:
    return head + orjson.dumps(fields)


def entry_of(**changed: str) -> Entry:
    line = read(frame(FIELDS | changed), NOW)
    assert isinstance(line, GatewayLine)
    return line.to_entry()


def extra_of(**changed: str) -> dict[str, Any]:
    extra: dict[str, Any] = orjson.loads(entry_of(**changed).extra or "")
    return extra


def test_an_entry_has_what_the_contract_names() -> None:
    entry = entry_of()

    assert entry[:7] == (1_764_366_253_123_000, NOW, "gateway", "u7", "GET /log", "success", None)
    assert extra_of() == {
        "remote_addr": "192.168.0.9",
        "remote_user": "",
        "time_local": "28/Nov/2026:21:44:13 -0300",
        "request": "GET /log?q=***&limite=*** HTTP/1.1",
        "status": 200,
        "body_bytes_sent": 1234,
        "http_referer": "",
        "http_user_agent": "python-requests/2.32",
        "http_x_forwarded_for": "",
        "request_time": 0.012,
        "upstream_status": "502, 200",
        "request_id": "0123456789abcdef0123456789abcdef",
    }


@pytest.mark.parametrize(("status", "result"), [("200", "success"), ("399", "success"), ("404", "failure")])
def test_a_status_below_400_is_a_success(status: str, result: str) -> None:
    assert entry_of(status=status).result == result


@pytest.mark.parametrize("status", ["000", "", "abc", "²"])
def test_a_status_that_is_none_is_a_failure(status: str) -> None:
    assert entry_of(status=status).result == "failure"
    assert extra_of(status=status)["status"] == 0


@pytest.mark.parametrize("user", ["", "-", "u", "u7x", "Ana", "u7 OR 1", "u" + "9" * 30])
def test_a_person_that_is_none_is_nobody(user: str) -> None:
    assert entry_of(user=user).user_id == "N/A"


KEY = "almx_Zk3vN0qTg6mLw9Xs2Rb7Yc1Pd5Hf8Jt4Au0Ei"
TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJ1IjoxMjM0NTY3ODkwfQ.Zk3vN0qTg6mLw9Xs2Rb7Yc1Pd5Hf"


@pytest.mark.parametrize(
    "changed",
    [
        {"request": "GET /vendas?vendedor=529.982.247-25 HTTP/1.1"},
        {"request": "GET /vendas?529.982.247-25 HTTP/1.1"},
        {"request": "GET /pessoas/529.982.247-25/x HTTP/1.1"},
        {"request": "GET /pessoas/529%2E982%2E247%2D25 HTTP/1.1"},
        {"request": f"GET /entrar/{KEY} HTTP/1.1"},
        {"request": f"GET /entrar/{TOKEN} HTTP/1.1"},
        {"request": f"GET /entrar?{KEY} HTTP/1.1"},
        {"request": f"GET /entrar?{KEY}=1 HTTP/1.1"},
        {"request": f"GET /x?token={TOKEN}&senha=azul-123 HTTP/1.1"},
        {"request": "GET http://ana:azul-123@loja/x HTTP/1.1"},
        {"request": f"GET /{'a' * 1900}?senha=azul-123"},
        {"request": "senha azul-123"},
        {"request": "azul-123"},
        {"http_referer": f"https://loja/entrar?token={TOKEN}"},
        {"http_referer": "https://ana:azul-123@loja/x"},
        {"http_referer": f"https://loja/entrar/{KEY}"},
        {"http_user_agent": f"curl Authorization: Bearer {TOKEN}"},
        {"http_user_agent": "senha: azul-123"},
        {"http_x_forwarded_for": f"Bearer {TOKEN}"},
        {"remote_user": TOKEN},
        {"upstream_status": TOKEN},
        {"request_id": TOKEN},
    ],
)
def test_no_secret_of_a_request_is_kept(changed: dict[str, str]) -> None:
    kept = " ".join(map(str, entry_of(**changed)))

    for secret in ("529", "azul-123", "Zk3vN0qTg6mLw9Xs2Rb7", TOKEN[:30]):
        assert secret not in kept


def test_no_name_of_a_person_in_a_path_is_kept_and_their_number_is() -> None:
    assert entry_of(request="GET /usuarios/jo%C3%A3o/historico?dia=2026-11-20 HTTP/1.1").action == (
        "GET /usuarios/(alguém)/historico"
    )
    assert entry_of(request="GET /usuarios/u12 HTTP/1.1").action == "GET /usuarios/u12"


def test_a_request_that_cannot_be_read_is_an_entry_all_the_same() -> None:
    assert entry_of(request="", status="400").action == "(ilegível)"
    assert entry_of(request="\u0016\u0003\u0001 lixo", status="400").action == "(ilegível)"


def test_bytes_that_are_no_text_and_signs_that_end_lines_harm_nothing() -> None:
    raw = frame(FIELDS).replace(b"python-requests", b"\xff\xfepython\\u000a\\u2028")
    line = read(raw, NOW)
    assert line is not None
    assert orjson.loads(line.to_entry().extra or "")["http_user_agent"] == "  python  /2.32"


@pytest.mark.parametrize("msec", ["", "x", "0", "99999999999.9", "1e9", "nan", "-1"])
def test_a_time_that_cannot_be_is_now(msec: str) -> None:
    assert entry_of(msec=msec).moment == NOW


@pytest.mark.parametrize(
    "datagram",
    [
        b"",
        b"<190>",
        orjson.dumps(FIELDS),
        frame(FIELDS, b"<190>Nov 28 21:44:13 nginx: "),
        frame(FIELDS)[:-1],
        frame({}),
        frame(FIELDS | {"status": 200}),
        b"<190>Nov 28 21:44:13 almoxarife: []",
        b"<190>Nov 28 21:44:13 almoxarife: " + b"[" * 60_000,
        b"<190>" + b" " * 60_000,
    ],
)
def test_what_is_no_line_is_none(datagram: bytes) -> None:
    assert read(datagram, NOW) is None


@pytest.mark.parametrize("head", [b"<190>Nov  8 01:02:03 almoxarife: ", b"<14>Jan 28 21:44:13 loja-1 almoxarife: "])
def test_a_day_of_one_digit_and_a_name_of_a_machine_are_read(head: bytes) -> None:
    assert read(frame(FIELDS, head), NOW) is not None

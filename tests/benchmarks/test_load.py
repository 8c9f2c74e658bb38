"""What is sent, and reading what wrk says of it."""

import re

import pytest

from benchmarks import load
from benchmarks.loader import percentile
from benchmarks.operations import Request


def test_wrk_is_read_from_our_line_alone():
    output = """Running 1s test @ http://127.0.0.1:1
    Latency     1.20ms    3.4ms  99.00ms   97.50%
MEASURED 12345 1002003 2 5 1 1234 56789
"""

    found = load.parse_wrk(output)

    assert found == load.Load(
        requests=12345, seconds=1.002003, errors=2, refused=5, timeouts=1, p50_ms=1.234, p99_ms=56.789
    )
    assert found.per_second == pytest.approx(12340 / 1.002003)


@pytest.mark.parametrize("output", ["", "unable to connect to 127.0.0.1:1 Connection refused\n"])
def test_a_wrk_that_did_not_measure_is_no_result(output):
    with pytest.raises(load.LoadFailed, match="wrk said"):
        load.parse_wrk(output)


def test_a_key_is_split_where_the_counter_goes_and_bodies_take_turns():
    request = Request("POST", "/x", bool, {"Idempotency-Key": "{key}", "A": "b"}, (b'{"n": 1}', b'{"n": 22}'))

    first, second = request.parts(80, "r1-")

    length = b"Content-Type: application/json\r\nContent-Length: 8\r\n"
    assert first[0] == b"POST /x HTTP/1.1\r\nHost: 127.0.0.1:80\r\n" + length + b"Idempotency-Key: r1-"
    assert first[1] == b'\r\nA: b\r\n\r\n{"n": 1}'
    assert second[1].endswith(b'{"n": 22}')


def test_a_request_without_a_key_is_sent_as_it_is():
    assert Request("GET", "/x", bool).parts(80, "r1-") == [(b"GET /x HTTP/1.1\r\nHost: 127.0.0.1:80\r\n\r\n", b"")]


def test_the_script_holds_any_byte():
    script = load.make_script([(b'a"\n\\\xc3\xa9]]', b"")])

    quoted = re.search(r'before = \{"(.*)"\}', script)
    assert quoted is not None
    assert re.sub(r"\\(\d{3})", lambda code: chr(int(code[1])), quoted[1]).encode("latin-1") == b'a"\n\\\xc3\xa9]]'
    assert "keyed = false" in script


@pytest.mark.parametrize(
    ("share", "expected"), [(0.5, 50), (0.99, 99), (1.0, 100), (0.001, 1)], ids=["half", "99", "all", "next to none"]
)
def test_a_percentile_is_the_smallest_value_that_covers_its_share(share, expected):
    assert percentile([float(value) for value in range(1, 101)], share) == expected


def test_the_percentile_of_nothing_is_zero():
    assert percentile([], 0.5) == 0

"""Bodies of every size and pace on their way through, over HTTP/1.1 and HTTP/2."""

import json
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.gateway.doors import Gateway, Recorder, read_all
from tests.server.processes import BOLTS, Server

MIB = 1024 * 1024


def padded(length: int) -> bytes:
    """An entry that is valid, of so many bytes."""
    return json.dumps({"produto_id": BOLTS, "quantidade": 1}).encode().ljust(length)


def post(server: Server, body: bytes, *more: str, path: str = "/inventario") -> bytes:
    lines = [
        f"POST {path} HTTP/1.1",
        "Host: localhost",
        f"Authorization: Bearer {server.token}",
        "Content-Type: application/json",
        "Connection: close",
        *more,
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def status_of(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])


@pytest.mark.parametrize(
    ("length", "status", "slug"),
    [
        (0, 400, b"pedido-invalido"),
        (1024, 201, b""),
        (900 * 1024, 201, b""),
        (2 * MIB, 413, b"pedido-grande-demais"),
        (20 * MIB, 413, b"pedido-grande-demais"),
    ],
)
def test_a_body_of_any_length_is_answered_by_the_server(
    gateway: Gateway, server: Server, length: int, status: int, slug: bytes
) -> None:
    body = padded(length) if length else b""
    for framed in (
        post(server, body, f"Content-Length: {length}"),
        post(server, b"%x\r\n%b\r\n0\r\n\r\n" % (length, body) if body else b"0\r\n\r\n", "Transfer-Encoding: chunked"),
    ):
        answer = gateway.send(framed)
        assert status_of(answer) == status, answer[:1000]
        assert slug in answer
        # The server's own problem, and not the gateway's: it knows what the limit is.
        assert b"100 MB" not in answer


def test_a_slow_body_occupies_the_gateway_alone(gateway: Gateway, server: Server) -> None:
    body = padded(200_000)
    with socket.create_connection(("127.0.0.1", gateway.port)) as slow:
        slow.sendall(post(server, body[:-1], f"Content-Length: {len(body)}"))
        with gateway.client(server.token) as ana:
            assert ana.receive(BOLTS, 1).status == 201
        slow.sendall(body[-1:])
        assert status_of(read_all(slow)) == 201


def test_a_client_that_goes_away_in_the_middle_of_its_body_has_asked_nothing(gateway: Gateway, server: Server) -> None:
    with gateway.client(server.token) as ana:
        before = ana.balance(BOLTS)
        with socket.create_connection(("127.0.0.1", gateway.port)) as gone:
            gone.sendall(post(server, padded(1000)[:500], "Content-Length: 1000"))
        assert ana.receive(BOLTS, 1).status == 201
        assert ana.balance(BOLTS) == before + 1  # type: ignore[operator]


@pytest.fixture(scope="module")
def certified(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Gateway, Recorder, Path]]:
    """A gateway with TLS before a recorder, and its certificate."""
    folder = tmp_path_factory.mktemp("tls")
    cert, key = folder / "certificado.pem", folder / "chave.pem"
    subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
    made = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    subprocess.run([*made, "-keyout", key, "-out", cert, "-days", "2", *subject], check=True, capture_output=True)
    with Recorder() as recorder:
        door = Gateway(folder / "dados", recorder.port, GATEWAY_TLS_CERT=str(cert), GATEWAY_TLS_KEY=str(key))
        try:
            yield door.start(), recorder, cert
        finally:
            door.end()


@pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl")
@pytest.mark.parametrize("version", ["1.1", "2"])
@pytest.mark.parametrize("length", [0, 1024, 900 * 1024, 20 * MIB])
def test_over_tls_both_versions_of_http_bring_the_same(
    certified: tuple[Gateway, Recorder, Path], tmp_path: Path, version: str, length: int
) -> None:
    door, recorder, cert = certified
    body = tmp_path / "body"
    body.write_bytes(b"x" * length)

    said = subprocess.run(
        [
            *("curl", "-sS", "--cacert", cert, f"--http{version}", "-X", "PUT", "--data-binary", f"@{body}"),
            *("-w", " %{http_version} %{http_code}", f"https://localhost:{door.port}/user/7/?a=b"),
        ],
        check=True,
        capture_output=True,
        text=True,
    ).stdout

    assert said == f"ok {version} 200"
    found = recorder.take()
    assert found.line == "PUT /users/7?a=b HTTP/1.1"
    assert len(found.body) == length
    assert found.headers["host"] == f"localhost:{door.port}"
    assert found.headers["x-forwarded-proto"] == "https"

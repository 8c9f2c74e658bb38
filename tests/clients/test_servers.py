"""Several servers on one database: whichever answers is used, and the main one again when it is well."""

import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace

import pytest

from almoxarife.clients.api.address import parse_addresses, split_addresses
from almoxarife.clients.api.client import ApiClient
from almoxarife.clients.api.errors import ApiError
from almoxarife.clients.api.servers import PROBE_MAIN_EVERY_S, Servers
from almoxarife.wire.accounts import Credentials
from almoxarife.wire.stock import MovementIn
from tests.clients.conftest import Reply, TinyServer, problem
from tests.clients.test_api_client import HEALTH, LOGIN, MOVEMENT

MAIN, SECOND, THIRD = "http://a:1", "http://b:2", "http://c:3"
WELL = Reply(200, HEALTH)
NOT_WRITING = Reply(503, {**HEALTH, "estado": "sem-gravacao"})


@pytest.fixture
def reserve() -> Iterator[TinyServer]:
    server = TinyServer()
    server.next = WELL
    yield server
    server.close()


@pytest.fixture
def nobody() -> str:
    """An address where nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}"


@pytest.fixture
def stranger(tmp_path: Path) -> Iterator[str]:
    """A server whose certificate is its own affair."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl is not installed")
    pem, key = tmp_path / "c.pem", tmp_path / "k.pem"
    made = [openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    made += ["-subj", "/CN=outra", "-keyout", str(key), "-out", str(pem)]
    subprocess.run(made, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem, key)
    server = TinyServer()
    server.server.socket = context.wrap_socket(server.server.socket, server_side=True)
    yield server.url.replace("http:", "https:")
    server.close()
    assert not server.seen


def test_addresses_are_separated_by_commas_and_each_is_used_once() -> None:
    told = parse_addresses(" 10.0.0.5:5000 ,10.0.0.6:5000,, http://10.0.0.5:5000/")
    assert told == "http://10.0.0.5:5000,http://10.0.0.6:5000"
    assert split_addresses(told) == ["http://10.0.0.5:5000", "http://10.0.0.6:5000"]
    with pytest.raises(ValueError, match="endereço"):
        parse_addresses("10.0.0.5:5000, ftp://loja")
    with pytest.raises(ValueError, match="endereço"):
        parse_addresses(" , ")


def test_servers_are_taken_in_turn_and_the_main_one_is_looked_at_now_and_then() -> None:
    now = 0.0
    servers = Servers([MAIN, SECOND, THIRD], clock=lambda: now)
    assert (servers.in_use, servers.is_probe_due()) == (MAIN, False)
    assert servers.leave(MAIN)
    assert servers.in_use == SECOND
    # Who asked the main server at the same time finds it left already.
    assert servers.leave(MAIN)
    assert servers.in_use == SECOND
    assert servers.leave(SECOND)
    assert servers.in_use == THIRD
    assert not servers.is_probe_due()
    now = PROBE_MAIN_EVERY_S
    assert servers.is_probe_due()
    assert not servers.is_probe_due()  # one at a time
    servers.return_to_main()
    now *= 3
    assert (servers.in_use, servers.is_probe_due()) == (MAIN, False)


def test_a_single_server_is_never_left() -> None:
    servers = Servers([MAIN])
    assert not servers.leave(MAIN)
    assert servers.in_use == MAIN


def test_a_refused_connection_is_answered_by_the_next_server(reserve: TinyServer, nobody: str) -> None:
    client = ApiClient(f"{nobody},{reserve.url}")
    assert client.reserve == ""
    reserve.next = Reply(200, LOGIN)
    client.login(Credentials(username="ana", password="1234"))
    assert [seen.path for seen in reserve.seen] == ["/login"]
    assert (client.base_url, client.main_url) == (reserve.url, nobody)
    assert client.reserve == reserve.url.removeprefix("http://")
    client.close()


def test_a_write_that_may_have_been_done_is_not_repeated_by_itself(server: TinyServer, reserve: TinyServer) -> None:
    client = ApiClient(f"{server.url},{reserve.url}")
    server.next = Reply(200, LOGIN)
    account = client.login(Credentials(username="ana", password="1234")).user.account
    server.next = Reply(201, MOVEMENT, breaks_off=True)
    body = MovementIn(produto_id="p1", quantidade=Decimal(1)).model_dump_json(by_alias=True).encode()
    with pytest.raises(ApiError) as caught:
        client.post_movement_as(account, "/inventario", body, key="k-1")
    assert caught.value.is_worth_repeating
    assert not reserve.seen
    # Whoever repeats it, with its key, does so at the other one.
    reserve.next = Reply(201, MOVEMENT)
    client.post_movement_as(account, "/inventario", body, key="k-1")
    assert [seen.headers["Idempotency-Key"] for seen in reserve.seen] == ["k-1"]
    client.close()


def test_what_is_only_read_is_asked_elsewhere_at_once(server: TinyServer, reserve: TinyServer) -> None:
    client = ApiClient(f"{server.url},{reserve.url}")
    server.next = problem(503, "sem-gravacao", "O banco não responde.")
    assert client.health().state == "ok"
    assert client.base_url == reserve.url
    client.close()


def test_a_refusal_is_an_answer(server: TinyServer, reserve: TinyServer) -> None:
    client = ApiClient(f"{server.url},{reserve.url}")
    server.next = problem(404, "nao-encontrado", "Não há.")
    with pytest.raises(ApiError, match="Não há"):
        client.health()
    assert (client.base_url, reserve.seen) == (server.url, [])
    client.close()


def test_a_server_that_hangs_is_left_for_the_next(server: TinyServer, reserve: TinyServer) -> None:
    client = ApiClient(f"{server.url},{reserve.url}")
    released = threading.Event()
    server.next = Reply(200, HEALTH, hangs_on=released)
    try:
        transport = client._transport
        assert transport.send("GET", "/saude", timeout_s=(3.0, 3.0)).status == 200
        assert client.base_url == reserve.url
    finally:
        released.set()
        client.close()


def test_when_nobody_answers_it_is_said_after_each_was_asked_once(nobody: str) -> None:
    client = ApiClient(f"{nobody},{nobody.replace('127.0.0.1', 'localhost')}")
    with pytest.raises(ApiError) as caught:
        client.health()
    assert caught.value.is_connection_fault
    assert client.base_url == client.main_url  # the next question begins there again
    client.close()


@pytest.mark.parametrize(("state", "is_back"), [(WELL, True), (NOT_WRITING, False), (Reply(200, {"nome": "x"}), False)])
def test_the_main_server_is_used_again_when_it_can_write(
    server: TinyServer, reserve: TinyServer, state: Reply, is_back: bool
) -> None:
    client = ApiClient(f"{server.url},{reserve.url}")
    server.next = NOT_WRITING
    client.health()
    assert client.base_url == reserve.url
    server.next = state
    client._transport._probe_main()
    assert (client.base_url == server.url) is is_back
    client.close()


def test_a_probe_keeps_nobody_waiting(server: TinyServer, reserve: TinyServer, monkeypatch) -> None:
    monkeypatch.setattr("almoxarife.clients.api.servers.PROBE_MAIN_EVERY_S", 0.0)
    client = ApiClient(f"{server.url},{reserve.url}")
    server.next = NOT_WRITING
    client.health()
    released = threading.Event()
    server.next = Reply(200, HEALTH, hangs_on=released)
    client.health()  # answered by the reserve, while the main server is still being looked at
    assert client.base_url == reserve.url
    released.set()
    for thread in threading.enumerate():
        if thread.name == "servidor-principal":
            thread.join(10)
    assert client.base_url == server.url
    client.close()


FOREIGN = (Reply(200, b"<html>Login</html>", content_type="text/html"), Reply(200, {"ok": True}), Reply(204))


@pytest.mark.parametrize("foreign", FOREIGN)
def test_another_program_that_says_success_is_left_like_one_that_is_silent(
    server: TinyServer, reserve: TinyServer, foreign: Reply
) -> None:
    """A printer got the main server's address, or somebody must log in to the network first."""
    body = MovementIn(produto_id="p1", quantidade=Decimal(1)).model_dump_json(by_alias=True).encode()
    with closing(ApiClient(f"{server.url},{reserve.url}")) as client:
        server.next = Reply(200, LOGIN)
        account = client.login(Credentials(username="ana", password="1234")).user.account
        asked: list[tuple[Reply, Callable[[], object]]] = [
            (WELL, client.health),
            (Reply(200, []), client.movements),
            (Reply(201, MOVEMENT), lambda: client.post_movement_as(account, "/inventario", body, key="k-1")),
        ]
        server.next = foreign
        for answer, ask in asked:
            reserve.next = answer
            client._transport.servers.return_to_main()
            with pytest.raises(ApiError, match=server.url.removeprefix("http://")) as caught:
                ask()
            assert caught.value.is_worth_repeating
            assert client.base_url == reserve.url
            ask()
        client._transport._probe_main()
        assert client.base_url == reserve.url


def test_a_server_with_another_s_certificate_is_sent_nothing_and_the_next_one_answers(
    reserve: TinyServer, stranger: str
) -> None:
    reserve.next = Reply(200, LOGIN)
    with closing(ApiClient(f"{stranger},{reserve.url}")) as client:
        client.login(Credentials(username="ana", password="1234"))
        assert client.base_url == reserve.url


def test_a_main_server_that_is_heard_a_byte_now_and_then_is_not_used_again(
    server: TinyServer, reserve: TinyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(ApiClient(f"{server.url},{reserve.url}")) as client:
        server.next = NOT_WRITING
        client.health()
        server.next = WELL
        moments = iter([0.0, 40.0])
        monkeypatch.setattr("almoxarife.clients.api.transport.time", SimpleNamespace(monotonic=moments.__next__))
        client._transport._probe_main()
        assert client.base_url == reserve.url

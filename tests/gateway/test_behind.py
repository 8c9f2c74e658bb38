"""A server behind the gateway: whom it trusts, who is let in, and what is answered while it is away."""

import json
import re
from pathlib import Path
from threading import Event
from time import monotonic

import pytest
import requests

from tests.gateway.doors import Gateway
from tests.programs import wait_until
from tests.server.processes import BOLTS, NAME, PASSWORD, Server, almoxarife
from tests.waiting import Waiting


def test_a_walk_through_the_gateway(gateway: Gateway, server: Server) -> None:
    with gateway.client(server.token) as ana:
        assert ana.get("/saude/").body["estado"] == "ok"
        first = ana.receive(BOLTS, 5, Idempotency_Key="a-walk")
        again = ana.receive(BOLTS, 5, Idempotency_Key="a-walk")
        assert (first.status, again.status) == (201, 201)
        assert again.headers["Idempotent-Replayed"] == "true"
        listed = ana.get("/produtos/")
        assert ana.get("/produtos", If_None_Match=listed.headers["ETag"]).status == 304
        assert ana.get("/nada").code == "rota-desconhecida"


def test_the_servers_on_the_same_data_know_the_gateway_without_being_told(gateway: Gateway, server: Server) -> None:
    declared = (gateway.data / "gateway" / "gateway.env").read_text("utf-8")
    assert "ALMOXARIFE_TRUSTED_PROXIES=127.0.0.1" in declared
    assert "ALMOXARIFE_TRUSTED_PROXIES" not in server.environ
    with server.client() as straight:
        straight.token = None
        # This machine is no longer let in for being this machine.
        assert straight.get("/users/").status == 401


def test_nobody_is_let_in_for_coming_from_the_gateways_machine(gateway: Gateway) -> None:
    with gateway.client() as stranger:
        for headers in ({}, {"Host": "localhost"}, {"X_Forwarded_For": "127.0.0.1"}, {"X_Forwarded_For": ""}):
            assert stranger.get("/users/", **headers).status == 401
            assert stranger.post("/log/create", {}, **headers).status == 401
        answer = stranger.register("Malu", "uma-senha-bem-comprida")
        assert answer.body["estado"] == "pendente"


def test_the_answer_and_the_servers_log_have_the_gateways_id_and_the_clients_address(
    gateway: Gateway, server: Server
) -> None:
    with gateway.client(server.token) as ana:
        answer = ana.get("/nada", X_Forwarded_For="10.9.8.7", X_Request_Id="f" * 32)

    found = answer.body["requisicao"]
    assert len(found) == 32
    assert found != "f" * 32
    assert answer.headers.get_all("X-Request-Id") == [found]
    wait_until(lambda: found in server.errors, "the line is written")
    (line,) = (line for line in server.errors.splitlines() if found in line)
    assert '"address":"127.0.0.1"' in line


def test_who_it_was_is_told_to_the_gateway_alone(gateway: Gateway, server: Server) -> None:
    for port, token in ((gateway, server.token), (server, server.token)):
        with port.client() as client:
            client.token = token
            assert client.get("/produtos").headers["X-Almoxarife-User"] == (None if port is gateway else "u1")


@pytest.mark.parametrize("host", ["192.168.0.10:8080", "[::1]:8080", "10.0.0.1"])
def test_an_address_is_no_foreign_name(gateway: Gateway, host: str) -> None:
    with gateway.client() as client:
        assert client.get("/saude", Host=host).status == 200
        assert client.get("/saude", Host="evil.example").code == "host-desconhecido"


def test_what_the_gateway_itself_refuses_is_a_problem_in_portuguese(gateway: Gateway) -> None:
    for status, raw in {
        400: b"LIXO",
        413: b"POST /log HTTP/1.1\r\nHost: localhost\r\nContent-Length: 110000000\r\nConnection: close",
        414: b"GET /" + b"x" * 9000 + b" HTTP/1.1\r\nHost: localhost",
        431: b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * 9000,
        501: b"POST /log HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: x",
        505: b"GET / HTTP/3.0\r\nHost: localhost",
    }.items():
        head, _, body = gateway.send(raw + b"\r\n\r\n").partition(b"\r\n\r\n")
        assert b"application/problem+json" in head, head
        problem = json.loads(body)
        assert problem["status"] == int(head.split()[1]) == status
        assert problem["mensagem"] == problem["detail"]
        assert problem["requisicao"].encode() in head
    for bad in (b"GET / HTTP/1.1\r\nHost: a\r\nHost: b", b"GET /%zz HTTP/1.1\r\nHost: a", b"CONNECT a:1 HTTP/1.1"):
        assert "O pedido não pôde ser lido".encode() in gateway.send(bad + b"\r\n\r\n")


def test_a_server_that_is_away_is_a_502_at_once_and_is_found_again(gateway: Gateway, server: Server) -> None:
    with gateway.client(server.token) as ana:
        server.kill()
        waiting, waits_s = Waiting("self", gateway.process.pid), []
        for _ in range(3):  # a machine that stalls for a moment says nothing of the gateway
            began = monotonic() - waiting.so_far_s()
            answer = ana.get("/produtos")
            waits_s.append(monotonic() - waiting.so_far_s() - began)
        assert min(waits_s) < 1
        assert (answer.status, answer.code) == (502, "servico-fora-do-ar")
        assert "O servidor não está respondendo" in answer.body["mensagem"]
        assert answer.headers["X-Request-Id"] == answer.body["requisicao"]
        assert ana.receive(BOLTS, 1).status == 502

        server.start()
        assert ana.get("/produtos").status == 200


def test_pages_are_served_small_and_somebody_logs_in_on_them(gateway: Gateway) -> None:
    with requests.Session() as browser:
        browser.headers["Accept"] = "text/html"
        url = f"http://127.0.0.1:{gateway.port}"
        page = browser.get(f"{url}/login/")
        assert (page.status_code, page.headers["Content-Encoding"]) == (200, "gzip")
        assert "Content-Encoding" not in browser.get(f"{url}/openapi.json").headers
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page.text)
        assert token is not None

        form = {"login": NAME, "psw": PASSWORD, "csrf_token": token[1]}
        entered = browser.post(f"{url}/login", data=form, allow_redirects=False)

        assert entered.status_code in {302, 303}, entered.text
        assert entered.headers["Location"].startswith("/")
        assert browser.get(f"{url}{entered.headers['Location']}").status_code == 200


def test_without_nginx_one_sentence_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from almoxarife.server.errors import StartupError
    from almoxarife.server.operations import gateway_process
    from almoxarife.server.settings import Settings

    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(gateway_process, "_ELSEWHERE", ())
    monkeypatch.setattr(gateway_process, "stop_on_signals", Event)  # signals are the tests' own here
    with pytest.raises(StartupError, match=r"apt install nginx.*brew install nginx"):
        gateway_process.run(Settings(data_dir=tmp_path), tmp_path / "nginx.conf")


def test_rendering_elsewhere_tells_the_servers_too_and_what_cannot_be_read_stops_them(tmp_path: Path) -> None:
    data, out = tmp_path / "dados", tmp_path / "fora"

    done = almoxarife("gateway", "render", "--out", str(out), data=data, GATEWAY_APIS="127.0.0.1:5000,192.0.2.1:5000")

    assert done.returncode == 0, done.stderr
    assert "server 192.0.2.1:5000" in (out / "nginx.conf").read_text("utf-8")
    assert "No servidor 192.0.2.1:5000, defina ALMOXARIFE_TRUSTED_PROXIES=" in done.stderr
    declared = data / "gateway" / "gateway.env"
    assert "ALMOXARIFE_TRUSTED_PROXIES=127.0.0.1" in declared.read_text("utf-8")
    declared.write_text("ALMOXARIFE_TRUSTED_PROXIES=todos\n", "utf-8")
    assert "apague-o se não há mais gateway" in almoxarife("check", data=data).stderr

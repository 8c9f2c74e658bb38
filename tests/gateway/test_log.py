"""Every request to the gateway is one entry of the log, holds nothing secret, and is counted where it got lost."""

import socket
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from signal import SIGCONT
from statistics import median, quantiles
from time import monotonic
from typing import Any
from urllib.parse import quote

import psutil
import pytest

from tests.gateway.doors import COMMAND, Gateway
from tests.machine import LEAST_LEFT, Machine
from tests.programs import ROOT, Forked, free_port, pause, start, wait_for, wait_until
from tests.server.processes import BOLTS, NAME, PASSWORD, Client, Server, almoxarife, environment

CPF = "529.982.247-25"
CPF_DIGITS = "52998224725"


def find(server: Server, question: str, number: int = 1) -> list[dict[str, Any]]:
    """The entries that are found by ``question``, once there are so many."""

    def look() -> list[dict[str, Any]] | None:
        with server.client() as ana:
            found: list[dict[str, Any]] = ana.get(f"/log?limite=500&{question}").body
        return found if len(found) >= number else None

    return wait_for(f"{number} entries for {question}", look)


def test_one_search_shows_the_gateway_and_the_server_side_by_side(gateway: Gateway, server: Server) -> None:
    with gateway.client(server.token) as ana:
        answer = ana.get("/movimento/?q=parafusos")

    request_id = answer.headers["X-Request-Id"]
    found = {entry["service"]: entry for entry in find(server, f"q={request_id}", 2)}

    assert found.keys() == {"gateway", "api"}
    entry = found["gateway"]
    assert (entry["action"], entry["result"], entry["user_id"]) == ("GET /movimento/", "failure", "N/A")
    extra = entry["extra"]
    assert extra["request"] == "GET /movimento/?q=*** HTTP/1.1"
    assert (extra["status"], extra["remote_addr"], extra["upstream_status"]) == (404, "127.0.0.1", "404")
    assert extra["request_id"] == request_id == answer.body["requisicao"]
    assert extra["request_time"] >= 0
    assert extra["body_bytes_sent"] == len(answer.raw)


def test_every_kind_of_outcome_is_an_entry_with_who_it_was(gateway: Gateway, server: Server) -> None:
    with gateway.client(server.token) as ana:
        assert ana.get("/produtos/").status == 200
        assert ana.post("/inventario/", {}).status == 400
        ana.token = None
        assert ana.get("/produtos/p1").status == 401
    gateway.send(b"POST /grande HTTP/1.1\r\nHost: localhost\r\nContent-Length: 110000000\r\nConnection: close\r\n\r\n")
    gateway.send(b"LIXO e uma senha\r\n\r\n")

    for action, status, user in (
        ("GET /produtos/", 200, "u1"),
        ("POST /inventario/", 400, "u1"),
        ("GET /produtos/p1", 401, "N/A"),
        ("POST /grande", 413, "N/A"),
        ("(ilegível)", 400, "N/A"),
    ):
        (entry,) = find(server, f"service=gateway&action={quote(action)}")
        assert (entry["extra"]["status"], entry["user_id"]) == (status, user)
        assert entry["result"] == ("success" if status < 400 else "failure")


def test_a_walk_through_all_systems_is_found_by_its_ids(gateway: Gateway, server: Server) -> None:
    created = almoxarife("keys", "create", "passeio", "--para", "log,users", data=server.data)
    key = next(word for word in created.stdout.split() if word.startswith("almx_"))
    person = {"id": 41, "name": "Ana", "email": "string", "age": None}
    entry = {"service": "pedidos", "user_id": "7", "action": "passeio", "result": "success", "timestamp": None}
    walk: list[tuple[str | None, str, str, object, int]] = [
        (server.token, "GET", "/saude", None, 200),
        (server.token, "GET", "/produtos", None, 200),
        (server.token, "POST", "/inventario", {"produto_id": BOLTS, "quantidade": 1}, 201),
        (server.token, "POST", "/vendas", {"loja_id": "l1", "valor": "19.90"}, 201),
        (server.token, "GET", "/vendas/total", None, 200),
        (server.token, "GET", "/mensagens", None, 200),
        (server.token, "GET", "/coordenacao", None, 200),
        (server.token, "GET", "/eventos", None, 200),
        (key, "POST", "/create/", person, 200),
        (key, "PUT", "/user/41", person, 200),
        (key, "DELETE", "/users/41", None, 200),
        (key, "GET", "/user/41", None, 404),
        (key, "POST", "/log/create", entry, 200),
        (key, "GET", "/log/", None, 200),
        (key, "POST", "/ping/", None, 200),
        (None, "GET", "/login", None, 200),
        (None, "POST", "/useradd", [], 401),
        (None, "GET", "/openapi.json", None, 200),
    ]
    asked = {}
    for token, method, path, body, status in walk:
        with gateway.client(token) as client:
            answer = client.ask(method, path, body)
        assert answer.status == status, (method, path, answer.raw)
        asked[answer.headers["X-Request-Id"]] = (f"{method} {path}", status)

    for request_id, (action, status) in asked.items():
        (found,) = find(server, f"service=gateway&q={request_id}")
        assert (found["action"], found["extra"]["status"]) == (action, status)
        assert found["extra"]["request_time"] >= 0


def test_a_client_that_goes_away_is_an_entry_too(gateway: Gateway, server: Server) -> None:
    pause(server.process.pid)
    try:
        with socket.create_connection(("127.0.0.1", gateway.port)) as client:
            client.sendall(b"GET /embora HTTP/1.1\r\nHost: localhost\r\n\r\n")
            wait_until(lambda: has_unread(server.port), "the gateway has asked the server")
    finally:
        server.process.send_signal(SIGCONT)

    (entry,) = find(server, "service=gateway&action=GET%20/embora")
    assert entry["extra"]["status"] == 499


def test_nothing_secret_is_in_any_entry_or_file(gateway: Gateway, server: Server) -> None:
    created = almoxarife("keys", "create", "segredo", data=server.data)
    key = next(word for word in created.stdout.split() if word.startswith("almx_"))
    with gateway.client(key) as program:
        program.post("/log/create", {"service": "pedidos", "user_id": "7", "action": "x", "result": "success"})
        program.get(f"/log?q={CPF}&senha={PASSWORD}")
        program.get(f"/nada/{key}")
        program.get(f"/pessoas/{CPF_DIGITS}", Referer=f"http://loja/?token={key}", User_Agent=f"x {key}")
        program.get("/nada", Cookie=f"sessao={key}", X_Forwarded_For=key)
    with gateway.client() as ana:
        ana.log_in(NAME, PASSWORD)
        token = ana.token
        assert token
        ana.get(f"/nada?t={token}")
        ana.get("/o-ultimo-de-todos")
    find(server, "service=gateway&action=GET%20/o-ultimo-de-todos")

    server.stop()
    try:
        for file in (path for path in server.data.parent.rglob("*") if path.is_file()):
            content = file.read_bytes()
            for secret in (key, token, PASSWORD, CPF, CPF_DIGITS):
                assert secret.encode() not in content, (file, secret)
    finally:
        server.start()


def test_what_happens_while_the_server_is_away_is_an_entry(
    gateway: Gateway, server: Server, logs: "LogService"
) -> None:
    with gateway.client(server.token) as ana:
        server.stop()
        try:
            assert ana.get("/longe").status == 502
            assert ana.receive(BOLTS, 1).status == 502
        finally:
            server.start()
        assert ana.get("/de-volta").status == 404

    (entry,) = find(server, "service=gateway&action=GET%20/longe")
    assert (entry["extra"]["status"], entry["extra"]["upstream_status"]) == (502, "502")
    find(server, "service=gateway&action=GET%20/de-volta")
    assert logs.missing() == 0


def test_a_log_service_that_dies_holds_up_nobody_and_what_it_missed_is_counted(
    gateway: Gateway, server: Server, logs: "LogService"
) -> None:
    people, each, afterwards = 64, 157, 40
    waits: list[tuple[float, float, int]] = []
    """When each was answered, how long it had waited, and the status."""

    def ask() -> None:
        with gateway.client(server.token) as client:
            for _ in range(each):
                asked = monotonic()
                status = client.get("/inventario?depois=0&limite=1").status
                waits.append((monotonic(), monotonic() - asked, status))

    def wait_for_part(part: float) -> None:
        wait_until(lambda: len(waits) >= people * each * part, "a part is answered")

    crowd = [threading.Thread(target=ask) for _ in range(people)]
    machine = Machine(server.process.pid)
    for one in crowd:
        one.start()
    wait_for_part(0.3)
    died, left_before = monotonic(), machine.left()
    machine = Machine(server.process.pid)
    logs.process.kill()
    logs.process.wait()
    wait_for_part(0.7)
    logs.start()
    for one in crowd:
        one.join()
    # A second lasts longer where others have come to use the machine meanwhile.
    longer = max(1, left_before / max(machine.left(), LEAST_LEFT))

    assert [status for _, _, status in waits] == [200] * (people * each)
    before, later = ([wait for at, wait, _ in waits if (at > died) is is_later] for is_later in (False, True))
    # Each by itself waits for 63 others and the machine: a wait for the log, of a second or more, would be in these.
    assert median(later) < longer * (2 * median(before) + 0.1)
    assert quantiles(later, n=100)[98] < longer * (2 * quantiles(before, n=100)[98] + 0.5)

    stored_before = count(server, "service=gateway&q=de-volta")
    for number in range(afterwards):
        with gateway.client(server.token) as ana:
            assert ana.get(f"/de-volta/{number}").status == 404
    # The last of them is answered a moment before the gateway counts it.
    wait_until(
        lambda: (logs.missing() or 0) + count(server, "service=gateway") == gateway.count_requests(),
        "all are accounted for",
    )
    # A worker of nginx learns only from its next datagram that an earlier one was refused, and gives that one up.
    workers = len(psutil.Process(gateway.process.pid).children(recursive=True)) - 1
    assert count(server, "service=gateway&q=de-volta") - stored_before >= afterwards - workers
    lost = logs.missing()
    assert lost is not None
    assert 0 < lost < people * each


def has_unread(port: int) -> bool:
    """Whether something was sent to ``port`` that nobody has taken yet, as Linux tells it."""
    rows = [line.split() for line in Path("/proc/net/tcp").read_text("ascii").splitlines()[1:]]
    return any(
        int(row[1].split(":")[1], 16) == port and row[3] == "01" and int(row[4].split(":")[1], 16) for row in rows
    )


def count(server: Server, question: str) -> int:
    with server.client() as ana:
        answer = ana.get(f"/log/contagem?{question}")
        assert answer.status == 200, answer.raw
        return sum(row["entradas"] for row in answer.body)


class LogService:
    """``almoxarife serve-logs`` on the data of ``data``."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.port = free_port()
        self.process: Forked | subprocess.Popen[bytes]

    def start(self) -> "LogService":
        """Returns when it receives."""
        out = self.data.parent / f"registros-{self.port}.out"
        arguments = ("serve-logs", "--port", str(self.port))
        self.process = start(COMMAND, *arguments, env=environment(self.data), folder=ROOT, out=out)
        wait_until(lambda: self.missing() is not None, "the log service receives")
        return self

    def missing(self) -> int | None:
        """How many are lost, as it says; None while it does not know."""
        with Client(self.port) as client:
            try:
                lost: int | None = client.get("/saude").body["registros_perdidos_da_entrada"]
            except OSError:
                return None
        return lost


@pytest.fixture(scope="module")
def logs(gateway: Gateway) -> Iterator[LogService]:
    logs = LogService(gateway.data)
    try:
        yield logs.start()
    finally:
        logs.process.kill()
        logs.process.wait()

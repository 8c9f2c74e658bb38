"""What is sent: texts that take long to read, JSON that is deep, HTTP that two programs read differently."""

import json
import time
from contextlib import suppress
from socket import SHUT_WR

import psutil

from almoxarife.server.logs import ingestion
from tests.attack.shop import STRANGER, Attack, beside_a_monitor, stranger
from tests.server.processes import BOLTS, Server
from tests.server.test_http import Wire

LOGGED = {"service": "pedidos", "user_id": "7", "action": "criar_pedido", "result": "success"}
RUNS = [
    "a",
    "f0",
    "a.",
    "Z9+/",
    "senha: a ",
    "= ",
    '"',
    "\\",
    "1 ",
    "123.456.789-0",
    "http://a:b@c ",
    "\u0300",
    "é",
    "%41",
    "{[",
]
LONG = 60_000
MAX_WORK_S = 3 * ingestion.MAX_WORK_S
"""Of the list, and of what others ask for meanwhile."""
SECRET = "abretesesamo"
SECRETS = [
    f"senha: {SECRET}", f"Authorization: Basic {SECRET}", f'{{"apiKey": "{SECRET}"}}', f"https://x:{SECRET}@loja/",
    f"?token={SECRET}&a=1", f"PASSWORD={SECRET}", f"<senha>{SECRET}</senha>", f"Cookie: sessao={SECRET}",
    f"('senha', '{SECRET}')", f"--password {SECRET}",
]  # fmt: skip
CPF, CARD = "529.982.247-25", "4111 1111 1111 1111"
SMUGGLED = {
    "two lengths": b"Content-Length: 5\r\nContent-Length: 50\r\n",
    "a length and chunks": b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
    "chunks by another name": b"Transfer-Encoding: xchunked\r\nContent-Length: 5\r\n",
    "a length with a sign": b"Content-Length: +5\r\n",
    "a length in words": b"Content-Length: five\r\n",
    "a name with a space": b"Content-Length : 5\r\nContent-Length: 4\r\n",
}
HEAD = b"POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
HIDDEN = b"GET /escondido HTTP/1.1\r\nHost: localhost\r\n\r\n"


def long_runs_of_one_character(server: Server) -> str:
    def send() -> str:
        slowest = 0.0
        with server.client() as ana:
            for run in RUNS:
                cause = ("erro: x." + run * LONG)[: LONG // max(1, len(run.encode()) // len(run))]
                began = time.perf_counter()
                answer = ana.post("/log", {**LOGGED, "cause": cause})
                slowest = max(slowest, time.perf_counter() - began)
                assert answer.status in {200, 400}, f"{run!a}: {answer.status}"
        return f"{len(RUNS)} entries of 60 KB, the slowest taken in {slowest:.1f} s"

    return beside_a_monitor(server, send)


def a_body_full_of_numbers(server: Server) -> str:
    """The server bounds its work, not the clock: on a busy machine the answer takes as long as that does."""

    def send() -> str:
        entries = [{**LOGGED, "cause": "1 2 " * (LONG // 4)} for _ in range(260)]
        worked = cpu_time(server)
        with server.client() as ana:
            answer = ana.post("/log", entries)
        worked = cpu_time(server) - worked
        assert answer.status in {200, 503}, answer.status
        refused = sum(outcome["status"] == "error" for outcome in answer.body) if answer.status == 200 else 260
        assert worked < MAX_WORK_S, f"{worked:.0f} s of CPU"
        return f"260 entries of 60 KB: {worked:.0f} s of CPU, {refused} of them refused"

    return beside_a_monitor(server, send)


def cpu_time(server: Server) -> float:
    """Seconds."""
    used = psutil.Process(server.process.pid).cpu_times()
    return float(used.user + used.system)


def secrets_in_a_text(server: Server) -> str:
    with server.client() as ana:
        for text in SECRETS:
            assert ana.post("/log", {**LOGGED, "service": "segredos", "cause": text, "extra": text}).status == 200
        said = f"CPF {CPF} / {CPF.replace('.', '').replace('-', '')}, cartão {CARD}, {CARD.replace(' ', '')}"
        assert ana.post("/log", {**LOGGED, "service": "segredos", "cause": said}).status == 200
        found = ana.get("/log?service=segredos&limite=500")
        assert found.status == 200, found.status
    kept = [text for text in (SECRET, CPF, CPF[:11], CARD, CARD.replace(" ", "")) if text in found.raw.decode()]
    assert not kept, f"kept: {kept}"
    assert SECRET not in server.errors, "in the server's own log"
    return f"{len(SECRETS)} shapes, CPF and card: nothing kept"


def json_that_nests(server: Server) -> str:
    depths = [65, 254, 5_000, 100_000]
    doors = ["/log", "/inventario", "/produtos", "/produtos/importar", "/users/", "/login", "/eventos"]
    for path in doors:
        for depth in depths:
            with Wire(server) as wire:
                body = b'{"a":' * depth + b"1" + b"}" * depth
                wire.sendall(wire.head.replace(b"/inventario", path.encode()))
                with suppress(ConnectionError):
                    wire.sendall(f"Content-Length: {len(body)}\r\n\r\n".encode() + body)
                status = wire.status()
            assert status in {400, 404, 405, 413}, f"{path}, {depth} deep: {status}"
    return f"{len(doors)} doors, up to {depths[-1]:,} deep: refused"


def names_that_grow(server: Server) -> str:
    names = [
        "\ufdfa" * 34,
        "a" + "\u0300" * 150,
        "\u0130" * 100,
        "=1+1",
        "\x00",
        "\ud800",
        "x" * 201,
        "<b>x",
        "'; DROP",
    ]
    seen = set()
    with server.client() as ana:
        for name in names:
            answer = ana.post("/produtos", {"nome": name})
            assert answer.status in {201, 400, 409}, f"{name[:5]!a}: {answer.status}"
            seen.add(answer.status)
        assert ana.get("/produtos?busca=" + "%EF%B7%BA" * 34).status in {200, 400}
    return f"taken or refused: {sorted(seen)}"


def what_two_programs_read_differently(server: Server) -> str:
    for what, headers in SMUGGLED.items():
        with Wire(server) as wire:
            with suppress(ConnectionError):
                wire.sendall(HEAD + headers + b"\r\n0\r\n\r\n" + HIDDEN)
            said = b""
            with suppress(ConnectionError, TimeoutError):
                wire.settimeout(3)
                while piece := wire.recv(10_000):
                    said += piece
        assert not said.startswith(b"HTTP/1.1 2"), f"{what}: taken"
        assert said.count(b"HTTP/1.1 ") <= 1, f"{what}: a hidden request was answered"
    return f"{len(SMUGGLED)} ways: one answer, or none"


def nonsense(server: Server) -> str:
    sent = [
        b"NONSENSE\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", b"\x00" * 5000, b"\r\n" * 5000,
        b"GET /saude HTTP/1.1\r\nHost: localhost\r\nX: " + b"a" * 1_000_000 + b"\r\n\r\n",
        b"GET /" + b"a" * 300_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET /saude HTTP/1.1\r\nHost: localhost\r\n" + b"X: 1\r\n" * 20_000 + b"\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ]  # fmt: skip
    for said in sent:
        with Wire(server) as wire:
            with suppress(OSError):
                wire.sendall(said)
                wire.shutdown(SHUT_WR)
            status = wire.status()
        assert status is None or 400 <= status < 500 or status == 505, f"{said[:20]!r}: {status}"
    return f"{len(sent)} kinds refused or dropped"


def numbers_that_are_none(server: Server) -> str:
    quantities = [
        "1e400",
        "-0",
        "1e-400",
        "9" * 400,
        "NaN",
        "Infinity",
        "0.00001",
        "true",
        '"sete"',
        "9223372036854775808",
    ]
    with server.client() as ana:
        before = ana.balance(BOLTS)
        for quantity in quantities:
            with Wire(server) as wire:
                body = f'{{"produto_id": "{BOLTS}", "quantidade": {quantity}}}'.encode()
                wire.sendall(wire.head + f"Content-Length: {len(body)}\r\n\r\n".encode() + body)
                assert (status := wire.status()) == 400, f"{quantity[:20]}: {status}"
        for query in ("depois=-1", "depois=9e9", "limite=0", "limite=999999999999999999999", "depois=%00", "ultimos=²"):
            status = ana.get("/inventario?" + query.replace("²", "%C2%B2")).status
            assert status in {200, 400}, f"{query}: {status}"
        assert ana.balance(BOLTS) == before
    return f"{len(quantities)} quantities refused, the balance as before"


def lines_slipped_into_the_log(server: Server) -> str:
    with stranger(server) as eva:
        eva.post("/login", {"username": 'x\n{"event":"forjado"}', "password": "\n"}, **STRANGER)
        eva.get("/nada%0A%7B%22event%22:%22forjado%22%7D", X_Request_Id='x", "event": "forjado')
    lines = [json.loads(line) for line in server.errors.splitlines() if line.startswith("{")]
    assert all(line["event"] != "forjado" for line in lines), "a line was forged"
    return f"{len(lines)} lines, each the server's own"


TEXTS: dict[str, Attack] = {
    "60 KB of one class of character": long_runs_of_one_character,
    "secrets of every shape": secrets_in_a_text,
    "JSON that nests": json_that_nests,
    "names that grow, break or command": names_that_grow,
    "bodies that two programs read differently": what_two_programs_read_differently,
    "what is no HTTP": nonsense,
    "numbers that are none": numbers_that_are_none,
    "lines slipped into the server's log": lines_slipped_into_the_log,
}
LONG_TEXTS: dict[str, Attack] = {"16 MB of numbers for the log": a_body_full_of_numbers}

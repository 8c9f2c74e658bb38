"""Whoever has no right, and how they ask."""

import base64
import json
import re
from itertools import count

from tests.attack.shop import STRANGER, Attack, stranger
from tests.server.processes import PASSWORD, Server, almoxarife
from tests.server.test_http import ENTRY, Wire

OPEN = {"/login", "/registrar_usuario_app", "/ping", "/saude", "/openapi.json", "/docs", "/docs/{name}"}
"""What the document gives no role, and answers everybody."""
ODD = ["POST //inventario", "POST /%2Finventario", "POST /inventario/", "post /inventario", "POST /./inventario"]
PERSON = {"name": "Eva", "email": "eva@fora"}

numbers = count()


def every_route_without_a_token(server: Server) -> str:
    with stranger(server) as eva:
        paths = eva.get("/openapi.json").body["paths"]
        asked = [(method, path) for path, methods in paths.items() for method in methods if path not in OPEN]
        for method, path in asked:
            address = re.sub(r"\{\w+\}", "1", path)
            answer = eva.ask(method.upper(), address, {}, **STRANGER)
            assert answer.status == 401, f"{method} {path}: {answer.status}"
    return f"{len(asked)} routes, 401 each"


def tokens_that_are_none(server: Server) -> str:
    assert server.token is not None
    body, _, seal = server.token.rpartition(".")
    unsigned = base64.urlsafe_b64encode(json.dumps({"alg": "none"}).encode()).decode().rstrip("=")
    changed = "A" if server.token[0] != "A" else "B"
    tried = [
        "x", "almx_" + "A" * 43, f"{unsigned}.{unsigned}.", f"{body}.", f"{body}.{seal[::-1]}", f".{seal}",
        changed + server.token[1:], server.token[:-1], server.token * 2, server.token.swapcase(), "é", "\x7f",
    ]  # fmt: skip
    with stranger(server) as eva:
        for token in tried:
            answer = eva.get("/inventario?depois=0", Authorization=f"Bearer {token}")
            assert answer.status in {400, 401}, f"{token[:12]}…: {answer.status}"
    return f"{len(tried)} forged or cut tokens refused"


def an_entry_oddly_addressed(server: Server) -> str:
    rest = f"Content-Type: application/json\r\nContent-Length: {len(ENTRY)}\r\n\r\n".encode() + ENTRY
    for line in ODD:
        with Wire(server) as wire:
            wire.sendall(f"{line} HTTP/1.1\r\nHost: localhost\r\n".encode() + rest)
            status = wire.status()
        assert status in {400, 401, 404, 405}, f"{line}: {status}"
    return f"{len(ODD)} spellings, none recorded, none 500"


def a_stranger_named_localhost(server: Server) -> str:
    """A proxy of this machine that adds no header must be named in the settings; then it opens nothing."""
    with stranger(server) as eva:
        for method, path in [("GET", "/users/"), ("POST", "/users/"), ("DELETE", "/users/1"), ("POST", "/log")]:
            answer = eva.ask(method, path, PERSON, Host="localhost", X_Forwarded_For="127.0.0.1")
            assert answer.status == 401, f"{method} {path}: {answer.status}"
    return "/users/ and /log: 401"


def another_name_of_the_server(server: Server) -> str:
    """DNS rebinding: a page elsewhere whose name leads here."""
    for host in ("evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "", "localhost:5000@evil.example"):
        with Wire(server) as wire:
            wire.sendall(wire.head.replace(b"Host: localhost", f"Host: {host}".encode()))
            wire.sendall(f"Content-Length: {len(ENTRY)}\r\n\r\n".encode() + ENTRY)
            status = wire.status()
        assert status in {400, 403, 421, None}, f"Host: {host}: {status}"
    return "refused before anything else, with a token too"


def a_page_of_another_site(server: Server) -> str:
    with server.client() as ana:
        for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data"):
            ana.connection.request(
                "POST", "/inventario", ENTRY, {"Content-Type": kind, "Authorization": f"Bearer {ana.token}"}
            )
            response = ana.connection.getresponse()
            response.read()
            assert response.status == 415, f"{kind}: {response.status}"
        allowed = ana.ask("OPTIONS", "/inventario", Origin="https://evil.example").headers
        assert allowed["Access-Control-Allow-Origin"] is None, "another site may read"
    return "no form is taken, no other site may read"


def a_key_made_for_something_else(server: Server) -> str:
    made = almoxarife("keys", "create", f"ataque-{next(numbers)}", "--para", "log", data=server.data)
    (key,) = re.findall(r"^Chave: (almx_\S{43})$", made.stdout, re.MULTILINE)
    with stranger(server) as program:
        program.token = key
        entry = {"service": "pedidos", "user_id": "7", "action": "criar_pedido", "result": "success"}
        assert program.post("/log", entry, **STRANGER).status == 200
        for method, path in [("GET", "/users/"), ("POST", "/users/"), ("GET", "/usuarios"), ("GET", "/log")]:
            answer = program.ask(method, path, PERSON, **STRANGER)
            assert answer.status in {401, 403}, f"{method} {path}: {answer.status}"
    return "a key for the log writes to it and opens nothing else"


def a_directory_that_reaches_accounts(server: Server) -> str:
    """Another program's people and those who log in have one number each, and nothing in common."""
    with server.client() as ana:
        before = ana.get("/usuarios").body
        made = ana.post("/users/", {"id": 1, "name": "Ana", "email": "ana@fora"}).status
        assert made in {200, 400}, f"POST /users/: {made}"
        assert ana.ask("PUT", "/users/1", {"name": "Eva", "email": "eva@fora"}).status == 200
        assert ana.ask("DELETE", "/users/1").status == 200
        assert ana.get("/usuarios").body == before, "an account was changed"
        assert ana.log_in().status == 200, "Ana cannot log in any more"
    return "made, renamed and removed there; Ana's account as before"


def guessing_a_password(server: Server) -> str:
    """From an address, from a whole network of IPv6, and from spellings of one address."""
    ways = {
        "one address": ["198.51.100.1"] * 12,
        "a /64": [f"2001:db8:0:aa::{n:x}" for n in range(1, 13)],
        "spellings": ["198.51.100.9", "::ffff:198.51.100.9", "::FFFF:c633:6409", " 198.51.100.9 "] * 3,
    }
    name = f"ninguem {next(numbers)}"
    with stranger(server) as eva:
        for way, addresses in ways.items():
            body = {"username": name, "password": "errada"}
            statuses = [eva.post("/login", body, X_Forwarded_For=address).status for address in addresses]
            assert 429 in statuses, f"{way}: never held up"
            assert set(statuses) <= {401, 429}, f"{way}: {set(statuses)}"
    with server.client() as ana:
        assert ana.log_in().status == 200, "the right password from elsewhere was held up"
    return "429 after five, by network; others log in"


def registering_again_and_again(server: Server) -> str:
    with stranger(server) as eva:
        address = f"192.0.2.{next(numbers) % 250}"
        statuses = []
        for _ in range(14):
            body = {"username": f"Intruso {next(numbers)}", "password": PASSWORD}
            answer = eva.post("/registrar_usuario_app", body, X_Forwarded_For=address)
            statuses.append(answer.status)
            assert answer.status != 201 or answer.body["estado"] == "pendente", "let in without approval"
    assert statuses[-1] == 429, f"never held up: {statuses}"
    return f"{statuses.count(201)} wait for approval, then 429"


def names_that_look_like_ana(server: Server) -> str:
    with stranger(server) as eva:
        for name in ("Аna", "Ａｎａ", "ANA", "ana", "\u3164", "\u2800", "A\u200bna"):
            body = {"username": name, "password": PASSWORD}
            answer = eva.post("/registrar_usuario_app", body, X_Forwarded_For=f"192.0.2.{next(numbers) % 250}")
            assert answer.status in {400, 409}, f"{name!a}: {answer.status}"
    return "Cyrillic, full width, invisible: taken, or no name"


def files_that_are_none_of_a_visitors(server: Server) -> str:
    paths = ["/docs/../../dados/chave-secreta.txt", "/docs/%2e%2e%2fchave-secreta.txt", "/docs/..%5c..%5capi.py"]
    with stranger(server) as eva:
        for path in [*paths, "/docs/%00", "/static/../api.py", "/.git/config", "/almoxarife.db"]:
            answer = eva.get(path)
            assert answer.status in {400, 404}, f"{path}: {answer.status}"
    return "404"


DOORS: dict[str, Attack] = {
    "each route without a token": every_route_without_a_token,
    "forged, cut and unsigned tokens": tokens_that_are_none,
    "an entry at an oddly spelled address": an_entry_oddly_addressed,
    "a stranger behind a proxy who asks for localhost": a_stranger_named_localhost,
    "another name that leads to the server": another_name_of_the_server,
    "a form or script of another site": a_page_of_another_site,
    "a key for the log at other doors": a_key_made_for_something_else,
    "another program's directory against accounts": a_directory_that_reaches_accounts,
    "guessing a password from one network": guessing_a_password,
    "registering again and again": registering_again_and_again,
    "names that look like somebody's": names_that_look_like_ana,
    "files outside of the page": files_that_are_none_of_a_visitors,
}

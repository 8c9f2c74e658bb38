"""No password, token, key or code in any line of the log, whatever happens."""

import json

import pytest

from almoxarife.server.accounts import service
from tests.api.cast import KEYS, PASSWORDS, Server, assert_problem
from tests.api.conftest import Open
from tests.log_capture import LogCapture

NEW = "outra frase bem longa"
TYPED_AS_NAME = "senha digitada no nome"


def walk(server: Server) -> set[str]:
    """Everything that has to do with secrets, well and badly; the secrets that came up."""
    carla, ana = server.person("Carla"), server.person("Ana")
    first = server.log_in("Ana", PASSWORDS["Ana"]).json["token"]
    server.log_in("Ana", "senha errada da Ana")
    server.log_in(TYPED_AS_NAME, "senha errada")
    server.register("Elisa", NEW)
    server.register("Elisa", NEW)
    server.register("Fábio", NEW, more={"codigo": "CODIGO99"})
    server.register("Gil", "x\x00senha quebrada")
    ana.post("/conta/senha", {"senha_atual": PASSWORDS["Ana"], "senha_nova": NEW}, token=first)
    ana.post("/conta/senha", {"senha_atual": "senha errada", "senha_nova": NEW}, token=first)
    ana.ask("POST", "/login", data=f'{{"password": "{NEW}"', content_type="application/json")
    temporary = carla.post(f"/usuarios/{ana.id}/senha").json["senha_temporaria"]
    last = server.log_in("Ana", temporary).json["token"]
    ana.get("/produtos", token=first + "x")
    ana.get(f"/produtos?token={last}")
    ana.post("/logout", token=last)
    for _ in range(6):
        server.log_in("Bruno", "senha errada")
    return {first, last, temporary, carla.token}


def test_no_secret_is_logged_and_every_request_is(start: Open, log: LogCapture) -> None:
    server = start(setup_code="CODIGO42")
    secrets = walk(server)
    secrets |= {*PASSWORDS.values(), NEW, TYPED_AS_NAME, "senha errada", "senha quebrada", "CODIGO42", "CODIGO99"}
    secrets.add(KEYS[0].decode())

    logged = log.text
    entries = [json.loads(line) for line in logged.splitlines()]
    assert len(entries) >= 20
    assert {entry["event"] for entry in entries} == {"request"}
    assert [secret for secret in secrets if secret in logged] == []
    assert [secret for secret in secrets if secret in str(server.rows("SELECT * FROM audit_entries"))] == []
    assert "scrypt" not in logged


def test_a_fault_is_logged_with_its_traceback_and_without_what_was_in_hand(
    start: Open, log: LogCapture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(service, "log_in", fail)
    assert_problem(start().log_in("Ana", PASSWORDS["Ana"]), 500, "erro-interno")

    logged = log.text
    assert "ZeroDivisionError" in logged
    assert "routes.py" in logged
    assert PASSWORDS["Ana"] not in logged


def test_no_secret_is_shown_in_an_answer_that_did_not_ask_for_it(start: Open) -> None:
    server = start(setup_code="CODIGO42")
    for response in (
        server.log_in("Ana", "senha errada"),
        server.log_in(TYPED_AS_NAME, "senha errada"),
        server.register("Ana", "senha errada"),
        server.register("Elisa", "senha errada", more={"codigo": "CODIGO99"}),
        server.register("Elisa", "senha errada", more={"cor": "azul"}),
        server.person("Ana").post("/conta/senha", {"senha_atual": "senha errada", "senha_nova": "senha errada 2"}),
    ):
        assert response.status_code >= 400
        for secret in ("senha errada", TYPED_AS_NAME, "CODIGO"):
            assert secret not in response.text

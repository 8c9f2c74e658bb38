"""``/users/``: other programs keep people in the one table of accounts."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from werkzeug.test import TestResponse

from almoxarife.server import serving
from almoxarife.server.logs import queue as log_queue
from almoxarife.server.logs.entries import Traces
from almoxarife.server.programs import ServiceKeys
from tests.api.cast import LAN, PASSWORDS, Person, Server, assert_problem, assert_refused

MARIA = {"name": "Maria Souza", "email": "maria@loja.com.br", "age": 41}


def create(shop: Server, **fields: object) -> TestResponse:
    return shop.ask("POST", "/users/", json={**MARIA, **fields})


def test_a_user_is_created_read_replaced_and_listed(shop: Server) -> None:
    made = create(shop)
    assert (made.status_code, made.json) == (200, {"id": 6, **MARIA})

    assert shop.ask("GET", "/users/6").json == made.json
    replaced = shop.ask("PUT", "/users/6", json={"id": 6, "name": "Maria Lima", "email": "lima@loja.com.br"})
    assert replaced.status_code == 200
    assert replaced.json == {"id": 6, "name": "Maria Lima", "email": "lima@loja.com.br", "age": None}
    assert shop.ask("GET", "/users/").json[-1] == replaced.json


def test_those_who_registered_are_users_too(shop: Server) -> None:
    assert shop.ask("GET", "/users/").json[2] == {"id": 3, "name": "Ana", "email": None, "age": None}


@pytest.mark.parametrize("path", ["/users", "/users/"])
def test_the_slash_at_the_end_may_be_left_out(shop: Server, path: str) -> None:
    assert len(shop.ask("GET", path).json) == 5
    assert shop.ask("POST", path, json=MARIA).status_code == 200


def test_an_id_of_one_s_own(shop: Server) -> None:
    assert create(shop, id=70).json["id"] == 70
    assert create(shop).json["id"] == 71
    for used in (70, 3):
        problem = assert_problem(create(shop, id=used), 400, "id-em-uso")
        assert [error["campo"] for error in problem["erros"]] == ["id"]


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"id": "7"}, "id"),
        ({"id": 0}, "id"),
        ({"id": 1.0}, "id"),
        ({"id": True}, "id"),
        ({"id": 10**9}, "id"),
        ({"name": " "}, "name"),
        ({"name": None}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"email": "maria"}, "email"),
        ({"email": "@loja"}, "email"),
        ({"email": None}, "email"),
        ({"age": -1}, "age"),
        ({"age": "41"}, "age"),
        ({"cpf": "123"}, "cpf"),
    ],
)
def test_a_wrong_user_is_named_and_changes_nothing(shop: Server, fields: dict[str, object], field: str) -> None:
    before = shop.business()

    assert_refused(create(shop, **fields), field)
    assert_refused(shop.ask("PUT", "/users/3", json={**MARIA, **fields}), field)
    assert shop.business() == before


@pytest.mark.parametrize("user_id", ["6", "99", "u3", "x", "-3", "0", "3.0", "9" * 30])
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_an_unknown_user_is_not_found(shop: Server, method: str, user_id: str) -> None:
    body = {"json": MARIA} if method == "PUT" else {}

    problem = assert_problem(shop.ask(method, f"/users/{user_id}", **body), 404, "usuario-desconhecido")

    assert problem["detail"] == "Usuário não encontrado."


def test_another_id_in_the_body_than_in_the_address(shop: Server) -> None:
    assert_refused(shop.ask("PUT", "/users/3", json={**MARIA, "id": 4}), "id")


def test_pages(shop: Server) -> None:
    first = shop.ask("GET", "/users/?limite=2")
    assert [user["id"] for user in first.json] == [1, 2]
    assert first.headers["Link"] == '</users/?limite=2&depois=2>; rel="next"'
    assert [user["id"] for user in shop.ask("GET", "/users/?depois=2").json] == [3, 4, 5]


def test_two_people_of_one_name_are_two_accounts(shop: Server, carla: Person) -> None:
    assert [create(shop).json["name"] for _ in range(3)] == ["Maria Souza"] * 3
    assert create(shop, name="Ana").json["name"] == "Ana"
    names = [row["username"] for row in carla.get("/usuarios").json]
    assert names[5:] == ["Maria Souza", "Maria Souza #7", "Maria Souza #8", "Ana #9"]


@pytest.mark.parametrize("name", ["a/b", "/", "x" * 200, "ß" * 60])
def test_a_name_that_is_no_user_name_is_kept_as_it_is(shop: Server, carla: Person, name: str) -> None:
    assert create(shop, name=name).json["name"] == name
    username = carla.get("/usuarios").json[-1]["username"]
    assert 1 <= len(username) <= 60
    assert "/" not in username


def test_an_account_without_a_password_cannot_log_in_until_it_is_given_one(shop: Server, carla: Person) -> None:
    create(shop)
    for password in ("", "x", "None"):
        assert shop.log_in("Maria Souza", password).status_code in {400, 401}

    temporary = carla.post("/usuarios/u6/senha").json["senha_temporaria"]

    assert shop.log_in("Maria Souza", temporary).status_code == 200


def test_who_logs_in_keeps_the_name_they_log_in_with(shop: Server, carla: Person) -> None:
    shop.ask("PUT", "/users/3", json={"name": "Ana Maria Braga", "email": "ana@loja"})
    assert shop.ask("GET", "/users/3").json["name"] == "Ana Maria Braga"
    assert shop.log_in("Ana", PASSWORDS["Ana"]).status_code == 200

    create(shop)
    shop.ask("PUT", "/users/6", json={"name": "Maria Lima", "email": "m@loja"})
    assert [row["username"] for row in carla.get("/usuarios").json][2::3] == ["Ana", "Maria Lima"]


# --- erasing ------------------------------------------------------------------------------


def test_an_erased_person_leaves_movements_and_nothing_personal(
    shop: Server, ana: Person, bruno: Person, carla: Person, bolts: str
) -> None:
    shop.ask("PUT", "/users/3", json={"name": "Ana Maria", "email": "ana@loja", "age": 30})
    ana.receive(bolts, 5)
    seen = bruno.get("/inventario?depois=0")
    token = ana.token

    erased = carla.ask("DELETE", "/users/3")

    assert erased.status_code == 200
    assert erased.json == {"id": 3, "name": "Ana Maria", "email": "ana@loja", "age": 30}
    again = bruno.get("/inventario?depois=0", headers={"If-None-Match": seen.headers["ETag"]})
    assert [(row["registrado_por"], row["variacao"]) for row in again.json] == [("Usuário removido #3", 5)]
    assert bruno.balance(bolts) == 5
    assert_problem(ana.get("/produtos", token=token), 401, "sessao-invalida")
    assert shop.log_in("Ana", PASSWORDS["Ana"]).status_code == 401
    assert shop.log_in("Usuário removido #3", PASSWORDS["Ana"]).status_code == 401
    (row,) = shop.rows(
        "SELECT username, username_folded, password_hash, full_name, email, age, last_login_at FROM users WHERE id = 3"
    )
    assert row == ("Usuário removido #3", "/removido/3", None, None, None, None, None)
    assert ("accounts:user:erased", "SUCESSO", carla.number, "u3") in shop.audited()
    assert [entry for entry in shop.audited() if entry[3] == "m1"] == [("stock:movement:recorded", "SUCESSO", 3, "m1")]


Knock = Callable[[Server, Person], TestResponse]
KNOCKS: dict[str, Knock] = {
    "GET": lambda shop, carla: shop.ask("GET", "/users/3"),
    "PUT": lambda shop, carla: shop.ask("PUT", "/users/3", json=MARIA),
    "DELETE": lambda shop, carla: shop.ask("DELETE", "/users/3"),
    "PATCH": lambda shop, carla: carla.patch("/usuarios/u3", {"ativo": True}),
    "password": lambda shop, carla: carla.post("/usuarios/u3/senha"),
    "day": lambda shop, carla: carla.get("/usuarios/Ana/historico"),
}


@pytest.mark.parametrize("knock", KNOCKS)
def test_an_erased_person_is_found_by_nobody(shop: Server, carla: Person, knock: str) -> None:
    shop.ask("DELETE", "/users/3")

    assert_problem(KNOCKS[knock](shop, carla), 404, "usuario-desconhecido")
    assert 3 not in [user["id"] for user in shop.ask("GET", "/users/").json]
    assert "u3" not in [row["id"] for row in carla.get("/usuarios").json]


def test_an_erased_person_s_id_is_used_and_their_name_free(shop: Server) -> None:
    shop.ask("DELETE", "/users/3")

    assert_problem(create(shop, id=3), 400, "id-em-uso")
    assert shop.register("Ana", "outra frase bem longa").status_code == 201
    assert shop.register("Usuário removido #3", "outra frase bem longa").status_code == 201


def test_the_last_administrador_is_not_erased(shop: Server, carla: Person) -> None:
    before = shop.business()
    assert_problem(shop.ask("DELETE", "/users/1"), 409, "ultimo-administrador")
    assert shop.business() == before

    carla.patch("/usuarios/u2", {"papel": "administrador"})
    assert shop.ask("DELETE", "/users/1").status_code == 200


# --- who may --------------------------------------------------------------------------------


@pytest.fixture
def key(shop: Server) -> str:
    return ServiceKeys(shop.folder).create("pedidos")


def test_a_service_key_lets_a_program_in_from_anywhere_until_it_is_revoked(shop: Server, key: str) -> None:
    headers = {"Authorization": f"Bearer {key}"}
    made = shop.ask("POST", "/users/", json=MARIA, headers=headers, peer=LAN)
    assert made.status_code == 200
    assert shop.rows("SELECT actor_id, cause, address FROM audit_entries ORDER BY id DESC LIMIT 1") == [
        (None, "chave de serviço pedidos", LAN)
    ]

    ServiceKeys(shop.folder).revoke("pedidos")
    assert_problem(shop.ask("GET", "/users/", headers=headers, peer=LAN), 401, "sessao-invalida")


def test_a_wrong_key_is_refused_from_this_machine_too(shop: Server, key: str) -> None:
    for wrong in (f"{key}x", key[:-1], "almx_", "almx_ã"):
        header = {"Authorization": f"Bearer {wrong}".encode().decode("latin-1")}
        assert_problem(shop.ask("GET", "/users/", headers=header), 401, "sessao-invalida")


def test_a_key_opens_no_route_for_people(shop: Server, key: str) -> None:
    assert_problem(shop.ask("GET", "/produtos", headers={"Authorization": f"Bearer {key}"}), 401, "sessao-invalida")


@pytest.mark.parametrize("how", [{"peer": LAN}, {"headers": {"X-Forwarded-For": "127.0.0.1"}}])
def test_without_a_key_only_from_this_machine_itself(shop: Server, how: dict[str, object]) -> None:
    assert_problem(shop.ask("POST", "/users/", json=MARIA, **how), 401, "nao-autenticado")


def test_an_administrador_s_token_counts_from_anywhere_and_is_audited(carla: Person, bruno: Person) -> None:
    assert carla.ask("POST", "/users/", json=MARIA, peer=LAN).status_code == 200
    assert carla.server.audited()[-1] == ("accounts:user:registered", "SUCESSO", 1, "u6")
    assert_problem(bruno.ask("POST", "/users/", json=MARIA), 403, "papel-insuficiente")


def test_a_user_made_by_a_program_has_a_day(shop: Server, carla: Person) -> None:
    create(shop)

    (told,) = carla.get("/usuarios/maria souza/historico").json["log_history"]

    assert told["event"] == "Novo usuário cadastrado"


# --- what an erased person leaves in the log ------------------------------------------------


def log_rows(carla: Person) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = carla.get("/log?service=api&limite=500").json
    return rows


@pytest.fixture
def forgetful(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody's last requests are waited for."""
    monkeypatch.setattr(log_queue, "LINGER_S", 0.0)


@pytest.mark.usefixtures("forgetful")
def test_the_log_forgets_where_an_erased_person_came_from(shop: Server, ana: Person, carla: Person) -> None:
    for name, password in (("Ana", PASSWORDS["Ana"]), ("Ana", "errada"), ("Bruno", PASSWORDS["Bruno"])):
        shop.log_in(name, password, peer=LAN)
    ana.get("/lojas", peer=LAN)
    shop.ask("GET", "/usuarios/Ana/historico/", peer=LAN)
    assert len([row for row in log_rows(carla) if row["extra"].get("address") == LAN]) == 5
    assert "Ana" not in str(log_rows(carla))

    assert carla.ask("DELETE", "/users/3").status_code == 200
    current = shop.app.extensions["logs"]
    current.flush()
    current.forget_asked()

    kept = [row["action"] for row in log_rows(carla) if row["extra"].get("address") == LAN]
    assert kept == ["GET (desconhecida)", "POST /login"]  # who asked for what is not there, and Bruno
    assert [row["extra"].keys() for row in log_rows(carla) if row["user_id"] == "u3"] == [
        {"status", "duration_ms", "request_id"}
    ]


@pytest.mark.usefixtures("forgetful")
def test_a_log_that_fails_holds_up_nobody_s_erasing(
    shop: Server, ana: Person, carla: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana.get("/lojas", peer=LAN)
    current = shop.app.extensions["logs"]
    current.flush()
    with monkeypatch.context() as away:
        away.setattr(current.store, "_retry_at", float("inf"))
        away.setattr(current.store, "_writer", None)
        assert carla.ask("DELETE", "/users/3").status_code == 200
        current.forget_asked()
        assert len(current._to_forget) == 1


def test_whoever_was_erased_is_looked_for_as_long_as_the_log_may_know_them(shop: Server, carla: Person) -> None:
    login = shop.log_in("Ana", PASSWORDS["Ana"]).headers["X-Request-Id"]
    with time_machine.travel(datetime.now(UTC) - timedelta(days=30, minutes=1), tick=False):
        carla.ask("DELETE", "/users/3")
    carla.ask("DELETE", "/users/5")

    assert serving._list_erased(shop.database, 31) == [Traces("u3", [login]), Traces("u5", [])]
    assert serving._list_erased(shop.database, 30) == [Traces("u5", [])]
    assert serving._list_erased(shop.database, 0) == [Traces("u3", [login]), Traces("u5", [])]

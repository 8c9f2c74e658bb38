"""Erasing a person: what they registered stays, who they were is gone."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from werkzeug.test import TestResponse

from almoxarife.server.accounts.models import User
from almoxarife.server.accounts.profiles.service import Profile, fill, find_conflict
from almoxarife.server.bulk import importing
from almoxarife.server.context import Services
from almoxarife.server.errors import StoreUnavailable
from almoxarife.server.logs import queue as log_queue
from almoxarife.server.logs.entries import Traces, now_micros
from almoxarife.server.logs.gateway.line import NAMES, GatewayLine
from almoxarife.server.logs.queue import LogQueue
from almoxarife.server.operations import serving
from tests.api.cast import LAN, PASSWORDS, Person, Server, assert_problem, assert_refused
from tests.api.older_lists import person


def test_an_erased_person_leaves_movements_and_nothing_personal(
    shop: Server, ana: Person, bruno: Person, carla: Person, bolts: str
) -> None:
    ana.receive(bolts, 5)
    seen = bruno.get("/inventario?depois=0")
    token = ana.token

    assert carla.ask("DELETE", "/usuarios/u3").status_code == 204

    again = bruno.get("/inventario?depois=0", headers={"If-None-Match": seen.headers["ETag"]})
    assert [(row["registrado_por"], row["variacao"]) for row in again.json] == [("Usuário removido #3", 5)]
    assert bruno.balance(bolts) == 5
    assert_problem(ana.get("/produtos", token=token), 401, "sessao-invalida")
    assert shop.log_in("Ana", PASSWORDS["Ana"]).status_code == 401
    assert shop.log_in("Usuário removido #3", PASSWORDS["Ana"]).status_code == 401
    (row,) = shop.rows("SELECT username, username_folded, password_hash, last_login_at FROM users WHERE id = 3")
    assert row == ("Usuário removido #3", "/removido/3", None, None)
    assert ("accounts:user:erased", "SUCESSO", carla.number, "u3") in shop.audited()
    assert [entry for entry in shop.audited() if entry[3] == "m1"] == [("stock:movement:recorded", "SUCESSO", 3, "m1")]


def test_what_a_person_said_of_themselves_goes_too(shop: Server, carla: Person) -> None:
    profile = Profile(first_name="Ana", last_name="Braga", patronymic="Maria", email="Ana@Loja", phone="11987654321")
    with shop.database.transaction() as session:
        fill(session.get_one(User, 3), replace(profile, birthday=date(1990, 12, 31)))
    personal = "first_name, last_name, patronymic, birthday, email, email_folded, phone, full_name"
    assert None not in shop.rows(f"SELECT {personal} FROM users WHERE id = 3")[0]

    carla.ask("DELETE", "/usuarios/u3")

    assert set(shop.rows(f"SELECT {personal} FROM users WHERE id = 3")[0]) == {None}
    with shop.database.reading() as session:
        assert find_conflict(session, profile) is None


def test_what_another_program_kept_of_the_person_goes_too(shop: Server, carla: Person) -> None:
    for number in (7, 8, 9):
        shop.ask("POST", "/users/", json={"id": number, "name": "Ana Braga", "email": "ana@loja", "age": 30})
    for number in (7, 8):
        carla.ask("PUT", f"/usuarios/u3/pessoas/{number}")
    before = len(shop.audited())

    carla.ask("DELETE", "/usuarios/u3")

    assert [user["id"] for user in shop.ask("GET", "/users/").json] == [9]
    assert [(tag, subject) for tag, _, _, subject in shop.audited()[before:]] == [
        ("directory:person:removed", "d7"),
        ("directory:person:removed", "d8"),
        ("accounts:user:erased", "u3"),
    ]


Knock = Callable[[Person], TestResponse]
KNOCKS: dict[str, Knock] = {
    "PATCH": lambda carla: carla.patch("/usuarios/u3", {"ativo": True}),
    "DELETE": lambda carla: carla.ask("DELETE", "/usuarios/u3"),
    "password": lambda carla: carla.post("/usuarios/u3/senha"),
    "link": lambda carla: carla.ask("PUT", "/usuarios/u3/pessoas/1"),
    "day": lambda carla: carla.get("/usuarios/Ana/historico"),
}


@pytest.mark.parametrize("knock", KNOCKS)
def test_an_erased_person_is_found_by_nobody(carla: Person, knock: str) -> None:
    carla.ask("DELETE", "/usuarios/u3")

    assert_problem(KNOCKS[knock](carla), 404, "usuario-desconhecido")
    assert "u3" not in [row["id"] for row in carla.get("/usuarios").json]


def test_an_erased_person_s_name_is_free(shop: Server, carla: Person) -> None:
    carla.ask("DELETE", "/usuarios/u3")

    assert shop.register("Ana", "outra frase bem longa").status_code == 201


OF_ERASED = ["Usuário removido #3", "usuario  REMOVIDO #77", "Usuário removido ＃3", "Usuário removido nº 3"]


@pytest.mark.changes_nothing
@pytest.mark.parametrize("name", OF_ERASED)
def test_nobody_takes_the_name_that_stands_for_an_erased_person(shop: Server, carla: Person, name: str) -> None:
    assert_refused(shop.register(name, "outra frase bem longa"), "username")
    assert_refused(carla.ask("PATCH", "/usuarios/u3", json={"nome": name}), "nome")


@pytest.mark.changes_nothing
@pytest.mark.parametrize(
    "profile",
    [
        {"fname": "Usuário removido #3"},
        {"fname": "Usuário", "lname": "removido #3"},
        {"fname": "Usuário", "patr": "removido", "lname": "#3"},
        {"fname": "Usuário", "patr": "x" * 50, "lname": "removido #3"},
    ],
)
def test_nobody_is_called_so_by_their_names_together(shop: Server, profile: dict[str, str]) -> None:
    assert_refused(shop.register("rita", "outra frase bem longa", more={"perfil": profile}), "perfil")


def test_nobody_looks_like_an_erased_person(shop: Server, carla: Person) -> None:
    carla.ask("DELETE", "/usuarios/u3")
    name = "Usu\u00e1r\u0456o removido #3"  # with a Cyrillic і

    assert_problem(shop.register(name, "outra frase bem longa"), 409, "usuario-existente")
    people = [person(name), person("rita", first_name="Usuário", patronymic="removido", last_name="#3")]
    assert shop.ask("POST", "/useradd", json=people).status_code == 400
    reasons = [description for (description,) in shop.rows("SELECT description FROM bad_users ORDER BY id")]
    assert reasons == [importing.LOGIN_CONFUSABLE, "first_name: Este nome é reservado. Escolha outro."]


def test_the_last_administrador_is_not_erased(shop: Server, carla: Person) -> None:
    before = shop.business()
    assert_problem(carla.ask("DELETE", "/usuarios/u1"), 409, "ultimo-administrador")
    assert shop.business() == before

    carla.patch("/usuarios/u2", {"papel": "administrador"})
    assert carla.ask("DELETE", "/usuarios/u1").status_code == 204


@pytest.mark.changes_nothing
@pytest.mark.parametrize("path", ["u99", "3", "x"])
def test_nobody_unknown_is_erased(carla: Person, path: str) -> None:
    assert_problem(carla.ask("DELETE", f"/usuarios/{path}"), 404, "usuario-desconhecido")


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
    shop.ask("GET", "/usuarios/Ana/historico/tudo", peer=LAN)
    assert len([row for row in log_rows(carla) if row["extra"].get("address") == LAN]) == 5
    assert "Ana" not in str(log_rows(carla))

    assert carla.ask("DELETE", "/usuarios/u3").status_code == 204
    current = Services.of(shop.app).get(LogQueue)
    current.flush()
    current.forget_due()

    kept = [row["action"] for row in log_rows(carla) if row["extra"].get("address") == LAN]
    assert kept == ["GET (desconhecida)", "POST /login"]  # who asked for what is not there, and Bruno
    assert [row["extra"].keys() for row in log_rows(carla) if row["user_id"] == "u3"] == [
        {"status", "duration_ms", "request_id"}
    ]


@pytest.mark.usefixtures("forgetful")
def test_the_log_forgets_what_an_erased_person_asked_the_gateway(shop: Server, carla: Person) -> None:
    login = shop.log_in("Ana", PASSWORDS["Ana"]).headers["X-Request-Id"]
    current = Services.of(shop.app).get(LogQueue)
    for user, request_id in (("u3", "a" * 32), ("", login), ("u2", "b" * 32)):
        line = dict.fromkeys(NAMES, "-") | {"remote_addr": LAN, "user": user, "request_id": request_id}
        assert current.offer(GatewayLine(now_micros(), line | {"request": "GET /vendas?vendedor=3 HTTP/1.1"}))

    assert carla.ask("DELETE", "/usuarios/u3").status_code == 204
    current.flush()
    current.forget_due()

    found = {row["extra"]["request_id"]: row["extra"] for row in carla.get("/log?service=gateway").json}
    kept = {"time_local", "status", "body_bytes_sent", "request_time", "upstream_status", "request_id"}
    assert found["a" * 32].keys() == found[login].keys() == kept
    assert found["b" * 32]["remote_addr"] == LAN


def fail(traces: Traces) -> int:
    raise StoreUnavailable


@pytest.mark.usefixtures("forgetful")
def test_a_log_that_fails_holds_up_nobody_s_erasing(
    shop: Server, ana: Person, carla: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana.get("/lojas", peer=LAN)
    current = Services.of(shop.app).get(LogQueue)
    current.flush()
    with monkeypatch.context() as away:
        away.setattr(current.store, "forget", fail)
        assert carla.ask("DELETE", "/usuarios/u3").status_code == 204
        current.forget_due()
        assert len(current._to_forget) == 1


def test_whoever_was_erased_is_looked_for_as_long_as_the_log_may_know_them(shop: Server, carla: Person) -> None:
    login = shop.log_in("Ana", PASSWORDS["Ana"]).headers["X-Request-Id"]
    with time_machine.travel(datetime.now(UTC) - timedelta(days=30, minutes=1), tick=False):
        carla.ask("DELETE", "/usuarios/u3")
    carla.ask("DELETE", "/usuarios/u5")

    assert serving._list_erased(shop.database, 31) == [Traces("u3", [login]), Traces("u5", [])]
    assert serving._list_erased(shop.database, 30) == [Traces("u5", [])]
    assert serving._list_erased(shop.database, 0) == [Traces("u3", [login]), Traces("u5", [])]

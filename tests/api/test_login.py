"""Logging in and out, and changing one's own password."""

from datetime import UTC, datetime

import pytest
import time_machine

from almoxarife.server.accounts import passwords
from almoxarife.server.accounts.limits.errors import LoginsBusy
from almoxarife.server.store.columns import micros_to_iso
from tests.api.cast import CENTRO, HOME, LAN, PASSWORDS, PEOPLE, Person, Server, assert_problem, assert_refused

NEW = "outra frase bem longa"


def change(person: Person, current: object, new: object, **how: object) -> object:
    return person.post("/conta/senha", {"senha_atual": current, "senha_nova": new}, **how)


def registered_at(server: Server, name: str) -> str:
    ((micros,),) = server.rows("SELECT created_at FROM users WHERE username = ?", name)
    return micros_to_iso(int(micros))


def test_a_login_is_answered_with_a_token_for_12_hours_and_who_it_is(shop: Server) -> None:
    with time_machine.travel(datetime(2026, 11, 20, 12, 0, tzinfo=UTC), tick=False):
        response = shop.log_in("Ana", PASSWORDS["Ana"])

        assert response.status_code == 200
        assert set(response.json) == {"mensagem", "token", "expira_em", "fuso_horario", "usuario"}
        assert response.json["expira_em"] == "2026-11-21T00:00:00.000Z"
        person = {"id": "u3", "username": "Ana", "papel": "estoquista", "lojas": [CENTRO], "trocar_senha": False}
        assert response.json["usuario"] == {**person, "criado_em": registered_at(shop, "Ana")}
        bearer = {"Authorization": f"Bearer {response.json['token']}"}
        assert shop.ask("GET", "/produtos", headers=bearer).status_code == 200


def test_a_program_may_write_a_slash_at_the_end(shop: Server) -> None:
    response = shop.ask("POST", "/login/", json={"username": "Ana", "password": PASSWORDS["Ana"]})
    assert response.status_code == 200
    bearer = {"Authorization": f"Bearer {response.json['token']}"}
    assert shop.ask("GET", "/produtos/", headers=bearer).status_code == 200

    assert shop.ask("POST", "/logout/", headers=bearer).status_code == 204
    assert_problem(shop.ask("GET", "/produtos/", headers=bearer), 401, "sessao-invalida")


def test_an_administrador_is_told_of_all_shops(shop: Server) -> None:
    assert shop.log_in("Carla", PASSWORDS["Carla"]).json["usuario"]["lojas"] == ["l1", "l2", "l3"]


@pytest.mark.parametrize("name", ["ana", "ANA", "  aNa  "])
def test_a_name_is_known_trimmed_and_without_case(shop: Server, name: str) -> None:
    assert shop.log_in(name, PASSWORDS["Ana"]).json["usuario"]["username"] == "Ana"


def test_an_unknown_name_and_a_wrong_password_get_the_same_answer(shop: Server) -> None:
    answers = [shop.log_in("Ana", "errada"), shop.log_in("Ninguém", "errada"), shop.log_in("Ninguém", PASSWORDS["Ana"])]
    problems = [assert_problem(answer, 401, "credenciais-incorretas") for answer in answers]

    for problem in problems:
        problem.pop("requisicao")
    assert problems[0] == problems[1] == problems[2]
    assert {answer.headers["WWW-Authenticate"] for answer in answers} == {'Bearer realm="almoxarife"'}


@pytest.mark.strong_passwords
def test_a_password_is_checked_for_an_unknown_name_too(shop: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    checked: list[str] = []
    check = passwords.check_password_hash

    def watched(stored: str, password: str) -> bool:
        checked.append(stored.split("$")[0])
        return check(stored, password)

    monkeypatch.setattr(passwords, "check_password_hash", watched)
    shop.register("Elisa", "uma frase que ninguém sabe")
    shop.log_in("Elisa", "errada")
    shop.log_in("Ninguém", "errada")

    assert checked == ["scrypt:32768:8:1", "scrypt:32768:8:1"]


def test_the_password_of_nobody_opens_nothing(shop: Server) -> None:
    with shop.database.transaction() as session:
        from almoxarife.server.accounts.models import User

        session.query(User).filter_by(username="Ana").one().password_hash = None

    assert_problem(shop.log_in("Ana", PASSWORDS["Ana"]), 401, "credenciais-incorretas")


@pytest.mark.parametrize(
    ("change", "code"), [({"estado": "pendente"}, "aprovacao-pendente"), ({"ativo": False}, "conta-desativada")]
)
def test_who_is_not_active_is_told_so_after_the_right_password_only(
    shop: Server, carla: Person, change: dict[str, object], code: str
) -> None:
    carla.patch("/usuarios/u3", change)

    assert_problem(shop.log_in("Ana", PASSWORDS["Ana"]), 403, code)
    assert_problem(shop.log_in("Ana", "errada"), 401, "credenciais-incorretas")


def test_a_reset_in_the_middle_of_a_login_wins(shop: Server, carla: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    is_password = passwords.is_password

    def reset_meanwhile(stored: str | None, password: str) -> bool:
        carla.post("/usuarios/u3/senha")
        return is_password(stored, password)

    monkeypatch.setattr(passwords, "is_password", reset_meanwhile)

    assert_problem(shop.log_in("Ana", PASSWORDS["Ana"]), 401, "credenciais-incorretas")


def test_when_too_many_log_in_at_once_they_are_told_to_return(shop: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    def is_full(*_: object) -> bool:
        raise LoginsBusy(retry_after=2)

    monkeypatch.setattr(passwords, "is_password", is_full)
    response = shop.log_in("Ana", PASSWORDS["Ana"])

    assert_problem(response, 503, "entradas-ocupadas")
    assert response.headers["Retry-After"] == "2"


def test_a_login_is_remembered(shop: Server, carla: Person) -> None:
    with time_machine.travel(datetime(2026, 11, 20, 12, 0, tzinfo=UTC), tick=False):
        shop.log_in("Ana", PASSWORDS["Ana"])

        (ana,) = [row for row in carla.get("/usuarios").json if row["username"] == "Ana"]
    assert ana["ultimo_acesso"] == "2026-11-20T12:00:00.000Z"


# --- out ------------------------------------------------------------------------------------


def test_after_logout_the_token_is_dead_and_others_live(ana: Person) -> None:
    mine, other = ana.token, ana.open_session()

    response = ana.post("/logout", token=mine)

    assert (response.status_code, response.data) == (204, b"")
    assert_problem(ana.get("/produtos", token=mine), 401, "sessao-invalida")
    assert_problem(ana.post("/logout", token=mine), 401, "sessao-invalida")
    assert ana.get("/produtos", token=other).status_code == 200


def test_a_closed_window_is_reported(ana: Person) -> None:
    assert ana.post("/historico/eventos", {"evento": "Fechar janelas"}).status_code == 204
    assert ana.server.audited()[-1] == ("clients:window:closed", "SISTEMA", ana.number, ana.id)


# --- one's own password ---------------------------------------------------------------------


def test_a_new_password_kills_the_other_tokens_and_not_this_one(shop: Server, ana: Person, bruno: Person) -> None:
    mine, other = ana.token, ana.open_session()

    response = change(ana, PASSWORDS["Ana"], NEW, token=mine)

    assert (response.status_code, response.data) == (204, b"")
    assert ana.get("/produtos", token=mine).status_code == 200
    assert_problem(ana.get("/produtos", token=other), 401, "sessao-invalida")
    assert bruno.get("/produtos").status_code == 200
    assert_problem(shop.log_in("Ana", PASSWORDS["Ana"]), 401, "credenciais-incorretas")
    assert shop.log_in("Ana", NEW).status_code == 200


def test_the_current_password_must_be_known(ana: Person) -> None:
    before = ana.server.business()

    assert_problem(change(ana, "errada", NEW), 403, "senha-atual-incorreta")
    assert ana.server.business() == before
    assert ana.server.audited()[-1] == ("accounts:password:refused", "ERRO", ana.number, ana.id)


def test_the_current_password_cannot_be_guessed_for_long(ana: Person) -> None:
    for _ in range(5):
        assert_problem(change(ana, "errada", NEW), 403, "senha-atual-incorreta")

    assert_problem(change(ana, PASSWORDS["Ana"], NEW), 429, "muitas-tentativas")


@pytest.mark.changes_nothing
@pytest.mark.parametrize(
    ("new", "peer"),
    [
        *(("123", HOME), ("1234", LAN), ("12345678", LAN), ("ana", LAN), (PASSWORDS["Ana"], HOME)),
        *(("00000000", LAN), (" " * 12, LAN), ("abABabab", LAN)),
    ],
)
def test_a_weak_or_unchanged_password_is_refused(ana: Person, new: str, peer: str) -> None:
    before = ana.server.business()

    problem = assert_problem(change(ana, PASSWORDS["Ana"], new, peer=peer), 400, "senha-fraca")

    assert [error["campo"] for error in problem["erros"]] == ["senha_nova"]
    assert ana.server.business() == before


def test_a_reset_in_the_middle_of_a_change_wins(
    shop: Server, ana: Person, carla: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever knows the old password must not outrun the administrador who takes it away."""
    hash_password = passwords.hash_password
    resets: list[str] = []

    def reset_meanwhile(password: str) -> str:
        monkeypatch.setattr(passwords, "hash_password", hash_password)
        resets.append(carla.post(f"/usuarios/{ana.id}/senha").json["senha_temporaria"])
        return hash_password(password)

    token = ana.token
    monkeypatch.setattr(passwords, "hash_password", reset_meanwhile)

    assert_problem(change(ana, PASSWORDS["Ana"], NEW, token=token), 401, "sessao-invalida")
    assert_problem(shop.log_in("Ana", NEW), 401, "credenciais-incorretas")
    assert shop.log_in("Ana", resets[0]).status_code == 200


def test_both_passwords_are_needed(ana: Person) -> None:
    assert_refused(ana.post("/conta/senha", {}), "senha_atual", "senha_nova")


# --- temporary passwords -------------------------------------------------------------------


def test_a_temporary_password_opens_nothing_but_its_own_change(shop: Server, carla: Person, ana: Person) -> None:
    old = ana.token
    temporary = carla.post(f"/usuarios/{ana.id}/senha").json["senha_temporaria"]

    assert_problem(ana.get("/produtos", token=old), 401, "sessao-invalida")
    assert_problem(shop.log_in("Ana", PASSWORDS["Ana"]), 401, "credenciais-incorretas")
    response = shop.log_in("Ana", temporary, peer=LAN)
    assert response.json["usuario"]["trocar_senha"] is True
    token = response.json["token"]
    assert_problem(ana.get("/produtos", token=token), 403, "troca-de-senha-obrigatoria")
    assert_problem(ana.post("/inventario", {}, token=token), 403, "troca-de-senha-obrigatoria")
    assert_problem(change(ana, temporary, temporary, token=token), 400, "senha-fraca")
    assert ana.post("/historico/eventos", {"evento": "Fechar janelas"}, token=token).status_code == 204

    assert change(ana, temporary, NEW, token=token).status_code == 204

    assert ana.get("/produtos", token=token).status_code == 200
    assert shop.log_in("Ana", NEW).json["usuario"]["trocar_senha"] is False
    assert_problem(shop.log_in("Ana", temporary), 401, "credenciais-incorretas")


def test_who_has_a_temporary_password_may_leave(carla: Person, ana: Person) -> None:
    carla.post(f"/usuarios/{ana.id}/senha")
    token = ana.open_session()

    assert ana.post("/logout", token=token).status_code == 204
    assert_problem(ana.post("/logout", token=token), 401, "sessao-invalida")


def test_temporary_passwords_are_random_and_readable(carla: Person) -> None:
    made = {carla.post("/usuarios/u3/senha").json["senha_temporaria"] for _ in range(3)}

    assert len(made) == 3
    for password in made:
        assert len(password) >= 10
        assert not set(password) & set("0O1lI")


def test_the_cast_is_who_it_says(shop: Server, carla: Person) -> None:
    people = {row["username"]: (row["papel"], row["lojas"]) for row in carla.get("/usuarios").json}

    assert people == {name: (role.value, shops) for name, (role, shops) in PEOPLE.items()}

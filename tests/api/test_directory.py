"""``/users/``: another program's people, who are nobody's account."""

import pytest
from werkzeug.test import TestResponse

from almoxarife.server.data_directory.service_keys import ServiceKeys
from almoxarife.server.identity import Purpose
from almoxarife.wire.programs.directory import MAX_NUMBER, MIN_NUMBER
from tests.api.cast import LAN, PASSWORDS, Person, Server, assert_problem, assert_refused
from tests.api.conftest import Open

MARIA = {"name": "Maria Souza", "email": "maria@loja.com.br", "age": 41}


def create(shop: Server, **fields: object) -> TestResponse:
    return shop.ask("POST", "/users/", json={**MARIA, **fields})


def assert_constant(response: TestResponse, status: int, code: str, constant: str, message: str) -> None:
    """``detail`` is what the older program compares, the rest is as everywhere."""
    problem = response.get_json(force=True)
    assert response.content_type == "application/problem+json"
    assert (response.status_code, problem["status"], problem["codigo"]) == (status, status, code)
    assert (problem["detail"], problem["mensagem"], problem["title"]) == (constant, message, message)


def test_a_user_is_created_read_replaced_and_listed(shop: Server) -> None:
    made = create(shop)
    assert (made.status_code, made.json) == (200, {"id": 1, **MARIA})

    assert shop.ask("GET", "/users/1").json == made.json
    replaced = shop.ask("PUT", "/users/1", json={"id": 1, "name": "Maria Lima", "email": "lima@loja.com.br"})
    assert replaced.status_code == 200
    assert replaced.json == {"id": 1, "name": "Maria Lima", "email": "lima@loja.com.br", "age": None}
    create(shop, id=9)
    assert shop.ask("GET", "/users/").json == [replaced.json, {"id": 9, **MARIA}]


@pytest.mark.parametrize("path", ["/users", "/users/"])
def test_the_slash_at_the_end_may_be_left_out(shop: Server, path: str) -> None:
    assert shop.ask("GET", path).json == []
    assert shop.ask("POST", path, json=MARIA).status_code == 200


def test_a_program_s_own_numbers_come_again_after_a_removal(shop: Server) -> None:
    for _ in range(2):
        for number in (1, 2, 3):
            assert create(shop, id=number).json["id"] == number
        for number in (1, 2, 3):
            removed = shop.ask("DELETE", f"/users/{number}")
            assert (removed.status_code, removed.json) == (200, {"id": number, **MARIA})
    assert shop.ask("GET", "/users/").json == []


def test_the_next_free_number(shop: Server) -> None:
    assert create(shop, id=70).json["id"] == 70
    assert create(shop).json["id"] == 71
    shop.ask("DELETE", "/users/71")
    assert create(shop).json["id"] == 71
    assert create(shop, id=MAX_NUMBER).json["id"] == MAX_NUMBER
    assert [create(shop).json["id"] for _ in range(2)] == [1, 2]
    create(shop, id=3)
    assert create(shop).json["id"] == 4


def test_a_number_that_is_given_is_above_zero_whatever_other_programs_use(shop: Server) -> None:
    create(shop, id=-5)
    assert create(shop).json["id"] == 1

    create(shop, id=MAX_NUMBER)
    assert create(shop).json["id"] == 2


def test_a_used_number_is_refused_in_the_words_of_the_older_program(shop: Server) -> None:
    create(shop, id=70)
    refused = create(shop, id="70", name="Outra")

    assert_constant(refused, 400, "id-em-uso", "User with this ID already exists", "Este id já está em uso.")
    assert [error["campo"] for error in refused.json["erros"]] == ["id"]
    assert shop.ask("GET", "/users/70").json == {"id": 70, **MARIA}


@pytest.mark.changes_nothing
@pytest.mark.parametrize("user_id", ["6", "99", "u3", "x", "-3", "0", "3.0", "--3", "9" * 18, "-" + "9" * 18, "9" * 30])
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_an_unknown_user_is_not_found_in_the_words_of_the_older_program(
    shop: Server, method: str, user_id: str
) -> None:
    body = {"json": MARIA} if method == "PUT" else {}

    response = shop.ask(method, f"/users/{user_id}", **body)

    assert_constant(response, 404, "pessoa-desconhecida", "User not found", "Usuário não encontrado.")


@pytest.mark.parametrize(
    ("fields", "kept"),
    [
        ({"id": "7"}, {"id": 7}),
        ({"id": MAX_NUMBER}, {"id": MAX_NUMBER}),
        ({"id": MIN_NUMBER}, {"id": MIN_NUMBER}),
        (
            {"id": 0, "name": "string", "email": "string", "age": 0},
            {"id": 0, "name": "string", "email": "string", "age": 0},
        ),
        ({"id": "0"}, {"id": 0}),
        ({"id": "-3"}, {"id": -3}),
        ({"id": 7.0}, {"id": 7}),
        ({"id": " 7 "}, {"id": 7}),
        ({"id": None}, {"id": 1}),
        ({"age": 41.0}, {"age": 41}),
        ({"age": -1}, {"age": -1}),
        ({"age": 999}, {"age": 999}),
        ({"age": "41"}, {"age": 41}),
        ({"age": 0}, {"age": 0}),
        ({"age": None}, {"age": None}),
        ({"email": "string"}, {"email": "string"}),
        ({"email": "@ maria  souza "}, {"email": "@ maria souza"}),
        ({"email": "x" * 254}, {"email": "x" * 254}),
        ({"name": "a/b"}, {"name": "a/b"}),
        ({"name": "ß" * 200}, {"name": "ß" * 200}),
        ({"cpf": "123", "index_name": {"a": []}}, {}),
    ],
)
def test_what_older_programs_send_is_taken(shop: Server, fields: dict[str, object], kept: dict[str, object]) -> None:
    expected = {"id": 1, **MARIA, **kept}

    made = create(shop, **fields)

    assert (made.status_code, made.json) == (200, expected)
    assert shop.ask("GET", f"/users/{expected['id']}").json == expected
    assert shop.ask("PUT", f"/users/{expected['id']}", json={**MARIA, **fields}).json == expected


@pytest.mark.once
@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"id": "--1"}, "id"),
        ({"id": "-"}, "id"),
        ({"id": MIN_NUMBER - 1}, "id"),
        ({"id": 1.5}, "id"),
        ({"id": 1e300}, "id"),
        ({"id": "1.0"}, "id"),
        ({"id": "²"}, "id"),
        ({"id": ""}, "id"),
        ({"id": True}, "id"),
        ({"id": MAX_NUMBER + 1}, "id"),
        ({"id": "9" * 5000}, "id"),
        ({"name": " "}, "name"),
        ({"name": None}, "name"),
        ({"name": 5}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"email": ""}, "email"),
        ({"email": "x" * 255}, "email"),
        ({"email": "a\x00b"}, "email"),
        ({"email": None}, "email"),
        ({"age": 0.5}, "age"),
        ({"age": "x"}, "age"),
        ({"age": True}, "age"),
    ],
)
def test_a_wrong_user_is_named_and_changes_nothing(shop: Server, fields: dict[str, object], field: str) -> None:
    create(shop, id=3)
    before = shop.business()

    assert_refused(create(shop, **fields), field)
    assert_refused(shop.ask("PUT", "/users/3", json={**MARIA, **fields}), field)
    assert shop.business() == before


@pytest.mark.parametrize("named", [3, "3", 4, 5, 0, None])
def test_the_id_in_a_body_changes_no_id(shop: Server, named: object) -> None:
    create(shop, id=3)
    create(shop, id=5, name="Outra")

    replaced = shop.ask("PUT", "/users/3", json={**MARIA, "age": 41, "id": named})

    assert (replaced.status_code, replaced.json) == (200, {"id": 3, **MARIA, "age": 41})
    assert [(user["id"], user["name"]) for user in shop.ask("GET", "/users/").json] == [
        (3, MARIA["name"]),
        (5, "Outra"),
    ]


def test_numbers_below_1_are_listed_linked_and_never_given(shop: Server, carla: Person) -> None:
    for number in (-2, 0, MIN_NUMBER):
        create(shop, id=number)

    assert create(shop).json["id"] == 1
    listed = [MIN_NUMBER, -2, 0, 1]
    assert [user["id"] for user in shop.ask("GET", "/users/").json] == listed
    assert [user["id"] for user in shop.ask("GET", "/users/?limite=3").json] == listed[:3]
    assert [user["id"] for user in shop.ask("GET", "/users/?depois=-2").json] == listed[2:]
    assert carla.ask("PUT", "/usuarios/u3/pessoas/-2").status_code == 204
    assert linked(carla) == {"u3": [-2]}


def test_people_are_listed_in_pages_in_the_order_of_their_ids(shop: Server) -> None:
    for number in (5, 1, 2, 4, 3):
        create(shop, id=number)

    first = shop.ask("GET", "/users/?limite=2")
    assert [user["id"] for user in first.json] == [1, 2]
    assert first.headers["Link"] == '</users/?limite=2&depois=2>; rel="next"'
    assert [user["id"] for user in shop.ask("GET", "/users/?depois=2").json] == [3, 4, 5]


# --- and our accounts -----------------------------------------------------------------------


def test_nothing_done_to_users_reaches_whoever_logs_in(shop: Server, carla: Person) -> None:
    accounts = "SELECT * FROM users ORDER BY id"
    before, listed = shop.rows(accounts), carla.get("/usuarios").json

    for number in range(1, 7):
        for method, body in (("PUT", {"json": MARIA}), ("DELETE", {})):
            assert shop.ask(method, f"/users/{number}", **body).status_code == 404
        assert create(shop, id=number, name="Ana").status_code == 200
        assert shop.ask("PUT", f"/users/{number}", json=MARIA).status_code == 200
        assert shop.ask("DELETE", f"/users/{number}").status_code == 200

    assert shop.rows(accounts) == before
    assert carla.get("/usuarios").json == listed
    assert shop.log_in("Ana", PASSWORDS["Ana"]).status_code == 200


def test_nothing_in_it_logs_in_or_is_an_account(shop: Server, carla: Person) -> None:
    people = carla.get("/usuarios").json
    create(shop, id=6)

    for password in ("", "x", "None", "null"):
        assert shop.log_in("Maria Souza", password).status_code in {400, 401}
    assert carla.get("/usuarios").json == people
    assert_problem(carla.post("/usuarios/u6/senha"), 404, "usuario-desconhecido")


def test_it_blocks_nobody_s_first_use(start_empty: Open) -> None:
    shop = start_empty()
    for number, name in enumerate(("admin", "ADMIN", "Ana"), 1):
        assert create(shop, id=number, name=name).status_code == 200

    made = shop.register("admin", "1234")
    assert (made.status_code, made.json["papel"], made.json["id"]) == (201, "administrador", "u1")
    assert shop.log_in("admin", "1234").status_code == 200
    assert shop.register("Ana", "5678").status_code == 201


def test_each_change_is_audited_with_the_key_that_made_it_and_without_a_name(shop: Server) -> None:
    before = len(shop.audited())
    create(shop, id=7)
    shop.ask("PUT", "/users/7", json=MARIA)
    shop.ask("DELETE", "/users/7")

    assert shop.audited()[before:] == [
        (f"directory:person:{verb}", "SUCESSO", None, "d7") for verb in ("created", "changed", "removed")
    ]
    assert "Maria" not in str(shop.rows("SELECT * FROM audit_entries"))


# --- one person in both ---------------------------------------------------------------------


def linked(carla: Person) -> dict[str, list[int]]:
    return {row["id"]: row["pessoas"] for row in carla.get("/usuarios").json if "pessoas" in row}


def test_an_administrador_says_that_an_entry_is_somebody_s_account(shop: Server, carla: Person) -> None:
    create(shop, id=7)
    create(shop, id=8)

    for path in ("u3/pessoas/7", "u3/pessoas/8", "u3/pessoas/7"):
        assert carla.ask("PUT", f"/usuarios/{path}").status_code == 204
    assert linked(carla) == {"u3": [7, 8]}
    assert carla.patch("/usuarios/u3", {"papel": "gerente"}).json["pessoas"] == [7, 8]
    assert shop.ask("GET", "/users/7").json == {"id": 7, **MARIA}
    assert carla.ask("PUT", "/usuarios/u4/pessoas/8").status_code == 204
    assert linked(carla) == {"u3": [7], "u4": [8]}

    assert_problem(carla.ask("DELETE", "/usuarios/u4/pessoas/7"), 404, "usuario-desconhecido")
    assert carla.ask("DELETE", "/usuarios/u3/pessoas/7").status_code == 204
    assert linked(carla) == {"u4": [8]}
    told = shop.rows("SELECT tag, actor_id, subject, cause FROM audit_entries WHERE tag LIKE '%linked' ORDER BY id")
    assert told == [
        ("directory:person:linked", 1, "d7", "u3"),
        ("directory:person:linked", 1, "d8", "u3"),
        ("directory:person:linked", 1, "d8", "u4"),
        ("directory:person:unlinked", 1, "d7", "u3"),
    ]


@pytest.mark.parametrize("path", ["u3/pessoas/9", "u99/pessoas/7", "x/pessoas/7", "u3/pessoas/x"])
def test_a_link_needs_both(shop: Server, carla: Person, path: str) -> None:
    create(shop, id=7)
    for method in ("PUT", "DELETE"):
        assert_problem(carla.ask(method, f"/usuarios/{path}"), 404, "usuario-desconhecido")
    assert linked(carla) == {}


def test_removing_a_linked_entry_leaves_the_account(shop: Server, carla: Person) -> None:
    create(shop, id=7)
    carla.ask("PUT", "/usuarios/u3/pessoas/7")

    assert shop.ask("DELETE", "/users/7").status_code == 200

    assert linked(carla) == {}
    assert shop.log_in("Ana", PASSWORDS["Ana"]).status_code == 200
    assert create(shop, id=7).status_code == 200
    assert linked(carla) == {}  # another person, under a number that was free again


# --- who may --------------------------------------------------------------------------------


@pytest.fixture
def key(shop: Server) -> str:
    return ServiceKeys(shop.folder).create("pedidos", [Purpose.USERS])


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
    assert carla.server.audited()[-1] == ("directory:person:created", "SUCESSO", 1, "d1")
    assert_problem(bruno.ask("POST", "/users/", json=MARIA), 403, "papel-insuficiente")


def test_its_readers_of_the_log_find_their_calls_at_once_and_nothing_of_the_shop_between(
    shop: Server, bruno: Person
) -> None:
    create(shop, id=7)
    for _ in range(12):
        assert bruno.get("/vendas").status_code == 200
    shop.ask("POST", "/log", json={"service": "api", "user_id": "7", "action": "POST /x", "result": "success"})
    shop.ask("DELETE", "/users/7")

    shown = shop.ask("GET", "/log/recentes").json["log"]

    assert [(entry["service"], entry["action"]) for entry in shown] == [
        ("user_service", "delete_user"),
        ("api", "POST /x"),
        ("user_service", "create_user"),
    ]


def test_what_the_shop_does_for_long_hides_nothing_of_the_other_program(shop: Server, bruno: Person) -> None:
    create(shop, id=7)
    for _ in range(600):
        assert bruno.get("/vendas/total").status_code == 200

    assert [entry["action"] for entry in shop.ask("GET", "/log/recentes").json["log"]] == ["create_user"]

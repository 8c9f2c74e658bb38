"""Who may make an account, where, and what becomes of it."""

import pytest

from almoxarife.server.accounts.service import has_administrator
from tests.api.cast import HOME, LAN, LAN_SERVER, Person, Server, assert_problem, at_once
from tests.api.conftest import Open

STRONG = "uma frase bem longa"
PROXIED = {"ALMOXARIFE_TRUSTED_PROXIES": "127.0.0.1"}
FORWARDING = ["X-Forwarded-For", "X-Real-IP", "Forwarded", "X-Forwarded-Host", "X-Forwarded-Proto", "Via"]


def state_of(response: object) -> tuple[str, str]:
    body = response.json  # type: ignore[attr-defined]
    return body["papel"], body["estado"]


# --- on the machine itself ---------------------------------------------------------------


@pytest.mark.parametrize("peer", [HOME, "127.8.8.8", "::1", "::ffff:127.0.0.1"])
def test_on_the_machine_itself_the_first_person_is_administrador_and_later_ones_estoquista(
    start_empty: Open, peer: str
) -> None:
    server = start_empty()

    first = server.register("admin", "1234", peer=peer)
    assert first.status_code == 201
    assert first.json["id"] == "u1"
    assert first.json["username"] == "admin"
    assert first.json["mensagem"]
    assert state_of(first) == ("administrador", "ativo")
    assert state_of(server.register("Elisa", "abcd", peer=peer)) == ("estoquista", "ativo")


def test_the_first_use_walk(start_empty: Open) -> None:
    server = start_empty()
    server.register("admin", "1234")
    assert server.log_in("admin", "1234").json["usuario"]["papel"] == "administrador"

    admin = server.person("admin")
    product = admin.add("Parafuso 10mm").json["id"]
    entry = admin.receive(product, 50)

    assert entry.json["loja_id"] == "l1"
    assert admin.get("/inventario").json == [entry.json]
    assert admin.balance(product) == 50


def test_the_shortest_password_of_the_machine_itself_has_four_characters(start_empty: Open) -> None:
    server = start_empty()

    problem = assert_problem(server.register("admin", "123"), 400, "senha-fraca")
    assert [error["campo"] for error in problem["erros"]] == ["password"]
    assert server.rows("SELECT * FROM users") == []
    assert server.register("admin", "1234").status_code == 201


def test_of_many_first_persons_one_becomes_administrador(start_empty: Open) -> None:
    server = start_empty()
    responses = at_once([lambda name=name: server.register(f"pessoa {name}", "1234") for name in range(8)])  # type: ignore[misc]

    made = [state_of(response)[0] for response in responses if response.status_code == 201]
    assert made.count("administrador") == 1
    with server.database.reading() as session:
        assert has_administrator(session)


# --- anywhere else ------------------------------------------------------------------------


def somewhere_else() -> list[object]:
    """(settings, peer, headers) of every place that is not the machine itself."""
    return [
        pytest.param(LAN_SERVER, LAN, {}, id="over the network"),
        pytest.param(LAN_SERVER, HOME, {}, id="here, but it listens to the network"),
        pytest.param(PROXIED, HOME, {}, id="a proxy is configured"),
        pytest.param(PROXIED, HOME, {"X-Forwarded-For": "127.0.0.1"}, id="through a configured proxy"),
        pytest.param({}, LAN, {}, id="a peer that is not this machine"),
        *(pytest.param({}, HOME, {name: "127.0.0.1"}, id=f"with {name}") for name in FORWARDING),
        *(pytest.param({}, HOME, {name: ""}, id=f"with an empty {name}") for name in FORWARDING[:1]),
    ]


ELSEWHERE = pytest.mark.parametrize(("variables", "peer", "headers"), somewhere_else())


@ELSEWHERE
def test_elsewhere_the_first_comer_only_waits_for_approval(
    start_empty: Open, variables: dict[str, str], peer: str, headers: dict[str, str]
) -> None:
    server = start_empty(variables)

    response = server.register("admin", STRONG, peer=peer, headers=headers)

    assert state_of(response) == ("estoquista", "pendente")
    assert "aprovação" in response.json["mensagem"]
    assert_problem(server.log_in("admin", STRONG, peer=peer, headers=headers), 403, "aprovacao-pendente")


@ELSEWHERE
def test_elsewhere_weak_passwords_are_refused(
    start_empty: Open, variables: dict[str, str], peer: str, headers: dict[str, str]
) -> None:
    server = start_empty(variables)

    for password in ("1234", "1234567", "12345678", "password", "PassWord1", "Elisa da Silva"):
        response = server.register("Elisa da Silva", password, peer=peer, headers=headers)
        assert_problem(response, 400, "senha-fraca")
    assert server.rows("SELECT * FROM users") == []


def test_a_weak_password_of_the_machine_itself_works_nowhere_else(start: Open) -> None:
    server = start(LAN_SERVER)
    with server.database.transaction() as session:
        from almoxarife.server.accounts.models import User

        for user in session.query(User).filter_by(username="Ana"):
            user.is_password_weak = True
    ana = server.person("Ana")
    password = "ana-sabe-esta-frase"

    assert_problem(server.log_in("Ana", password, peer=LAN), 403, "senha-so-local")
    assert server.log_in("Ana", password, peer=HOME).status_code == 200
    assert_problem(server.log_in("Ana", password, headers={"X-Forwarded-For": LAN}), 403, "senha-so-local")
    assert_problem(ana.get("/produtos", peer=LAN), 403, "senha-so-local")
    assert ana.get("/produtos").status_code == 200


def test_admin_1234_is_refused_from_the_network(start_empty: Open) -> None:
    home = start_empty()
    home.register("admin", "1234")

    for how in ({"peer": LAN}, {"headers": {"X-Forwarded-For": LAN}}):
        response = home.log_in("admin", "1234", **how)
        assert_problem(response, 403, "senha-so-local")
        assert b"token" not in response.data
    assert_problem(home.person("admin").get("/produtos", peer=LAN), 403, "senha-so-local")


def test_a_new_strong_password_opens_the_network(start_empty: Open) -> None:
    home = start_empty()
    home.register("admin", "1234")
    admin = home.person("admin")

    assert admin.post("/conta/senha", {"senha_atual": "1234", "senha_nova": STRONG}).status_code == 204

    assert admin.get("/produtos", peer=LAN).status_code == 200
    assert home.log_in("admin", STRONG, peer=LAN).status_code == 200


# --- the policy ---------------------------------------------------------------------------


def test_where_approval_is_asked_for_everybody_waits(start_empty: Open) -> None:
    server = start_empty({"ALMOXARIFE_REGISTRATION": "approval"})

    assert state_of(server.register("admin", STRONG)) == ("estoquista", "pendente")


@pytest.mark.parametrize("more", [{}, {"codigo": None}, {"codigo": ""}])
def test_where_registration_is_closed_nobody_registers(start_empty: Open, more: dict[str, object]) -> None:
    server = start_empty({"ALMOXARIFE_REGISTRATION": "closed"}, setup_code="ABC123")

    assert_problem(server.register("admin", STRONG, more=more), 403, "cadastro-fechado")
    assert server.rows("SELECT * FROM users") == []


def test_an_approved_person_gets_in(start: Open) -> None:
    server = start(LAN_SERVER)
    waiting = server.register("Elisa", STRONG, peer=LAN).json
    carla = server.person("Carla")
    assert [row["username"] for row in carla.get("/usuarios?estado=pendente").json] == ["Elisa"]

    approved = carla.patch(f"/usuarios/{waiting['id']}", {"estado": "ativo", "lojas": ["l2"]})

    assert (approved.json["estado"], approved.json["ativo"], approved.json["lojas"]) == ("ativo", True, ["l2"])
    assert server.log_in("Elisa", STRONG, peer=LAN).json["usuario"]["lojas"] == ["l2"]


# --- the first administrador's code -----------------------------------------------------------


@pytest.mark.parametrize(
    "variables", [LAN_SERVER, PROXIED, {"ALMOXARIFE_REGISTRATION": "approval"}, {"ALMOXARIFE_REGISTRATION": "closed"}]
)
def test_the_printed_code_makes_the_first_administrador_once(start_empty: Open, variables: dict[str, str]) -> None:
    server = start_empty(variables, setup_code="ABC123")

    assert_problem(server.register("Elisa", STRONG, peer=LAN, more={"codigo": "ABC124"}), 403, "codigo-incorreto")
    first = server.register("Elisa", STRONG, peer=LAN, more={"codigo": " abc123 "})
    assert state_of(first) == ("administrador", "ativo")
    assert_problem(server.register("Fábio", STRONG, peer=LAN, more={"codigo": "ABC123"}), 403, "codigo-incorreto")


def test_the_first_administrador_needs_a_strong_password_too(start_empty: Open) -> None:
    server = start_empty(LAN_SERVER, setup_code="ABC123")

    assert_problem(server.register("admin", "1234", peer=LAN, more={"codigo": "ABC123"}), 400, "senha-fraca")
    assert server.register("admin", STRONG, peer=LAN, more={"codigo": "ABC123"}).status_code == 201


def test_a_server_without_a_code_takes_none(start_empty: Open) -> None:
    server = start_empty(LAN_SERVER)

    for code in ("ABC123", "None", "0"):
        assert_problem(server.register("admin", STRONG, peer=LAN, more={"codigo": code}), 403, "codigo-incorreto")


def test_a_code_cannot_be_guessed_for_long(start_empty: Open) -> None:
    server = start_empty(LAN_SERVER, setup_code="ABC123")
    for number in range(5):
        response = server.register("admin", STRONG, peer=LAN, more={"codigo": f"XYZ00{number}"})
        assert_problem(response, 403, "codigo-incorreto")

    response = server.register("admin", STRONG, peer=LAN, more={"codigo": "ABC123"})

    assert_problem(response, 429, "muitas-tentativas")
    assert int(response.headers["Retry-After"]) > 0
    assert server.rows("SELECT * FROM users") == []


# --- names --------------------------------------------------------------------------------


@pytest.mark.changes_nothing
@pytest.mark.parametrize("name", ["Ana", "ana", "ANA", "  ana  ", "\u00a0Ana"])
def test_a_name_is_taken_trimmed_and_without_case(shop: Server, name: str) -> None:
    before = shop.business()

    problem = assert_problem(shop.register(name, STRONG), 409, "usuario-existente")
    assert problem["mensagem"] == "Este nome de usuário já existe."
    assert shop.business() == before


def test_a_name_is_the_same_in_capitals_that_are_longer(shop: Server) -> None:
    shop.register("Groß", STRONG)

    assert_problem(shop.register("GROSS", STRONG), 409, "usuario-existente")
    assert shop.log_in("gross", STRONG).status_code == 200


def test_accents_make_another_name(shop: Server) -> None:
    assert shop.register("Aná", STRONG).status_code == 201


def test_of_many_who_want_a_name_one_gets_it(shop: Server) -> None:
    responses = at_once(
        [lambda name=name: shop.register(name, STRONG) for name in ("Elisa", "ELISA", "elisa", "eLISa")]
    )  # type: ignore[misc]

    assert sorted(response.status_code for response in responses) == [201, 409, 409, 409]


@pytest.mark.strong_passwords
def test_a_password_is_never_kept_as_it_is(shop: Server, carla: Person) -> None:
    shop.register("Elisa", STRONG)
    ((kept,),) = shop.rows("SELECT password_hash FROM users WHERE username = 'Elisa'")

    assert kept.startswith("scrypt:32768:8:1$")
    assert STRONG not in str(shop.business())
    assert b"scrypt" not in carla.get("/usuarios").data

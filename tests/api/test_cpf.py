"""People with a CPF: they register and log in with it, and nobody ever reads it."""

from datetime import UTC
from typing import Any

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from almoxarife.brazil import find_cpf, is_cpf, mask_cpf
from almoxarife.server.accounts import service
from almoxarife.server.accounts.cpf import CpfKey, suggest_usernames
from almoxarife.server.audit import checking
from almoxarife.server.context import Services
from almoxarife.server.data_directory.secret_keys import CPF_KEY
from almoxarife.server.operations import demo
from almoxarife.server.store.sessions import raw
from tests.api.cast import LAN, LAN_SERVER, Person, Server, assert_problem, assert_refused, open_server
from tests.api.conftest import Open

CPF, PRINTED, MASK = "52998224725", "529.982.247-25", "***.982.247-**"
OTHER = "11144477735"
MARIA = {"nome": "Maria das Dores", "cpf": PRINTED, "ano_nascimento": 1995, "password": "segredo-da-maria"}


def sign_up(server: Server, *, without: str = "", peer: str = "127.0.0.1", **fields: object) -> TestResponse:
    body = {name: value for name, value in {**MARIA, **fields}.items() if name != without}
    return server.ask("POST", "/registrar_usuario_app", json=body, peer=peer)


def everything(server: Server) -> str:
    """All rows of all tables."""
    if server.database.dialect == "sqlite":
        tables = server.rows("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'")
    else:
        tables = server.rows("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    return repr([server.rows(f"SELECT * FROM {name}") for (name,) in tables])


def test_a_seller_registers_and_logs_in_by_cpf_or_name(shop: Server) -> None:
    made = sign_up(shop)

    assert made.status_code == 201
    assert made.json == {
        "mensagem": "Conta criada.",
        "id": "u6",
        "username": "maria.dores",
        "papel": "vendedor",
        "estado": "ativo",
        "nome": "Maria das Dores",
    }
    for typed in (CPF, PRINTED, f" {CPF} ", "maria.dores", "MARIA.Dores"):
        person = shop.log_in(typed, MARIA["password"]).json["usuario"]
        # Where anybody may register, a seller sells in every shop.
        assert (person["id"], person["nome"], person["lojas"]) == ("u6", "Maria das Dores", ["l1", "l2", "l3"])


def test_a_name_of_one_s_own_may_be_given(shop: Server) -> None:
    assert sign_up(shop, username="dores").json["username"] == "dores"
    assert_problem(sign_up(shop, username="DORES", cpf=OTHER), 409, "usuario-existente")


def test_two_people_may_share_a_full_name(shop: Server) -> None:
    names = [sign_up(shop, cpf=cpf).json["username"] for cpf in (CPF, OTHER)]

    assert names == ["maria.dores", "maria.dores2"]
    assert shop.log_in(OTHER, MARIA["password"]).json["usuario"]["id"] == "u7"


def test_a_cpf_is_one_person_s(shop: Server) -> None:
    sign_up(shop)
    before = shop.business()

    for fields in ({"cpf": CPF}, {"nome": "Outra Pessoa"}, {"username": "outra", "papel": "gerente"}):
        assert_problem(sign_up(shop, **fields), 409, "cpf-cadastrado")
    assert shop.business() == before
    assert shop.audited()[-1] == ("accounts:user:name_refused", "ERRO", 6, "u6")


@pytest.mark.parametrize("peer", ["127.0.0.1", LAN])
def test_a_manager_waits_for_approval_wherever_they_ask_from(start: Open, peer: str) -> None:
    shop = start(LAN_SERVER)

    made = sign_up(shop, papel="gerente", peer=peer)

    assert (made.status_code, made.json["papel"], made.json["estado"]) == (201, "gerente", "pendente")
    assert_problem(shop.log_in(CPF, MARIA["password"], peer=peer), 403, "aprovacao-pendente")
    shop.person("Carla").patch("/usuarios/u6", {"estado": "ativo"})
    assert shop.log_in(CPF, MARIA["password"], peer=peer).json["usuario"]["papel"] == "gerente"


def test_on_this_machine_too(shop: Server) -> None:
    assert sign_up(shop, papel="gerente").json["estado"] == "pendente"


def test_from_the_network_a_seller_waits_in_one_shop(start: Open) -> None:
    shop = start(LAN_SERVER)

    assert sign_up(shop, peer=LAN).json["estado"] == "pendente"
    rows = shop.person("Carla").get("/usuarios?estado=pendente").json
    assert [(row["papel"], row["lojas"]) for row in rows] == [("vendedor", ["l1"])]


def test_the_first_person_administers_but_for_a_manager(start_empty: Open) -> None:
    shop = start_empty()

    assert sign_up(shop, papel="gerente").json["estado"] == "pendente"
    first = sign_up(shop, cpf=OTHER).json
    assert (first["papel"], first["estado"]) == ("administrador", "ativo")


def test_who_asks_to_sell_where_others_work_sells_though_nobody_administers(start_empty: Open) -> None:
    shop = start_empty()
    with shop.database.transaction() as session:
        hash_password = demo.hash_for("1234", is_local=True)
        demo.load(session, cpf_key=Services.of(shop.app).get(CpfKey), zone=UTC, hash_password=hash_password)

    assert sign_up(shop).json["papel"] == "vendedor"
    assert len(shop.log_in(CPF, MARIA["password"]).json["usuario"]["lojas"]) == len(shop.rows("SELECT id FROM shops"))
    by_name = shop.ask("POST", "/registrar_usuario_app", json={"username": "admin", "password": "1234"})
    assert by_name.json["papel"] == "administrador"


@pytest.mark.changes_nothing
@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        *(({"cpf": cpf}, ["cpf"]) for cpf in ("52998224724", "5299822472", "529982247250", "11111111111", 52998224725)),
        *(({"cpf": cpf}, ["cpf"]) for cpf in ("529 982 247 25", "٥٢٩٩٨٢٢٤٧٢٥", "", "529.98224725", [CPF], "x")),
        *(({"ano_nascimento": year}, ["ano_nascimento"]) for year in (1899, 2027, "95", "1990.50", 1995.5, True, "x")),
        *(({"nome": name}, ["nome"]) for name in ("", "  ", "x" * 61, 7)),
        *(({"papel": role}, ["papel"]) for role in ("administrador", "estoquista", "VENDEDOR", 1)),
        ({"username": CPF}, ["username"]),
        ({"username": OTHER[:3] + "." + OTHER[3:6] + "." + OTHER[6:9] + "-" + OTHER[9:]}, ["username"]),
        ({"cpf": "1", "nome": "", "ano_nascimento": 5}, ["cpf", "nome", "ano_nascimento"]),
    ],
)
def test_a_registration_with_a_wrong_field_is_refused_and_shows_no_cpf(
    shop: Server, fields: dict[str, object], wrong: list[str]
) -> None:
    before = shop.business()

    with time_machine.travel("2026-11-28T12:00:00Z", tick=True):
        problem = assert_refused(sign_up(shop, **fields), *wrong)

    assert shop.business() == before
    assert CPF not in str(problem)
    assert PRINTED not in str(problem)


@pytest.mark.changes_nothing
@pytest.mark.parametrize(
    ("without", "field"), [("nome", "nome"), ("ano_nascimento", "ano_nascimento"), ("password", "password")]
)
def test_what_a_cpf_needs_beside_it(shop: Server, without: str, field: str) -> None:
    assert_refused(sign_up(shop, without=without), field)


def test_without_a_cpf_it_is_a_registration_as_ever(shop: Server) -> None:
    assert_refused(sign_up(shop, without="cpf"), "username", "nome", "ano_nascimento")
    assert_refused(shop.ask("POST", "/registrar_usuario_app", json={"password": "segredo"}), "username")
    assert_refused(shop.register("Elisa", "segredo", more={"papel": "gerente"}), "papel")
    assert shop.register("Elisa", "segredo").json["papel"] == "estoquista"


def test_the_year_may_come_as_text(shop: Server) -> None:
    sign_up(shop, ano_nascimento="1995")

    assert shop.rows("SELECT birth_year FROM users WHERE id = 6") == [(1995,)]


def test_the_password_may_not_be_the_cpf(start: Open) -> None:
    shop = start(LAN_SERVER)

    assert_problem(sign_up(shop, password=CPF, peer=LAN), 400, "senha-fraca")


# --- logging in -------------------------------------------------------------------------


def test_an_unknown_cpf_and_a_wrong_password_are_told_by_one_sentence(shop: Server) -> None:
    sign_up(shop)

    answers = [
        assert_problem(shop.log_in(*asked), 401, "credenciais-incorretas")
        for asked in ((CPF, "errada"), (OTHER, MARIA["password"]), ("00000000000", "errada"))
    ]

    assert len({answer["mensagem"] for answer in answers}) == 1


def test_guesses_count_for_the_person_whatever_they_are_called_by(shop: Server) -> None:
    sign_up(shop)
    for typed in (CPF, PRINTED, "maria.dores", CPF, "MARIA.DORES"):
        assert shop.log_in(typed, "errada", peer=LAN).status_code == 401

    for typed in (PRINTED, "maria.dores"):
        assert_problem(shop.log_in(typed, MARIA["password"], peer=LAN), 429, "muitas-tentativas")


def test_who_has_eleven_digits_for_a_name_logs_in_as_before(shop: Server) -> None:
    shop.register("Elisa", "segredo")
    with shop.database.transaction() as session:
        user = service.get_user(session, 6)
        user.username = user.username_folded = CPF

    assert shop.log_in(CPF, "segredo").json["usuario"]["id"] == "u6"


# --- who sees what ----------------------------------------------------------------------


def test_nobody_reads_a_cpf(shop: Server, carla: Person, bruno: Person, vera: Person, log: Any) -> None:
    sign_up(shop)
    sign_up(shop, nome="Outra")
    shop.log_in(CPF, MARIA["password"])
    shop.log_in(PRINTED, "errada")
    shop.log_in(OTHER, "errada")
    said = [
        person.get(path).text
        for person in (carla, bruno, vera)
        for path in ("/usuarios", "/vendedores", "/log", "/usuarios/maria.dores/historico", "/lojas", "/redes")
    ]

    whole = " ".join([everything(shop), *said, repr(log.entries)])
    for secret in (CPF, PRINTED, OTHER):
        assert secret not in whole
    (maria,) = [row for row in carla.get("/usuarios").json if row["id"] == "u6"]
    assert (maria["nome"], maria["cpf"], maria["ano_nascimento"]) == ("Maria das Dores", MASK, 1995)
    # The mask is for who approves people.
    assert MASK not in bruno.get("/vendedores").text


def test_a_manager_sees_who_sells_in_their_shops(shop: Server, carla: Person, bruno: Person) -> None:
    sign_up(shop)
    sign_up(shop, nome="Ana de Norte", cpf=OTHER)
    carla.patch("/usuarios/u7", {"lojas": ["l3"], "ativo": False})

    vera = {"id": "u4", "nome": "Vera", "username": "Vera", "ativo": True}
    maria = {"id": "u6", "nome": "Maria das Dores", "username": "maria.dores", "ativo": True}
    norte = {"id": "u7", "nome": "Ana de Norte", "username": "ana.norte", "ativo": False}
    assert bruno.get("/vendedores").json == [vera, maria]
    assert carla.get("/vendedores").json == [vera, maria, norte]
    page = carla.get("/vendedores?limite=1&depois=u4")
    assert (page.json, "depois=u6" in page.headers["Link"]) == ([maria], True)


def test_who_only_waits_sells_nothing_yet(start: Open) -> None:
    shop = start(LAN_SERVER)
    sign_up(shop, peer=LAN)

    assert [row["id"] for row in shop.person("Carla").get("/vendedores").json] == ["u4"]


def test_an_administrator_corrects_a_full_name(carla: Person) -> None:
    assert carla.patch("/usuarios/u3", {"nome": " Ana  Braga "}).json["nome"] == "Ana Braga"
    assert carla.server.audited()[-1][0] == "accounts:user:changed"


def test_an_erased_person_leaves_nothing_of_it_and_the_cpf_is_free(shop: Server, carla: Person) -> None:
    sign_up(shop)

    assert carla.ask("DELETE", "/usuarios/u6").status_code == 204

    assert shop.rows("SELECT full_name, cpf_hash, cpf_mask, birth_year FROM users WHERE id = 6") == [(None,) * 4]
    assert shop.log_in(CPF, MARIA["password"]).status_code == 401
    assert sign_up(shop).status_code == 201
    with shop.database.reading() as session:
        assert list(checking.check(session)) == []


@pytest.mark.parametrize("column", ["full_name = 'Eva'", "cpf_hash = 'x'", "cpf_mask = 'x'", "birth_year = 1990"])
def test_check_finds_what_was_changed_in_the_file(shop: Server, column: str) -> None:
    sign_up(shop)
    with shop.database.reading() as session:
        assert list(checking.check(session)) == []
    with shop.database.transaction() as session:
        raw(session).execute(f"UPDATE users SET {column} WHERE id = 6")

    with shop.database.reading() as session:
        assert "(u6) não é como a trilha deixou" in str(list(checking.check(session)))


# --- the key ----------------------------------------------------------------------------


def test_the_key_is_made_once_and_finds_people_again(shop: Server) -> None:
    sign_up(shop)
    key = (shop.folder / CPF_KEY).read_bytes()

    with open_server(shop.place, shop.folder) as again:
        assert again.log_in(CPF, MARIA["password"]).status_code == 200
    assert (shop.folder / CPF_KEY).read_bytes() == key
    assert len(key.strip()) >= 32


def test_the_signing_key_does_not_matter(shop: Server) -> None:
    sign_up(shop)
    ((hidden,),) = shop.rows("SELECT cpf_hash FROM users WHERE id = 6")

    elsewhere = shop.folder / "outra"
    elsewhere.mkdir()
    with open_server(shop.place, elsewhere) as other:  # with another key of its own
        assert other.log_in(CPF, MARIA["password"]).status_code == 401
        assert other.log_in("maria.dores", MARIA["password"]).status_code == 200
    with open_server(shop.place, elsewhere, {"ALMOXARIFE_CPF_KEY_FILE": str(shop.folder / CPF_KEY)}) as shared:
        assert shared.log_in(CPF, MARIA["password"]).status_code == 200
    assert len(hidden) == 64


# --- numbers and names ------------------------------------------------------------------


@given(st.text("0123456789", min_size=9, max_size=9))
def test_a_cpf_has_one_pair_of_check_digits(person: str) -> None:
    right = [f"{pair:02}" for pair in range(100) if is_cpf(f"{person}{pair:02}")]

    assert len(right) == (0 if len(set(person)) == 1 and right == [] else 1)


def test_how_a_cpf_is_written() -> None:
    assert [find_cpf(text) for text in (CPF, PRINTED, f"  {PRINTED} ")] == [CPF] * 3
    assert mask_cpf(CPF) == MASK


@pytest.mark.parametrize(
    ("full_name", "username"),
    [
        ("Maria das Dores", "maria.dores"),
        ("João de Alencar", "joao.alencar"),
        ("Ana", "ana"),
        ("李 明", "pessoa"),
        ("Maria Maria", "maria"),
        ("D'Ávila, Zé", "d.ze"),
        ("x" * 60, "x" * 50),
    ],
)
def test_a_user_name_is_made_from_the_full_name(full_name: str, username: str) -> None:
    names = suggest_usernames(full_name)

    assert (next(names), next(names)) == (username, f"{username}2")

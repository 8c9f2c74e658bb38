"""Chains and their shops: made, changed, closed, and seen by whom they concern."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from almoxarife.brazil import is_cnpj
from almoxarife.server.audit import checking
from almoxarife.server.stores import service as stores
from tests.api.cast import CENTRO, MATRIZ, NORTE, Person, assert_problem, assert_refused

CNPJ = "11222333000181"
WITH_LETTERS = "12ABC34501DE35"


def put(person: Person, path: str, version: str | None = "*", **fields: object) -> TestResponse:
    return person.ask("PUT", path, json=fields, headers={} if version is None else {"If-Match": version})


def seen(person: Person, path: str) -> list[str]:
    return [row["id"] for row in person.get(path).json]


def business(person: Person) -> dict[str, list[tuple[Any, ...]]]:
    return person.server.business()


@pytest.fixture
def chains(carla: Person) -> list[str]:
    """Two: Centro is the first's, Norte the second's, Matriz nobody's."""
    made = [carla.post("/redes", {"nome": name}).json["id"] for name in ("Rede Centro", "Rede Norte")]
    put(carla, f"/lojas/{CENTRO}", nome="Loja Centro", rede_id=made[0])
    put(carla, f"/lojas/{NORTE}", nome="Loja Norte", rede_id=made[1])
    return made


def test_a_chain_is_made_and_renamed(carla: Person) -> None:
    made = carla.post("/redes", {"nome": "  Rede   Sul "})

    assert (made.status_code, made.headers["ETag"]) == (201, '"1"')
    assert made.json == {"id": "r1", "nome": "Rede Sul", "versao": 1}
    renamed = put(carla, "/redes/r1", '"1"', nome="Rede do Sul")
    assert (renamed.status_code, renamed.headers["ETag"]) == (200, '"2"')
    assert carla.get("/redes").json == [{"id": "r1", "nome": "Rede do Sul", "versao": 2}] == [renamed.json]


def test_a_shop_is_made_with_its_chain_and_cnpj(carla: Person, chains: list[str]) -> None:
    made = carla.post("/lojas", {"nome": "Loja Sul", "cnpj": "11.222.333/0001-81", "rede_id": chains[0]})

    assert (made.status_code, made.headers["ETag"]) == (201, '"1"')
    assert made.json == {
        "id": "l4", "nome": "Loja Sul", "cnpj": CNPJ, "rede_id": chains[0], "ativa": True, "versao": 1,
        "etiqueta": None,
    }  # fmt: skip
    assert carla.get("/lojas").json[-1] == made.json


def test_a_shop_of_before_is_open_and_nobody_s(carla: Person) -> None:
    assert carla.get("/lojas").json[0] == {
        "id": MATRIZ, "nome": "Matriz", "cnpj": None, "rede_id": None, "ativa": True, "versao": 1, "etiqueta": None,
    }  # fmt: skip


def test_a_shop_is_changed_as_a_whole(carla: Person, chains: list[str]) -> None:
    put(carla, f"/lojas/{CENTRO}", nome="Loja Centro", cnpj=WITH_LETTERS, rede_id=chains[0], ativa=False)

    changed = put(carla, f"/lojas/{CENTRO}", '"3"', nome="Centro")

    assert changed.json == {
        "id": CENTRO, "nome": "Centro", "cnpj": None, "rede_id": None, "ativa": True, "versao": 4, "etiqueta": None,
    }  # fmt: skip
    assert changed.headers["ETag"] == '"4"'


@pytest.mark.parametrize("path", ["/lojas/l2", "/redes/r1"])
def test_a_change_says_what_it_changes(carla: Person, chains: list[str], path: str) -> None:
    before = business(carla)

    assert_problem(put(carla, path, None, nome="Outra"), 428, "versao-obrigatoria")
    assert_problem(put(carla, path, '"99"', nome="Outra"), 412, "versao-desatualizada")
    assert business(carla) == before


@pytest.mark.parametrize(
    ("method", "path", "body", "code", "there"),
    [
        ("POST", "/redes", {"nome": "rede CENTRO"}, "rede-existente", "r1"),
        ("PUT", "/redes/r2", {"nome": "Rêde Centro"}, "rede-existente", "r1"),
        ("POST", "/lojas", {"nome": "LOJA NORTE"}, "loja-existente", NORTE),
        ("POST", "/lojas", {"nome": "Outra", "cnpj": CNPJ}, "loja-existente", "l4"),
        ("PUT", "/lojas/l2", {"nome": "Outra", "cnpj": "11.222.333/0001-81"}, "loja-existente", "l4"),
    ],
)
def test_names_and_cnpjs_are_one_shop_s(
    carla: Person, chains: list[str], method: str, path: str, body: object, code: str, there: str
) -> None:
    carla.post("/lojas", {"nome": "Loja Sul", "cnpj": CNPJ})
    before = business(carla)

    problem = assert_problem(carla.ask(method, path, json=body, headers={"If-Match": "*"}), 409, code)

    assert problem["existente"] == there
    assert business(carla) == before


@pytest.mark.changes_nothing
@pytest.mark.parametrize("chain", ["r9", "l1", "x", "r0", "r01"])
def test_a_chain_that_is_not_there(carla: Person, chain: str) -> None:
    before = business(carla)

    for response in (
        carla.post("/lojas", {"nome": "Loja Sul", "rede_id": chain}),
        put(carla, "/lojas/l2", nome="Centro", rede_id=chain),
        put(carla, f"/redes/{chain}", nome="Rede"),
        carla.get(f"/lojas?rede={chain}"),
    ):
        assert_problem(response, 404, "rede-desconhecida")
    assert_problem(put(carla, "/lojas/l99", nome="Centro"), 404, "loja-desconhecida")
    assert business(carla) == before


@pytest.mark.changes_nothing
@pytest.mark.parametrize(
    "cnpj",
    [
        *("11222333000182", "1122233300018", "112223330001811", "00000000000000", "12ABC34501DE36", "12ABC34501DEA5"),
        *("12ÁBC34501DE35", "١١٢٢٢٣٣٣٠٠٠١٨١", "texto", 11222333000181, True, [CNPJ]),
    ],
)
def test_what_is_no_cnpj(carla: Person, cnpj: object) -> None:
    before = business(carla)

    assert_refused(carla.post("/lojas", {"nome": "Loja Sul", "cnpj": cnpj}), "cnpj")
    assert_refused(put(carla, "/lojas/l2", nome="Centro", cnpj=cnpj), "cnpj")
    assert business(carla) == before


def test_every_error_of_a_new_shop_is_told(carla: Person) -> None:
    assert_refused(carla.post("/lojas", {"nome": " ", "cnpj": "1", "cor": "azul"}), "nome", "cnpj", "cor")


@pytest.mark.parametrize("written", ["12.ABC.345/01DE-35", "12abc34501de35", " 12 ABC 345 01DE 35 "])
def test_a_cnpj_is_one_in_any_spelling(carla: Person, written: str) -> None:
    assert carla.post("/lojas", {"nome": "Loja Sul", "cnpj": written}).json["cnpj"] == WITH_LETTERS


def test_an_empty_cnpj_is_none_and_two_shops_may_have_none(carla: Person) -> None:
    for name in ("Loja Sul", "Loja Leste"):
        assert carla.post("/lojas", {"nome": name, "cnpj": " "}).json["cnpj"] is None


def test_a_cnpj_that_was_loaded_without_its_check_digits_may_stay(carla: Person) -> None:
    with carla.server.database.transaction() as session:
        stores.create_shop(session, "Max Atacado Centro", cnpj="12345678000101")

    assert put(carla, "/lojas/l4", nome="Max Centro", cnpj="12.345.678/0001-01").status_code == 200
    assert_refused(put(carla, "/lojas/l4", nome="Max Centro", cnpj="12345678000102"), "cnpj")


@given(st.text("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=12, max_size=12))
def test_a_cnpj_has_one_pair_of_check_digits(firm: str) -> None:
    right = [f"{pair:02}" for pair in range(100) if is_cnpj(f"{firm}{pair:02}")]

    assert len(right) == (0 if set(firm) == {"0"} else 1)


# --- who sees what ----------------------------------------------------------------------


def test_people_see_the_chains_of_their_shops_alone(
    carla: Person, ana: Person, vera: Person, davi: Person, chains: list[str]
) -> None:
    carla.post("/redes", {"nome": "Rede sem loja"})

    assert seen(carla, "/redes") == [*chains, "r3"]
    assert seen(ana, "/redes") == seen(vera, "/redes") == chains[:1]
    assert seen(davi, "/redes") == chains[1:]


def test_shops_of_one_chain(carla: Person, ana: Person, chains: list[str]) -> None:
    put(carla, f"/lojas/{MATRIZ}", nome="Matriz", rede_id=chains[0])

    assert seen(carla, f"/lojas?rede={chains[0]}") == [MATRIZ, CENTRO]
    assert seen(ana, f"/lojas?rede={chains[0]}") == [CENTRO]
    # What is there and may not be seen is answered like what is not there.
    hidden, absent = (ana.get(f"/lojas?rede={chain}") for chain in (chains[1], "r99"))
    assert_problem(hidden, 404, "rede-desconhecida")
    assert_problem(absent, 404, "rede-desconhecida")


# --- a shop that is closed --------------------------------------------------------------


def test_a_closed_shop_takes_no_new_movements_and_is_seen_as_before(
    carla: Person, ana: Person, bruno: Person, bolts: str
) -> None:
    entry = ana.receive(bolts, 5, key="k1")
    put(carla, f"/lojas/{CENTRO}", nome="Loja Centro", ativa=False)
    before = business(carla)

    for response in (ana.receive(bolts, 1), ana.issue(bolts, 1), ana.adjust(bolts, -1)):
        assert_problem(response, 409, "loja-desativada")
    assert business(carla) == before
    assert ana.receive(bolts, 5, key="k1").headers["Idempotent-Replayed"] == "true"
    assert (ana.balance(bolts), ana.movements()) == (5, [5])
    assert carla.receive(bolts, 1, loja_id=NORTE).status_code == 201
    assert bruno.reverse(entry).status_code == 201

    put(carla, f"/lojas/{CENTRO}", nome="Loja Centro")
    assert ana.receive(bolts, 1).status_code == 201


def test_check_finds_chains_and_shops_as_the_trail_left_them(carla: Person, chains: list[str]) -> None:
    carla.post("/lojas", {"nome": "Loja Sul", "cnpj": CNPJ, "rede_id": chains[1]})
    put(carla, "/redes/r1", nome="Rede do Centro")

    with carla.server.database.reading() as session:
        assert list(checking.check(session)) == []

"""What an administrador does with people."""

import pytest

from tests.api.cast import CENTRO, MATRIZ, NORTE, PASSWORDS, Person, Server, assert_problem, assert_refused


def test_people_are_listed_with_every_member(carla: Person) -> None:
    rows = carla.get("/usuarios").json
    ana = next(row for row in rows if row["username"] == "Ana")

    assert [row["id"] for row in rows] == ["u1", "u2", "u3", "u4", "u5"]
    assert ana.pop("criado_em").endswith("Z")
    assert ana == {
        "id": "u3",
        "username": "Ana",
        "papel": "estoquista",
        "estado": "ativo",
        "ativo": True,
        "lojas": [CENTRO],
        "ultimo_acesso": None,
        "trocar_senha": False,
    }


def test_people_are_listed_by_state(shop: Server, carla: Person) -> None:
    carla.patch("/usuarios/u3", {"ativo": False})
    carla.patch("/usuarios/u4", {"estado": "pendente"})

    def listed(state: str) -> list[str]:
        return [row["username"] for row in carla.get(f"/usuarios?estado={state}").json]

    assert (listed("inativo"), listed("pendente")) == (["Ana"], ["Vera"])
    assert listed("ativo") == ["Carla", "Bruno", "Davi"]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("busca=ana", ["Ana"]),
        ("busca=JOAO+nasc", ["Davi"]),
        ("busca=nasc+jo%C3%A3o", ["Davi"]),
        ("busca=a", ["Carla", "Ana", "Vera", "Davi"]),
        ("busca=a&limite=2&depois=u1", ["Ana", "Vera"]),
        ("busca=a&estado=inativo", ["Ana"]),
        ("busca=%20&limite=1", ["Carla"]),
        ("busca=ninguem", []),
    ],
)
def test_people_are_found_by_words_of_their_names(shop: Server, carla: Person, asked: str, found: list[str]) -> None:
    carla.patch("/usuarios/u5", {"nome": "João Nascimento"})
    carla.patch("/usuarios/u3", {"ativo": False})

    assert [row["username"] for row in carla.get(f"/usuarios?{asked}").json] == found


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"papel": "gerente"}, {"papel": "gerente"}),
        ({"ativo": False}, {"ativo": False, "estado": "inativo"}),
        ({"estado": "inativo"}, {"ativo": False, "estado": "inativo"}),
        ({"estado": "pendente"}, {"ativo": False, "estado": "pendente"}),
        ({"ativo": True}, {"ativo": True, "estado": "ativo"}),
        ({"ativo": True, "estado": "ativo"}, {"ativo": True, "estado": "ativo"}),
        ({"lojas": [NORTE, MATRIZ]}, {"lojas": [MATRIZ, NORTE]}),
        ({"lojas": [NORTE, NORTE]}, {"lojas": [NORTE]}),
        ({"lojas": []}, {"lojas": []}),
        ({"papel": "vendedor", "lojas": [MATRIZ]}, {"papel": "vendedor", "lojas": [MATRIZ]}),
    ],
)
def test_only_what_is_sent_changes(carla: Person, change: dict[str, object], expected: dict[str, object]) -> None:
    before = next(row for row in carla.get("/usuarios").json if row["id"] == "u3")

    response = carla.patch("/usuarios/u3", change)

    assert response.status_code == 200
    assert response.json == {**before, **expected}
    assert next(row for row in carla.get("/usuarios").json if row["id"] == "u3") == response.json


@pytest.mark.changes_nothing
@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({}, "corpo"),
        ({"ativo": True, "estado": "inativo"}, "corpo"),
        ({"ativo": False, "estado": "ativo"}, "corpo"),
        ({"papel": "dono"}, "papel"),
        ({"papel": 1}, "papel"),
        ({"estado": "feliz"}, "estado"),
        ({"ativo": "sim"}, "ativo"),
        ({"ativo": 1}, "ativo"),
        ({"lojas": CENTRO}, "lojas"),
        ({"lojas": [5]}, "lojas.0"),
        ({"lojas": [CENTRO] * 501}, "lojas"),
        ({"username": "Outra"}, "username"),
        ({"id": "u9"}, "id"),
    ],
)
def test_a_wrong_change_is_named_and_changes_nothing(carla: Person, change: dict[str, object], field: str) -> None:
    before = carla.server.business()

    assert_refused(carla.patch("/usuarios/u3", change), field)
    assert carla.server.business() == before


@pytest.mark.changes_nothing
@pytest.mark.parametrize("shop_id", ["l99", "centro", "p1"])
def test_a_shop_that_does_not_exist_is_given_to_nobody(carla: Person, shop_id: str) -> None:
    before = carla.server.business()

    assert_problem(
        carla.patch("/usuarios/u3", {"papel": "gerente", "lojas": [CENTRO, shop_id]}), 404, "loja-desconhecida"
    )
    assert carla.server.business() == before


@pytest.mark.parametrize("change", [{"papel": "gerente"}, {"ativo": False}, {"estado": "pendente"}])
def test_the_last_administrador_stays_one(carla: Person, change: dict[str, object]) -> None:
    before = carla.server.business()

    assert_problem(carla.patch(f"/usuarios/{carla.id}", change), 409, "ultimo-administrador")
    assert carla.server.business() == before
    assert carla.get("/usuarios").status_code == 200


def test_with_a_second_administrador_the_first_may_go(carla: Person, ana: Person) -> None:
    carla.patch(f"/usuarios/{ana.id}", {"papel": "administrador"})

    assert carla.patch(f"/usuarios/{carla.id}", {"papel": "gerente"}).status_code == 200
    assert_problem(carla.get("/usuarios"), 403, "papel-insuficiente")
    assert_problem(ana.patch(f"/usuarios/{ana.id}", {"ativo": False}), 409, "ultimo-administrador")


def test_an_administrador_who_is_not_active_does_not_count(carla: Person, ana: Person) -> None:
    carla.patch(f"/usuarios/{ana.id}", {"papel": "administrador", "ativo": False})

    assert_problem(carla.patch(f"/usuarios/{carla.id}", {"ativo": False}), 409, "ultimo-administrador")


def test_who_is_deactivated_cannot_come_back_until_activated(shop: Server, carla: Person, ana: Person) -> None:
    carla.patch(f"/usuarios/{ana.id}", {"ativo": False})
    assert_problem(shop.log_in("Ana", PASSWORDS["Ana"]), 403, "conta-desativada")

    carla.patch(f"/usuarios/{ana.id}", {"ativo": True})
    assert shop.log_in("Ana", PASSWORDS["Ana"]).status_code == 200


def test_a_reset_is_for_a_person_that_exists(carla: Person) -> None:
    before = carla.server.business()

    assert_problem(carla.post("/usuarios/u99/senha"), 404, "usuario-desconhecido")
    assert carla.server.business() == before

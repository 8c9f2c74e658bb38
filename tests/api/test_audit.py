"""Each write and each login leaves an entry: who, what, how it ended, and from where."""

from collections.abc import Callable

import pytest

from tests.api.cast import CENTRO, LAN, PASSWORDS, Person, Server, assert_problem

NEW = "outra frase bem longa"


def entry(server: Server) -> tuple[object, ...]:
    return server.audited()[-1]


WRITES: dict[str, tuple[Callable[[Person], object], str]] = {
    "catalog:product:created": (lambda carla: carla.add("Prego"), "p2"),
    "catalog:product:changed": (lambda carla: carla.change("p1", "*", nome="Prego"), "p1"),
    "stock:movement:recorded": (lambda carla: carla.receive("p1", 5, loja_id=CENTRO), "m2"),
    "stock:movement:reversed": (lambda carla: carla.post("/inventario/m1/estorno", {"motivo": "engano"}), "m1"),
    "accounts:user:changed": (lambda carla: carla.patch("/usuarios/u3", {"papel": "gerente"}), "u3"),
    "accounts:password:reset": (lambda carla: carla.post("/usuarios/u3/senha"), "u3"),
    "accounts:password:changed": (
        lambda carla: carla.post("/conta/senha", {"senha_atual": PASSWORDS["Carla"], "senha_nova": NEW}),
        "u1",
    ),
    "accounts:session:ended": (lambda carla: carla.post("/logout"), "u1"),
}


@pytest.mark.parametrize("tag", WRITES)
def test_each_write_leaves_one_entry(ana: Person, carla: Person, bolts: str, tag: str) -> None:
    ana.receive(bolts, 5)
    before = len(carla.server.audited())
    write, subject = WRITES[tag]

    response = write(carla)

    assert len(carla.server.audited()) == before + 1
    assert entry(carla.server) == (tag, "SUCESSO", carla.number, subject)
    ((address, request_id),) = carla.server.rows(
        "SELECT address, request_id FROM audit_entries ORDER BY id DESC LIMIT 1"
    )
    assert address == "127.0.0.1"
    assert request_id == response.headers["X-Request-Id"]  # type: ignore[attr-defined]


def test_a_change_that_changes_nothing_leaves_none(carla: Person) -> None:
    before = carla.server.audited()

    assert carla.patch("/usuarios/u3", {"papel": "estoquista", "ativo": True}).status_code == 200
    assert carla.server.audited() == before


def test_what_is_refused_leaves_none(ana: Person, bolts: str) -> None:
    before = ana.server.audited()

    assert_problem(ana.issue(bolts, 1), 409, "estoque-insuficiente")
    assert_problem(ana.add("Parafuso 10mm"), 409, "produto-existente")
    assert_problem(ana.receive(bolts, 0), 400, "pedido-invalido")
    assert ana.server.audited() == before


def test_reading_leaves_none(ana: Person) -> None:
    before = ana.server.audited()

    for path in ("/produtos", "/inventario", "/lojas", "/inventario/resumo", "/saude"):
        ana.get(path)
    assert ana.server.audited() == before


def test_a_login_leaves_an_entry_with_the_address_it_came_from(shop: Server) -> None:
    shop.log_in("Ana", PASSWORDS["Ana"], peer=LAN)

    assert entry(shop) == ("accounts:login:succeeded", "SUCESSO", 3, "u3")
    assert shop.rows("SELECT address FROM audit_entries ORDER BY id DESC LIMIT 1") == [(LAN,)]


def test_a_failed_login_leaves_one_with_the_person_where_the_name_is_known(shop: Server) -> None:
    shop.log_in("ana", "errada")

    assert entry(shop) == ("accounts:login:failed", "ERRO", 3, "u3")


def test_an_unknown_name_is_never_kept_people_type_passwords_there(shop: Server) -> None:
    shop.log_in("minha senha secreta", "errada")

    assert entry(shop) == ("accounts:login:failed", "ERRO", None, "(desconhecido)")
    assert "secreta" not in str(shop.rows("SELECT * FROM audit_entries"))


def test_who_waits_for_approval_leaves_a_failed_one(shop: Server, carla: Person) -> None:
    carla.patch("/usuarios/u3", {"estado": "pendente"})
    shop.log_in("Ana", PASSWORDS["Ana"])

    assert entry(shop) == ("accounts:login:failed", "ERRO", 3, "u3")


@pytest.mark.parametrize(("name", "actor", "subject"), [("Ana", 3, "u3"), ("Ninguém", None, "(desconhecido)")])
def test_a_login_that_was_held_up_leaves_one(shop: Server, name: str, actor: object, subject: str) -> None:
    for _ in range(5):
        shop.log_in(name, "errada")
    assert_problem(shop.log_in(name, "errada"), 429, "muitas-tentativas")

    assert entry(shop) == ("accounts:login:throttled", "ERRO", actor, subject)


def test_a_registration_leaves_one_and_a_taken_name_too(shop: Server) -> None:
    made = shop.register("Elisa", NEW).json["id"]
    assert entry(shop) == ("accounts:user:registered", "SUCESSO", 6, made)

    shop.register("ELISA", NEW)
    assert entry(shop) == ("accounts:user:name_refused", "ERRO", 6, made)

"""Each write and each login leaves an entry: who, what, how it ended, and from where."""

from collections.abc import Callable

import pytest

from almoxarife.server.audit import service as audit
from tests.api.cast import CENTRO, LAN, PASSWORDS, Person, Server, assert_problem
from tests.api.older_lists import person

NEW = "outra frase bem longa"


def entry(server: Server) -> tuple[object, ...]:
    return server.audited()[-1]


DAY = {"titulo": "Entrega", "inicio": "2026-11-20T09:00:00", "loja_id": CENTRO}
MARIA = {"name": "Maria", "email": "maria@loja"}

WRITES: dict[str, tuple[Callable[[Person], object], str, object]] = {
    "POST /registrar_usuario_app": (
        lambda carla: carla.server.register("Elisa", NEW),
        "accounts:user:registered",
        "u6",
    ),
    "POST /login": (lambda carla: carla.server.log_in("Carla", PASSWORDS["Carla"]), "accounts:login:succeeded", "u1"),
    "POST /logout": (lambda carla: carla.post("/logout"), "accounts:session:ended", "u1"),
    "POST /historico/eventos": (
        lambda carla: carla.post("/historico/eventos", {"evento": "Fechar janelas"}),
        "clients:window:closed",
        "u1",
    ),
    "POST /conta/senha": (
        lambda carla: carla.post("/conta/senha", {"senha_atual": PASSWORDS["Carla"], "senha_nova": NEW}),
        "accounts:password:changed",
        "u1",
    ),
    "PATCH /usuarios/<person_id>": (
        lambda carla: carla.patch("/usuarios/u3", {"papel": "gerente"}),
        "accounts:user:changed",
        "u3",
    ),
    "POST /usuarios/<person_id>/senha": (
        lambda carla: carla.post("/usuarios/u3/senha"),
        "accounts:password:reset",
        "u3",
    ),
    "DELETE /usuarios/<person_id>": (lambda carla: carla.ask("DELETE", "/usuarios/u3"), "accounts:user:erased", "u3"),
    "PUT /usuarios/<person_id>/pessoas/<user_id>": (
        lambda carla: carla.ask("PUT", "/usuarios/u3/pessoas/1"),
        "directory:person:linked",
        "d1",
    ),
    "DELETE /usuarios/<person_id>/pessoas/<user_id>": (
        lambda carla: carla.ask("DELETE", "/usuarios/u4/pessoas/2"),
        "directory:person:unlinked",
        "d2",
    ),
    "POST /useradd": (lambda carla: carla.post("/useradd", person("rita")), "accounts:user:registered", "u6"),
    "POST /users/": (lambda carla: carla.post("/users/", MARIA), "directory:person:created", "d3"),
    "PUT /users/<user_id>": (lambda carla: carla.ask("PUT", "/users/1", json=MARIA), "directory:person:changed", "d1"),
    "DELETE /users/<user_id>": (lambda carla: carla.ask("DELETE", "/users/1"), "directory:person:removed", "d1"),
    "POST /produtos": (lambda carla: carla.add("Prego"), "catalog:product:created", "p2"),
    "PUT /produtos/<product_id>": (
        lambda carla: carla.change("p1", "*", nome="Prego"),
        "catalog:product:changed",
        "p1",
    ),
    # Of a product that is as it should be: a changed one has an entry of its own.
    "POST /produtos/importar": (
        lambda carla: carla.post("/produtos/importar", [{"nome": "Parafuso 10mm"}]),
        "catalog:products:imported",
        "i1",
    ),
    "POST /unidades": (
        lambda carla: carla.post("/unidades", {"sigla": "BD", "nome": "balde"}),
        "catalog:unit:created",
        None,
    ),
    "DELETE /unidades/<code>": (lambda carla: carla.ask("DELETE", "/unidades/TB"), "catalog:unit:removed", None),
    "POST /inventario": (lambda carla: carla.receive("p1", 5, loja_id=CENTRO), "stock:movement:recorded", "m2"),
    "POST /inventario/<movement_id>/estorno": (
        lambda carla: carla.post("/inventario/m1/estorno", {"motivo": "engano"}),
        "stock:movement:reversed",
        "m1",
    ),
    "POST /lojas": (lambda carla: carla.post("/lojas", {"nome": "Loja Sul"}), "stores:shop:created", "l4"),
    "PUT /lojas/<shop_id>": (
        lambda carla: carla.ask("PUT", "/lojas/l2", json={"nome": "Centro"}, headers={"If-Match": "*"}),
        "stores:shop:changed",
        "l2",
    ),
    "POST /redes": (lambda carla: carla.post("/redes", {"nome": "Rede Sul"}), "stores:chain:created", "r2"),
    "PUT /redes/<chain_id>": (
        lambda carla: carla.ask("PUT", "/redes/r1", json={"nome": "Rede"}, headers={"If-Match": "*"}),
        "stores:chain:changed",
        "r1",
    ),
    "POST /eventos": (lambda carla: carla.post("/eventos", DAY), "calendar:event:created", "e2"),
    "PUT /eventos/<event_id>": (
        lambda carla: carla.ask("PUT", "/eventos/e1", json=DAY),
        "calendar:event:changed",
        "e1",
    ),
    "DELETE /eventos/<event_id>": (lambda carla: carla.ask("DELETE", "/eventos/e1"), "calendar:event:removed", "e1"),
    "POST /vendas": (lambda carla: carla.sell(valor="1.00", loja_id=CENTRO), "sales:sale:recorded", "v2"),
    "POST /vendas/<sale_id>/cancelamento": (lambda carla: carla.cancel("v1"), "sales:sale:cancelled", "v1"),
    "POST /mensagens": (
        lambda carla: carla.post("/mensagens", {"para": "Ana", "texto": "Oi"}),
        "messaging:message:sent",
        "c2",
    ),
    "POST /mensagens/<message_id>/leitura": (
        lambda carla: carla.post("/mensagens/c1/leitura"),
        "messaging:message:read",
        "c1",
    ),
    "DELETE /mensagens/<message_id>": (
        lambda carla: carla.ask("DELETE", "/mensagens/c1"),
        "messaging:message:removed",
        "c1",
    ),
}
NO_BUSINESS = {
    *("POST /log", "POST /ping", "POST /situacao/conferencia"),
    *("POST /log/visoes", "DELETE /log/visoes/<view_id>"),
    *("POST /useradd/listas", "POST /useradd/listas/<list_id>/senhas"),
    "POST /useradd/listas/<list_id>/cadastro",
    "POST /produtos/importacoes/cancelar",
}
"""What programs did is kept in the log, which is not the trail; so is how it is looked at.

Comparing changes nothing. A list is in memory, and the people that are made of it later have the entries of
``POST /useradd``. An import that is called back has written nothing.
"""


SEVERAL = {"POST /produtos/importacoes/<import_id>/desfazer"}
"""Leaves an entry for each product and movement that it touches."""


def test_every_route_that_writes_is_below(shop: Server) -> None:
    writing = {
        f"{method} {rule.rule}"
        for rule in shop.app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"GET", "HEAD", "OPTIONS"}
    }

    assert writing == set(WRITES) | NO_BUSINESS | SEVERAL


@pytest.mark.parametrize("route", WRITES)
def test_each_write_leaves_exactly_one_entry(ana: Person, carla: Person, bolts: str, route: str) -> None:
    ana.receive(bolts, 5)
    for _ in range(2):
        carla.post("/users/", MARIA)
    carla.ask("PUT", "/usuarios/u4/pessoas/2")
    carla.post("/eventos", DAY)
    carla.sell(valor="1.00", loja_id=CENTRO)
    carla.post("/redes", {"nome": "Rede Norte"})
    carla.post("/unidades", {"sigla": "TB", "nome": "tubo"})
    ana.post("/mensagens", {"para": "Carla", "texto": "Oi"})
    before = len(carla.server.audited())
    write, tag, subject = WRITES[route]

    response = write(carla)

    assert response.status_code < 300  # type: ignore[attr-defined]
    assert len(carla.server.audited()) == before + 1
    actor = 6 if route == "POST /registrar_usuario_app" else carla.number
    outcome = "SISTEMA" if route == "POST /historico/eventos" else "SUCESSO"
    assert entry(carla.server) == (tag, outcome, actor, subject)
    ((address, request_id),) = carla.server.rows(
        "SELECT address, request_id FROM audit_entries ORDER BY id DESC LIMIT 1"
    )
    assert address == "127.0.0.1"
    assert request_id == response.headers["X-Request-Id"]  # type: ignore[attr-defined]


def test_an_import_leaves_one_for_each_product_too(carla: Person, bolts: str) -> None:
    before = len(carla.server.audited())
    rows = [{"nome": "Prego"}, {"nome": "Parafuso 10mm", "preco": "1.00"}]

    for query in ("?simular=1", ""):
        carla.post(f"/produtos/importar{query}", rows, key="k1")
    carla.post("/produtos/importar", rows, key="k1")  # a repeated answer

    assert carla.server.audited()[before:] == [
        ("catalog:product:changed", "SUCESSO", carla.number, "p1"),
        ("catalog:product:created", "SUCESSO", carla.number, "p2"),
        ("catalog:products:imported", "SUCESSO", carla.number, "i1"),
    ]


def test_an_erased_person_s_addresses_leave_the_trail(shop: Server, carla: Person) -> None:
    shop.log_in("Ana", PASSWORDS["Ana"], peer=LAN)
    shop.log_in("Ana", "errada", peer=LAN)
    shop.log_in("Bruno", PASSWORDS["Bruno"], peer=LAN)

    assert carla.ask("DELETE", "/usuarios/u3").status_code == 204

    kept = dict(shop.rows("SELECT actor_id, max(address) FROM audit_entries GROUP BY actor_id"))
    assert kept == {None: None, 1: "127.0.0.1", 2: LAN, 3: None}
    with shop.database.reading() as session:
        assert audit.verify_trail(session).fault is None


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


def test_the_head_of_the_trail_is_told_to_whoever_keeps_it_elsewhere(ana: Person, bolts: str) -> None:
    def last() -> str:
        ((number, hashed),) = ana.server.rows("SELECT id, hash FROM audit_entries ORDER BY id DESC LIMIT 1")
        return f"{number}-{bytes(hashed).hex()}"

    before = ana.get("/auditoria/cabeca").json
    assert before == {"cabeca": last()}
    ana.receive(bolts, 1)
    assert ana.get("/auditoria/cabeca").json == {"cabeca": last()} != before

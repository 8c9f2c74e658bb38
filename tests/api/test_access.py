"""Who may do what: every route, every role, and nobody."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from werkzeug.test import TestResponse

from almoxarife.server.http.access import is_for_programs, required_role
from almoxarife.server.stores import service as stores
from almoxarife.wire.accounts import Role
from tests.api.cast import CENTRO, LAN, MATRIZ, NORTE, Person, Server, assert_problem
from tests.api.conftest import Open

# The contract's column *who*; None is anyone.
WHO = {
    "POST /registrar_usuario_app": None,
    "POST /login": None,
    "POST /logout": Role.SELLER,
    "POST /conta/senha": Role.SELLER,
    "GET /conta/perfil": Role.SELLER,
    "GET /usuarios": Role.ADMIN,
    "PATCH /usuarios/<person_id>": Role.ADMIN,
    "DELETE /usuarios/<person_id>": Role.ADMIN,
    "POST /usuarios/<person_id>/senha": Role.ADMIN,
    "PUT /usuarios/<person_id>/pessoas/<user_id>": Role.ADMIN,
    "DELETE /usuarios/<person_id>/pessoas/<user_id>": Role.ADMIN,
    "GET /vendedores": Role.MANAGER,
    "GET /usuarios/<username>/historico": Role.SELLER,
    "POST /useradd": Role.ADMIN,
    "POST /useradd/listas": Role.ADMIN,
    "GET /useradd/listas/<list_id>": Role.ADMIN,
    "GET /useradd/listas/<list_id>/linhas": Role.ADMIN,
    "POST /useradd/listas/<list_id>/cadastro": Role.ADMIN,
    "POST /useradd/listas/<list_id>/senhas": Role.ADMIN,
    "GET /useradd/respostas": Role.SELLER,
    "GET /useradd/respostas/<answer_id>/recusados": Role.SELLER,
    "GET /useradd/export/xlsx": Role.SELLER,
    "GET /useradd/export/excel": Role.SELLER,
    "GET /useradd/export/txt": Role.SELLER,
    "GET /users/": Role.ADMIN,
    "POST /users/": Role.ADMIN,
    "GET /users/<user_id>": Role.ADMIN,
    "PUT /users/<user_id>": Role.ADMIN,
    "DELETE /users/<user_id>": Role.ADMIN,
    "GET /coordenacao": Role.SELLER,
    "GET /eventos": Role.SELLER,
    "POST /eventos": Role.STOCK_CLERK,
    "GET /eventos/<event_id>": Role.SELLER,
    "PUT /eventos/<event_id>": Role.STOCK_CLERK,
    "DELETE /eventos/<event_id>": Role.STOCK_CLERK,
    "GET /mensagens": Role.SELLER,
    "POST /mensagens": Role.SELLER,
    "GET /mensagens/resumo": Role.SELLER,
    "POST /mensagens/<message_id>/leitura": Role.SELLER,
    "DELETE /mensagens/<message_id>": Role.SELLER,
    "GET /produtos/<product_id>": Role.SELLER,
    "GET /unidades": Role.SELLER,
    "POST /unidades": Role.ADMIN,
    "DELETE /unidades/<code>": Role.ADMIN,
    "GET /lojas": Role.SELLER,
    "POST /lojas": Role.ADMIN,
    "PUT /lojas/<shop_id>": Role.ADMIN,
    "GET /redes": Role.SELLER,
    "POST /redes": Role.ADMIN,
    "PUT /redes/<chain_id>": Role.ADMIN,
    "GET /produtos": Role.SELLER,
    "POST /produtos": Role.STOCK_CLERK,
    "POST /produtos/importar": Role.STOCK_CLERK,
    "GET /produtos/importacoes": Role.STOCK_CLERK,
    "POST /produtos/importacoes/cancelar": Role.STOCK_CLERK,
    "POST /produtos/importacoes/<import_id>/desfazer": Role.STOCK_CLERK,
    "PUT /produtos/<product_id>": Role.STOCK_CLERK,
    "GET /produtos/<product_id>/movimentacoes": Role.SELLER,
    "GET /inventario": Role.SELLER,
    "GET /inventario/resumo": Role.SELLER,
    "GET /inventario/totais": Role.MANAGER,
    "GET /inventario/exportar/csv": Role.MANAGER,
    "GET /inventario/exportar/xlsx": Role.MANAGER,
    "POST /inventario": Role.STOCK_CLERK,
    "POST /inventario/<movement_id>/estorno": Role.STOCK_CLERK,
    "GET /auditoria/cabeca": Role.SELLER,
    "POST /vendas": Role.SELLER,
    "POST /vendas/<sale_id>/cancelamento": Role.SELLER,
    "GET /vendas": Role.SELLER,
    "GET /vendas/<sale_id>": Role.SELLER,
    "GET /vendas/total": Role.SELLER,
    "GET /vendas/ranking": Role.MANAGER,
    "GET /vendas/melhor-loja": Role.MANAGER,
    "GET /vendas/melhor-vendedor": Role.MANAGER,
    "POST /historico/eventos": Role.SELLER,
    "POST /log": Role.ADMIN,
    "GET /log": Role.MANAGER,
    "GET /log/recentes": Role.ADMIN,
    "GET /log/<log_id>": Role.MANAGER,
    "GET /log/contagem": Role.MANAGER,
    "GET /log/valores": Role.MANAGER,
    "GET /log/visoes": Role.MANAGER,
    "POST /log/visoes": Role.MANAGER,
    "DELETE /log/visoes/<view_id>": Role.MANAGER,
    "GET /log/guarda": Role.MANAGER,
    "GET /log/exportar": Role.MANAGER,
    "GET /log/exportar/csv": Role.MANAGER,
    "GET /log/exportar/ndjson": Role.MANAGER,
    "GET /log/exportar/xlsx": Role.MANAGER,
    "POST /ping": None,
    "GET /situacao": Role.ADMIN,
    "POST /situacao/conferencia": Role.ADMIN,
    "GET /saude": None,
    "GET /openapi.json": None,
    "GET /docs": None,
    "GET /docs/<name>": None,
}
FOR_PROGRAMS = {"POST /log", "GET /log/recentes", "POST /useradd", *(route for route in WHO if " /users/" in route)}
"""A service key gets in too, and whoever asks from the server's own machine."""
NAMES = {Role.SELLER: "Vera", Role.STOCK_CLERK: "Ana", Role.MANAGER: "Bruno", Role.ADMIN: "Carla"}
GUARDED = [route for route, role in WHO.items() if role is not None]

REALM = 'Bearer realm="almoxarife"'


def routes(server: Server) -> Iterator[tuple[str, str]]:
    for rule in server.app.url_map.iter_rules():
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            yield f"{method} {rule.rule}", rule.endpoint


def ask(route: str, asker: Person | Server, **how: Any) -> TestResponse:
    """Knock at a route with ids that do not exist and without a body: only rights are asked about."""
    method, path = route.split()
    # A person's day: one's own, as another's needs more.
    path = path.replace("<username>", asker.name if isinstance(asker, Person) else "Ana")
    return asker.ask(method, re.sub("<[^>]*>", "x999", path), **how)


def test_the_table_names_every_route_and_the_code_agrees_with_it(shop: Server) -> None:
    found = {route: required_role(shop.app.view_functions[endpoint]) for route, endpoint in routes(shop)}

    assert found == WHO
    views = {route for route, endpoint in routes(shop) if is_for_programs(shop.app.view_functions[endpoint])}
    assert views == FOR_PROGRAMS


@pytest.mark.changes_nothing
@pytest.mark.parametrize("route", sorted(FOR_PROGRAMS))
def test_the_server_s_own_machine_needs_no_token_where_programs_get_in(shop: Server, route: str) -> None:
    assert ask(route, shop).status_code not in {401, 403, 500}


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("route", WHO)
def test_each_role_gets_in_where_it_may_and_nowhere_else(start: Open, standing: Open, route: str, role: Role) -> None:
    least = WHO[route]
    if least is not None and not role.includes(least):
        response = ask(route, standing().person(NAMES[role]))
        assert_problem(response, 403, "papel-insuficiente")
        assert response.headers["WWW-Authenticate"] == f'{REALM}, error="insufficient_scope"'
    else:
        server = start() if route == "POST /logout" else standing()
        assert ask(route, server.person(NAMES[role])).status_code not in {401, 403, 500}


def test_the_roles_nest() -> None:
    ladder = [Role.SELLER, Role.STOCK_CLERK, Role.MANAGER, Role.ADMIN]

    assert [[role.includes(other) for other in ladder] for role in ladder] == [
        [True, False, False, False],
        [True, True, False, False],
        [True, True, True, False],
        [True, True, True, True],
    ]


@pytest.mark.changes_nothing
@pytest.mark.parametrize("route", WHO)
def test_without_a_token_only_what_anyone_may(shop: Server, route: str) -> None:
    response = ask(route, shop, peer=LAN)
    if WHO[route] is None:
        assert response.status_code not in {401, 403, 500}
    else:
        assert_problem(response, 401, "nao-autenticado")
        assert response.headers["WWW-Authenticate"] == REALM


@pytest.mark.changes_nothing
@pytest.mark.parametrize("route", GUARDED)
def test_a_bad_token_is_named_as_one_before_anything_else(shop: Server, route: str) -> None:
    method, path = route.split()
    response = shop.ask(
        method, path, data=b"{", content_type="text/plain", headers={"Authorization": "Bearer not.a.token"}
    )

    assert_problem(response, 401, "sessao-invalida")
    assert response.headers["WWW-Authenticate"] == f'{REALM}, error="invalid_token"'


@pytest.mark.changes_nothing
@pytest.mark.parametrize("header", ["", "Basic YTpi", "Token abc", "Bearerabc"])
def test_another_scheme_is_no_token(shop: Server, header: str) -> None:
    response = shop.ask("GET", "/produtos", headers={"Authorization": header})

    assert_problem(response, 401, "nao-autenticado")
    assert response.headers["WWW-Authenticate"] == REALM


def test_the_scheme_is_read_without_case(ana: Person) -> None:
    assert ana.ask("GET", "/produtos", headers={"Authorization": f"bearer {ana.token}"}).status_code == 200


def test_who_is_asking_is_settled_before_what_they_ask(shop: Server, vera: Person) -> None:
    nonsense = {"data": b"{", "content_type": "application/json"}

    assert_problem(shop.ask("POST", "/inventario", **nonsense), 401, "nao-autenticado")
    assert_problem(vera.ask("POST", "/inventario", **nonsense), 403, "papel-insuficiente")
    assert_problem(shop.ask("GET", "/produtos?limite=x"), 401, "nao-autenticado")
    assert_problem(shop.ask("POST", "/inventario/m999/estorno"), 401, "nao-autenticado")


# --- shops ----------------------------------------------------------------------------


def test_each_person_sees_their_own_shops_and_an_administrador_all(ana: Person, davi: Person, carla: Person) -> None:
    def shops(person: Person) -> list[tuple[str, str]]:
        return [(row["id"], row["nome"]) for row in person.get("/lojas").json]

    assert shops(ana) == [(CENTRO, "Loja Centro")]
    assert shops(davi) == [(NORTE, "Loja Norte")]
    assert shops(carla) == [(MATRIZ, "Matriz"), (CENTRO, "Loja Centro"), (NORTE, "Loja Norte")]


def test_davi_sees_nothing_of_another_shop(ana: Person, davi: Person, bolts: str) -> None:
    entry = ana.receive(bolts, 5)

    assert davi.movements() == []
    assert davi.balance(bolts) == 0
    assert davi.get(f"/produtos/{bolts}/movimentacoes").json == []
    assert davi.get("/inventario/resumo").json["entradas"] == 0
    assert_problem(davi.reverse(entry), 404, "movimentacao-desconhecida")


@pytest.mark.changes_nothing
@pytest.mark.parametrize("path", ["/produtos", "/inventario", "/inventario/resumo"])
def test_asking_for_another_shop_is_refused_whether_it_exists_or_not(davi: Person, path: str) -> None:
    for shop_id in (CENTRO, "l99"):
        response = davi.get(f"{path}?loja={shop_id}")
        assert_problem(response, 403, "loja-nao-visivel")
        assert response.headers["WWW-Authenticate"] == f'{REALM}, error="insufficient_scope"'


@pytest.mark.changes_nothing
@pytest.mark.parametrize("path", ["/produtos", "/inventario", "/inventario/resumo"])
@pytest.mark.parametrize("shop_id", ["l99", "centro", "p1"])
def test_an_unknown_shop_is_not_found_by_who_sees_all(carla: Person, path: str, shop_id: str) -> None:
    assert_problem(carla.get(f"{path}?loja={shop_id}"), 404, "loja-desconhecida")


def test_who_acts_in_another_shop_is_refused(davi: Person, bolts: str) -> None:
    assert_problem(davi.receive(bolts, 5, loja_id=CENTRO), 403, "loja-nao-visivel")


def test_who_has_one_shop_may_leave_it_out_and_who_has_more_may_not(ana: Person, carla: Person, bolts: str) -> None:
    assert ana.receive(bolts, 5).json["loja_id"] == CENTRO
    problem = assert_problem(carla.receive(bolts, 5), 400, "loja-obrigatoria")
    assert [error["campo"] for error in problem["erros"]] == ["loja_id"]
    assert carla.receive(bolts, 5, loja_id=NORTE).json["loja_id"] == NORTE


def test_an_administrador_who_names_no_shop_records_in_the_usual_one(carla: Person, bolts: str) -> None:
    set_to_norte = carla.patch("/usuarios/u1", {"loja_usual": NORTE})
    assert (set_to_norte.status_code, set_to_norte.json["loja_usual"]) == (200, NORTE)
    assert carla.server.audited()[-1] == ("accounts:user:changed", "SUCESSO", 1, "u1")

    assert carla.receive(bolts, 5).json["loja_id"] == NORTE
    assert carla.issue(bolts, 2).json["loja_id"] == NORTE
    assert carla.receive(bolts, 5, loja_id=CENTRO).json["loja_id"] == CENTRO
    assert_problem(carla.patch("/usuarios/u1", {"loja_usual": "l99"}), 404, "loja-desconhecida")

    assert carla.patch("/usuarios/u1", {"papel": "administrador"}).json["loja_usual"] == NORTE
    assert carla.patch("/usuarios/u1", {"loja_usual": None}).json.get("loja_usual") is None
    assert_problem(carla.receive(bolts, 5), 400, "loja-obrigatoria")


def test_a_usual_shop_is_nothing_to_who_does_not_see_all(bruno: Person, carla: Person, bolts: str) -> None:
    carla.patch(f"/usuarios/{bruno.id}", {"lojas": [CENTRO, NORTE], "loja_usual": CENTRO})
    assert_problem(bruno.receive(bolts, 5), 400, "loja-obrigatoria")

    carla.patch(f"/usuarios/{bruno.id}", {"papel": "administrador"})
    assert bruno.receive(bolts, 5).json["loja_id"] == CENTRO


def test_whoever_becomes_administrador_goes_on_in_their_own_shop(davi: Person, carla: Person, bolts: str) -> None:
    assert carla.patch(f"/usuarios/{davi.id}", {"papel": "administrador"}).json["loja_usual"] == NORTE
    assert davi.receive(bolts, 5).json["loja_id"] == NORTE


def test_older_clients_go_on_after_a_second_shop_was_made(start_empty: Open) -> None:
    shop = start_empty()
    shop.register("admin", "1234")
    admin = shop.person("admin")
    product = admin.add("Parafuso 10mm").json["id"]
    with shop.database.transaction() as session:
        stores.create_shop(session, "Centro")

    assert admin.receive(product, 50).json["loja_id"] == MATRIZ


def test_who_has_no_shop_sees_products_without_stock_and_cannot_record(ana: Person, carla: Person, bolts: str) -> None:
    ana.receive(bolts, 5)
    carla.patch(f"/usuarios/{ana.id}", {"lojas": []})

    assert ana.get("/lojas").json == []
    assert ana.balance(bolts) == 0
    assert ana.movements() == []
    assert_problem(ana.receive(bolts, 5), 403, "loja-nao-visivel")


def test_given_and_taken_shops_count_at_once(ana: Person, carla: Person, bolts: str) -> None:
    carla.receive(bolts, 7, loja_id=NORTE)
    assert ana.balance(bolts) == 0

    carla.patch(f"/usuarios/{ana.id}", {"lojas": [CENTRO, NORTE]})
    assert ana.balance(bolts) == 7
    assert ana.product(bolts, f"?loja={CENTRO}")["saldo"] == 0

    carla.patch(f"/usuarios/{ana.id}", {"lojas": [CENTRO]})
    assert ana.balance(bolts) == 0


def test_a_promotion_counts_at_once(vera: Person, carla: Person) -> None:
    assert_problem(vera.add("Prego"), 403, "papel-insuficiente")

    carla.patch(f"/usuarios/{vera.id}", {"papel": "estoquista"})

    assert vera.add("Prego").status_code == 201

"""What is not a request of ours: refused with problem details, named, and nothing is changed by it."""

import io
import json

import pytest
from werkzeug.test import TestResponse

from tests.api.cast import Person, Server, assert_problem, assert_refused

MIB = 1024 * 1024
JSON_BODIES = [
    ("POST", "/registrar_usuario_app"),
    ("POST", "/login"),
    ("POST", "/conta/senha"),
    ("PATCH", "/usuarios/u3"),
    ("POST", "/produtos"),
    ("PUT", "/produtos/p1"),
    ("POST", "/inventario"),
    ("POST", "/inventario/m1/estorno"),
    ("POST", "/vendas"),
    ("POST", "/vendas/v1/cancelamento"),
    ("POST", "/historico/eventos"),
]
NO_JSON = [
    b"",
    b"   ",
    b"{",
    b"{]",
    b"{'nome': 'x'}",
    b'{"nome": "x",}',
    b'{"nome": "x"} {}',
    b'{"nome": NaN}',
    b'{"nome": "\xff\xfe"}',
    b'{"nome": "\xc3("}',
    b'{"nome": "\\ud800"}',
    b'{"nome": "a\nb"}',
    '{"nome": "x"}'.encode("utf-16"),
    b"[" * 100_000,
    b'{"a":' * 100_000,
    b"[" * 1500 + b"]" * 1500,
    b"nome=x",
]
TWICE = [
    (b'{"quantidade": 1, "quantidade": 100}', "quantidade"),
    (b'{"a": {"quantidade": 1}, "nome": "a:b", "nome": "c"}', "nome"),
    (b'{"itens": [{"a": 1}, {"pre\\u00e7o": 1, "pre\xc3\xa7o": 2}]}', "preço"),
    (b'{"nome": 1, "x": "\\u003a", "nome": 2}', "nome"),
    (b'{"nome": {"a": 1, "a": 2}, "nome": 2}', "a"),
]
NO_OBJECT = [None, [], [{}], "x", 5, True, [{"nome": "x"}]]
NO_JSON_TYPES = ["text/plain", "application/x-www-form-urlencoded", "application/problem+json", "", "x"]
EVERY_BODY = pytest.mark.parametrize(("method", "path"), JSON_BODIES)


def send(asker: Person, method: str, path: str, raw: bytes, kind: str = "application/json") -> TestResponse:
    return asker.ask(method, path, data=raw, content_type=kind, headers={"If-Match": "*"})


@pytest.mark.changes_nothing
@EVERY_BODY
def test_what_is_no_json_is_refused_and_changes_nothing(carla: Person, method: str, path: str) -> None:
    before = carla.server.business()

    for raw in NO_JSON:
        assert_refused(send(carla, method, path, raw), "corpo")
    assert carla.server.business() == before


@pytest.mark.parametrize(
    ("raw", "place"),
    [
        (b'{"nome": "x",}', "linha 1, coluna 13, em “,}”"),
        (b'{"nome": "x"\n}\n{"nome": "y"}', "linha 3, coluna 1, em “{"),
        (b'{\n  "nome": "x",\n  "preco": 19,90\n}', "linha 3, coluna 15, em “90 }”"),
        (b'{"nome": "x"', "linha 1, coluna 13; ele termina antes do fim"),
        ('{"nome":\n "Pão"'.encode("latin-1"), "na linha 2, coluna 4, há uma letra que não está em UTF-8"),
        ('{"nome": "é", “x”: 1}'.encode(), "linha 1, coluna 15, em ““x”: 1}”"),
        (b'\xef\xbb\xbf{"nome": "x",}', "linha 1, coluna 13, em “,}”"),
        ('{"nome": "x"}'.encode("utf-16"), "envie-o em UTF-8"),
        ('{"nome": "x"}'.encode("utf-16-be"), "envie-o em UTF-8"),
    ],
)
def test_the_place_where_a_body_stops_being_json_is_said(ana: Person, raw: bytes, place: str) -> None:
    problem = assert_refused(send(ana, "POST", "/produtos", raw), "corpo")

    assert problem["mensagem"].startswith("O pedido não é um JSON válido: ")
    assert place in problem["mensagem"]


@pytest.mark.changes_nothing
@EVERY_BODY
def test_what_is_no_object_is_refused_and_changes_nothing(carla: Person, method: str, path: str) -> None:
    before = carla.server.business()

    for body in NO_OBJECT:
        problem = assert_refused(send(carla, method, path, json.dumps(body).encode()), "corpo")
        assert problem["mensagem"] == "Deve ser um objeto."
    assert carla.server.business() == before


def nested(deep: int) -> bytes:
    return b'{"fundo":' + b"[" * (deep - 1) + b"]" * (deep - 1) + b"}"


@pytest.mark.changes_nothing
@EVERY_BODY
@pytest.mark.parametrize("deep", [65, 254, 900, 100_000])
def test_json_nested_too_deep_is_refused_and_changes_nothing(carla: Person, method: str, path: str, deep: int) -> None:
    before = carla.server.business()

    problem = assert_refused(send(carla, method, path, nested(deep)), "corpo")
    if deep < 1000:
        assert "64 níveis" in problem["mensagem"]
    assert carla.server.business() == before


@pytest.mark.changes_nothing
@EVERY_BODY
def test_nesting_inside_the_limit_is_an_unknown_field_like_any_other(carla: Person, method: str, path: str) -> None:
    problem = assert_problem(send(carla, method, path, nested(64)), 400, "pedido-invalido")

    assert "fundo" in [error["campo"] for error in problem["erros"]]


@pytest.mark.changes_nothing
@pytest.mark.parametrize("deep", [63, 254, 900, 100_000])
def test_what_programs_send_may_nest_as_deep_and_no_deeper(carla: Person, deep: int) -> None:
    entry = b'{"service": "s", "user_id": "u", "action": "a", "result": "success", "x": ' + nested(deep) + b"}"

    for path in ("/log", "/users/"):
        sent = carla.server.ask("POST", path, data=entry, content_type="application/json")
        assert sent.status_code == (200 if (path, deep) == ("/log", 63) else 400), sent.text
    assert_refused(send(carla, "POST", "/produtos/importar", b"[" + nested(max(deep, 64)) + b"]"), "corpo")


@pytest.mark.changes_nothing
@EVERY_BODY
def test_a_name_that_stands_twice_is_told_and_neither_counts(carla: Person, method: str, path: str) -> None:
    before = carla.server.business()
    for raw, name in TWICE:
        problem = assert_problem(send(carla, method, path, raw), 400, "pedido-invalido")

        assert problem["erros"] == [{"campo": name, "mensagem": "Informe só uma vez."}]
    assert carla.server.business() == before


@pytest.mark.changes_nothing
@EVERY_BODY
def test_unknown_fields_are_named(carla: Person, method: str, path: str) -> None:
    before = carla.server.business()
    problem = assert_problem(send(carla, method, path, b'{"cor": "azul", "peso": 1}'), 400, "pedido-invalido")

    unknown = [error["campo"] for error in problem["erros"] if error["mensagem"] == "Campo desconhecido."]
    assert unknown == ["cor", "peso"]
    assert carla.server.business() == before


@pytest.mark.changes_nothing
def test_all_errors_are_named_at_once(ana: Person, bolts: str) -> None:
    response = ana.post(
        "/inventario",
        {"produto_id": 5, "quantidade": True, "tipo": "roubo", "ocorrido_em": "ontem", "cor": "azul", "loja_id": []},
    )

    problem = assert_problem(response, 400, "pedido-invalido")
    named = {error["campo"] for error in problem["erros"]}
    assert named >= {"produto_id", "quantidade", "tipo", "ocorrido_em", "cor", "loja_id"}


@pytest.mark.changes_nothing
def test_the_names_in_our_code_are_unknown_on_the_wire(ana: Person, bolts: str) -> None:
    sent = {"product_id": bolts, "quantity": 5}
    assert_refused(ana.post("/inventario", sent), "produto_id", "quantidade", "product_id", "quantity")
    assert_refused(ana.receive(bolts, 5, reason="x"), "reason")


@pytest.mark.changes_nothing
@pytest.mark.parametrize("kind", ["entrada ", "ENTRADA", "estorno", "venda", "transferencia_saida", "", None, 1, True])
def test_only_three_kinds_are_recorded_by_hand(ana: Person, bolts: str, kind: object) -> None:
    problem = assert_problem(ana.receive(bolts, 5, tipo=kind, motivo="x"), 400, "pedido-invalido")
    assert problem["erros"][0]["campo"] == "tipo"


@pytest.mark.changes_nothing
@pytest.mark.parametrize("event", ["Abrir janelas", "", None, 5])
def test_only_known_events_are_recorded(ana: Person, event: object) -> None:
    assert_refused(ana.post("/historico/eventos", {"evento": event}), "evento")


# --- the content type and the size -----------------------------------------------------------


@pytest.mark.changes_nothing
@EVERY_BODY
def test_another_content_type_is_415(carla: Person, method: str, path: str) -> None:
    before = carla.server.business()

    for kind in NO_JSON_TYPES:
        assert_problem(send(carla, method, path, b'{"nome": "x"}', kind), 415, "tipo-nao-suportado")
    assert carla.server.business() == before


@pytest.mark.parametrize("kind", ["application/json", "application/json; charset=utf-8", "Application/JSON"])
def test_json_may_name_its_encoding(ana: Person, kind: str) -> None:
    assert send(ana, "POST", "/produtos", '{"nome": "Pão"}'.encode(), kind).json["nome"] == "Pão"


@pytest.mark.changes_nothing
@EVERY_BODY
def test_a_body_over_1_mib_is_413(carla: Person, method: str, path: str) -> None:
    before = carla.server.business()
    body = b'{"nome": "x"' + b" " * MIB + b"}"

    assert_problem(send(carla, method, path, body), 413, "pedido-grande-demais")
    chunked = carla.ask(
        method,
        path,
        input_stream=io.BytesIO(body),
        content_type="application/json",
        headers={"Transfer-Encoding": "chunked"},
        environ={"wsgi.input_terminated": True},
    )
    assert_problem(chunked, 413, "pedido-grande-demais")
    assert carla.server.business() == before


def test_a_body_of_1_mib_is_read(ana: Person) -> None:
    body = b'{"nome": "x"'.ljust(MIB - 1) + b"}"

    assert send(ana, "POST", "/produtos", body).status_code == 201


def test_a_byte_order_mark_before_a_body_is_passed_over(ana: Person) -> None:
    body = b'\xef\xbb\xbf{"nome": "Caf\xc3\xa9"}'

    assert send(ana, "POST", "/produtos", body).json["nome"] == "Café"
    twice = send(ana, "POST", "/produtos", b'\xef\xbb\xbf{"nome": "x", "nome": "y"}')
    assert_refused(twice, "nome")


# --- where there is nothing ------------------------------------------------------------------


@pytest.mark.changes_nothing
@pytest.mark.parametrize(
    "path",
    ["/nada", "/produto", "/produtos/x/y/", "/produtos//", "/Produtos", "/usuarios//senha", "/%00", "/%ff", "/docs/x"],
)
def test_an_unknown_route_is_404(shop: Server, carla: Person, path: str) -> None:
    assert_problem(shop.ask("GET", path), 404, "rota-desconhecida")
    assert_problem(carla.get(path), 404, "rota-desconhecida")


@pytest.mark.changes_nothing
@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("DELETE", "/produtos", {"GET", "HEAD", "OPTIONS", "POST"}),
        ("DELETE", "/login", {"GET", "HEAD", "OPTIONS", "POST"}),
        ("PUT", "/inventario", {"GET", "HEAD", "OPTIONS", "POST"}),
        ("DELETE", "/inventario/m1/estorno", {"OPTIONS", "POST"}),
        ("POST", "/saude", {"GET", "HEAD", "OPTIONS"}),
        ("POST", "/produtos/p1", {"GET", "HEAD", "OPTIONS", "PUT"}),
        ("PUT", "/users", {"GET", "HEAD", "OPTIONS", "POST"}),
        ("DELETE", "/users/", {"GET", "HEAD", "OPTIONS", "POST"}),
        ("BREW", "/produtos", {"GET", "HEAD", "OPTIONS", "POST"}),
    ],
)
def test_a_wrong_method_is_405_and_names_the_right_ones(
    shop: Server, method: str, path: str, allowed: set[str]
) -> None:
    response = shop.ask(method, path)

    assert_problem(response, 405, "metodo-nao-permitido")
    assert {name.strip() for name in response.headers["Allow"].split(",")} == allowed


@pytest.mark.changes_nothing
@pytest.mark.parametrize("path", ["/login", "/logout"])
def test_a_path_of_a_route_and_a_page_names_the_methods_of_both(shop: Server, path: str) -> None:
    response = shop.ask("OPTIONS", path)

    assert response.status_code == 200
    assert {*response.headers["Allow"].split(", ")} == {"GET", "HEAD", "OPTIONS", "POST"}


@pytest.mark.changes_nothing
@pytest.mark.parametrize("movement_id", ["m999", "m0", "m01", "m", "999", "p1", "m" + "9" * 30, "m1.0"])
def test_an_unknown_movement_is_404(ana: Person, movement_id: str) -> None:
    response = ana.post(f"/inventario/{movement_id}/estorno", {"motivo": "engano"})

    assert_problem(response, 404, "movimentacao-desconhecida")


@pytest.mark.changes_nothing
@pytest.mark.parametrize("person_id", ["u999", "u0", "x", "1", "u" + "9" * 30])
def test_an_unknown_person_is_404(carla: Person, person_id: str) -> None:
    assert_problem(carla.patch(f"/usuarios/{person_id}", {"ativo": True}), 404, "usuario-desconhecido")
    assert_problem(carla.post(f"/usuarios/{person_id}/senha"), 404, "usuario-desconhecido")


# --- the query --------------------------------------------------------------------------------


@pytest.mark.changes_nothing
@pytest.mark.parametrize(
    ("path", "field"),
    [
        *((f"{path}?limite={value}", "limite")
          for path in ("/produtos", "/inventario", "/usuarios", "/produtos/p1/movimentacoes")
          for value in ("0", "501", "-1", "x", "", "1.0", "1_0", "+5", "%205", "٥", "9" * 40)),
        *((f"{path}?depois={value}", "depois")
          for path in ("/produtos", "/inventario", "/usuarios", "/produtos/p1/movimentacoes")
          for value in ("x", "", "-1", "1.5", "m1", "9" * 40)),
        *((f"{path}?cor=azul", "cor")
          for path in ("/produtos", "/inventario", "/usuarios", "/produtos/p1/movimentacoes", "/inventario/resumo")),
        *((f"/inventario?ultimos={value}", "ultimos") for value in ("0", "501", "x", "")),
        ("/inventario?ultimos=5&limite=5", "ultimos"),
        ("/inventario?ultimos=5&depois=0", "ultimos"),
        ("/inventario?tipo=roubo", "tipo"),
        ("/inventario?limite=1&limite=2", "limite"),
        *((f"/inventario?{name}={value}", name)
          for name in ("de", "ate")
          for value in ("ontem", "2026-13-01", "2026-11-20T25:00", "20/11/2026", "", "0001-01-01", "9999-12-31")),
        *((f"/inventario/resumo?dia={value}", "dia")
          for value in ("hoje", "2026-02-30", "20261120", "2026-11-20T10:00", "", "0001-01-01", "9999-12-31")),
        ("/produtos?inativos=sim", "inativos"),
        ("/produtos?inativos=2", "inativos"),
        ("/usuarios?estado=feliz", "estado"),
    ],
)  # fmt: skip
def test_a_bad_query_parameter_is_named(carla: Person, bolts: str, path: str, field: str) -> None:
    assert_refused(carla.get(path), field)


@pytest.mark.parametrize(
    ("query", "field", "says"),
    [
        ("busca=caf%E9", "busca", "UTF-8"),
        ("busca=caf\xe9", "busca", "UTF-8"),
        ("busca=P%C3", "busca", "UTF-8"),
        ("busca=caf%u00e9", "busca", "%25"),
        ("busca=100%", "busca", "%25"),
        ("busca=caf%25C3%25A9", "busca", "duas vezes"),
        ("busca=caf%C3%83%C2%A9", "busca", "duas vezes"),
        ("busca=cafe%2520torrado", "busca", "duas vezes"),
        ("busca=cafe;limite=2", "busca", "&"),
        ("busca=cafe?limite=2", "busca", "&"),
        ("busca=cafe&amp;limite=2", "amp;limite", "desconhecido"),
        ("limite=%ZZ", "limite", "%25"),
        ("caf%E9=1", "caf\ufffd", "UTF-8"),
    ],
)
def test_what_is_almost_a_query_finds_no_empty_list(ana: Person, query: str, field: str, says: str) -> None:
    ana.add("Café torrado")

    problem = assert_refused(ana.get("/produtos", environ={"QUERY_STRING": query}), field)

    assert says in problem["mensagem"]


@pytest.mark.parametrize(
    "search",
    [
        "caf%C3%A9",
        "cafe%CC%81",
        "CAF%C3%89+torr",
        "%20caf%C3%A9%0A",
        "100%25",
        "\xc3\xa9+100",
        "P00001",
        "Caf%C3%A9%3B",
    ],
)
def test_what_is_a_query_in_any_spelling_finds_what_it_asks_for(ana: Person, search: str) -> None:
    ana.add("Café; torrado 100% arábica")

    assert [row["id"] for row in ana.get("/produtos", environ={"QUERY_STRING": f"busca={search}"}).json] == ["p1"]


@pytest.mark.parametrize("search", ["17%25200g", "ma%C3%A7%C3%A3%C2%A0fuji", "MA%C3%87%C3%83%C2%A0FUJI"])
def test_a_name_that_looks_as_if_encoded_twice_is_found(ana: Person, search: str) -> None:
    ana.add("Creme 17%200g, Maçã Fuji")

    assert [row["id"] for row in ana.get("/produtos", environ={"QUERY_STRING": f"busca={search}"}).json] == ["p1"]

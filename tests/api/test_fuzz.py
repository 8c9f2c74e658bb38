"""Any body on any route: 2xx or 4xx, never 500, and a 4xx changes nothing."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.api.cast import CENTRO, NORTE, PASSWORDS, Person, Server, make_database, open_server
from tests.api.test_access import WHO
from tests.cheap_setup import weak_passwords
from tests.databases import Databases, Place, examples

FIELDS = [
    *("username", "password", "codigo", "senha_atual", "senha_nova", "papel", "ativo", "estado", "lojas", "evento"),
    *("nome", "unidade", "codigo_barras", "estoque_minimo", "preco", "versao", "id", "cor"),
    *("name", "email", "age", "titulo", "inicio", "fim", "descricao", "cnpj", "rede_id", "ativa"),
    *("cpf", "ano_nascimento", "para", "texto"),
    *("first_name", "last_name", "patronymic", "birthday", "phone", "login"),
    *("valor", "itens", "desconto", "vendedor"),
    *("produto_id", "quantidade", "tipo", "motivo", "loja_id", "ocorrido_em", "documento", "fornecedor"),
]
RIGHT = st.sampled_from(
    [
        *(
            "p1",
            "p2",
            "m1",
            "m2",
            "r1",
            "11.222.333/0001-81",
            "529.982.247-25",
            1990,
            "u3",
            CENTRO,
            NORTE,
            "entrada",
            "saida",
            "ajuste",
            "UN",
            "KG",
            "19.90",
            "Fechar janelas",
        ),
        *("ativo", "inativo", "pendente", "vendedor", "gerente", "Ana", "Elisa", PASSWORDS["Ana"], "7891000315507"),
        [{"produto_id": "p1", "quantidade": 1, "preco": "0.10"}],
        *("2026-11-20T14:03:02Z", "2026-11-20T14:03:02", 1, 5, 0.5, -1, True, False, None, [CENTRO], []),
    ]
)
WRONG = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**30), 10**30)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=300),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=5,
)
BODIES = st.dictionaries(st.sampled_from(FIELDS) | st.text(max_size=10), RIGHT | WRONG, max_size=8) | WRONG
WHOLE: dict[str, dict[str, object]] = {
    "POST /registrar_usuario_app": {
        "username": "Elisa",
        "password": "1234",
        "codigo": "x",
        "cpf": "529.982.247-25",
        "nome": "Elisa Prado",
        "ano_nascimento": 1990,
        "papel": "vendedor",
    },
    "POST /login": {"username": "Ana", "password": PASSWORDS["Ana"]},
    "POST /conta/senha": {"senha_atual": PASSWORDS["Ana"], "senha_nova": "uma frase nova"},
    "PATCH /usuarios/<person_id>": {"papel": "estoquista", "ativo": True, "lojas": [CENTRO]},
    "POST /produtos": {"nome": "Cola", "unidade": "L", "codigo_barras": None, "estoque_minimo": 1, "preco": "1.00"},
    "PUT /produtos/<product_id>": {"nome": "Cola", "unidade": "L", "preco": "1.00", "ativo": True},
    "POST /inventario": {
        "produto_id": "p2",
        "quantidade": 1.5,
        "tipo": "saida",
        "motivo": "x",
        "loja_id": CENTRO,
        "ocorrido_em": "2026-11-20T14:03:02Z",
        "documento": "x",
        "fornecedor": "x",
    },
    "POST /inventario/<movement_id>/estorno": {"motivo": "engano"},
    "POST /unidades": {"sigla": "BD", "nome": "balde", "decimais": True},
    "POST /lojas": {"nome": "Loja Sul", "cnpj": "11.222.333/0001-81", "rede_id": "r1"},
    "PUT /lojas/<shop_id>": {"nome": "Loja Sul", "cnpj": "11222333000181", "rede_id": None, "ativa": False},
    "POST /redes": {"nome": "Rede Sul"},
    "PUT /redes/<chain_id>": {"nome": "Rede Sul"},
    "POST /log/visoes": {"nome": "falhas", "consulta": "result=failure"},
    "POST /useradd": {
        "first_name": "Rita",
        "last_name": "Luz",
        "patronymic": "Maria",
        "birthday": "31/12/1990",
        "email": "rita@loja",
        "phone": "+55 11 98765-4321",
        "login": "rita",
    },
    "POST /users/": {"id": 70, "name": "Maria", "email": "maria@loja", "age": 41},
    "PUT /users/<user_id>": {"name": "Maria", "email": "maria@loja", "age": 41},
    "POST /eventos": {"titulo": "Contagem", "inicio": "2026-11-23T09:00:00", "loja_id": CENTRO, "descricao": "x"},
    "PUT /eventos/<event_id>": {"titulo": "Contagem", "inicio": "2026-11-23T09:00:00", "fim": "2026-11-24T09:00:00"},
    "POST /log": {
        "service": "a",
        "user_id": "7",
        "action": "b",
        "result": "success",
        "timestamp": "2026-11-20T10:00:00",
    },
    "POST /historico/eventos": {"evento": "Fechar janelas"},
    "POST /vendas": {
        "loja_id": CENTRO,
        "itens": [{"produto_id": "p1", "quantidade": 2, "preco": "1.50"}],
        "valor": "2.00",
        "desconto": "1.00",
        "ocorrido_em": "2026-11-20T14:03:02Z",
    },
    "POST /vendas/<sale_id>/cancelamento": {"motivo": "engano"},
    "POST /mensagens": {"para": "u3", "texto": "Chegou a nota"},
}
"""Bodies that are right, to be spoilt in a place or two."""


def bodies(route: str) -> st.SearchStrategy[object]:
    whole = WHOLE.get(route, {})
    spoilt = st.dictionaries(st.sampled_from([*whole, "cor"]), RIGHT | WRONG, max_size=2)
    return BODIES | spoilt.map(lambda changes: {**whole, **changes})


RAW = st.binary(max_size=200) | st.text(max_size=200).map(str.encode)
IDS = st.sampled_from(
    ["p1", "p2", "m1", "m2", "u3", "u4", "p999", "x", "l1", "l2", "r1", "4", "70", "e1", "c1", "v1"]
) | st.text("pmu0123456789 %é", max_size=30)
HEADERS = st.fixed_dictionaries(
    {},
    optional={
        "Idempotency-Key": st.sampled_from(["k1", "k2", "", "chave longa"]) | st.text("!k~ 1", max_size=300),
        "If-Match": st.sampled_from(['"1"', '"2"', "*", 'W/"1"', "", '"', ",", "1, 2"]),
        "If-None-Match": st.sampled_from(['"1"', "*", "W/", '"', ",", ""]),
        "X-Forwarded-For": st.sampled_from(["1.2.3.4", "x", "", "::1", ","]),
        "Content-Type": st.sampled_from(["application/json"] * 5 + ["text/plain", 'application/json; charset="', ""]),
    },
)
QUERIES = st.dictionaries(
    st.sampled_from(
        [
            "limite",
            "depois",
            "ultimos",
            "busca",
            "loja",
            "tipo",
            "de",
            "ate",
            "dia",
            "estado",
            "inativos",
            "q",
            "por",
            "service",
            "rede",
            "caixa",
            "nao_lidas",
            *("por", "rede", "vendedor", "canceladas", "ultimas"),
        ]
    ),
    st.sampled_from(
        ["1", "0", "-1", "500", "p1", CENTRO, "entrada", "2026-11-20", "2026-11-20T10:00:00", "ativo", "u3"]
    )
    | st.text(max_size=20),
    max_size=3,
)


@pytest.fixture(scope="module")
def at_work(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Place:
    folder = tmp_path_factory.mktemp("at_work")
    with weak_passwords():
        place = make_database(databases.make(folder), with_cast=True)
        with open_server(place, folder) as opened:
            carla = opened.person("Carla")
            carla.post("/redes", {"nome": "Rede Norte"})
            carla.post("/mensagens", {"para": "Ana", "texto": "Oi"})
            for name, unit in (("Parafuso", "UN"), ("Farinha", "KG")):
                carla.receive(carla.add(name, unidade=unit).json["id"], 100, loja_id=CENTRO)
            carla.sell(("p1", 1, "1.00"), loja_id=CENTRO)
    return place


@pytest.fixture
def server(databases: Databases, at_work: Place, tmp_path: Path) -> Iterator[Server]:
    """One for each route: among what is asked at random is that somebody be erased."""
    place = databases.copy(at_work, tmp_path)
    with open_server(place, tmp_path) as opened:
        yield opened
    databases.drop(place)


@pytest.mark.slow
@pytest.mark.parametrize("route", WHO)
def test_any_request_is_answered_with_2xx_or_4xx_and_a_4xx_changes_nothing(server: Server, route: str) -> None:
    method, pattern = route.split()
    has_secrets = pattern.endswith("senha") or pattern in {"/login", "/registrar_usuario_app"}  # 70 ms each
    tried = examples(12 if has_secrets else 20 if method == "GET" else 60)
    people = server.person("Ana"), server.person("Carla")
    known = [server.business()]

    @settings(max_examples=tried, deadline=None, suppress_health_check=list(HealthCheck))
    @given(
        body=bodies(route),
        raw=st.none() | st.none() | RAW,
        ids=IDS,
        headers=HEADERS,
        query=QUERIES,
        who=st.sampled_from(people),
    )
    def ask(
        body: object, raw: bytes | None, ids: str, headers: dict[str, str], query: dict[str, str], who: Person
    ) -> None:
        sent = {"json": body} if raw is None else {"data": raw}
        if raw is None:
            headers = {name: value for name, value in headers.items() if name != "Content-Type"}
        path = "/".join(ids if part.startswith("<") else part for part in pattern.split("/"))
        token = who.open_session() if pattern == "/logout" else who.token

        response = who.ask(method, path, headers=headers, query_string=query, token=token, **sent)

        before, known[0] = known[0], server.business()
        assert response.status_code < 500, response.text
        assert 200 <= response.status_code < 300 or response.status_code == 304 or response.status_code >= 400
        if response.status_code >= 400:
            assert response.content_type == "application/problem+json"
            assert known[0] == before

    ask()

"""Any body on any route: 2xx or 4xx, never 500, and a 4xx changes nothing."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.api.cast import CENTRO, NORTE, PASSWORDS, Person, Server, open_server
from tests.api.test_access import WHO

FIELDS = [
    *("username", "password", "codigo", "senha_atual", "senha_nova", "papel", "ativo", "estado", "lojas", "evento"),
    *("nome", "unidade", "codigo_barras", "estoque_minimo", "preco", "versao", "id", "cor"),
    *("produto_id", "quantidade", "tipo", "motivo", "loja_id", "ocorrido_em", "documento", "fornecedor"),
]
RIGHT = st.sampled_from(
    [
        *(
            "p1",
            "p2",
            "m1",
            "m2",
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
RAW = st.binary(max_size=200) | st.text(max_size=200).map(str.encode)
IDS = st.sampled_from(["p1", "p2", "m1", "m2", "u3", "u4", "p999", "x", "l1"]) | st.text(
    "pmu0123456789 %é", max_size=30
)
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
    st.sampled_from(["limite", "depois", "ultimos", "busca", "loja", "tipo", "de", "ate", "dia", "estado", "inativos"]),
    st.sampled_from(["1", "0", "-1", "500", "p1", CENTRO, "entrada", "2026-11-20", "2026-11-20T10:00:00", "ativo"])
    | st.text(max_size=20),
    max_size=3,
)


@pytest.fixture(scope="module")
def server(furnished: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    path = Path(shutil.copy(furnished, tmp_path_factory.mktemp("fuzz") / "almoxarife.db"))
    with open_server(path) as opened:
        carla = opened.person("Carla")
        for name, unit in (("Parafuso", "UN"), ("Farinha", "KG")):
            carla.receive(carla.add(name, unidade=unit).json["id"], 100, loja_id=CENTRO)
        yield opened


@pytest.mark.parametrize("route", WHO)
def test_any_request_is_answered_with_2xx_or_4xx_and_a_4xx_changes_nothing(server: Server, route: str) -> None:
    method, pattern = route.split()
    has_secrets = pattern.endswith("senha") or pattern in {"/login", "/registrar_usuario_app"}  # 70 ms each

    @settings(max_examples=15 if has_secrets else 60, deadline=None, suppress_health_check=list(HealthCheck))
    @given(body=BODIES, raw=st.none() | RAW, ids=IDS, headers=HEADERS, query=QUERIES, is_ana=st.booleans())
    def ask(
        body: object, raw: bytes | None, ids: str, headers: dict[str, str], query: dict[str, str], is_ana: bool
    ) -> None:
        carla = Person(server, "Carla", 1)
        who = Person(server, "Ana", 3) if is_ana else carla
        sent = {"json": body} if raw is None else {"data": raw}
        if raw is None:
            headers = {name: value for name, value in headers.items() if name != "Content-Type"}
        path = "/".join(ids if part.startswith("<") else part for part in pattern.split("/"))
        before = server.business()

        response = who.ask(method, path, headers=headers, query_string=query, token=who.open_session(), **sent)

        assert response.status_code < 500, response.text
        assert 200 <= response.status_code < 300 or response.status_code == 304 or response.status_code >= 400
        if response.status_code >= 400:
            assert response.content_type == "application/problem+json"
            assert server.business() == before

    ask()

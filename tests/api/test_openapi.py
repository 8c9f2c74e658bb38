"""The OpenAPI document: valid, complete, and true of what the server answers."""

import json
import re
from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest
import schemathesis
import schemathesis.checks
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import Case
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    ignored_auth,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from tests.api.cast import Person, Server, open_server
from tests.api.test_access import WHO
from tests.databases import Databases, Place

CHECKS = [
    schemathesis.checks.not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    ignored_auth,
    unsupported_method,
]
"""Not those of wrong data and of what was removed: ``test_bad_input`` and ``test_fuzz`` send wrong data, a model knows
no check digits, and what is removed here is often only marked so.
"""

KNOWN = {
    "username": "Ana",
    "person_id": "u3",
    "answer_id": "1",
    "list_id": "nenhuma",
    "log_id": "1",
    "view_id": "1",
    "product_id": "p1",
    "movement_id": "m1",
    "import_id": "i1",
    "code": "UN",
    "user_id": "4",
    "event_id": "e1",
    "shop_id": "l1",
    "chain_id": "r1",
    "message_id": "c1",
    "sale_id": "v1",
    "name": "page.js",
}


@pytest.fixture(scope="module")
def asked(databases: Databases, furnished: Place, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("openapi")
    with open_server(databases.copy(furnished, folder), folder) as server:
        carla = server.person("Carla")
        carla.receive(carla.add("Parafuso 10mm").json["id"], 50, loja_id="l2")
        carla.post("/eventos", {"titulo": "Contagem", "inicio": "2026-11-23T09:00:00", "loja_id": "l2"})
        carla.post("/redes", {"nome": "Rede Norte"})
        carla.sell(("p1", 1, "1.00"), loja_id="l2")
        carla.post("/mensagens", {"para": "Ana", "texto": "Oi"})
        yield server


@pytest.fixture(scope="module")
def document(asked: Server) -> dict[str, Any]:
    served: dict[str, Any] = asked.ask("GET", "/openapi.json").json
    return served


@pytest.fixture(scope="module")
def api(asked: Server) -> schemathesis.BaseSchema:
    def closing(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        """As a server does and schemathesis does not: a list that is never closed keeps its place for ever."""
        body = asked.app(environ, start_response)
        try:
            return [b"".join(body)]
        finally:
            getattr(body, "close", lambda: None)()

    return schemathesis.openapi.from_wsgi("/openapi.json", closing)


def test_the_document_is_valid_openapi_3_1(api: schemathesis.BaseSchema, document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1.")
    api.validate()


def test_a_program_may_send_one_entry_or_a_list_of_them(document: dict[str, Any]) -> None:
    written = document["paths"]["/log"]["post"]
    one, many = written["requestBody"]["content"]["application/json"]["schema"]["anyOf"]
    outcome, outcomes = written["responses"]["200"]["content"]["application/json"]["schema"]["anyOf"]

    assert (one["$ref"], many) == ("#/components/schemas/LogIn", {"type": "array", "items": one})
    assert (outcome["$ref"], outcomes) == ("#/components/schemas/Logged", {"type": "array", "items": outcome})
    assert {"LogIn", "Logged"} <= document["components"]["schemas"].keys()


def test_the_document_names_every_route_and_no_other(document: dict[str, Any]) -> None:
    described = {f"{method.upper()} {path}" for path, methods in document["paths"].items() for method in methods}
    routes = {re.sub(r"<(\w+)>", r"{\1}", route) for route in WHO}

    assert described == routes


def test_every_operation_has_a_name_a_sentence_and_says_who_may(document: dict[str, Any]) -> None:
    operations = [
        (f"{method.upper()} {path}", operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]
    assert len({operation["operationId"] for _, operation in operations}) == len(operations)
    for route, operation in operations:
        assert operation["summary"].endswith(".")
        role = WHO.get(re.sub(r"\{(\w+)\}", r"<\1>", route))
        assert ("security" in operation) == (role is not None)
        if role is not None:
            assert role.value in operation["description"]
            assert {"401", "403"} <= set(operation["responses"])


def test_every_schema_is_valid_and_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    for body in schemas.values():
        jsonschema_rs.meta.validate({"$schema": "https://json-schema.org/draft/2020-12/schema", **body})

    references = set(re.findall(r'"\$ref": ?"([^"]+)"', json.dumps(document)))
    assert references
    assert references <= {f"#/components/schemas/{name}" for name in schemas}


def test_the_page_works_offline(asked: Server) -> None:
    page = asked.ask("GET", "/docs")

    assert page.content_type == "text/html; charset=utf-8"
    assert "default-src 'self'" in page.headers["Content-Security-Policy"]
    assert not re.findall(r'(?:src|href)="(?:https?:)?//', page.text)
    linked = re.findall(r'(?:src|href)="(/[^"]+)"', page.text)
    assert len(linked) >= 4
    for path in linked:
        assert asked.ask("GET", path).status_code == 200
    script = asked.ask("GET", "/docs/page.js")
    again = asked.ask("GET", "/docs/page.js", headers={"If-None-Match": script.headers["ETag"]})
    assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", script.headers["ETag"])


@pytest.mark.slow
@pytest.mark.once  # what is answered from a server's tables is compared, member by member, by the tests of each route
@pytest.mark.parametrize("route", WHO)
def test_what_is_answered_is_what_is_described(api: schemathesis.BaseSchema, asked: Server, route: str) -> None:
    method, path = route.split()
    operation = api[re.sub(r"<(\w+)>", r"{\1}", path)][method]

    @settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
    @given(case=operation.as_strategy(), is_known=st.booleans())
    def ask(case: Case, is_known: bool) -> None:
        if is_known:  # else nearly every id would be one that does not exist
            case.path_parameters = {name: KNOWN[name] for name in case.path_parameters or {}}
        carla = asked.person("Carla")  # what changes something may end a session
        case.call_and_validate(checks=CHECKS, headers={"Authorization": f"Bearer {carla.token}"})

    ask()


@pytest.mark.once
def test_the_fuzzing_left_the_ledger_in_order(asked: Server) -> None:
    assert asked.wrong_balances() == []
    assert Person(asked, "Carla", 1).get("/usuarios").status_code == 200


def test_what_may_have_waited_says_so_in_a_header(document: dict[str, Any]) -> None:
    told = {
        (path, method)
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
        if {"X-Almoxarife-Waited", "X-Almoxarife-Not-Before"}
        <= {parameter["name"] for parameter in operation.get("parameters", ())}
    }

    assert told == {("/inventario", "post"), ("/vendas", "post")}

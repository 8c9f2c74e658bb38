"""Generates the OpenAPI 3.1 document from the routes and the wire models.

``@describe`` adds to each route what its signature does not say; the rest
(paths, methods, roles, schemas) is read from the application, so the document is always complete and
current.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from http import HTTPStatus
from types import UnionType
from typing import Any, TypeVar

from flask import Flask
from pydantic import BaseModel, TypeAdapter
from pydantic.json_schema import models_json_schema

from almoxarife import __version__
from almoxarife.server.http.access import is_for_programs, required_role
from almoxarife.wire.problem import Problem
from almoxarife.wire.times import MAX_WAITED, NOT_BEFORE, WAITED

View = TypeVar("View", bound=Callable[..., Any])

_PREFIX = "#/components/schemas/"
_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


@dataclass(frozen=True, kw_only=True)
class Operation:
    summary: str
    responses: dict[int, Any]
    """Status -> wire model, ``list[model]``, or None for an empty body."""
    body: Any = None
    """A wire model, ``list[model]``, or either."""
    query: type[BaseModel] | None = None
    problems: tuple[int, ...] = ()
    """Error statuses besides those that every route may answer with."""
    headers: dict[str, str] = field(default_factory=dict)
    """Request headers of this route, with descriptions."""


def describe(
    summary: str,
    *,
    responses: dict[int, Any],
    body: Any = None,
    query: type[BaseModel] | None = None,
    problems: tuple[int, ...] = (),
    once: bool = False,
    is_cached: bool = False,
    if_match: bool = False,
    may_wait: bool = False,
) -> Callable[[View], View]:
    """Describe a view; ``once`` adds Idempotency-Key, ``is_cached`` ETag and 304, ``if_match`` 412 and 428.

    ``may_wait``: what is sent may have waited for the server, and says for how long.
    """
    headers = {}
    if once:
        headers["Idempotency-Key"] = "Uma chave por registro: o mesmo pedido de novo recebe a mesma resposta."
        problems += (422,)
    if is_cached:
        headers["If-None-Match"] = "A ETag que o cliente já tem: 304 quando nada mudou."
        responses = responses | {304: None}
    if if_match:
        headers["If-Match"] = "A versão do cadastro que está sendo alterada."
        problems += (412, 428)
    if may_wait:
        headers[WAITED] = (
            "Por quantos segundos isto esperou o servidor: aconteceu antes de chegar. Mais de "
            f"{MAX_WAITED.days} dias não é espera, é um relógio que foi acertado: vale a hora do servidor."
        )
        headers[NOT_BEFORE] = (
            "Só com a espera: `ocorrido_em` da resposta ao registro anterior da mesma pessoa. Este não aconteceu antes."
        )

    def decorate(view: View) -> View:
        operation = Operation(
            summary=summary, responses=responses, body=body, query=query, problems=problems, headers=headers
        )
        view.operation = operation  # type: ignore[attr-defined]
        return view

    return decorate


def operation_of(view: Callable[..., Any]) -> Operation:
    """Raises AttributeError for a view that is not described."""
    operation: Operation = view.operation  # type: ignore[attr-defined]
    return operation


class Document:
    """The document of an application, built at the first request for it."""

    def __init__(self, app: Flask) -> None:
        self._app = app

    @cached_property
    def body(self) -> dict[str, Any]:
        return build_document(self._app)


def build_document(app: Flask) -> dict[str, Any]:
    """The document of every described route. Raises AttributeError for a route without a description."""
    paths: dict[str, dict[str, Any]] = {}
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule):
        view = app.view_functions[rule.endpoint]
        path = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule)
        for method in _METHODS:
            if method in (rule.methods or ()):
                paths.setdefault(path, {})[method.lower()] = _operation(rule.endpoint, sorted(rule.arguments), view)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Almoxarife",
            "version": __version__,
            "description": "Produtos, estoque e pessoas de uma pequena rede de lojas.",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "paths": paths,
        "components": {
            "schemas": _schemas(app),
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _operation(endpoint: str, arguments: list[str], view: Callable[..., Any]) -> dict[str, Any]:
    operation = operation_of(view)
    role = required_role(view)
    common: tuple[int, ...] = (400,) if role is None else (400, 401, 403)
    if operation.body is not None:
        common += (413, 415)
    described: dict[str, Any] = {
        "operationId": endpoint.replace(".", "_"),
        "summary": operation.summary,
        "tags": [endpoint.partition(".")[0]],
        "responses": {str(status): _response(status, body) for status, body in operation.responses.items()},
    }
    for status in sorted({*common, *operation.problems, 503}):
        described["responses"].setdefault(str(status), _problem(status))
    parameters = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in arguments
    ] + [
        {"name": name, "in": "header", "required": False, "description": text, "schema": {"type": "string"}}
        for name, text in operation.headers.items()
    ]
    if operation.query is not None:
        parameters += _query_parameters(operation.query)
    if parameters:
        described["parameters"] = parameters
    if operation.body is not None:
        described["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": _reference(operation.body)}},
        }
    if role is not None:
        described["security"] = [{"token": []}]
        also = ", uma chave de serviço, ou este computador sem nenhum dos dois" if is_for_programs(view) else ""
        described["description"] = f"Quem pode: {role.value} ou acima{also}."
    return described


def _reference(model: Any) -> dict[str, Any]:
    arguments = getattr(model, "__args__", ())
    if isinstance(model, UnionType):
        return {"anyOf": [_reference(argument) for argument in arguments]}
    if arguments:
        return {"type": "array", "items": _reference(arguments[0])}
    if isinstance(model, type) and issubclass(model, BaseModel):
        return {"$ref": f"{_PREFIX}{model.__name__}"}
    return {"type": "object"}


def _response(status: int, body: Any) -> dict[str, Any]:
    described: dict[str, Any] = {"description": HTTPStatus(status).phrase}
    if isinstance(body, str):
        described["content"] = {body: {"schema": {"type": "string"}}}
    elif body is not None:
        described["content"] = {"application/json": {"schema": _reference(body)}}
    return described


def _problem(status: int) -> dict[str, Any]:
    return {
        "description": HTTPStatus(status).phrase,
        "content": {"application/problem+json": {"schema": _reference(Problem)}},
    }


def _query_parameters(query: type[BaseModel]) -> list[dict[str, Any]]:
    schema = TypeAdapter(query).json_schema(by_alias=True, ref_template=_PREFIX + "{model}")
    inlined = schema.get("$defs", {})
    parameters = []
    for name, described in schema["properties"].items():
        plain = _without_null(described, inlined)
        parameters.append({"name": name, "in": "query", "required": False, "schema": plain})
    return parameters


def _without_null(described: dict[str, Any], definitions: dict[str, Any]) -> dict[str, Any]:
    """A query parameter is absent, never null."""
    options = [option for option in described.get("anyOf", [described]) if option.get("type") != "null"]
    chosen = dict(options[0])
    if "$ref" in chosen:
        chosen = dict(definitions[chosen["$ref"].removeprefix(_PREFIX)])
    for key in ("title", "default"):
        chosen.pop(key, None)
    return chosen


def _models_in(body: Any) -> Iterator[type[BaseModel]]:
    for argument in getattr(body, "__args__", ()):
        yield from _models_in(argument)
    if isinstance(body, type) and issubclass(body, BaseModel):
        yield body


def _schemas(app: Flask) -> dict[str, Any]:
    models: dict[tuple[type[BaseModel], Any], None] = {(Problem, "serialization"): None}
    for view in app.view_functions.values():
        operation = operation_of(view)
        for mode, bodies in (("serialization", operation.responses.values()), ("validation", (operation.body,))):
            for body in bodies:
                models |= {(model, mode): None for model in _models_in(body)}
    _, document = models_json_schema(list(models), by_alias=True, ref_template=_PREFIX + "{model}")
    schemas: dict[str, Any] = document.get("$defs", {})
    return schemas

"""The document promises what the server takes: each field of a request, by the same values."""

from collections.abc import Iterator
from importlib import import_module
from pkgutil import walk_packages
from typing import Annotated, Any

import jsonschema_rs
import pytest
from pydantic import BaseModel, TypeAdapter, ValidationError

import almoxarife.wire
from almoxarife.wire.model import Request

TEXTS = (
    *(
        "",
        " ",
        "a",
        "Prego",
        " Prego ",
        "a\x00",
        "a\x07b",
        "\x7f",
        "a\nb",
        "\u200b",
        "a/b",
        "é ½ ″",
        "日本",
        "@",
        "a@b.br",
    ),
    *("0", "1", "50", "007", "52998224725", "1234567890123456789", "1.5", "1,5", "19.90", "19.999", "-1", "1e3"),
    *("x" * 51, "x" * 61, "x" * 201, "x" * 255, "x" * 2001, "UN", "KG", "entrada", "vendedor", "sim", "p1", "l1"),
    *("2026-11-20", "2026-11-20T14:03:02Z", "20/11/2026", "1.2.1990", "529.982.247-25", "11.222.333/0001-81"),
    *("7891000315507", "+55 (11) 99999-9999", "1234567", "9" * 16),
)
OTHERS = (
    None,
    True,
    False,
    0,
    1,
    -1,
    7,
    1899,
    1990,
    3000,
    10**9,
    10**12,
    10**30,
    0.5,
    -0.5,
    1e20,
    [],
    [1],
    {},
    {"a": 1},
)
ABOVE_A_PATTERN = {
    "unit": "the shop's own table",
    "code": "check digits, and the shop's own table",
    "barcode": "check digits",
    "query": "parsed as a query",
}
"""What no schema can say; everything else the document says as the server does."""


def requests() -> Iterator[type[BaseModel]]:
    for module in walk_packages(almoxarife.wire.__path__, "almoxarife.wire."):
        import_module(module.name)
    waiting = [Request]
    while waiting:
        for model in waiting.pop().__subclasses__():
            waiting.append(model)
            yield model


def is_taken(adapter: TypeAdapter[Any], value: object) -> bool:
    try:
        adapter.validate_python(value)
    except (ValidationError, TypeError):  # a query holds texts alone
        return False
    return True


FIELDS = [
    (model, name) for model in dict.fromkeys(requests()) for name in model.model_fields if name not in ABOVE_A_PATTERN
]


@pytest.mark.parametrize(("model", "name"), FIELDS, ids=lambda part: getattr(part, "__name__", part))
def test_what_the_document_allows_is_taken(model: type[BaseModel], name: str) -> None:
    field = model.model_fields[name]
    adapter = TypeAdapter(Annotated[(field.annotation, *field.metadata)] if field.metadata else field.annotation)
    document = model.model_json_schema(by_alias=False)
    promised = {**document["properties"][name], "$defs": document.get("$defs", {})}
    validator = jsonschema_rs.validator_for(promised, validate_formats=True)

    refused = [value for value in (*TEXTS, *OTHERS) if validator.is_valid(value) and not is_taken(adapter, value)]

    assert refused == []


@pytest.mark.parametrize("texts", [("Prego", " Prego ", "é ½ ″", "日本", "a", "Pão de queijo 1/2")])
def test_what_people_write_is_in_the_document(texts: tuple[str, ...]) -> None:
    from almoxarife.wire.catalog import ProductIn

    validator = jsonschema_rs.validator_for(ProductIn.model_json_schema(by_alias=False)["properties"]["name"])
    assert [validator.is_valid(text) for text in texts] == [True] * len(texts)

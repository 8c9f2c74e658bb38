"""The body of an error response, and the Portuguese sentence for each validation error.

The forms of the desktop programs validate with the same models as the server, so they show the same sentences.
"""

from typing import Any, get_args

from pydantic import BaseModel, Field, ValidationError
from pydantic_core.core_schema import ErrorType

from almoxarife.wire.model import Response


class FieldError(Response):
    """One error of one field; ``campo`` is its name on the wire, with dots inside lists (``itens.0.preco``)."""

    field: str = Field(alias="campo")
    message: str = Field(alias="mensagem")


class Problem(Response):
    """``application/problem+json`` (RFC 9457) with our extensions."""

    type: str
    title: str
    status: int
    detail: str
    message: str = Field(alias="mensagem")
    code: str = Field(alias="codigo")
    request_id: str | None = Field(default=None, alias="requisicao")
    errors: list[FieldError] | None = Field(default=None, alias="erros")
    existing: str | None = Field(default=None, alias="existente")


_PYDANTIC_KINDS = frozenset(get_args(ErrorType))
_SENTENCES = {
    "missing": "Falta este campo.",
    "extra_forbidden": "Campo desconhecido.",
    "model_type": "Deve ser um objeto.",
    "model_attributes_type": "Deve ser um objeto.",
    "dict_type": "Deve ser um objeto.",
    "bool_type": "Deve ser verdadeiro ou falso.",
    "bool_parsing": "Deve ser verdadeiro ou falso.",
    "string_type": "Deve ser um texto.",
    "list_type": "Deve ser uma lista.",
    "int_type": "Deve ser um número inteiro.",
    "int_parsing": "Deve ser um número inteiro.",
    "int_from_float": "Deve ser um número inteiro.",
    "date_from_datetime_parsing": "Informe a data assim: 2026-11-20.",
    "date_parsing": "Informe a data assim: 2026-11-20.",
    "date_type": "Informe a data assim: 2026-11-20.",
    "string_pattern_mismatch": "Formato inválido.",
}


def _sentence(error: Any) -> str:
    kind, context = error["type"], error.get("ctx", {})
    if kind in {"enum", "literal_error"}:
        expected = str(context["expected"]).replace("'", "").replace(" or ", " ou ")
        return f"Use um destes valores: {expected}."
    if kind in {"greater_than_equal", "less_than_equal", "greater_than", "less_than"}:
        limit = next(iter(context.values()))
        return {
            "greater_than_equal": f"Deve ser no mínimo {limit}.",
            "less_than_equal": f"Deve ser no máximo {limit}.",
            "greater_than": f"Deve ser maior que {limit}.",
            "less_than": f"Deve ser menor que {limit}.",
        }[kind]
    if kind in {"too_long", "string_too_long"}:
        return f"Use no máximo {context['max_length']}."
    if kind in {"too_short", "string_too_short"}:
        return f"Use no mínimo {context['min_length']}."
    if kind in _SENTENCES:
        return _SENTENCES[kind]
    # Errors of our own (``fields.refuse``) are in Portuguese already; pydantic's English is not shown.
    return "Valor inválido." if kind in _PYDANTIC_KINDS else str(error["msg"])


def explain(error: ValidationError, model: type[BaseModel]) -> list[FieldError]:
    """All validation errors of ``model`` as ``FieldError``: wire name and Portuguese sentence, in the model's order."""
    aliases = {name: info.alias or name for name, info in model.model_fields.items()}

    def name(item: Any) -> str:
        # An unknown field keeps the name that was sent, even if that is the name of an attribute here.
        known = {} if item["type"] == "extra_forbidden" else aliases
        return ".".join(str(known.get(str(part), part)) for part in item["loc"]) or "corpo"

    return [
        FieldError(campo=name(item), mensagem=_sentence(item))
        for item in error.errors(include_url=False, include_input=False)
    ]

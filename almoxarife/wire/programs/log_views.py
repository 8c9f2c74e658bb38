"""Saved views of the log: a name, and the query of the page's URL."""

from typing import Annotated, Any

from pydantic import BeforeValidator, Field, WithJsonSchema

from almoxarife.wire.fields import ONE_LINE, normalize_text, refuse
from almoxarife.wire.model import Request, Response

MAX_NAME_LENGTH = 60
"""Characters."""
MAX_QUERY_LENGTH = 2000


def _name(value: Any) -> str:
    if not isinstance(value, str):
        raise refuse("texto_tipo", "Deve ser um texto.")
    text = normalize_text(value)
    if not text:
        raise refuse("texto_vazio", "Dê um nome à visão.")
    if max(len(text), len(text.casefold()) // 3) > MAX_NAME_LENGTH:
        raise refuse("texto_longo", f"Use no máximo {MAX_NAME_LENGTH} caracteres.")
    return text


def _query(value: Any) -> str:
    """The query of a URL without its question mark: printable ASCII."""
    if not isinstance(value, str) or not value.isascii() or not value.isprintable() or len(value) > MAX_QUERY_LENGTH:
        raise refuse("consulta", "Deve ser o que vem depois do “?” no endereço da página.")
    return value.lstrip("?")


class LogViewIn(Request):
    name: Annotated[
        str,
        BeforeValidator(_name),
        WithJsonSchema({"type": "string", "minLength": 1, "maxLength": MAX_NAME_LENGTH, "pattern": ONE_LINE}),
    ] = Field(alias="nome")
    query: Annotated[
        str, BeforeValidator(_query), WithJsonSchema({"type": "string", "maxLength": MAX_QUERY_LENGTH})
    ] = Field(alias="consulta")


class LogView(Response):
    id: str
    name: str = Field(alias="nome")
    query: str = Field(alias="consulta")

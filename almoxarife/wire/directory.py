"""People as other programs keep them: ``/users/``, with integer ids."""

from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from almoxarife.wire.fields import Cursor, Limit, refuse, tidy
from almoxarife.wire.model import Answer, Request

MAX_ID = 999_999_999


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise refuse("texto_tipo", "Deve ser um texto.")
    return tidy(value)


def _name(text: str) -> str:
    if not 1 <= len(text) <= 200:
        raise refuse("nome_tamanho", "O nome tem de 1 a 200 caracteres.")
    return text


def _email(text: str) -> str:
    local, at, domain = text.rpartition("@")
    if not (at and local and domain) or " " in text or len(text) > 254:
        raise refuse("email", "Informe um e-mail, por exemplo ana@loja.com.br.")
    return text


FullName = Annotated[
    str,
    BeforeValidator(_text),
    AfterValidator(_name),
    WithJsonSchema({"type": "string", "minLength": 1, "maxLength": 200}),
]
Email = Annotated[
    str,
    BeforeValidator(_text),
    AfterValidator(_email),
    WithJsonSchema({"type": "string", "format": "email", "maxLength": 254}),
]


class UserIn(Request):
    id: int | None = Field(default=None, ge=1, le=MAX_ID, strict=True)
    name: FullName
    email: Email
    age: int | None = Field(default=None, ge=0, le=150, strict=True)


class DirectoryUser(Answer):
    id: int
    name: str
    email: str | None = None
    age: int | None = None


class DirectoryQuery(Request):
    limit: Limit | None = Field(default=None, alias="limite")
    after: Cursor | None = Field(default=None, alias="depois")

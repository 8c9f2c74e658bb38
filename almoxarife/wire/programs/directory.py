"""Another program's people (``/users/``), with integer ids. Validation is as lenient as that program's."""

import re
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, WithJsonSchema

from almoxarife.wire.fields import ONE_LINE, Limit, normalize_text, refuse
from almoxarife.wire.model import Request, Response

MAX_NUMBER = 2**31 - 1
MIN_NUMBER = -MAX_NUMBER
"""Other programs number people from 0, too, or below: their documentation shows an ``id`` of 0."""

_INTEGER = re.compile(r"-?[0-9]{1,18}")


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise refuse("texto_tipo", "Deve ser um texto.")
    return normalize_text(value)


def _bounded(max_length: int, sentence: str) -> AfterValidator:
    def check(text: str) -> str:
        if not 1 <= len(text) <= max_length:
            raise refuse("texto_tamanho", sentence)
        return text

    return AfterValidator(check)


def _string(max_length: int) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "minLength": 1, "maxLength": max_length, "pattern": ONE_LINE})


def read_integer(text: str) -> int | None:
    return int(text) if _INTEGER.fullmatch(text) else None


def _integer(value: Any) -> int:
    """An integer, or its digits as a text, because older programs send either; 7.0 is an integer in JSON, too."""
    if isinstance(value, str):
        value = read_integer(value.strip())
    elif isinstance(value, float) and value.is_integer():
        value = int(value)
    if type(value) is not int:
        raise refuse("numero_inteiro", "Deve ser um número inteiro.")
    if not MIN_NUMBER <= value <= MAX_NUMBER:
        raise refuse("numero_limite", f"Deve ser um número de {MIN_NUMBER} a {MAX_NUMBER}.")
    return value


Number = Annotated[
    int,
    BeforeValidator(_integer),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "integer", "minimum": MIN_NUMBER, "maximum": MAX_NUMBER},
                {"type": "string", "pattern": f"^-?0*[0-9]{{1,{len(str(MAX_NUMBER))}}}$", "maxLength": 18},
            ]
        }
    ),
]
Age = Number
"""Other programs bound it no more than an id."""
FullName = Annotated[str, BeforeValidator(_text), _bounded(200, "O nome tem de 1 a 200 caracteres."), _string(200)]
Email = Annotated[str, BeforeValidator(_text), _bounded(254, "O e-mail tem de 1 a 254 caracteres."), _string(254)]


class DirectoryPersonIn(Request):
    """A person of another program. Other fields that it sends are ignored and not stored."""

    model_config = ConfigDict(extra="ignore")

    id: Number | None = None
    name: FullName
    email: Email
    age: Age | None = None


class DirectoryPerson(Response):
    id: int
    name: str
    email: str | None = None
    age: int | None = None


class DirectoryQuery(Request):
    limit: Limit | None = Field(default=None, alias="limite")
    after: Number | None = Field(default=None, alias="depois")

"""Messages between people (*recados*) on the wire."""

from enum import StrEnum
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, WithJsonSchema

from almoxarife.wire.fields import SEVERAL_LINES, Flag, Id, Limit, normalize_text, refuse
from almoxarife.wire.model import Request, Response
from almoxarife.wire.times import Time

MAX_CHARACTERS = 2000
"""Characters of a text, including line breaks."""


class Box(StrEnum):
    IN = "entrada"
    OUT = "saida"


def _text(value: Any) -> str:
    """Each line normalized, line breaks kept."""
    if not isinstance(value, str):
        raise refuse("texto_tipo", "Deve ser um texto.")
    lines = value.strip().splitlines()
    # Each line break is a character, so a text of more lines than that is too long in any case.
    text = "\n".join(map(normalize_text, lines)).strip() if len(lines) <= MAX_CHARACTERS else value
    if not text:
        raise refuse("recado_vazio", "Escreva o recado.")
    if len(text) > MAX_CHARACTERS:
        raise refuse("recado_longo", "Um recado tem no máximo 2.000 caracteres.")
    return text


Text = Annotated[
    str,
    BeforeValidator(_text),
    WithJsonSchema({"type": "string", "minLength": 1, "maxLength": MAX_CHARACTERS, "pattern": SEVERAL_LINES}),
]


class MessageIn(Request):
    to: Id = Field(alias="para", description="O nome de usuário ou o id de quem recebe.")
    text: Text = Field(alias="texto")


class Message(Response):
    id: str
    sender: str = Field(alias="de")
    sender_id: str = Field(alias="de_id")
    sender_name: str | None = Field(default=None, alias="de_nome")
    recipient: str = Field(alias="para")
    recipient_id: str = Field(alias="para_id")
    recipient_name: str | None = Field(default=None, alias="para_nome")
    text: str = Field(alias="texto", description="Vazio depois que os dados de uma das pessoas foram apagados.")
    sent_at: Time = Field(alias="enviada_em")
    read_at: Time | None = Field(default=None, alias="lida_em")


class MessagesQuery(Request):
    box: Box = Field(default=Box.IN, alias="caixa")
    unread: Flag = Field(default=False, alias="nao_lidas")
    limit: Limit | None = Field(default=None, alias="limite")
    after: Id | None = Field(default=None, alias="depois")


class UnreadMessages(Response):
    unread: int = Field(alias="nao_lidas")
    newest: str | None = Field(default=None, alias="ultima", description="O id do último recado recebido.")

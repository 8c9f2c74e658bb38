"""Events in a shop's calendar on the wire."""

from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from almoxarife.wire.fields import ONE_LINE, PERHAPS_LINES, Id, Limit, normalize_text, refuse
from almoxarife.wire.model import Request, Response
from almoxarife.wire.times import DayOrTime, Time


def _lines(value: Any) -> str | None:
    """Each line normalized, line breaks kept; None for an empty text."""
    if not isinstance(value, str):
        raise refuse("texto_tipo", "Deve ser um texto.")
    return "\n".join(normalize_text(line) for line in value.splitlines()).strip() or None


def _short(text: str | None) -> str | None:
    if text is not None and len(text) > 2000:
        raise refuse("texto_longo", "Use no máximo 2000 caracteres.")
    return text


def _title(value: Any) -> str:
    if not isinstance(value, str):
        raise refuse("texto_tipo", "Deve ser um texto.")
    title = normalize_text(value)
    if not 1 <= len(title) <= 200:
        raise refuse("titulo_tamanho", "O título tem de 1 a 200 caracteres.")
    return title


Title = Annotated[
    str,
    BeforeValidator(_title),
    WithJsonSchema({"type": "string", "minLength": 1, "maxLength": 200, "pattern": ONE_LINE}),
]
Description = Annotated[
    str | None,
    BeforeValidator(_lines),
    AfterValidator(_short),
    WithJsonSchema({"type": "string", "maxLength": 2000, "pattern": PERHAPS_LINES}),
]


class EventIn(Request):
    title: Title = Field(alias="titulo")
    starts_at: Time = Field(alias="inicio")
    ends_at: Time | None = Field(default=None, alias="fim")
    shop_id: Id | None = Field(default=None, alias="loja_id")
    description: Description | None = Field(default=None, alias="descricao")


class ShopEvent(Response):
    id: str
    title: str = Field(alias="titulo")
    starts_at: Time = Field(alias="inicio")
    ends_at: Time | None = Field(default=None, alias="fim")
    shop_id: str = Field(alias="loja_id")
    description: str | None = Field(default=None, alias="descricao")


class EventsQuery(Request):
    since: DayOrTime | None = Field(default=None, alias="de")
    until: DayOrTime | None = Field(default=None, alias="ate")
    shop_id: Id | None = Field(default=None, alias="loja")
    limit: Limit | None = Field(default=None, alias="limite")
    after: Id | None = Field(default=None, alias="depois")

"""Shops and their chains on the wire."""

from enum import StrEnum
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from almoxarife import brazil
from almoxarife.wire.fields import Id, ShopName, normalize_text, refuse
from almoxarife.wire.model import Answer, Request

CNPJ_REFUSED = "CNPJ inválido: confira os 14 caracteres."


def _normalize_cnpj(value: Any) -> str | None:
    """Empty is none."""
    if not isinstance(value, str | None):
        raise refuse("texto_tipo", "Deve ser um texto.")
    text = normalize_text(value or "")
    try:
        return brazil.normalize_cnpj(text) if text else None
    except ValueError:
        raise refuse("cnpj", CNPJ_REFUSED) from None


def _verify_cnpj(places: str | None) -> str | None:
    if places is not None and not brazil.is_cnpj(places):
        raise refuse("cnpj", CNPJ_REFUSED)
    return places


_CNPJ = r"^\s*([0-9A-Za-z]{2}\.?[0-9A-Za-z]{3}\.?[0-9A-Za-z]{3}/?[0-9A-Za-z]{4}-?[0-9]{2})?\s*$"
KnownCnpj = Annotated[
    str | None,
    BeforeValidator(_normalize_cnpj),
    WithJsonSchema({"type": ["string", "null"], "pattern": _CNPJ, "example": "12.ABC.345/01DE-35"}),
]
"""As a shop may have it already, with points or without; its check digits may be another program's."""
Cnpj = Annotated[KnownCnpj, AfterValidator(_verify_cnpj)]


class LabelContent(StrEnum):
    """What a scale prints behind the code of the product."""

    WEIGHT = "peso"
    PRICE = "preco"


class ScaleLabel(Request):
    """How a shop's scale writes its barcodes: a 2, a product's short code, its weight in grams or price in centavos."""

    content: LabelContent = Field(alias="conteudo")
    digits: int = Field(alias="digitos", ge=4, le=6, strict=True)
    """Of the code; the rest of the eleven is the weight or the price."""


class Shop(Answer):
    id: str
    name: str = Field(alias="nome")
    cnpj: str | None = None
    chain_id: str | None = Field(default=None, alias="rede_id")
    active: bool = Field(default=True, alias="ativa")
    version: int = Field(default=1, alias="versao")
    scale_label: ScaleLabel | None = Field(default=None, alias="etiqueta")


class ShopsQuery(Request):
    chain_id: Id | None = Field(default=None, alias="rede")


class ShopIn(Request):
    name: ShopName = Field(alias="nome")
    cnpj: Cnpj = None
    chain_id: Id | None = Field(default=None, alias="rede_id")
    scale_label: ScaleLabel | None = Field(default=None, alias="etiqueta")


class ShopChange(Request):
    """The whole shop as it should be; an absent field returns to its default.

    The check digits of a CNPJ are looked at when it changes: one that was loaded without may stay.
    """

    name: ShopName = Field(alias="nome")
    cnpj: KnownCnpj = None
    chain_id: Id | None = Field(default=None, alias="rede_id")
    active: bool = Field(default=True, alias="ativa", strict=True)
    scale_label: ScaleLabel | None = Field(default=None, alias="etiqueta")
    """How its scale writes labels; not said, it stays: older clients know nothing of it."""


class Chain(Answer):
    id: str
    name: str = Field(alias="nome")
    version: int = Field(alias="versao")


class ChainIn(Request):
    name: ShopName = Field(alias="nome")

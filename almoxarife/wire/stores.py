"""Shops and chains of shops on the wire."""

from enum import StrEnum
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from almoxarife import brazil
from almoxarife.wire.fields import Id, ShopName, normalize_text, refuse
from almoxarife.wire.model import Request, Response

CNPJ_REFUSED = "CNPJ inválido: confira os 14 caracteres."


def _normalize_cnpj(value: Any) -> str | None:
    """Without punctuation and in capitals; None for an empty text."""
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
"""A CNPJ with or without punctuation. Check digits are not verified: an older record may have wrong ones."""
Cnpj = Annotated[KnownCnpj, AfterValidator(_verify_cnpj)]
"""A CNPJ whose check digits are right."""


class LabelContent(StrEnum):
    """What a scale's label contains after the product's code."""

    WEIGHT = "peso"
    PRICE = "preco"


class ScaleLabel(Request):
    """The barcodes of a shop's scale: a 2, the product's short code, and weight in grams or price in centavos."""

    content: LabelContent = Field(alias="conteudo")
    digits: int = Field(alias="digitos", ge=4, le=6, strict=True)
    """Digits of the short code; the rest of the eleven digits is the weight or the price."""


class Shop(Response):
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
    """The whole shop as it should be. Absent fields get their default, except ``etiqueta``.

    The check digits of a CNPJ are verified only if it changes, so that an older record with wrong ones can stay.
    """

    name: ShopName = Field(alias="nome")
    cnpj: KnownCnpj = None
    chain_id: Id | None = Field(default=None, alias="rede_id")
    active: bool = Field(default=True, alias="ativa", strict=True)
    scale_label: ScaleLabel | None = Field(default=None, alias="etiqueta")
    """The labels of its scale. A change without this field keeps it, because older clients do not send it."""


class Chain(Response):
    id: str
    name: str = Field(alias="nome")
    version: int = Field(alias="versao")


class ChainIn(Request):
    name: ShopName = Field(alias="nome")

"""Shops on the wire."""

from pydantic import Field

from almoxarife.wire.model import Answer


class Shop(Answer):
    id: str
    name: str = Field(alias="nome")
    cnpj: str | None = None
    chain_id: str | None = Field(default=None, alias="rede_id")

"""Errors of shops and chains."""

from almoxarife.server.errors import Conflict


class ShopExists(Conflict):
    slug = "loja-existente"
    message = "Já existe uma loja com este nome ou CNPJ."


class ShopInactive(Conflict):
    slug = "loja-desativada"
    message = "Esta loja está desativada. Fale com um administrador."


class ChainExists(Conflict):
    slug = "rede-existente"
    message = "Já existe uma rede com este nome."

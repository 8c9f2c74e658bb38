"""Errors of products and balances."""

from almoxarife.server.errors import Conflict


class ProductExists(Conflict):
    slug = "produto-existente"
    message = "Já existe um produto com este nome ou código de barras."


class ProductInactive(Conflict):
    slug = "produto-inativo"
    message = "Este produto está desativado."


class InsufficientStock(Conflict):
    slug = "estoque-insuficiente"
    message = "O saldo não é suficiente."


class BalanceOutOfRange(Conflict):
    slug = "saldo-fora-do-limite"
    message = "O saldo passaria do limite de 99.999.999.999."

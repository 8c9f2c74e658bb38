"""Errors of stock: why a movement cannot be reversed."""

from almoxarife.server.errors import Conflict, NotAllowed


class AlreadyReversed(Conflict):
    slug = "ja-estornada"
    message = "Esta movimentação já foi estornada."


class NotReversible(Conflict):
    slug = "estorno-de-estorno"
    message = "Um estorno não pode ser estornado. Registre uma nova movimentação."


class MovementOfSale(Conflict):
    slug = "movimentacao-de-venda"
    message = "Esta movimentação é de uma venda. Cancele a venda: o estoque volta com ela."


class ReversalNotAllowed(NotAllowed):
    slug = "estorno-nao-permitido"
    challenge = "insufficient_scope"
    message = "Só um gerente pode estornar movimentações de outra pessoa ou de outro dia."

"""Errors of showing and cancelling sales."""

from almoxarife.server.errors import Conflict, NotAllowed


class AlreadyCancelled(Conflict):
    slug = "venda-ja-cancelada"
    message = "Esta venda já foi cancelada."


class CancellationNotAllowed(NotAllowed):
    slug = "cancelamento-nao-permitido"
    challenge = "insufficient_scope"
    message = "Só um gerente pode cancelar uma venda de outro dia."


class NotYourSales(NotAllowed):
    slug = "vendas-de-outra-pessoa"
    challenge = "insufficient_scope"
    message = "Você vê só as suas vendas. Para ver as de outra pessoa, fale com um gerente."

"""Errors of sending a message."""

from almoxarife.server.errors import NotFound


class RecipientNotFound(NotFound):
    slug = "destinatario-desconhecido"
    message = "Ninguém ativo tem este nome de usuário. Confira para quem é o recado."

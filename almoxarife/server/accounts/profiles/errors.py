"""Errors of personal data."""

from almoxarife.server.errors import Conflict


class EmailTaken(Conflict):
    slug = "email-existente"
    message = "Este e-mail já é de outra pessoa."


class PhoneTaken(Conflict):
    slug = "telefone-existente"
    message = "Este telefone já é de outra pessoa."

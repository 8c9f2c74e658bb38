"""Errors of the directory, with the texts that older programs compare."""

from almoxarife.server.errors import Invalid, NotFound


class DirectoryPersonNotFound(NotFound):
    slug = "pessoa-desconhecida"
    constant = "User not found"
    message = "Usuário não encontrado."


class IdTaken(Invalid):
    slug = "id-em-uso"
    field = "id"
    constant = "User with this ID already exists"
    message = "Este id já está em uso."

"""Errors of units of measure."""

from almoxarife.server.errors import Conflict, NotFound


class UnitExists(Conflict):
    slug = "unidade-existente"
    message = "Já existe uma unidade com esta sigla."


class UnitNotFound(NotFound):
    slug = "unidade-desconhecida"
    message = "Unidade não encontrada."


class UnitKept(Conflict):
    slug = "unidade-fixa"
    message = "Esta unidade é de todas as lojas e não pode ser retirada."


class UnitInUse(Conflict):
    slug = "unidade-em-uso"
    message = "O saldo tem casas decimais. Ajuste-o para um número inteiro antes de mudar a unidade."

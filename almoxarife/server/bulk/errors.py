"""Errors of lists of people."""

from almoxarife.server.errors import Conflict, NotFound


class ListNotFound(NotFound):
    slug = "lista-desconhecida"
    message = "Esta lista não está mais no servidor. Confira em Minha conta o que foi cadastrado, ou envie-a de novo."


class ListUnderWay(Conflict):
    slug = "lista-em-andamento"
    message = "Esta lista já está sendo cadastrada, ou ainda não foi. Atualize a página."


class PasswordsGone(Conflict):
    slug = "senhas-ja-entregues"
    message = "Os logins e as senhas desta lista já foram baixados. Quem perdeu a senha ganha outra em Pessoas."

"""Errors of saved views of the log."""

from almoxarife.server.errors import Conflict, NotFound


class ViewNotFound(NotFound):
    slug = "visao-desconhecida"
    message = "Esta visão não existe mais. Atualize a página."


class TooManyViews(Conflict):
    slug = "muitas-visoes"
    message = "Há visões guardadas demais. Apague uma que ninguém usa."

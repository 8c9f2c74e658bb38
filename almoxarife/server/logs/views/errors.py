"""What a kept view of the log stands against."""

from almoxarife.server.errors import Conflict, NotFound


class ViewNotFound(NotFound):
    slug = "visao-desconhecida"
    message = "Esta visão não existe mais. Atualize a página."


class TooManyViews(Conflict):
    slug = "muitas-visoes"
    message = "Há visões guardadas demais. Apague uma que ninguém usa."

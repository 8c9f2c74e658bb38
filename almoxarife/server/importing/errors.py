"""Errors of writing, cancelling and undoing imports."""

from almoxarife.server.errors import Conflict, NotFound


class ImportUndone(Conflict):
    slug = "importacao-desfeita"
    message = "Esta importação já foi desfeita."


class ImportInUse(Conflict):
    """Its products were used since, so undoing it would undo other people's work."""

    slug = "importacao-em-uso"
    message = "Os produtos desta importação já foram alterados ou movimentados. Corrija um por um."


class ImportCancelled(Conflict):
    slug = "importacao-cancelada"
    message = "A importação foi cancelada: dela só fica o que já foi vendido ou alterado nesse meio-tempo."


class ImportNotUnderWay(NotFound):
    slug = "importacao-nao-encontrada"
    message = "Esta importação não está em andamento: ela já terminou, ou ainda não chegou."

"""Why an import is not written, or not taken back."""

from almoxarife.server.errors import Conflict, NotFound


class ImportUndone(Conflict):
    slug = "importacao-desfeita"
    message = "Esta importação já foi desfeita."


class ImportInUse(Conflict):
    """What it has made is in use: taking it back as one would take other people's work along."""

    slug = "importacao-em-uso"
    message = "Os produtos desta importação já foram alterados ou movimentados. Corrija um por um."


class ImportCancelled(Conflict):
    slug = "importacao-cancelada"
    message = "A importação foi cancelada: dela só fica o que já foi vendido ou alterado nesse meio-tempo."


class ImportNotUnderWay(NotFound):
    slug = "importacao-nao-encontrada"
    message = "Esta importação não está em andamento: ela já terminou, ou ainda não chegou."

"""Why an import is not taken back."""

from almoxarife.server.errors import Conflict


class ImportUndone(Conflict):
    slug = "importacao-desfeita"
    message = "Esta importação já foi desfeita."


class ImportInUse(Conflict):
    """What it has made is in use: taking it back as one would take other people's work along."""

    slug = "importacao-em-uso"
    message = "Os produtos desta importação já foram alterados ou movimentados. Corrija um por um."

"""Errors of reading the log."""

from almoxarife.server.errors import NotFound


class LogEntryNotFound(NotFound):
    slug = "registro-desconhecido"
    message = "Este registro não está mais guardado. Procure de novo em Registros."

"""The server's answer to "are you there?"."""

from pydantic import Field

from almoxarife.wire.model import Answer


class Health(Answer):
    name: str = Field(alias="nome")
    version: str = Field(alias="versao")
    state: str = Field(alias="estado")
    """``ok``, or ``sem-gravacao`` while commits fail."""
    database: str = Field(alias="banco")
    """``sqlite`` or ``postgresql``."""
    lost_log_entries: int = Field(default=0, alias="registros_perdidos")
    """Entries of the server's own log that could not be kept, since it started."""
    instance: str = Field(alias="instancia")
    """Random for each run of the server: the same value stands in the data directory's ``servidor.json``."""

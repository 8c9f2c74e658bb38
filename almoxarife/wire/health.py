"""The server's answer to "are you there?"."""

from pydantic import Field

from almoxarife.wire.fields import Time
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
    last_copy: Time | None = Field(default=None, alias="ultima_copia")
    """When the newest nightly copy was made. Told to this machine and to whoever is logged in, as the two below are."""
    has_copy_failed: bool | None = Field(default=None, alias="copia_falhou")
    """Whether the last try made no copy; null where the server makes none."""
    clock_jumped_s: int | None = Field(default=None, alias="relogio_saltou_s")
    """By how many seconds somebody has set the server's clock since it started."""
    instance: str = Field(alias="instancia")
    """Random for each run of the server: the same value stands in the data directory's ``servidor.json``."""

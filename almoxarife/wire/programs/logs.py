"""Log entries and queries of the log on the wire. The field names are those that other programs already send."""

import unicodedata
from enum import StrEnum
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from almoxarife.wire.fields import AtMost, Limit, has_endless_marks, refuse
from almoxarife.wire.model import Request, Response
from almoxarife.wire.problem import FieldError
from almoxarife.wire.programs.log_times import read_moment
from almoxarife.wire.times import DayOrTime, Time, require_year

MAX_ENTRY = 64 * 1024
"""Bytes of one entry as JSON."""
MAX_ENTRIES = 20_000
"""In one request."""
NOBODY = "N/A"
"""The ``user_id`` of what nobody known did."""

# A line break within a text could look like another entry where logs are read line by line.
_CONTROLS = dict.fromkeys([*range(32), *range(127, 160), 0x2028, 0x2029], " ")


def _clean(text: str) -> str:
    if not (text.isascii() or has_endless_marks(text)):
        text = unicodedata.normalize("NFC", text)
    return (text if text.isprintable() else text.translate(_CONTROLS)).strip()


def _text(max_length: int) -> BeforeValidator:
    def check(value: Any) -> str:
        if not isinstance(value, str):
            raise refuse("texto_tipo", "Deve ser um texto.")
        text = _clean(value)
        if not text:
            raise refuse("texto_vazio", "Preencha este campo.")
        if len(text) > max_length:
            raise refuse("texto_longo", f"Use no máximo {max_length} caracteres.")
        return text

    return BeforeValidator(check)


def _number_as_text(value: Any) -> Any:
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def _blank_is_nobody(value: Any) -> Any:
    """Older programs name nobody by an empty text, too."""
    return NOBODY if isinstance(value, str) and not value.strip() else value


Moment = Annotated[
    Time,
    BeforeValidator(read_moment),
    AfterValidator(require_year),
    WithJsonSchema(
        {
            "anyOf": [{"type": "string", "example": "2026-11-20T14:03:02.120Z"}, {"type": "number"}],
            "description": (
                "ISO 8601, segundos desde 1970, ou como Python, SQL e servidores escrevem; sem fuso, é do fuso da chave"
                " ou da loja."
            ),
        }
    ),
]


def _string(max_length: int) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "minLength": 1, "maxLength": max_length, "pattern": r"\S"})


def _cause(value: Any) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str):
        raise refuse("texto_tipo", "Deve ser um texto.")
    return _clean(value) or None


class LogIn(BaseModel):
    """An entry from a program. Unknown fields are stored under ``extra``."""

    model_config = ConfigDict(frozen=True, extra="allow", defer_build=True)

    service: Annotated[str, _text(100), _string(100)]
    user_id: Annotated[
        str,
        _text(200),
        BeforeValidator(_blank_is_nobody),
        BeforeValidator(_number_as_text),
        WithJsonSchema({"type": ["string", "number"], "maxLength": 200, "description": f"Vazio vale {NOBODY}."}),
    ]
    action: Annotated[str, _text(200), _string(200)]
    result: Annotated[
        str,
        _text(60),
        BeforeValidator(_number_as_text),
        WithJsonSchema({"type": ["string", "number"], "minLength": 1, "maxLength": 60, "pattern": r"\S"}),
    ]
    cause: Annotated[str | None, BeforeValidator(_cause), WithJsonSchema({"type": ["string", "null"]})] = None
    timestamp: Moment | None = None


class Logged(Response):
    status: str
    """``success``; in the response to a list also ``error``."""
    log_id: str | None = None
    errors: list[FieldError] | None = Field(default=None, alias="erros")


class Pong(Response):
    status: str


class LogEntry(Response):
    log_id: str
    timestamp: Time
    received_at: Time = Field(alias="recebido_em")
    service: str
    user_id: str
    action: str
    result: str
    cause: str | None = None
    extra: dict[str, Any]


# Cleaned like the texts of entries, which would not be found otherwise.
_Sought = Annotated[str, AfterValidator(_clean)]


class _Filter(Request):
    service: _Sought | None = Field(default=None, max_length=100)
    user_id: _Sought | None = Field(default=None, max_length=200)
    action: _Sought | None = Field(default=None, max_length=200)
    result: _Sought | None = Field(default=None, max_length=60)
    since: DayOrTime | None = Field(default=None, alias="de")
    until: DayOrTime | None = Field(default=None, alias="ate")
    text: _Sought | None = Field(default=None, alias="q", max_length=500)


class LogQuery(_Filter):
    limit: Limit | None = Field(default=None, alias="limite")
    after: str | None = Field(default=None, alias="depois", max_length=20)


class LogExportQuery(_Filter):
    pass


USUAL_COLUMNS = ("timestamp", "service", "user_id", "action", "result", "cause")


def read_columns(text: str | None) -> list[str]:
    """The field names in a comma-separated text, each once, also of ``extra``; ``USUAL_COLUMNS`` for an empty text."""
    names = [name for part in (text or "").split(",") if (name := part.strip())]
    return list(dict.fromkeys(names))[:MAX_COLUMNS] or list(USUAL_COLUMNS)


MAX_COLUMNS = 30


class LogTableQuery(_Filter):
    columns: str | None = Field(default=None, alias="colunas", max_length=1000)
    """Field names separated by commas, also of fields in ``extra``."""


class Interval(StrEnum):
    QUARTER = "quarto"
    HOUR = "hora"
    DAY = "dia"
    MONTH = "mes"


class _CountQuery(_Filter):
    most: AtMost | None = Field(default=None, alias="no_maximo")
    """For filters that must examine each entry: only this many of the newest ones are counted."""


class LogCountQuery(_CountQuery):
    interval: Interval = Field(default=Interval.DAY, alias="por")


class OldLogEntry(Response):
    """An entry in the format of the older log service."""

    service: str
    user_id: str
    action: str
    result: str
    cause: str | None = None
    timestamp: Time
    index_name: str = "log"


class NewestEntries(Response):
    entries: list[OldLogEntry] = Field(alias="log")


class LogCount(Response):
    start: Time = Field(alias="inicio")
    entries: int = Field(alias="entradas")
    failures: int = Field(alias="falhas")
    """The number of those with the result ``failure``."""


class LogField(StrEnum):
    """A field by whose values entries can be counted."""

    SERVICE = "service"
    USER = "user_id"
    ACTION = "action"
    RESULT = "result"


class LogValuesQuery(_CountQuery):
    field: LogField = Field(default=LogField.ACTION, alias="campo")
    limit: Limit = Field(default=20, alias="limite")


class LogValue(Response):
    value: str = Field(alias="valor")
    entries: int = Field(alias="entradas")


class LogKeeping(Response):
    """For how many days and up to which size entries are kept (0: without limit), and the current size."""

    days: int = Field(alias="dias")
    megabytes: int
    bytes_used: int = Field(alias="bytes")
    oldest: Time | None = Field(default=None, alias="mais_antigo")

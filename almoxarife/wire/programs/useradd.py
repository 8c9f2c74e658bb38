"""Lists of people that another program creates (``/useradd``). The field names are those that it already sends."""

from pydantic import BaseModel, ConfigDict, Field

from almoxarife.wire.fields import Cursor, Limit, NewUsername
from almoxarife.wire.model import Request, Response
from almoxarife.wire.people.personal import OptionalBirthday, OptionalEmail, OptionalPhone, PersonName
from almoxarife.wire.times import Time

MAX_PEOPLE = 100_000
"""In one request; about as many fit in 16 MiB."""


class PersonToAdd(BaseModel):
    """An object of the list. An invalid one is refused alone, with a reason; the others are not affected."""

    model_config = ConfigDict(frozen=True, extra="ignore", defer_build=True)

    first_name: PersonName
    last_name: PersonName
    patronymic: PersonName
    login: NewUsername
    email: OptionalEmail = None
    phone: OptionalPhone = None
    """An e-mail or a telephone is required."""
    birthday: OptionalBirthday = None


class AddedPerson(Response):
    login: str
    password: str
    """Twelve characters, shown only in this response."""
    notice: str | None = Field(default=None, alias="aviso", exclude_if=lambda notice: notice is None)
    """A sentence about what was left out, if anything was."""


# --- the record of lists ------------------------------------------------------------------


class RefusedObject(Response):
    """A refused object; its ``login`` is masked for people below gerente."""

    id: int
    object_id: int
    login: str | None
    description: str


class ListResponse(Response):
    """A recorded response to a list of people."""

    id: int
    code: int
    method: str
    date: Time
    description: str
    refused: int = Field(alias="recusados")
    first_refused: list[RefusedObject] = Field(alias="bad_users")
    """The first refused objects; the others are at the URL of this response."""


class ResponsesQuery(Request):
    limit: Limit = Field(default=50, alias="limite")
    after: Cursor | None = Field(default=None, alias="depois")
    """The id of the last response on the previous page."""


# --- a list that is checked first -------------------------------------------------------


class ListProgress(Response):
    id: str
    state: str = Field(alias="estado")
    """``conferida``, ``cadastrando`` or ``pronta``."""
    total: int
    done: int = Field(alias="feitos")
    added: int = Field(alias="cadastrados")
    """People who were created; before that, who would be."""
    refused: int = Field(alias="recusados")
    failure: str | None = Field(default=None, alias="falha")
    are_passwords_taken: bool = Field(default=False, alias="senhas_entregues")


class ListLine(Response):
    """An object of the list; ``motivo`` says why it is refused."""

    number: int = Field(alias="numero")
    login: str | None
    full_name: str | None = Field(alias="nome")
    reason: str | None = Field(alias="motivo")
    notice: str | None = Field(alias="aviso")

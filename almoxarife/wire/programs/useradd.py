"""People that another program makes in bulk; the names are those that it has always sent."""

from pydantic import BaseModel, ConfigDict, Field

from almoxarife.wire.fields import Cursor, Limit, NewUsername
from almoxarife.wire.model import Answer, Request
from almoxarife.wire.people.personal import OptionalBirthday, OptionalEmail, OptionalPhone, PersonName
from almoxarife.wire.times import Time

MAX_PEOPLE = 100_000
"""In one request; 16 MiB hold about as many."""


class PersonToAdd(BaseModel):
    """One object of the list, as the document tells of it: the server reads each rule by itself, in their order."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    first_name: PersonName
    last_name: PersonName
    patronymic: PersonName
    login: NewUsername
    email: OptionalEmail = None
    phone: OptionalPhone = None
    """An e-mail or a telephone is needed."""
    birthday: OptionalBirthday = None


class AddedPerson(Answer):
    login: str
    password: str
    """Twelve characters, shown this once."""
    notice: str | None = Field(default=None, alias="aviso", exclude_if=lambda notice: notice is None)
    """What was left out, where something was."""


# --- what became of them ------------------------------------------------------------------


class RefusedObject(Answer):
    """An object that no person was made of; ``login`` is masked for people who manage nobody."""

    id: int
    object_id: int
    login: str | None
    description: str


class ListAnswer(Answer):
    """One answer to a list."""

    id: int
    code: int
    method: str
    date: Time
    description: str
    refused: int = Field(alias="recusados")
    first_refused: list[RefusedObject] = Field(alias="bad_users")
    """The first of them; the rest by the answer's own address."""


class AnswersQuery(Request):
    limit: Limit = Field(default=50, alias="limite")
    after: Cursor | None = Field(default=None, alias="depois")
    """The id of the last one on the page before."""


# --- a list that is looked at first -------------------------------------------------------


class ListProgress(Answer):
    id: str
    state: str = Field(alias="estado")
    """``conferida``, ``cadastrando`` or ``pronta``."""
    total: int
    done: int = Field(alias="feitos")
    added: int = Field(alias="cadastrados")
    """Who has been made, or before that would be."""
    refused: int = Field(alias="recusados")
    failure: str | None = Field(default=None, alias="falha")
    are_passwords_taken: bool = Field(default=False, alias="senhas_entregues")


class ListLine(Answer):
    """One object: ``motivo`` says why nobody is made of it."""

    number: int = Field(alias="numero")
    login: str | None
    full_name: str | None = Field(alias="nome")
    reason: str | None = Field(alias="motivo")
    notice: str | None = Field(alias="aviso")

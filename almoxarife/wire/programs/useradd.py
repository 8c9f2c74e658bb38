"""People that another program makes in bulk; the names are those that it has always sent."""

from pydantic import BaseModel, ConfigDict, Field

from almoxarife.wire.fields import NewUsername
from almoxarife.wire.model import Answer
from almoxarife.wire.people.personal import OptionalBirthday, OptionalEmail, OptionalPhone, PersonName

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

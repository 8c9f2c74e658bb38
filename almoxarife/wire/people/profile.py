"""A person's own data, given at registration and read later. Names on the wire are those of the older pages."""

from datetime import date
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from almoxarife.wire.fields import PERHAPS_A_LINE, require_own_name
from almoxarife.wire.model import Request, Response
from almoxarife.wire.people.personal import (
    MAX_NAME_LENGTH,
    OptionalBirthday,
    OptionalEmail,
    OptionalPhone,
    PersonName,
    is_absent,
    read_person_name,
)


def _read_further_name(value: Any) -> str:
    return "" if is_absent(value) else read_person_name(value)


FurtherName = Annotated[
    str,
    BeforeValidator(_read_further_name),
    WithJsonSchema({"type": ["string", "null"], "maxLength": MAX_NAME_LENGTH, "pattern": PERHAPS_A_LINE}),
]


class OwnProfileIn(Request):
    first_name: PersonName = Field(alias="fname")
    last_name: FurtherName = Field(default="", alias="lname")
    patronymic: FurtherName = Field(default="", alias="patr")
    birthday: OptionalBirthday = None
    email: OptionalEmail = None
    phone: OptionalPhone = None

    @model_validator(mode="after")
    def _own_name(self) -> Self:
        for names in ((self.first_name, self.patronymic, self.last_name), (self.first_name, self.last_name)):
            require_own_name(" ".join(filter(None, names)))
        return self


class OwnProfile(Response):
    first_name: str | None = Field(default=None, alias="fname")
    last_name: str | None = Field(default=None, alias="lname")
    patronymic: str | None = Field(default=None, alias="patr")
    birthday: date | None = None
    email: str | None = None
    phone: str | None = None

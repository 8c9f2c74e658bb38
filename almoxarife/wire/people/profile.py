"""A person's own data, given at registration and read later. Names on the wire are those of the older pages."""

from datetime import date
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, WithJsonSchema

from almoxarife.wire.fields import PERHAPS_A_LINE
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


class OwnProfile(Response):
    first_name: str | None = Field(default=None, alias="fname")
    last_name: str | None = Field(default=None, alias="lname")
    patronymic: str | None = Field(default=None, alias="patr")
    birthday: date | None = None
    email: str | None = None
    phone: str | None = None

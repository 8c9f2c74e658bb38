"""Validates an object of a list, and finds the first reason to refuse it.

The order of the reasons is that of the older program: missing fields, empty fields, the telephone,
then what somebody else has already, and last what is too long or malformed (``late_reason``).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from pydantic import TypeAdapter, ValidationError
from pydantic_core import PydanticCustomError

from almoxarife import brazil
from almoxarife.server.accounts.profiles.service import Profile
from almoxarife.wire.fields import NewUsername, fold_case, require_own_name
from almoxarife.wire.people.personal import (
    MAX_PHONE_DIGITS,
    is_absent,
    read_birthday,
    read_email,
    read_person_name,
    read_phone,
)

NAMES = ("first_name", "last_name", "patronymic")
MAX_LOGIN_LENGTH = 60
NO_BIRTHDAY = "A data de nascimento não foi gravada"

_LOGIN: TypeAdapter[str] = TypeAdapter(NewUsername)


class Unclear(NamedTuple):
    """Stands for an object that names a field twice, of which nothing is known but that."""

    reason: str


@dataclass(slots=True, kw_only=True)
class CheckedPerson:
    """An object, validated as far as that is possible without the database."""

    number: int
    """Its number in the list, from 1."""
    login: str | None = None
    """Also of a refused object, for the record."""
    email: str | None = None
    phone: str | None = None
    reason: str | None = None
    """Why it is refused."""
    late_reason: str | None = None
    """Why it is refused if nobody has its login, e-mail or telephone."""
    profile: Profile | None = None
    notice: str | None = None

    @property
    def keys(self) -> tuple[str | None, str | None, str | None]:
        """Login, e-mail and telephone, which must be unique, folded as they are compared."""
        return self.login and self.login.casefold(), self.email and fold_case(self.email), self.phone


def check(number: int, value: object) -> CheckedPerson:
    if isinstance(value, Unclear):
        return CheckedPerson(number=number, reason=value.reason)
    if not isinstance(value, dict):
        return CheckedPerson(number=number, reason="Deve ser um objeto com os dados de uma pessoa.")
    login = value.get("login")
    if login is None:
        return CheckedPerson(number=number, reason="Falta o login (login).")
    if not isinstance(login, str) or is_absent(login):
        return CheckedPerson(number=number, reason="O login deve ser um texto e não pode ficar vazio.")
    checked = CheckedPerson(number=number, login=_as_recorded(login))
    checked.reason = _find_missing(value) or _find_empty(value) or _check_phone(value, checked)
    if checked.reason is None and is_absent(value.get("phone")) and is_absent(value.get("email")):
        checked.reason = "Informe um e-mail ou um telefone (email, phone)."
    if checked.reason is None:
        _read(value, login, checked)
    return checked


def _find_missing(value: Mapping[str, object]) -> str | None:
    missing = [name for name in NAMES if value.get(name) is None]
    if missing:
        return f"Falta {', '.join(missing)}."
    if value.get("email") is None and value.get("phone") is None:
        return "Falta um e-mail ou um telefone (email, phone)."
    return None


def _find_empty(value: Mapping[str, object]) -> str | None:
    empty = [name for name in NAMES if is_absent(value[name])]
    return f"Preencha {', '.join(empty)}." if empty else None


def _check_phone(value: Mapping[str, object], checked: CheckedPerson) -> str | None:
    phone = value.get("phone")
    if is_absent(phone):
        return None
    try:
        checked.phone = read_phone(phone)
    except PydanticCustomError as error:
        reason = f"phone: {error.message()}"
        if not _is_long_number(phone):
            return reason
        checked.late_reason = reason
    return None


def _is_long_number(phone: object) -> bool:
    """A number that is only too long: the older program's database refused it, after all other checks."""
    text = str(phone).strip().removeprefix("+") if isinstance(phone, str | int) else ""
    return len(text) > MAX_PHONE_DIGITS and text.isascii() and text.isdigit()


def _read(value: Mapping[str, object], login: str, checked: CheckedPerson) -> None:
    """Read all other fields, up to the first ``late_reason``."""
    names: dict[str, str] = {}
    late = [checked.late_reason] if checked.late_reason else []

    def read(field: str, reader: Callable[[Any], str], given: object) -> str | None:
        try:
            return reader(given)
        except PydanticCustomError as error:
            late.append(f"{field}: {error.message()}")
        except ValidationError as error:
            late.append(f"{field}: {error.errors(include_url=False)[0]['msg']}")
        return None

    for field in NAMES:
        names[field] = read(field, read_person_name, value[field]) or ""
    if not is_absent(value.get("email")):
        checked.email = read("email", read_email, value["email"])
    checked.login = read("login", _read_login, login) or checked.login
    birthday = _read_birthday(value.get("birthday"), checked)
    checked.profile = Profile(**names, birthday=birthday, email=checked.email, phone=checked.phone)
    read(NAMES[0], require_own_name, checked.profile.full_name)
    checked.late_reason = late[0] if late else None


def _read_login(text: str) -> str:
    login = _LOGIN.validate_python(text)
    digits = brazil.find_cpf(login)
    if digits is not None and brazil.is_cpf(digits):
        raise PydanticCustomError("nome_cpf", "Um CPF não serve de login.")
    return login


def _read_birthday(value: object, checked: CheckedPerson) -> date | None:
    if is_absent(value):
        return None
    try:
        return read_birthday(value)
    except PydanticCustomError as error:
        checked.notice = f"{NO_BIRTHDAY}: {error.message()}"
        return None


def _as_recorded(login: str) -> str:
    """Whatever was sent, as a text that every database stores."""
    return "".join(c if c.isprintable() else "�" for c in " ".join(login.split()))[:MAX_LOGIN_LENGTH]

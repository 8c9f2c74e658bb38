"""Reads names, birthday, e-mail and telephone as people type them in forms and lists."""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema

from almoxarife.wire.fields import ONE_LINE, fold_case, is_invisible, normalize_text, refuse

MAX_NAME_LENGTH = 50
MAX_EMAIL_LENGTH = 254
MIN_PHONE_DIGITS, MAX_PHONE_DIGITS = 8, 15
FIRST_YEAR = 1900

_DAY_FIRST = re.compile(r"(\d{1,2})([/.-])(\d{1,2})\2(\d{4})", re.ASCII)
_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})", re.ASCII)


def is_absent(value: object) -> bool:
    """Whether the value is None or an empty or blank text."""
    return value is None or (isinstance(value, str) and not value.strip())


def read_person_name(value: Any) -> str:
    """A normalized name of up to ``MAX_NAME_LENGTH`` characters. Raises PydanticCustomError."""
    if not isinstance(value, str):
        raise refuse("texto_tipo", "Deve ser um texto.")
    text = normalize_text(value)
    if not text or all(is_invisible(c) for c in text):
        raise refuse("texto_vazio", "Preencha este campo.")
    if len(text) > MAX_NAME_LENGTH:
        raise refuse("texto_longo", f"Use no máximo {MAX_NAME_LENGTH} caracteres.")
    return text


def read_email(value: Any) -> str:
    """A normalized e-mail address. Raises PydanticCustomError, also if it is too long once its case is folded."""
    if not isinstance(value, str):
        raise refuse("texto_tipo", "Deve ser um texto.")
    text = normalize_text(value)
    before, at, behind = text.partition("@")
    if not (at and before.strip() and behind.strip()) or "@" in behind:
        raise refuse("email", "O e-mail precisa de um “@” com algo dos dois lados.")
    if max(len(text), len(fold_case(text))) > MAX_EMAIL_LENGTH:
        raise refuse("texto_longo", f"Use no máximo {MAX_EMAIL_LENGTH} caracteres.")
    return text


def read_phone(value: Any) -> str:
    """The digits of a telephone number. Raises PydanticCustomError."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise refuse("telefone", "O telefone deve ser um texto ou um número.")
    if isinstance(value, int) and not 0 <= value < 10**MAX_PHONE_DIGITS:
        raise refuse("telefone", _PHONE)
    digits = re.sub(r"[+ ()-]", "", normalize_text(str(value)))
    if not (digits.isascii() and digits.isdigit() and MIN_PHONE_DIGITS <= len(digits) <= MAX_PHONE_DIGITS):
        raise refuse("telefone", _PHONE)
    return digits


_PHONE = f"O telefone precisa de {MIN_PHONE_DIGITS} a {MAX_PHONE_DIGITS} algarismos, com o DDD."


def read_birthday(value: Any) -> date:
    """DD/MM/AAAA, also with dots or hyphens, or ISO. Raises PydanticCustomError, also for a day in the future."""
    if type(value) is date:
        return value
    text = value.strip() if isinstance(value, str) else ""
    if found := _DAY_FIRST.fullmatch(text):
        day, month, year = int(found[1]), int(found[3]), int(found[4])
    elif found := _ISO.fullmatch(text):
        year, month, day = int(found[1]), int(found[2]), int(found[3])
    else:
        raise refuse("nascimento", "Escreva a data de nascimento assim: 31/12/1990.")
    try:
        birthday = date(year, month, day)
    except ValueError:
        raise refuse("nascimento", "Este dia não existe no calendário.") from None
    today_somewhere = (datetime.now(UTC) + timedelta(hours=14)).date()
    if year < FIRST_YEAR or birthday > today_somewhere:
        raise refuse("nascimento", f"A data de nascimento deve ser de {FIRST_YEAR} até hoje.")
    return birthday


def _absent(value: Any) -> Any:
    return None if is_absent(value) else value


PersonName = Annotated[
    str,
    BeforeValidator(read_person_name),
    WithJsonSchema({"type": "string", "minLength": 1, "maxLength": MAX_NAME_LENGTH, "pattern": ONE_LINE}),
]
Email = Annotated[
    str,
    BeforeValidator(read_email),
    WithJsonSchema(
        {
            "type": "string",
            "minLength": 3,
            "maxLength": MAX_EMAIL_LENGTH,
            "pattern": r"^[^@]*[^@\s][^@]*@[^@]*[^@\s][^@]*$",
        }
    ),
]
Phone = Annotated[
    str,
    BeforeValidator(read_phone),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "pattern": r"^(?:[+ ()-]*[0-9]){8,15}[+ ()-]*$"},
                {"type": "integer", "minimum": 10_000_000, "maximum": 999_999_999_999_999},
            ]
        }
    ),
]
_DATE = r"^\s*([0-9]{1,2}[/.-][0-9]{1,2}[/.-][0-9]{4}|[0-9]{4}-[0-9]{2}-[0-9]{2})\s*$"
Birthday = Annotated[
    date,
    BeforeValidator(read_birthday),
    WithJsonSchema({"type": "string", "pattern": _DATE, "example": "31/12/1990"}),
]
OptionalEmail = Annotated[Email | None, BeforeValidator(_absent)]
OptionalPhone = Annotated[Phone | None, BeforeValidator(_absent)]
OptionalBirthday = Annotated[Birthday | None, BeforeValidator(_absent)]

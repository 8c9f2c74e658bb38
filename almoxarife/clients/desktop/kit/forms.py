"""What the login panel asks, checked by the same models that the server uses."""

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from almoxarife.wire.accounts import Credentials, PasswordChange, Registration
from almoxarife.wire.codes.scanned import NO_REASON, looks_scanned
from almoxarife.wire.problem import explain

_Model = TypeVar("_Model", bound=BaseModel)


class FormInvalid(Exception):
    """What is wrong, by wire name of the field."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__(", ".join(errors))
        self.errors = errors


def checked(model: type[_Model], values: dict[str, object]) -> _Model:
    """The model of these wire values. Raises FormInvalid with the first sentence of each field.

    A reason that a scanner has typed is none.
    """
    errors = {"motivo": NO_REASON} if looks_scanned(str(values.get("motivo", ""))) else {}
    try:
        parsed = model.model_validate(values)
    except ValidationError as error:
        for wrong in explain(error, model):
            errors.setdefault(wrong.field, wrong.message)
        raise FormInvalid(errors) from None
    if errors:
        raise FormInvalid(errors)
    return parsed


def credentials(username: str, password: str) -> Credentials:
    return checked(Credentials, {"username": username, "password": password})


def registration(username: str, password: str, again: str, code: str) -> Registration:
    values: dict[str, object] = {"username": username, "password": password, "codigo": code}
    return _confirmed(lambda: checked(Registration, values), password, again)


def password_change(current: str, new: str, again: str) -> PasswordChange:
    values: dict[str, object] = {"senha_atual": current, "senha_nova": new}
    return _confirmed(lambda: checked(PasswordChange, values), new, again)


def _confirmed(parse: Callable[[], _Model], password: str, again: str) -> _Model:
    errors: dict[str, str] = {}
    model = None
    try:
        model = parse()
    except FormInvalid as error:
        errors = error.errors
    if password and password != again:
        errors["confirmar"] = "As duas senhas não são iguais." if again else "Digite a senha outra vez."
    if errors or model is None:
        raise FormInvalid(errors)
    return model


def greeting(now: datetime) -> str:
    if 5 <= now.hour < 12:
        return "Bom dia!"
    return "Boa tarde!" if 12 <= now.hour < 18 else "Boa noite!"

"""Validates what was typed, with the same pydantic models as the server; the forms of the login are here, too."""

from collections.abc import Callable
from dataclasses import fields, replace
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar

from pydantic import BaseModel, ValidationError

from almoxarife.wire.accounts import Credentials, PasswordChange, Registration
from almoxarife.wire.codes.scanned import NO_REASON, looks_scanned
from almoxarife.wire.problem import explain

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

_Model = TypeVar("_Model", bound=BaseModel)
_Form = TypeVar("_Form", bound="DataclassInstance")


class FormInvalid(Exception):
    """``errors``: a Portuguese sentence for each invalid field, by its wire name."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__(", ".join(errors))
        self.errors = errors


def checked(model: type[_Model], values: dict[str, object]) -> _Model:
    """Build the model from these wire values. Raises FormInvalid with the first error of each field.

    A ``motivo`` that consists of a barcode is refused: a scanner typed it.
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
    """Also check that the password was typed twice alike; report that together with other errors."""
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


def merge(before: _Form, typed: _Form, newer: _Form) -> _Form:
    """What was typed since ``before``, and ``newer`` values in the other fields: somebody else saved first."""
    changed = {
        field.name: getattr(typed, field.name)
        for field in fields(before)
        if getattr(typed, field.name) != getattr(before, field.name)
    }
    return replace(newer, **changed)


def greeting(now: datetime) -> str:
    if 5 <= now.hour < 12:
        return "Bom dia!"
    return "Boa tarde!" if 12 <= now.hour < 18 else "Boa noite!"

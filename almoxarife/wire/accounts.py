"""People on the wire: registration, login, roles, and what administradores change."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, ValidationInfo, WithJsonSchema, field_validator, model_validator

from almoxarife import brazil
from almoxarife.brazil import SAO_PAULO
from almoxarife.wire.fields import (
    FullName,
    Id,
    Limit,
    NewUsername,
    OptionalNote,
    Password,
    SearchWords,
    Username,
    refuse,
)
from almoxarife.wire.model import Request, Response
from almoxarife.wire.people.profile import OwnProfileIn
from almoxarife.wire.times import Day, Time


class Role(StrEnum):
    """What a person may do. Each role includes the ones before it."""

    SELLER = "vendedor"
    STOCK_CLERK = "estoquista"
    MANAGER = "gerente"
    ADMIN = "administrador"

    rank: int

    def includes(self, other: "Role") -> bool:
        """Whether this role may do everything that ``other`` may."""
        return self.rank >= other.rank


for _rank, _role in enumerate(Role):
    _role.rank = _rank


class AccountState(StrEnum):
    PENDING = "pendente"
    ACTIVE = "ativo"
    INACTIVE = "inativo"


class SellerRole(StrEnum):
    """The roles that a person who registers with a CPF may ask for."""

    SELLER = "vendedor"
    MANAGER = "gerente"


def _read_cpf(value: Any) -> str | None:
    if value is None:
        return None
    digits = brazil.find_cpf(value) if isinstance(value, str) else None
    if digits is None or not brazil.is_cpf(digits):
        raise refuse("cpf", "CPF inválido: confira os 11 dígitos.")
    return digits


_CPF = r"^\s*[0-9]{3}\.?[0-9]{3}\.?[0-9]{3}-?[0-9]{2}\s*$"
Cpf = Annotated[
    str | None,
    BeforeValidator(_read_cpf),
    WithJsonSchema({"type": ["string", "null"], "pattern": _CPF, "example": "123.456.789-09"}),
]


def _read_birth_year(value: Any) -> int | None:
    if value is None:
        return None
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) == 4:
        value = int(value)
    if type(value) is not int or not 1900 <= value <= datetime.now(UTC).year:
        raise refuse("ano", "Informe o ano com quatro algarismos, de 1900 a este ano.")
    return value


class Registration(Request):
    """By user name, or by CPF with full name and year of birth; then a user name is generated if none is given."""

    cpf: Cpf = Field(default=None, repr=False)
    username: NewUsername | None = Field(default=None, validate_default=True)
    password: Password
    code: OptionalNote = Field(default=None, alias="codigo")
    """The setup code from the server's console, which makes the first administrador."""
    full_name: FullName | None = Field(default=None, alias="nome", validate_default=True)
    birth_year: Annotated[
        int | None,
        BeforeValidator(_read_birth_year),
        WithJsonSchema({"type": ["integer", "null"], "minimum": 1900, "maximum": 2100}),
    ] = Field(default=None, alias="ano_nascimento", validate_default=True)
    profile: OwnProfileIn | None = Field(default=None, alias="perfil")
    role: SellerRole | None = Field(default=None, alias="papel")
    """Only with a CPF; default ``vendedor``."""

    @field_validator("username", mode="before")
    @classmethod
    def _named(cls, value: object, known: ValidationInfo) -> object:
        if value is None and known.data.get("cpf", "") is None:
            raise refuse("falta", "Falta este campo.")
        if isinstance(value, str) and brazil.find_cpf(value):
            raise refuse("nome_cpf", "Um CPF não serve de nome de usuário. Informe-o no campo “cpf”.")
        return value

    @field_validator("full_name", "birth_year", mode="after")
    @classmethod
    def _goes_with_cpf(cls, value: object, known: ValidationInfo) -> object:
        if value is None and known.data.get("cpf") is not None:
            raise refuse("falta", "Falta este campo.")
        return value

    @field_validator("full_name", "birth_year", "role", mode="after")
    @classmethod
    def _only_with_cpf(cls, value: object, known: ValidationInfo) -> object:
        if value is not None and known.data.get("cpf", "") is None:
            raise refuse("sem_cpf", "Informe também o CPF.")
        return value


class Registered(Response):
    message: str = Field(alias="mensagem")
    id: str
    username: str
    role: Role = Field(alias="papel")
    state: AccountState = Field(alias="estado")
    full_name: str | None = Field(default=None, alias="nome", exclude_if=lambda name: name is None)


class Credentials(Request):
    username: Username
    """Or the CPF, for a person who registered with one."""
    password: Password


class LoggedInUser(Response):
    id: str
    username: str
    role: Role = Field(alias="papel")
    full_name: str | None = Field(default=None, alias="nome", exclude_if=lambda name: name is None)
    shops: list[str] = Field(alias="lojas")
    registered_at: Time = Field(alias="criado_em")
    must_change_password: bool = Field(default=False, alias="trocar_senha")

    @property
    def account(self) -> str:
        """Identifies the person at this database, by id and registration: in a new database u1 is somebody else."""
        return f"{self.id} {self.registered_at.isoformat()}"


class LoggedIn(Response):
    message: str = Field(alias="mensagem")
    token: str
    expires_at: Time = Field(alias="expira_em")
    timezone: str = Field(default=SAO_PAULO, alias="fuso_horario")
    """The shop's time zone (IANA), in which days begin and times are shown."""
    user: LoggedInUser = Field(alias="usuario")


class PasswordChange(Request):
    current: Password = Field(alias="senha_atual")
    new: Password = Field(alias="senha_nova")


class TemporaryPassword(Response):
    password: str = Field(alias="senha_temporaria")
    expires_at: Time | None = Field(default=None, alias="expira_em")
    """None from an older server, whose temporary passwords do not expire."""


class User(Response):
    id: str
    username: str
    full_name: str | None = Field(default=None, alias="nome", exclude_if=lambda name: name is None)
    cpf: str | None = Field(default=None, exclude_if=lambda mask: mask is None)
    """Masked: ``***.456.789-**``."""
    birth_year: int | None = Field(default=None, alias="ano_nascimento", exclude_if=lambda year: year is None)
    role: Role = Field(alias="papel")
    state: AccountState = Field(alias="estado")
    active: bool = Field(alias="ativo")
    shops: list[str] = Field(alias="lojas")
    created_at: Time = Field(alias="criado_em")
    last_login_at: Time | None = Field(default=None, alias="ultimo_acesso")
    must_change_password: bool = Field(default=False, alias="trocar_senha")
    usual_shop: str | None = Field(default=None, alias="loja_usual", exclude_if=lambda shop: shop is None)
    directory_numbers: list[int] = Field(default=[], alias="pessoas", exclude_if=lambda numbers: not numbers)
    """The person's ids in another program (``/users/``), as linked by an administrador."""


class Seller(Response):
    id: str
    name: str = Field(alias="nome")
    """The full name, or the user name if no full name is known."""
    username: str
    active: bool = Field(alias="ativo")


class SellersQuery(Request):
    limit: Limit | None = Field(default=None, alias="limite")
    after: Id | None = Field(default=None, alias="depois")


class UsersQuery(Request):
    search: SearchWords | None = Field(default=None, alias="busca", max_length=200)
    state: AccountState | None = Field(default=None, alias="estado")
    limit: Limit | None = Field(default=None, alias="limite")
    after: Id | None = Field(default=None, alias="depois")


class UserChange(Request):
    """Only the fields that are sent are changed. ``ativo`` is another form of ``estado`` (``ativo``, ``inativo``)."""

    full_name: FullName | None = Field(default=None, alias="nome")
    role: Role | None = Field(default=None, alias="papel")
    active: bool | None = Field(default=None, alias="ativo", strict=True)
    state: AccountState | None = Field(default=None, alias="estado")
    shops: list[Id] | None = Field(default=None, alias="lojas", max_length=500)
    usual_shop: Id | None = Field(default=None, alias="loja_usual")
    """The shop for an administrador's requests that name none; null removes it."""

    @model_validator(mode="after")
    def _coherent(self) -> Self:
        if not self.model_fields_set:
            raise refuse("corpo_vazio", "Diga o que muda: nome, papel, ativo, estado, lojas ou loja_usual.")
        if self.active is not None and self.state is not None and self.active != (self.state is AccountState.ACTIVE):
            raise refuse("corpo_contraditorio", "Os campos “ativo” e “estado” se contradizem.")
        return self


class Event(StrEnum):
    """Events that a desktop program reports about itself."""

    WINDOW_CLOSED = "Fechar janelas"


class ClientEvent(Request):
    event: Event = Field(alias="evento")


class DayQuery(Request):
    day: Day | None = Field(default=None, alias="dia")


class LoggedEvent(StrEnum):
    """The events in a person's day, in the texts of the older registration program."""

    REGISTERED = "Novo usuário cadastrado"
    NAME_TAKEN = "Usuário já cadastrado"
    LOGIN_FAILED = "Erro: Tentativa de login fracassada"
    LOGGED_IN = "Login realizado com sucesso"
    WINDOW_CLOSED = "Fechar janelas"


class LoggedEventKind(StrEnum):
    SUCCESS = "SUCESSO"
    ERROR = "ERRO"
    SYSTEM = "SISTEMA"


class DayEntry(Response):
    timestamp: str = Field(alias="event_timestamp")
    """Local time, ``2022-09-18 00:44:35``."""
    event: LoggedEvent
    kind: LoggedEventKind = Field(alias="event_type")


class UserDay(Response):
    """The events of one person on one local day, oldest first."""

    name: str = Field(alias="nom_user")
    """The user name in capitals."""
    entries: list[DayEntry] = Field(alias="log_history")

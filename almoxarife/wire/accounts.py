"""People on the wire: registration, login, rights."""

from enum import StrEnum
from typing import Self

from pydantic import Field, model_validator

from almoxarife.brazil import SAO_PAULO
from almoxarife.wire.fields import Day, Id, Limit, NewUsername, OptionalNote, Password, Time, Username, refuse
from almoxarife.wire.model import Answer, Request


class Role(StrEnum):
    """What a person may do; each role may do all that the ones before it may."""

    SELLER = "vendedor"
    STOCK_CLERK = "estoquista"
    MANAGER = "gerente"
    ADMIN = "administrador"

    rank: int

    def includes(self, other: "Role") -> bool:
        return self.rank >= other.rank


for _rank, _role in enumerate(Role):
    _role.rank = _rank


class AccountState(StrEnum):
    PENDING = "pendente"
    ACTIVE = "ativo"
    INACTIVE = "inativo"


class Registration(Request):
    username: NewUsername
    password: Password
    code: OptionalNote = Field(default=None, alias="codigo")
    """The one-time code printed on the server's console: makes the first administrador."""


class Registered(Answer):
    message: str = Field(alias="mensagem")
    id: str
    username: str
    role: Role = Field(alias="papel")
    state: AccountState = Field(alias="estado")


class Credentials(Request):
    username: Username
    password: Password


class LoggedInPerson(Answer):
    id: str
    username: str
    role: Role = Field(alias="papel")
    shops: list[str] = Field(alias="lojas")
    registered_at: Time = Field(alias="criado_em")
    must_change_password: bool = Field(default=False, alias="trocar_senha")

    @property
    def account(self) -> str:
        """One person at one server, whatever its address: on a server that is set up anew, u1 is somebody else."""
        return f"{self.id} {self.registered_at.isoformat()}"


class LoggedIn(Answer):
    message: str = Field(alias="mensagem")
    token: str
    expires_at: Time = Field(alias="expira_em")
    timezone: str = Field(default=SAO_PAULO, alias="fuso_horario")
    """The shop's, by its name in the IANA database: in it days begin and times are shown."""
    person: LoggedInPerson = Field(alias="usuario")


class PasswordChange(Request):
    current: Password = Field(alias="senha_atual")
    new: Password = Field(alias="senha_nova")


class TemporaryPassword(Answer):
    password: str = Field(alias="senha_temporaria")


class Person(Answer):
    id: str
    username: str
    role: Role = Field(alias="papel")
    state: AccountState = Field(alias="estado")
    active: bool = Field(alias="ativo")
    shops: list[str] = Field(alias="lojas")
    created_at: Time = Field(alias="criado_em")
    last_login_at: Time | None = Field(default=None, alias="ultimo_acesso")
    must_change_password: bool = Field(default=False, alias="trocar_senha")
    usual_shop: str | None = Field(default=None, alias="loja_usual", exclude_if=lambda shop: shop is None)
    directory_numbers: list[int] = Field(default=[], alias="pessoas", exclude_if=lambda numbers: not numbers)
    """The same person's numbers in the other program's list, ``/users/``."""


class PeopleQuery(Request):
    state: AccountState | None = Field(default=None, alias="estado")
    limit: Limit | None = Field(default=None, alias="limite")
    after: Id | None = Field(default=None, alias="depois")


class PersonChange(Request):
    """Only the fields that are sent change; ``ativo`` is short for ``estado`` ativo/inativo."""

    role: Role | None = Field(default=None, alias="papel")
    active: bool | None = Field(default=None, alias="ativo", strict=True)
    state: AccountState | None = Field(default=None, alias="estado")
    shops: list[Id] | None = Field(default=None, alias="lojas", max_length=500)
    usual_shop: Id | None = Field(default=None, alias="loja_usual")
    """Where an administrador records without naming a shop; null: nowhere."""

    @model_validator(mode="after")
    def _coherent(self) -> Self:
        if not self.model_fields_set:
            raise refuse("corpo_vazio", "Diga o que muda: papel, ativo, estado, lojas ou loja_usual.")
        if self.active is not None and self.state is not None and self.active != (self.state is AccountState.ACTIVE):
            raise refuse("corpo_contraditorio", "Os campos “ativo” e “estado” se contradizem.")
        return self


class Event(StrEnum):
    """What a desktop program reports of itself."""

    WINDOW_CLOSED = "Fechar janelas"


class ClientEvent(Request):
    event: Event = Field(alias="evento")


class DayQuery(Request):
    day: Day | None = Field(default=None, alias="dia")


class LoggedEvent(StrEnum):
    """What a person's day tells, in the words of the registration program that this one replaces."""

    REGISTERED = "Novo usuário cadastrado"
    NAME_TAKEN = "Usuário já cadastrado"
    LOGIN_FAILED = "Erro: Tentativa de login fracassada"
    LOGGED_IN = "Login realizado com sucesso"
    WINDOW_CLOSED = "Fechar janelas"


class LoggedEventKind(StrEnum):
    SUCCESS = "SUCESSO"
    ERROR = "ERRO"
    SYSTEM = "SISTEMA"


class DayEntry(Answer):
    timestamp: str = Field(alias="event_timestamp")
    """Local time, ``2022-09-18 00:44:35``."""
    event: LoggedEvent
    kind: LoggedEventKind = Field(alias="event_type")


class UserDay(Answer):
    """One person's local day, oldest event first."""

    name: str = Field(alias="nom_user")
    """In capitals."""
    entries: list[DayEntry] = Field(alias="log_history")

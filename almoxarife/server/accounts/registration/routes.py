"""``/registrar_usuario_app``: creates an account."""

import hmac
from typing import NamedTuple

from flask import Blueprint
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from almoxarife.server.accounts import passwords, service
from almoxarife.server.accounts.cpf import CpfKey
from almoxarife.server.accounts.limits import anonymous_attempts
from almoxarife.server.accounts.limits.anonymous_attempts import RefusalLimit
from almoxarife.server.accounts.limits.hashing import HashingQueue, Urgency
from almoxarife.server.accounts.limits.registrations import RegistrationLimit
from almoxarife.server.accounts.limits.throttle import Throttle
from almoxarife.server.accounts.models import User
from almoxarife.server.accounts.profiles import service as profiles
from almoxarife.server.accounts.profiles.service import Profile
from almoxarife.server.accounts.registration import service as registration
from almoxarife.server.accounts.registration.service import NewAccount, NewSeller
from almoxarife.server.context import Run, current, reading, transaction
from almoxarife.server.errors import (
    AlmoxarifeError,
    CpfTaken,
    RegistrationClosed,
    UsernameTaken,
    WrongSetupCode,
)
from almoxarife.server.http.access import anyone, current_origin, is_within_this_machine
from almoxarife.server.http.openapi import describe
from almoxarife.server.http.requests import parse
from almoxarife.server.http.responses import respond
from almoxarife.server.ids import IdKind
from almoxarife.server.settings import RegistrationPolicy, Settings
from almoxarife.wire.accounts import AccountState, Registered, Registration, Role, SellerRole

bp = Blueprint("registration", __name__)


class _Standing(NamedTuple):
    """Why somebody who registers may need no approval."""

    is_trusted: bool
    """The request comes from the server's own machine."""
    is_setup: bool
    """It has the setup code that the server's console shows."""

    @property
    def is_stranger(self) -> bool:
        return not (self.is_trusted or self.is_setup)


class _Keys(NamedTuple):
    """The parts of a registration that must be unique."""

    username: str | None
    seller: NewSeller | None
    profile: Profile | None


@bp.post("/registrar_usuario_app")
@describe("Cria uma conta.", body=Registration, responses={201: Registered}, problems=(403, 409, 429))
@anyone
def register() -> ResponseReturnValue:
    fields = parse(Registration)
    standing = _find_standing(fields)
    keys = _Keys(fields.username, _read_seller(fields), Profile(**dict(fields.profile)) if fields.profile else None)
    is_local = is_within_this_machine(current(Settings))
    is_weak = passwords.check_strength(fields.password, fields.username or fields.cpf or "", is_local=is_local)
    limit, network = current(RegistrationLimit), current_origin().network
    if standing.is_stranger:
        limit.require_allowed(network)
    refused = _refuse_before_hashing(keys, standing)
    if refused is not None:
        if standing.is_stranger:
            limit.count(network)
        raise refused
    with current(HashingQueue).slot(Urgency.REGISTRATION, network):
        if standing.is_stranger:
            limit.count(network)
        password_hash = passwords.hash_password(fields.password)
    account = NewAccount(password_hash=password_hash, is_password_weak=is_weak, **standing._asdict(), **keys._asdict())
    with transaction() as session:
        user = registration.register(session, account, origin=current_origin())
        taken, conflict = (None, None) if user else _find_taken(session, keys)
    if user is None:
        raise _refuse(keys, taken) if taken else conflict or UsernameTaken()
    is_pending = user.state == AccountState.PENDING
    message = "Conta criada. Aguarde a aprovação de um administrador." if is_pending else "Conta criada."
    return respond(
        Registered(
            mensagem=message,
            id=IdKind.USER.to_wire(user.id),
            username=user.username,
            papel=Role(user.role),
            estado=AccountState(user.state),
            nome=user.full_name,
        ),
        status=201,
    )


def _find_standing(fields: Registration) -> _Standing:
    """Raises RegistrationClosed, WrongSetupCode, TooManyFailures."""
    policy = current(Settings).registration
    is_setup = _verify_setup_code(fields.code) if fields.code else False
    if policy is RegistrationPolicy.CLOSED and not is_setup:
        raise RegistrationClosed
    return _Standing(is_within_this_machine(current(Settings)) and policy is RegistrationPolicy.OPEN, is_setup)


def _read_seller(fields: Registration) -> NewSeller | None:
    """The seller's data; None for a registration without a CPF."""
    if fields.cpf is None or fields.full_name is None or fields.birth_year is None:
        return None
    return NewSeller(
        full_name=fields.full_name,
        cpf=current(CpfKey).hide(fields.cpf),
        birth_year=fields.birth_year,
        role=fields.role or SellerRole.SELLER,
    )


def _refuse_before_hashing(keys: _Keys, standing: _Standing) -> AlmoxarifeError | None:
    """The error for a registration that can be refused without hashing its password. Raises TooManyPending."""
    with reading() as session:
        taken, conflict = _find_taken(session, keys)
        if taken is None and standing.is_stranger:
            registration.require_room(session)
    return conflict if taken is None else _refuse(keys, taken)


def _find_taken(session: Session, keys: _Keys) -> tuple[User | None, AlmoxarifeError | None]:
    """Who has the name or the CPF already, and the error for an e-mail or a telephone that is taken."""
    taken = registration.find_taken(session, keys.username, keys.seller)
    return taken, profiles.find_conflict(session, keys.profile) if keys.profile else None


def _refuse(keys: _Keys, taken: User) -> UsernameTaken | CpfTaken:
    error, refusal = registration.refuse_account(keys.username, keys.seller, taken)
    if current(RefusalLimit).may_record(refusal, current_origin()):
        with transaction() as session:
            anonymous_attempts.record(session, refusal, current_origin())
    return error


def _verify_setup_code(typed: str) -> bool:
    """True for the setup code of this run while there is no administrador. Raises WrongSetupCode, TooManyFailures."""
    expected = current(Run).setup_code
    throttle = current(Throttle)
    attempt = throttle.attempt("codigo de instalacao/", current_origin())
    with throttle.one_at_a_time(attempt):
        with reading() as session:
            throttle.require_allowed(session, attempt)
            is_open = not service.has_administrator(session)
        if is_open and expected and hmac.compare_digest(typed.upper().encode(), expected.encode()):
            return True
        with transaction() as session:
            throttle.count_failure(session, attempt)
    raise WrongSetupCode

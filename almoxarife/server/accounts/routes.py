"""``/login``, ``/logout``, ``/conta``, ``/usuarios``: people and their rights."""

from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta

from flask import Blueprint
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from almoxarife import brazil
from almoxarife.server.accounts import erasing, models, passwords, service
from almoxarife.server.accounts.cpf import CpfKey
from almoxarife.server.accounts.directory import service as directory
from almoxarife.server.accounts.limits import anonymous_attempts
from almoxarife.server.accounts.limits.anonymous_attempts import Refusal, RefusalLimit
from almoxarife.server.accounts.limits.errors import TooManyFailures
from almoxarife.server.accounts.limits.hashing import FirstLogins, HashingQueue, Urgency
from almoxarife.server.accounts.limits.temporary_passwords import TemporaryPasswords
from almoxarife.server.accounts.limits.throttle import Attempt, Throttle
from almoxarife.server.accounts.tokens import Tokens, make_identity
from almoxarife.server.audit import service as audit
from almoxarife.server.audit.tags import Tag
from almoxarife.server.bulk import service as bulk
from almoxarife.server.context import current, reading, transaction
from almoxarife.server.errors import (
    AlmoxarifeError,
    WeakPassword,
    WrongCurrentPassword,
)
from almoxarife.server.http.access import anyone, current_identity, current_origin, is_within_this_machine, requires
from almoxarife.server.http.openapi import describe
from almoxarife.server.http.requests import parse, parse_cursor, parse_id, parse_query
from almoxarife.server.http.responses import find_limit, link_next, respond, respond_models, respond_nothing
from almoxarife.server.identity import Origin
from almoxarife.server.ids import IdKind
from almoxarife.server.logs.service import LogQueue
from almoxarife.server.messaging import service as messages
from almoxarife.server.settings import Settings
from almoxarife.wire.accounts import (
    AccountState,
    Credentials,
    LoggedIn,
    LoggedInUser,
    PasswordChange,
    Role,
    TemporaryPassword,
    User,
    UserChange,
    UsersQuery,
)

bp = Blueprint("accounts", __name__)

_LATELY = timedelta(days=30)


def _attempt(username: str) -> Attempt:
    return current(Throttle).attempt(service.fold_username(username), current_origin())


def _hashing_slot() -> AbstractContextManager[None]:
    """A slot for hashing the password of a person who is logged in. Raises LoginsBusy."""
    return current(HashingQueue).slot(Urgency.ACCOUNT, current_origin().network)


# --- login ----------------------------------------------------------------------------


@bp.post("/login")
@describe("Entra e recebe um token de 12 horas.", body=Credentials, responses={200: LoggedIn}, problems=(401, 403, 429))
@anyone
def log_in() -> ResponseReturnValue:
    credentials = parse(Credentials)
    username = _find_username(credentials.username)
    throttle, attempt = current(Throttle), _attempt(username)
    with throttle.one_at_a_time(attempt):
        user = _find_unless_throttled(username, attempt)
        has_been_here = throttle.knows(attempt) or _has_logged_in_from_here(user)
        first_logins, here = current(FirstLogins), current_origin().network
        with first_logins.slot(here, has_been_here=has_been_here, is_name_known=user is not None) as return_slot:
            is_password = passwords.is_password(user.password_hash if user else None, credentials.password)
            if is_password:
                return_slot()
        refusals = current(RefusalLimit)
        with transaction() as session:
            outcome = service.log_in(
                session,
                user,
                attempt,
                is_password=is_password,
                origin=current_origin(),
                throttle=throttle,
                temporary=current(TemporaryPasswords),
                refusals=refusals,
            )
            if isinstance(outcome, service.Login):
                logged_in = _logged_in_user(session, outcome)
    if isinstance(outcome, AlmoxarifeError):
        raise outcome
    refusals.end_windows_of(outcome.user.id)
    token = current(Tokens).issue(outcome.user, outcome.session_id)
    return respond(
        LoggedIn(
            mensagem="Bem-vindo!",
            token=token.text,
            expira_em=token.expires_at,
            fuso_horario=current(Settings).timezone.key,
            usuario=logged_in,
        )
    )


def _find_username(typed: str) -> str:
    """The user name that was typed, or that of the person whose CPF was: failures count by user name in both cases."""
    digits = brazil.find_cpf(typed)
    if digits is None:
        return typed
    with reading() as session:
        # An older user name may be eleven digits.
        user = service.find_by_name(session, typed) or service.find_by_cpf(session, current(CpfKey).hide(digits))
    return user.username if user else digits


def _has_logged_in_from_here(user: models.User | None) -> bool:
    """Whether they have within a month, also before this run of the server. Takes the same time for an unknown name."""
    subject = IdKind.USER.to_wire(user.id if user else 0)
    with reading() as session:
        addresses = audit.list_addresses(session, subject, Tag.LOGIN_SUCCEEDED, since=datetime.now(UTC) - _LATELY)
    return any(Origin(address, "").network == current_origin().network for address in addresses)


def _find_unless_throttled(username: str, attempt: Attempt) -> models.User | None:
    """The person called ``username``, if there is one. Raises TooManyFailures, and records the first of a series."""
    refusal: TooManyFailures | None = None
    with reading() as session:
        user = service.find_by_name(session, username)
        try:
            current(Throttle).require_allowed(session, attempt)
        except TooManyFailures as error:
            refusal = error
    if refusal is None:
        return user
    throttled = Refusal(Tag.LOGIN_THROTTLED, user.id if user else None)
    if current(RefusalLimit).may_record(throttled, current_origin()):
        with transaction() as session:
            anonymous_attempts.record(session, throttled, current_origin())
    raise refusal


def _logged_in_user(session: Session, login: service.Login) -> LoggedInUser:
    identity = make_identity(session, login.user, login.session_id)
    return LoggedInUser(
        id=IdKind.USER.to_wire(identity.user_id),
        username=identity.username,
        papel=identity.role,
        nome=login.user.full_name,
        lojas=[IdKind.SHOP.to_wire(shop_id) for shop_id in identity.shop_ids],
        criado_em=login.user.created_at,
        trocar_senha=identity.must_change_password,
    )


@bp.post("/logout")
@describe("Encerra a sessão: o token deixa de valer.", responses={204: None})
@requires(Role.SELLER, even_with_temporary_password=True)
def log_out() -> ResponseReturnValue:
    with transaction() as session:
        service.log_out(session, by=current_identity())
    return respond_nothing()


# --- one's own account ----------------------------------------------------------------


@bp.post("/conta/senha")
@describe(
    "Troca a própria senha e encerra as outras sessões.", body=PasswordChange, responses={204: None}, problems=(429,)
)
@requires(Role.SELLER, even_with_temporary_password=True)
def change_password() -> ResponseReturnValue:
    change = parse(PasswordChange)
    identity = current_identity()
    throttle, attempt = current(Throttle), _attempt(identity.username)
    with throttle.one_at_a_time(attempt):
        with reading() as session:
            throttle.require_allowed(session, attempt)
            stored = service.get_user(session, identity.user_id).password_hash
        with _hashing_slot():
            is_password = passwords.is_password(stored, change.current)
        if not is_password:
            with transaction() as session:
                service.refuse_password_change(session, attempt, by=identity, throttle=throttle)
            raise WrongCurrentPassword
    if change.new == change.current:
        raise WeakPassword("A senha nova deve ser diferente da atual.", field="senha_nova")
    is_weak = passwords.check_strength(
        change.new, identity.username, is_local=is_within_this_machine(current(Settings)), field="senha_nova"
    )
    with _hashing_slot():
        password_hash = passwords.hash_password(change.new)
    with transaction() as session:
        service.change_password(session, password_hash, instead_of=stored, is_weak=is_weak, by=identity)
    return respond_nothing()


# --- users, for administradores --------------------------------------------------------


@bp.get("/usuarios")
@describe("As pessoas e seus papéis.", query=UsersQuery, responses={200: list[User]})
@requires(Role.ADMIN)
def list_users() -> ResponseReturnValue:
    query = parse_query(UsersQuery)
    after = parse_cursor(IdKind.USER, query.after)
    limit = find_limit(query.limit, query.after)
    with reading() as session:
        users = service.list_users(session, query.state, after=after, limit=limit, search=query.search)
        links = directory.list_links(session)
    response = respond_models(_to_wire(user, links) for user in users)
    return link_next(response, users, limit, lambda user: IdKind.USER.to_wire(user.id))


@bp.patch("/usuarios/<person_id>")
@describe("Aprova, muda papel e lojas, ativa ou desativa.", body=UserChange, responses={200: User}, problems=(404, 409))
@requires(Role.ADMIN)
def change_user(person_id: str) -> ResponseReturnValue:
    change = parse(UserChange)
    with transaction() as session:
        user = service.change_user(session, parse_id(IdKind.USER, person_id), change, by=current_identity())
        links = directory.list_links(session)
    return respond(_to_wire(user, links))


@bp.delete("/usuarios/<person_id>")
@describe(
    "Apaga os dados de uma pessoa, também os de outro programa ligados a ela; o que ela registrou fica sem nome.",
    responses={204: None},
    problems=(404, 409),
)
@requires(Role.ADMIN)
def erase_user(person_id: str) -> ResponseReturnValue:
    number = parse_id(IdKind.USER, person_id)
    with transaction(own_commit=True) as session:  # it may take long: it updates all their audit entries
        bulk.forget_login(session, service.get_user(session, number).username_folded)
        erasing.erase(session, number, by=current_identity())
        messages.forget_texts(session, number)
        traces = erasing.find_traces(session, number)
    current(LogQueue).forget(traces)
    return respond_nothing()


@bp.post("/usuarios/<person_id>/senha")
@describe("Cria uma senha temporária, mostrada só nesta resposta.", responses={200: TemporaryPassword}, problems=(404,))
@requires(Role.ADMIN)
def reset_password(person_id: str) -> ResponseReturnValue:
    password = passwords.generate_temporary_password()
    with _hashing_slot():
        password_hash = passwords.hash_password(password)
    with transaction() as session:
        user = service.reset_password(session, parse_id(IdKind.USER, person_id), password_hash, by=current_identity())
    return respond(TemporaryPassword(senha_temporaria=password, expira_em=current(TemporaryPasswords).begin(user)))


def _to_wire(user: models.User, links: dict[int, list[int]]) -> User:
    return User(
        id=IdKind.USER.to_wire(user.id),
        username=user.username,
        nome=user.full_name,
        cpf=user.cpf_mask,
        ano_nascimento=user.birth_year,
        papel=Role(user.role),
        estado=AccountState(user.state),
        ativo=user.state == AccountState.ACTIVE,
        lojas=[IdKind.SHOP.to_wire(shop.id) for shop in user.shops],
        criado_em=user.created_at,
        ultimo_acesso=user.last_login_at,
        trocar_senha=user.must_change_password,
        loja_usual=IdKind.SHOP.to_wire(user.usual_shop_id) if user.usual_shop_id else None,
        pessoas=links.get(user.id, []),
    )

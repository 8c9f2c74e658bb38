"""Registering, logging in, and what administrators do with people.

An outcome that must be recorded is returned, not raised: a failed login commits its
audit entry and its count first, and only then becomes a 401.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from almoxarife.server.accounts.cpf import HiddenCpf, suggest_usernames
from almoxarife.server.accounts.limits import repeats
from almoxarife.server.accounts.limits.registrations import MOST_PENDING
from almoxarife.server.accounts.limits.repeats import Refusal, Repeats
from almoxarife.server.accounts.limits.throttle import Attempt, Throttle
from almoxarife.server.accounts.lookalikes import look_alike
from almoxarife.server.accounts.models import LoginSession, User
from almoxarife.server.accounts.profiles import service as profiles
from almoxarife.server.accounts.profiles.service import Profile
from almoxarife.server.accounts.tokens import LIFETIME, end_other_sessions, forget_old_sessions
from almoxarife.server.audit import service as audit
from almoxarife.server.audit.tags import Outcome, Tag
from almoxarife.server.errors import (
    AccountInactive,
    AlmoxarifeError,
    ApprovalPending,
    CpfTaken,
    InvalidToken,
    LastAdministrator,
    PersonNotFound,
    ShopNotFound,
    TooManyPending,
    UsernameTaken,
    WeakPasswordFromAfar,
    WrongCredentials,
    WrongCurrentPassword,
)
from almoxarife.server.identity import Identity, Origin
from almoxarife.server.ids import IdKind
from almoxarife.server.store.sessions import touch
from almoxarife.server.stores import service as stores
from almoxarife.wire.accounts import AccountState, PersonChange, Role, SellerRole


def fold_username(username: str) -> str:
    """Two names that differ only in case are one person."""
    return username.casefold()


# --- registration -------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAccount:
    """An account about to be made; the password is hashed already."""

    username: str | None
    """None: one is made from the full name."""
    password_hash: str
    is_password_weak: bool
    is_trusted: bool
    """Registered on the server's own machine: needs no approval."""
    is_setup: bool = False
    """Gave the code printed on the server's console."""
    seller: "NewSeller | None" = None
    profile: Profile | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSeller:
    """Who registers with a CPF, to sell or to manage those who do."""

    full_name: str
    cpf: HiddenCpf
    birth_year: int
    role: SellerRole


def has_administrator(session: Session) -> bool:
    return _count_administrators(session) > 0


def verify_room(session: Session) -> None:
    """Raises TooManyPending: somebody has to look at those who wait, and nobody looks at thousands."""
    pending = select(func.count()).select_from(User).where(User.state == AccountState.PENDING)
    if session.execute(pending).scalar_one() >= MOST_PENDING:
        raise TooManyPending(retry_after=600)


def register(session: Session, account: NewAccount, *, origin: Origin) -> User | None:
    """Make an account; None when name, CPF, e-mail or telephone is taken.

    Raises TooManyPending; records ``accounts:user:registered``.

    The first person on the server's own machine, or with its code, becomes administrador; others
    there estoquista, or with a CPF vendedor in every shop; anybody else, and who would be gerente, waits for approval.
    Who asks to sell is the first person only where nobody else works yet, not where all others are no administrador.
    """
    seller = account.seller
    if find_taken(session, account.username, seller) is not None:
        return None
    if account.profile is not None and profiles.find_conflict(session, account.profile) is not None:
        return None
    names = (
        [account.username] if account.username is not None else suggest_usernames(seller.full_name if seller else "")
    )
    username = next(name for name in names if account.username == name or find_taken(session, name) is None)
    is_manager = seller is not None and seller.role is SellerRole.MANAGER
    is_first = not is_manager and _is_first(session, account)
    is_active = is_first or (account.is_trusted and not is_manager)
    if not is_active:
        verify_room(session)
    is_everywhere = seller is not None and is_active
    user = User(
        username=username,
        username_folded=fold_username(username),
        password_hash=account.password_hash,
        is_password_weak=account.is_password_weak,
        role=Role.ADMIN if is_first else Role(seller.role) if seller else Role.STOCK_CLERK,
        state=AccountState.ACTIVE if is_active else AccountState.PENDING,
        created_at=datetime.now(UTC),
        shops=stores.list_shops(session) if is_everywhere else [stores.get_shop(session, stores.DEFAULT_SHOP_ID)],
        usual_shop_id=stores.DEFAULT_SHOP_ID,
    )
    if seller is not None:
        user.full_name, user.birth_year = seller.full_name, seller.birth_year
        user.cpf_hash, user.cpf_mask = seller.cpf
    if account.profile is not None:
        profiles.fill(user, account.profile)
    session.add(user)
    session.flush()
    audit.record(
        session,
        Tag.USER_REGISTERED,
        origin=origin,
        actor_id=user.id,
        subject=IdKind.USER.to_wire(user.id),
        cause=user.state,
    )
    touch(session, "people")
    return user


def _is_first(session: Session, account: NewAccount) -> bool:
    if not (account.is_trusted or account.is_setup) or has_administrator(session):
        return False
    asks_to_sell = account.seller is not None and not account.is_setup
    return not (asks_to_sell and _is_anybody_active(session))


def refuse_account(
    username: str | None, seller: NewSeller | None, taken: User
) -> tuple[UsernameTaken | CpfTaken, Refusal]:
    """The answer to a request for the CPF of ``taken``, their name or one like it, and what is to be recorded."""
    if username is None or (seller is not None and seller.cpf.hash == taken.cpf_hash):
        return CpfTaken(), Refusal(Tag.USERNAME_REFUSED, taken.id, "o CPF já existe")
    if fold_username(username) == taken.username_folded:
        return UsernameTaken(), Refusal(Tag.USERNAME_REFUSED, taken.id, "o nome já existe")
    error = UsernameTaken("Este nome se parece demais com o de outra pessoa. Escolha outro.")
    return error, Refusal(Tag.USERNAME_REFUSED, taken.id, "o nome se parece com este")


def create_administrator(session: Session, username: str, password_hash: str) -> User:
    """From the server's own console, with a temporary password. Raises UsernameTaken; records it."""
    taken = find_taken(session, username)
    if taken is not None and fold_username(taken.username) == fold_username(username):
        raise UsernameTaken(f"O nome “{username}” já existe. Para uma senha nova use: almoxarife users reset-password")
    if taken is not None:
        raise UsernameTaken(f"O nome “{username}” se parece demais com “{taken.username}”. Escolha outro.")
    user = User(
        username=username,
        username_folded=fold_username(username),
        password_hash=password_hash,
        must_change_password=True,
        role=Role.ADMIN,
        state=AccountState.ACTIVE,
        created_at=datetime.now(UTC),
        shops=[stores.get_shop(session, stores.DEFAULT_SHOP_ID)],
        usual_shop_id=stores.DEFAULT_SHOP_ID,
    )
    session.add(user)
    session.flush()
    audit.record(
        session, Tag.USER_REGISTERED, subject=IdKind.USER.to_wire(user.id), cause="almoxarife users create-admin"
    )
    touch(session, "people")
    return user


# --- login --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Login:
    user: User
    session_id: int


def log_in(
    session: Session,
    user: User | None,
    attempt: Attempt,
    *,
    is_password: bool,
    origin: Origin,
    throttle: Throttle,
    repeated: Repeats,
) -> Login | AlmoxarifeError:
    """Open a session, or return why not. Either is recorded; what a guess would meet is counted."""
    checked, user = user, find_by_id(session, user.id) if user else None
    if user is not None and checked is not None:
        # The hash was checked outside this transaction: it must still be the one that counts.
        is_password = is_password and user.password_hash == checked.password_hash
    refusal = _find_refusal(user, is_password=is_password, origin=origin)
    if refusal is not None or user is None:
        refusal = refusal or WrongCredentials()
        # From afar a weak password that is right is no better than a wrong one, and must not be found out by trying.
        if isinstance(refusal, WrongCredentials | WeakPasswordFromAfar):
            throttle.count_failure(session, attempt)
            session.flush()
        failed = Refusal(Tag.LOGIN_FAILED, user.id if user else None, type(refusal).__name__)
        if repeated.is_new(failed, origin):
            repeats.record(session, failed, origin)
        return refusal
    now = datetime.now(UTC)
    throttle.forgive(session, attempt)
    forget_old_sessions(session, user.id, before=now - LIFETIME)
    login = LoginSession(user_id=user.id, created_at=now)
    session.add(login)
    user.last_login_at = now
    session.flush()
    audit.record(session, Tag.LOGIN_SUCCEEDED, origin=origin, actor_id=user.id, subject=IdKind.USER.to_wire(user.id))
    return Login(user=user, session_id=login.id)


def _find_refusal(user: User | None, *, is_password: bool, origin: Origin) -> AlmoxarifeError | None:
    if user is None or not is_password:
        return WrongCredentials()
    if user.state == AccountState.PENDING:
        return ApprovalPending()
    if user.state != AccountState.ACTIVE:
        return AccountInactive()
    if user.is_password_weak and not origin.is_local:
        return WeakPasswordFromAfar()
    return None


def log_out(session: Session, *, by: Identity) -> None:
    """Kill the token in use; records ``accounts:session:ended``."""
    login = session.get(LoginSession, by.session_id)
    if login is not None and login.ended_at is None:
        login.ended_at = datetime.now(UTC)
        session.flush()
    audit.record(session, Tag.SESSION_ENDED, by=by, subject=IdKind.USER.to_wire(by.user_id))
    touch(session, "sessions")


def record_window_closed(session: Session, *, by: Identity) -> None:
    audit.record(session, Tag.WINDOW_CLOSED, by=by, subject=IdKind.USER.to_wire(by.user_id), outcome=Outcome.SYSTEM)


# --- people -------------------------------------------------------------------------


def find_by_name(session: Session, username: str) -> User | None:
    return session.scalars(select(User).where(User.username_folded == fold_username(username))).one_or_none()


def find_by_cpf(session: Session, cpf: HiddenCpf) -> User | None:
    return session.scalars(select(User).where(User.cpf_hash == cpf.hash)).one_or_none()


def find_taken(session: Session, username: str | None, seller: NewSeller | None = None) -> User | None:
    """Who has this CPF, or this name, or one that a person would take for it."""
    same = find_by_cpf(session, seller.cpf) if seller else None
    if same is not None or username is None:
        return same
    exact = find_by_name(session, username)
    if exact is not None:
        return exact
    names = session.execute(select(User.id, User.username).where(User.erased_at.is_(None)).order_by(User.id))
    return next((find_by_id(session, number) for number, name in names if look_alike(username, name)), None)


def find_by_id(session: Session, user_id: int) -> User | None:
    return session.get(User, user_id)


def get_person(session: Session, user_id: int) -> User:
    """Raises PersonNotFound, for one that was erased too."""
    user = find_by_id(session, user_id)
    if user is None or user.erased_at is not None:
        raise PersonNotFound
    return user


def list_people(session: Session, state: AccountState | None, *, after: int, limit: int | None) -> list[User]:
    query = select(User).where(User.id > after, User.erased_at.is_(None)).order_by(User.id)
    if state is not None:
        query = query.where(User.state == state)
    return list(session.scalars(query.limit(limit)))


def change_person(session: Session, user_id: int, change: PersonChange, *, by: Identity) -> User:
    """Full name, role, state, shops and the usual one. Raises PersonNotFound, ShopNotFound, LastAdministrator.

    Records ``accounts:user:changed``. Deactivating kills every token of the person.
    """
    user = get_person(session, user_id)
    was = _rights_of(user)
    state = change.state
    if change.active is not None:
        state = AccountState.ACTIVE if change.active else AccountState.INACTIVE
    if change.full_name is not None:
        profiles.rename(user, change.full_name)
    if change.role is not None:
        if change.role is Role.ADMIN and user.role != Role.ADMIN and user.usual_shop_id is None:
            user.usual_shop_id = min((shop.id for shop in user.shops), default=stores.DEFAULT_SHOP_ID)
        user.role = change.role
    if state is not None and state != user.state:
        user.state = state
        user.generation += 1
    if change.shops is not None:
        user.shops = sorted({_shop(session, text) for text in change.shops}, key=lambda shop: shop.id)
    if "usual_shop" in change.model_fields_set:
        user.usual_shop_id = _shop(session, change.usual_shop).id if change.usual_shop else None
    session.flush()
    if not has_administrator(session):
        raise LastAdministrator
    if was != _rights_of(user):
        cause = f"{user.role}, {user.state}, lojas {','.join(IdKind.SHOP.to_wire(shop.id) for shop in user.shops)}"
        audit.record(session, Tag.USER_CHANGED, by=by, subject=IdKind.USER.to_wire(user.id), cause=cause[:200])
        touch(session, "people")
    return user


def _rights_of(user: User) -> tuple[object, ...]:
    return user.full_name, user.role, user.state, [shop.id for shop in user.shops], user.usual_shop_id


def _shop(session: Session, text: str) -> stores.Shop:
    number = IdKind.SHOP.find_number(text)
    if number is None:
        raise ShopNotFound
    return stores.get_shop(session, number)


def _is_anybody_active(session: Session) -> bool:
    found = select(User.id).where(User.state == AccountState.ACTIVE).limit(1)
    return session.execute(found).first() is not None


def _count_administrators(session: Session) -> int:
    query = select(func.count()).select_from(User).where(User.role == Role.ADMIN, User.state == AccountState.ACTIVE)
    return session.execute(query).scalar_one()


# --- passwords ----------------------------------------------------------------------


def change_password(
    session: Session, password_hash: str, *, instead_of: str | None, is_weak: bool, by: Identity
) -> None:
    """A person's own new password: every other token of theirs is dead. Records it.

    Raises InvalidToken when the hash that was checked, ``instead_of``, is not the one that counts any more.
    """
    user = get_person(session, by.user_id)
    if user.password_hash != instead_of:
        raise InvalidToken
    user.password_hash = password_hash
    user.is_password_weak = is_weak
    user.must_change_password = False
    end_other_sessions(session, user.id, by.session_id)
    audit.record(session, Tag.PASSWORD_CHANGED, by=by, subject=IdKind.USER.to_wire(user.id))
    touch(session, "people", "sessions")


def refuse_password_change(session: Session, attempt: Attempt, *, by: Identity, throttle: Throttle) -> None:
    """A wrong current password counts like a failed login; records ``accounts:password:refused``."""
    throttle.count_failure(session, attempt)
    session.flush()
    audit.record(
        session,
        Tag.PASSWORD_REFUSED,
        by=by,
        subject=IdKind.USER.to_wire(by.user_id),
        outcome=Outcome.ERROR,
        cause=WrongCurrentPassword.__name__,
    )


def reset_password(session: Session, user_id: int, password_hash: str, *, by: Identity | None) -> User:
    """A temporary password, to be changed at the next login: every token of theirs is dead.

    Raises PersonNotFound; records ``accounts:password:reset``. ``by`` is None on the server's own console.
    """
    user = get_person(session, user_id)
    user.password_hash = password_hash
    user.is_password_weak = False
    user.must_change_password = True
    user.generation += 1
    session.flush()
    audit.record(session, Tag.PASSWORD_RESET, by=by, subject=IdKind.USER.to_wire(user.id))
    touch(session, "people", "sessions")
    return user

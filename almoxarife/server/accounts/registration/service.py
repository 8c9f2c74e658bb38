"""Creates accounts: people register themselves, or an administrador is created from the server's console."""

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from almoxarife.server.accounts import service
from almoxarife.server.accounts.cpf import HiddenCpf, suggest_usernames
from almoxarife.server.accounts.limits.anonymous_attempts import Refusal
from almoxarife.server.accounts.limits.registrations import MAX_PENDING
from almoxarife.server.accounts.lookalikes import are_confusable
from almoxarife.server.accounts.models import User
from almoxarife.server.accounts.profiles import service as profiles
from almoxarife.server.accounts.profiles.service import Profile
from almoxarife.server.audit import service as audit
from almoxarife.server.audit.tags import Tag
from almoxarife.server.errors import CpfTaken, TooManyPending, UsernameTaken
from almoxarife.server.identity import Origin
from almoxarife.server.ids import IdKind
from almoxarife.server.store.sessions import mark_changed
from almoxarife.server.stores import service as stores
from almoxarife.wire.accounts import AccountState, Role, SellerRole


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSeller:
    """The data of somebody who registers with a CPF, as vendedor or gerente."""

    full_name: str
    cpf: HiddenCpf
    birth_year: int
    role: SellerRole


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAccount:
    """An account to create; the password is hashed already."""

    username: str | None
    """None: one is derived from the full name."""
    password_hash: str
    is_password_weak: bool
    is_trusted: bool
    """Registered on the server's own machine: needs no approval."""
    is_setup: bool = False
    """Gave the code printed on the server's console."""
    seller: NewSeller | None = None
    profile: Profile | None = None


def find_taken(session: Session, username: str | None, seller: NewSeller | None = None) -> User | None:
    """The person who has this CPF, this user name, or one that looks like it."""
    same = service.find_by_cpf(session, seller.cpf) if seller else None
    if same is not None or username is None:
        return same
    exact = service.find_by_name(session, username)
    if exact is not None:
        return exact
    names = session.execute(select(User.id, User.username).order_by(User.id))
    return next((service.find_by_id(session, number) for number, name in names if are_confusable(username, name)), None)


def require_room(session: Session) -> None:
    """Raises TooManyPending where too many accounts wait for approval already."""
    pending = select(func.count()).select_from(User).where(User.state == AccountState.PENDING)
    if session.execute(pending).scalar_one() >= MAX_PENDING:
        raise TooManyPending(retry_after=600)


def register(session: Session, account: NewAccount, *, origin: Origin) -> User | None:
    """Create an account; None when name, CPF, e-mail or telephone is taken.

    Raises TooManyPending; records ``accounts:user:registered``.

    While there is no administrador, somebody on the server's own machine or with the setup code becomes it (with a CPF
    only if nobody is active yet). Others on that machine become estoquista, or with a CPF vendedor in every shop.
    Everybody else, and whoever registers as gerente, waits for approval.
    """
    seller = account.seller
    if find_taken(session, account.username, seller) is not None:
        return None
    if account.profile is not None and profiles.find_conflict(session, account.profile) is not None:
        return None
    is_manager = seller is not None and seller.role is SellerRole.MANAGER
    is_first = not is_manager and _is_first(session, account)
    is_active = is_first or (account.is_trusted and not is_manager)
    if not is_active:
        require_room(session)
    user = _make_user(session, account, is_first=is_first, is_active=is_active)
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
    mark_changed(session, "people")
    return user


def _make_user(session: Session, account: NewAccount, *, is_first: bool, is_active: bool) -> User:
    seller = account.seller
    full_name = seller.full_name if seller else ""
    username = account.username or next(
        name for name in suggest_usernames(full_name) if find_taken(session, name) is None
    )
    is_everywhere = seller is not None and is_active
    user = User(
        username=username,
        username_folded=service.fold_username(username),
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
    return user


def _is_first(session: Session, account: NewAccount) -> bool:
    if not (account.is_trusted or account.is_setup) or service.has_administrator(session):
        return False
    asks_to_sell = account.seller is not None and not account.is_setup
    return not (asks_to_sell and service.is_anybody_active(session))


def refuse_account(
    username: str | None, seller: NewSeller | None, taken: User
) -> tuple[UsernameTaken | CpfTaken, Refusal]:
    """The error for a registration with the CPF, the name or a lookalike name of ``taken``, and what to record."""
    if username is None or (seller is not None and seller.cpf.hash == taken.cpf_hash):
        return CpfTaken(), Refusal(Tag.USERNAME_REFUSED, taken.id, "o CPF já existe")
    if service.fold_username(username) == taken.username_folded:
        return UsernameTaken(), Refusal(Tag.USERNAME_REFUSED, taken.id, "o nome já existe")
    error = UsernameTaken("Este nome se parece demais com o de outra pessoa. Escolha outro.")
    return error, Refusal(Tag.USERNAME_REFUSED, taken.id, "o nome se parece com este")


def create_administrator(session: Session, username: str, password_hash: str) -> User:
    """With a temporary password, from the console. Raises UsernameTaken; records ``accounts:user:registered``."""
    taken = find_taken(session, username)
    if taken is not None and service.fold_username(taken.username) == service.fold_username(username):
        raise UsernameTaken(f"O nome “{username}” já existe. Para uma senha nova use: almoxarife users reset-password")
    if taken is not None:
        raise UsernameTaken(f"O nome “{username}” se parece demais com “{taken.username}”. Escolha outro.")
    user = User(
        username=username,
        username_folded=service.fold_username(username),
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
    mark_changed(session, "people")
    return user

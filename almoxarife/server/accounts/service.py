"""Login, and the changes that administrators make to people.

``log_in`` returns a refusal instead of raising it, because its audit entry and its count must be
committed; the route raises it afterwards.
"""

from datetime import UTC, datetime
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from almoxarife.server.accounts.cpf import HiddenCpf
from almoxarife.server.accounts.limits import anonymous_attempts
from almoxarife.server.accounts.limits.anonymous_attempts import Refusal, RefusalLimit
from almoxarife.server.accounts.limits.errors import TemporaryPasswordOver
from almoxarife.server.accounts.limits.temporary_passwords import TemporaryPasswords
from almoxarife.server.accounts.limits.throttle import Attempt, Throttle
from almoxarife.server.accounts.models import LoginSession, User
from almoxarife.server.accounts.profiles import service as profiles
from almoxarife.server.accounts.tokens import LIFETIME, end_other_sessions, forget_old_sessions
from almoxarife.server.audit import service as audit
from almoxarife.server.audit.tags import Outcome, Tag
from almoxarife.server.errors import (
    AccountInactive,
    AlmoxarifeError,
    ApprovalPending,
    InvalidToken,
    LastAdministrator,
    ShopNotFound,
    UserNotFound,
    WeakPasswordFromAfar,
    WrongCredentials,
    WrongCurrentPassword,
)
from almoxarife.server.identity import Identity, Origin
from almoxarife.server.ids import IdKind
from almoxarife.server.store.sessions import mark_changed
from almoxarife.server.stores import service as stores
from almoxarife.wire.accounts import AccountState, Role, UserChange
from almoxarife.wire.fields import MAX_PAGE_SIZE, fold


def fold_username(username: str) -> str:
    """User names that differ only in case are the same."""
    return username.casefold()


def has_administrator(session: Session) -> bool:
    found = select(User.id).where(User.role == Role.ADMIN, User.state == AccountState.ACTIVE).limit(1)
    return session.execute(found).first() is not None


def has_accounts(session: Session) -> bool:
    """Whether anybody has an account, in whatever state."""
    return session.execute(select(User.id).limit(1)).first() is not None


# --- login --------------------------------------------------------------------------


class Login(NamedTuple):
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
    temporary: TemporaryPasswords,
    refusals: RefusalLimit,
) -> Login | AlmoxarifeError:
    """Open a session, or return why not. Both are recorded, and a failure that a guess would get is counted.

    ``user`` was read, and ``is_password`` found out, before this transaction.
    """
    checked, user = user, find_by_id(session, user.id) if user else None
    if user is not None and checked is not None:
        # The password was checked against the hash outside this transaction: it must not have changed since.
        is_password = is_password and user.password_hash == checked.password_hash
    refusal = _find_refusal(user, is_password=is_password, origin=origin)
    if refusal is None and user is not None and user.must_change_password and temporary.is_over(session, user):
        refusal = TemporaryPasswordOver()
    if refusal is None and user is not None:
        throttle.reset_failures(session, attempt)
        return _open_session(session, user, origin)
    refusal = refusal or WrongCredentials()
    # A weak password is refused from other machines, and counts as a failure so that it cannot be guessed there.
    if isinstance(refusal, WrongCredentials | WeakPasswordFromAfar):
        throttle.count_failure(session, attempt)
        session.flush()
    failed = Refusal(Tag.LOGIN_FAILED, user.id if user else None, type(refusal).__name__)
    if refusals.may_record(failed, origin):
        anonymous_attempts.record(session, failed, origin)
    return refusal


def _open_session(session: Session, user: User, origin: Origin) -> Login:
    now = datetime.now(UTC)
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
    """Revoke the token in use; records ``accounts:session:ended``."""
    login = session.get(LoginSession, by.session_id)
    if login is not None and login.ended_at is None:
        login.ended_at = datetime.now(UTC)
        session.flush()
    audit.record(session, Tag.SESSION_ENDED, by=by, subject=IdKind.USER.to_wire(by.user_id))
    mark_changed(session, "sessions")


# --- users --------------------------------------------------------------------------


def find_by_name(session: Session, username: str) -> User | None:
    return session.scalars(select(User).where(User.username_folded == fold_username(username))).one_or_none()


def find_by_cpf(session: Session, cpf: HiddenCpf) -> User | None:
    return session.scalars(select(User).where(User.cpf_hash == cpf.hash)).one_or_none()


def find_by_id(session: Session, user_id: int) -> User | None:
    return session.get(User, user_id)


def get_user(session: Session, user_id: int) -> User:
    """Raises UserNotFound, also for somebody who was erased."""
    user = find_by_id(session, user_id)
    if user is None or user.erased_at is not None:
        raise UserNotFound
    return user


def list_users(
    session: Session, state: AccountState | None, *, after: int, limit: int | None, search: str | None = None
) -> list[User]:
    """``search``: every word must be in the user name, full name or e-mail, without accents and case."""
    is_listed = [User.id > after, User.erased_at.is_(None)]
    if state is not None:
        is_listed.append(User.state == state)
    words = fold(search or "").split()
    if not words:
        return list(session.scalars(select(User).where(*is_listed).order_by(User.id).limit(limit)))
    # Nobody asks this in a hurry: names are folded as they are read, 10,000 of them in less than a tenth of a second.
    names = session.execute(
        select(User.id, User.username, User.full_name, User.email).where(*is_listed).order_by(User.id)
    )
    found = [number for number, *texts in names if _has_all(texts, words)][:limit]
    chunks = [found[at : at + MAX_PAGE_SIZE] for at in range(0, len(found), MAX_PAGE_SIZE)]
    by_id = [select(User).where(User.id.in_(chunk)).order_by(User.id) for chunk in chunks]
    return [user for query in by_id for user in session.scalars(query)]


def _has_all(texts: list[str | None], words: list[str]) -> bool:
    text = fold(" ".join(filter(None, texts)))
    return all(word in text for word in words)


def change_user(session: Session, user_id: int, change: UserChange, *, by: Identity) -> User:
    """Change full name, role, state, shops or the usual shop. Raises UserNotFound, ShopNotFound, LastAdministrator.

    Another state revokes all tokens of the person. Records ``accounts:user:changed``.
    """
    user = get_user(session, user_id)
    was = _rights_of(user)
    if change.full_name is not None:
        profiles.rename(user, change.full_name)
    if change.role is not None:
        _set_role(user, change.role)
    state = change.state
    if change.active is not None:
        state = AccountState.ACTIVE if change.active else AccountState.INACTIVE
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
        mark_changed(session, "people")
    return user


def _set_role(user: User, role: Role) -> None:
    """A new administrator works in a shop, unless one is set already: older clients never name one."""
    if role is Role.ADMIN and user.role != Role.ADMIN and user.usual_shop_id is None:
        user.usual_shop_id = min((shop.id for shop in user.shops), default=stores.DEFAULT_SHOP_ID)
    user.role = role


def _rights_of(user: User) -> tuple[object, ...]:
    return user.full_name, user.role, user.state, [shop.id for shop in user.shops], user.usual_shop_id


def _shop(session: Session, text: str) -> stores.Shop:
    number = IdKind.SHOP.find_number(text)
    if number is None:
        raise ShopNotFound
    return stores.get_shop(session, number)


def is_anybody_active(session: Session) -> bool:
    found = select(User.id).where(User.state == AccountState.ACTIVE).limit(1)
    return session.execute(found).first() is not None


# --- passwords ----------------------------------------------------------------------


def change_password(
    session: Session, password_hash: str, *, instead_of: str | None, is_weak: bool, by: Identity
) -> None:
    """Set a person's own new password and revoke their other tokens; records ``accounts:password:changed``.

    ``instead_of`` is the hash that the current password was checked against. Raises InvalidToken when it was changed
    since.
    """
    user = get_user(session, by.user_id)
    if user.password_hash != instead_of:
        raise InvalidToken
    user.password_hash = password_hash
    user.is_password_weak = is_weak
    user.must_change_password = False
    end_other_sessions(session, user.id, by.session_id)
    audit.record(session, Tag.PASSWORD_CHANGED, by=by, subject=IdKind.USER.to_wire(user.id))
    mark_changed(session, "people", "sessions")


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
    """Set a temporary password, to be changed at the next login, and revoke all tokens of the person.

    Raises UserNotFound; records ``accounts:password:reset``. ``by`` is None on the server's own console.
    """
    user = get_user(session, user_id)
    user.password_hash = password_hash
    user.is_password_weak = False
    user.must_change_password = True
    user.generation += 1
    session.flush()
    audit.record(session, Tag.PASSWORD_RESET, by=by, subject=IdKind.USER.to_wire(user.id))
    mark_changed(session, "people", "sessions")
    return user

"""People as other programs keep them, in the one table of accounts.

An account made here has no password, so nobody can log in with it. Erasing a person
leaves a row without anything personal: the ledger and the audit trail name it by id.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from itertools import count

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from almoxarife.server.accounts import service
from almoxarife.server.accounts.models import LoginSession, User
from almoxarife.server.audit import service as audit
from almoxarife.server.audit.tags import Tag
from almoxarife.server.database import touch
from almoxarife.server.errors import IdTaken, LastAdministrator
from almoxarife.server.ids import IdKind
from almoxarife.server.logs.service import Traces
from almoxarife.server.programs import Caller
from almoxarife.wire.accounts import AccountState, Role
from almoxarife.wire.directory import DirectoryUser, UserIn

LONGEST_USERNAME = 60
WITHOUT_A_TOKEN = (
    Tag.USER_REGISTERED,
    Tag.USERNAME_REFUSED,
    Tag.LOGIN_SUCCEEDED,
    Tag.LOGIN_FAILED,
    Tag.LOGIN_THROTTLED,
)
"""What the log of requests cannot tell whose it was; the trail can."""


def create(session: Session, asked: UserIn, *, caller: Caller) -> User:
    """Raises IdTaken, by an erased person too; records ``accounts:user:registered``."""
    if asked.id is not None and service.find_by_id(session, asked.id) is not None:
        raise IdTaken
    user = User(
        id=asked.id,
        full_name=asked.name,
        email=asked.email,
        age=asked.age,
        role=Role.SELLER,
        state=AccountState.ACTIVE,
        created_at=datetime.now(UTC),
    )
    _rename(session, user)
    session.add(user)
    session.flush()
    _record(session, Tag.USER_REGISTERED, user, caller)
    touch(session, "people")
    return user


def replace(session: Session, user_id: int, asked: UserIn, *, caller: Caller) -> User:
    """Raises PersonNotFound; records ``accounts:user:changed``. Who logs in keeps the name they log in with."""
    user = service.get_person(session, user_id)
    has_new_name = asked.name != to_wire(user).name
    user.full_name, user.email, user.age = asked.name, asked.email, asked.age
    if has_new_name and user.password_hash is None:
        _rename(session, user)
    session.flush()
    _record(session, Tag.USER_CHANGED, user, caller)
    touch(session, "people")
    return user


def erase(session: Session, user_id: int, *, caller: Caller) -> DirectoryUser:
    """Make a person anonymous for ever; who they were, for the last time.

    Their movements stay, their tokens are dead, and the trail forgets where they came from.
    Raises PersonNotFound and LastAdministrator; records ``accounts:user:erased``.
    """
    user = service.get_person(session, user_id)
    was = to_wire(user)
    is_administrator = user.role == Role.ADMIN and user.state == AccountState.ACTIVE
    user.username = f"Usuário removido #{user.id}"
    user.username_folded = f"/removido/{user.id}"  # no name that people choose has a slash
    user.full_name = user.email = user.age = user.password_hash = user.last_login_at = None
    user.is_password_weak = user.must_change_password = False
    user.role, user.state = Role.SELLER, AccountState.INACTIVE
    user.generation += 1
    user.erased_at = datetime.now(UTC)
    user.shops = []
    session.execute(delete(LoginSession).where(LoginSession.user_id == user.id))
    session.flush()
    if is_administrator and not service.has_administrator(session):
        raise LastAdministrator
    _record(session, Tag.USER_ERASED, user, caller)
    touch(session, "people", "sessions")
    return was


def find_traces(session: Session, user_id: int) -> Traces:
    """By what the log of requests knows a person."""
    return Traces(IdKind.USER.to_wire(user_id), audit.list_requests(session, user_id, WITHOUT_A_TOKEN))


def list_erased(session: Session, *, since: datetime | None) -> list[Traces]:
    """Of those who were erased, lately or ever: by what the log of requests knew them."""
    query = select(User.id).where(User.erased_at.is_not(None))
    if since is not None:
        query = query.where(User.erased_at >= since)
    return [find_traces(session, user_id) for user_id in session.scalars(query)]


def pages(read: Callable[[], AbstractContextManager[Session]], size: int) -> Iterator[list[DirectoryUser]]:
    """Everybody, with no transaction held between the pages."""
    after = 0
    while True:
        with read() as session:
            found = list_users(session, after=after, limit=size)
        yield found
        if len(found) < size:
            return
        after = found[-1].id


def list_users(session: Session, *, after: int, limit: int) -> list[DirectoryUser]:
    name = func.coalesce(User.full_name, User.username)
    query = select(User.id, name, User.email, User.age).where(User.id > after, User.erased_at.is_(None))
    rows = session.execute(query.order_by(User.id).limit(limit))
    return [DirectoryUser(id=number, name=shown, email=email, age=age) for number, shown, email, age in rows]


def to_wire(user: User) -> DirectoryUser:
    return DirectoryUser(id=user.id, name=user.full_name or user.username, email=user.email, age=user.age)


def _rename(session: Session, user: User) -> None:
    """A user name like the full name: other programs may know two people of one name, we cannot."""
    wanted = " ".join((user.full_name or "").replace("/", " ").split())[:LONGEST_USERNAME].strip() or "Usuário"
    chosen = wanted
    newest = session.execute(select(func.coalesce(func.max(User.id), 0))).scalar_one()
    for number in count(newest + 1):
        other = service.find_by_name(session, chosen)
        if other is None or other is user:
            break
        chosen = f"{wanted[:48].rstrip()} #{number}"
    user.username, user.username_folded = chosen, service.fold_username(chosen)


def _record(session: Session, tag: Tag, user: User, caller: Caller) -> None:
    cause = f"chave de serviço {caller.key_name}" if caller.key_name else None
    subject = IdKind.USER.to_wire(user.id)
    audit.record(session, tag, by=caller.identity, origin=caller.origin, subject=subject, cause=cause)

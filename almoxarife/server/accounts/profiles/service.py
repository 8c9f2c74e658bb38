"""Personal data (three names, birthday, e-mail, telephone), and people created from a list.

User name, e-mail (without case) and telephone are unique.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute, Session

from almoxarife.server.accounts.limits.hashing import HashingQueue, Urgency
from almoxarife.server.accounts.lookalikes import KnownNames
from almoxarife.server.accounts.models import User
from almoxarife.server.accounts.passwords import generate_password, hash_generated_password
from almoxarife.server.accounts.profiles.errors import EmailTaken, PhoneTaken
from almoxarife.server.audit import service as audit
from almoxarife.server.audit.tags import Tag
from almoxarife.server.errors import Conflict
from almoxarife.server.identity import Caller
from almoxarife.server.ids import IdKind
from almoxarife.server.store.sessions import mark_changed
from almoxarife.wire.accounts import AccountState, Role
from almoxarife.wire.fields import fold_case

__all__ = [
    "HashingQueue",
    "KnownNames",
    "NewUser",
    "Profile",
    "Taken",
    "Usernames",
    "clear",
    "create_users",
    "fill",
    "find_conflict",
    "find_taken",
    "generate_password",
    "hash_generated",
    "read",
    "rename",
]

MAX_FULL_NAME_LENGTH = 60
MAX_NAME_LENGTH = 50
HASHES_AT_ONCE = 20
"""Generated passwords that are hashed in one slot of the queue: about half as long as one login takes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """Personal data, as ``wire.people.personal`` has validated it."""

    first_name: str
    last_name: str
    patronymic: str
    birthday: date | None = None
    email: str | None = None
    phone: str | None = None
    """Only digits."""

    @property
    def full_name(self) -> str:
        """All names, or as many of them as fit the column."""
        whole = " ".join(filter(None, (self.first_name, self.patronymic, self.last_name)))
        short = f"{self.first_name} {self.last_name}".strip()
        return next((name for name in (whole, short) if len(name) <= MAX_FULL_NAME_LENGTH), self.first_name)


def fill(user: User, profile: Profile) -> None:
    """Copy a profile to its person."""
    user.full_name = profile.full_name
    user.first_name, user.last_name, user.patronymic = profile.first_name, profile.last_name, profile.patronymic
    user.birthday = profile.birthday.isoformat() if profile.birthday else None
    user.email, user.email_folded = profile.email, fold_case(profile.email) if profile.email else None
    user.phone = profile.phone


def rename(user: User, full_name: str) -> None:
    """Give a person another full name; first, middle and last name, if they have them, are taken from it."""
    user.full_name = full_name
    if user.first_name is not None:
        first, *further = full_name.split()
        user.first_name, user.patronymic = first[:MAX_NAME_LENGTH], " ".join(further[:-1])[:MAX_NAME_LENGTH]
        user.last_name = further[-1][:MAX_NAME_LENGTH] if further else ""


def clear(user: User) -> None:
    """Delete the personal data of a person who is erased."""
    user.first_name = user.last_name = user.patronymic = user.birthday = None
    user.email = user.email_folded = user.phone = None


def read(user: User) -> Profile | None:
    """The profile of a person; None where they have given none."""
    if user.first_name is None:
        return None
    return Profile(
        first_name=user.first_name,
        last_name=user.last_name or "",
        patronymic=user.patronymic or "",
        birthday=date.fromisoformat(user.birthday) if user.birthday else None,
        email=user.email,
        phone=user.phone,
    )


def find_conflict(session: Session, profile: Profile) -> Conflict | None:
    """The error for an e-mail or a telephone that somebody else has."""
    if profile.email and _has(session, User.email_folded, fold_case(profile.email)):
        return EmailTaken()
    if profile.phone and _has(session, User.phone, profile.phone):
        return PhoneTaken()
    return None


def _has(session: Session, column: InstrumentedAttribute[str | None], value: str) -> bool:
    return session.scalar(select(User.id).where(column == value)) is not None


# --- people of a list -------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class NewUser:
    """A person to create from a list: active, vendedor, in no shop yet."""

    username: str
    username_folded: str
    password_hash: str
    profile: Profile


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """User names, e-mails and telephones that somebody has, folded as they are compared."""

    logins: set[str]
    emails: set[str]
    phones: set[str]


def find_taken(session: Session, *, logins: set[str], emails: set[str], phones: set[str]) -> Taken:
    """Those of these values that somebody has."""
    return Taken(
        logins=_find_among(session, User.username_folded, logins),
        emails=_find_among(session, User.email_folded, emails),
        phones=_find_among(session, User.phone, phones),
    )


def _find_among(session: Session, column: InstrumentedAttribute[Any], values: set[str]) -> set[str]:
    return set(session.scalars(select(column).where(column.in_(values)))) if values else set()


class Usernames:
    """The names of all users, as far as they have been read."""

    def __init__(self) -> None:
        self.known = KnownNames()
        self._last_id = 0

    def read_new(self, session: Session) -> KnownNames:
        """Read the names of the users who came since the last time."""
        new = KnownNames()
        users = select(User.id, User.username).where(User.id > self._last_id)
        for number, name in session.execute(users.order_by(User.id)):
            self._last_id = number
            new.add(name)
            self.known.add(name)
        return new


def hash_generated(queue: HashingQueue, passwords: Sequence[str], *, network: str) -> list[str]:
    """Hash passwords of ``generate_password``, a few in each slot, so that logins go first. Raises LoginsBusy."""
    hashes = []
    for start in range(0, len(passwords), HASHES_AT_ONCE):
        with queue.slot(Urgency.LIST, network):
            hashes += [hash_generated_password(password) for password in passwords[start : start + HASHES_AT_ONCE]]
    return hashes


def create_users(session: Session, new_users: Iterable[NewUser], *, caller: Caller) -> None:
    """Create users, without approval. Records ``accounts:user:registered`` for each."""
    now = datetime.now(UTC)
    users = []
    for new in new_users:
        user = User(
            username=new.username,
            username_folded=new.username_folded,
            password_hash=new.password_hash,
            role=Role.SELLER,
            state=AccountState.ACTIVE,
            created_at=now,
        )
        fill(user, new.profile)
        users.append(user)
    session.add_all(users)
    session.flush()
    cause = f"em lote, chave de serviço {caller.key.name}" if caller.key else "em lote"
    for user in users:
        subject = IdKind.USER.to_wire(user.id)
        audit.record(
            session, Tag.USER_REGISTERED, by=caller.identity, origin=caller.origin, subject=subject, cause=cause
        )
    mark_changed(session, "people")

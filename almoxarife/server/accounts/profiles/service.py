"""Who people say they are: three names, a birthday, an e-mail, a telephone.

No two people have one login, one e-mail (without case) or one telephone. Whoever was erased
has none of them.
"""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute, Session

from almoxarife.server.accounts.models import User
from almoxarife.server.errors import Conflict, EmailTaken, PhoneTaken
from almoxarife.wire.fields import fold_case

LONGEST_FULL_NAME = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What somebody says of themselves; read by ``wire.people.personal``."""

    first_name: str
    last_name: str
    patronymic: str
    birthday: date | None = None
    email: str | None = None
    phone: str | None = None
    """Digits alone."""

    @property
    def full_name(self) -> str:
        """As much of it as there is room for."""
        whole = f"{self.first_name} {self.patronymic} {self.last_name}"
        short = f"{self.first_name} {self.last_name}"
        return next((name for name in (whole, short) if len(name) <= LONGEST_FULL_NAME), self.first_name)


def fill(user: User, profile: Profile) -> None:
    """Write a profile into its person."""
    user.full_name = profile.full_name
    user.first_name, user.last_name, user.patronymic = profile.first_name, profile.last_name, profile.patronymic
    user.birthday = profile.birthday.isoformat() if profile.birthday else None
    user.email, user.email_folded = profile.email, fold_case(profile.email) if profile.email else None
    user.phone = profile.phone


def clear(user: User) -> None:
    """Take everything of it away."""
    user.first_name = user.last_name = user.patronymic = user.birthday = None
    user.email = user.email_folded = user.phone = None


def read(user: User) -> Profile | None:
    """What a person has said of themselves; None for nothing."""
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
    """Why nobody else can have this profile: the e-mail first, then the telephone."""
    if profile.email and _has(session, User.email_folded, fold_case(profile.email)):
        return EmailTaken()
    if profile.phone and _has(session, User.phone, profile.phone):
        return PhoneTaken()
    return None


def _has(session: Session, column: InstrumentedAttribute[str | None], value: str) -> bool:
    return session.scalar(select(User.id).where(column == value)) is not None

"""Creates people from a list, in its order; a refused one does not affect the others.

The list is processed in parts. Each part is validated and its passwords are hashed outside of a transaction, and
then written in a short one, so that tills can write in between.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import BoundedSemaphore

from almoxarife.server.accounts.profiles import service as profiles
from almoxarife.server.accounts.profiles.service import (
    HashingQueue,
    KnownNames,
    NewUser,
    Profile,
    Taken,
    Usernames,
    generate_password,
)
from almoxarife.server.bulk import service
from almoxarife.server.bulk.service import Refused
from almoxarife.server.bulk.validation import CheckedPerson, check
from almoxarife.server.errors import ServerBusy, StoreUnavailable, WriteFailed
from almoxarife.server.identity import Caller
from almoxarife.server.store.database import Database
from almoxarife.wire.programs.useradd import AddedPerson

PEOPLE_AT_ONCE = 100
"""How many people are created in one transaction (20 ms), for which other writes wait."""
FEW_PEOPLE = 100
MAX_LISTS = 6
"""How many lists are processed at once; each occupies a thread that answers requests."""
TIMEOUT_S = 30
"""How long a long list waits for the one before it."""

LOGIN_TAKEN = "login: este login já existe."
LOGIN_CONFUSABLE = "login: este login se parece demais com o de outra pessoa."
EMAIL_TAKEN = "email: este e-mail já é de outra pessoa."
PHONE_TAKEN = "phone: este telefone já é de outra pessoa."
NOT_WRITTEN = "Não foi gravado: o banco de dados não respondeu. Envie este objeto de novo."


class ListsUnderWay:
    """Limits the number of lists that are processed at once; only one of them may be long."""

    def __init__(self) -> None:
        self._slots = BoundedSemaphore(MAX_LISTS)
        self._long_one = BoundedSemaphore(1)

    @contextmanager
    def slot(self, people: int) -> Iterator[None]:
        """Wait to process a list of so many people. Raises ServerBusy."""
        if not self._slots.acquire(blocking=False):
            raise ServerBusy(retry_after=5)
        try:
            if people <= FEW_PEOPLE:
                yield
                return
            if not self._long_one.acquire(timeout=TIMEOUT_S):
                raise ServerBusy(retry_after=30)
            try:
                yield
            finally:
                self._long_one.release()
        finally:
            self._slots.release()


@dataclass(slots=True)
class Outcome:
    """The result of processing a list."""

    added: list[AddedPerson] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    are_passwords_taken: bool = False

    @property
    def description(self) -> str:
        number = len(self.added) + len(self.refused)
        rest = f"; recusados: {len(self.refused)}" if self.refused else ""
        return f"{len(self.added)} de {number} cadastrados{rest}."


@dataclass(slots=True)
class _Ready:
    """A person who can be created, with the password that the response shows."""

    checked: CheckedPerson
    login: str
    profile: Profile
    password: str


def add_people(
    database: Database,
    queue: HashingQueue,
    values: Sequence[object],
    *,
    caller: Caller,
    tell: Callable[[int], None] = lambda done: None,
) -> Outcome:
    """Create a person from each valid value. ``tell`` is called with the number of values done.

    Raises LoginsBusy, WriteFailed and StoreUnavailable if nobody has been created yet.
    """
    outcome, usernames = Outcome(), Usernames()
    for start in range(0, len(values), PEOPLE_AT_ONCE):
        part = [check(number, value) for number, value in enumerate(values[start : start + PEOPLE_AT_ONCE], start + 1)]
        try:
            passwords = _add_part(database, queue, part, usernames, caller)
        except (WriteFailed, StoreUnavailable):
            if not outcome.added:
                raise
            passwords = {}
            for checked in part:
                checked.reason = checked.reason or NOT_WRITTEN
        for checked in part:
            if checked.reason is not None:
                outcome.refused.append(Refused(checked.number, checked.login, checked.reason))
            else:
                login, password = checked.login or "", passwords[checked.number]
                outcome.added.append(AddedPerson(login=login, password=password, aviso=checked.notice))
        tell(start + len(part))
    return outcome


def preview(database: Database, values: Sequence[object]) -> list[CheckedPerson]:
    """Validate the values as ``add_people`` does, and write nothing."""
    checked = [check(number, value) for number, value in enumerate(values, 1)]
    standing, usernames, names_in_list = Taken(logins=set(), emails=set(), phones=set()), Usernames(), KnownNames()
    for start in range(0, len(checked), PEOPLE_AT_ONCE):
        part = checked[start : start + PEOPLE_AT_ONCE]
        taken = _find_taken(database, part, usernames)
        standing.logins.update(taken.logins)
        standing.emails.update(taken.emails)
        standing.phones.update(taken.phones)
        _settle(part, standing, usernames.known, names_in_list)
    return checked


def _add_part(
    database: Database, queue: HashingQueue, part: list[CheckedPerson], usernames: Usernames, caller: Caller
) -> dict[int, str]:
    """Create the people of a part; returns their passwords by number. The others have got a reason."""
    ready = _settle(part, _find_taken(database, part, usernames), usernames.known, KnownNames())
    if not ready:
        return {}
    hashes = profiles.hash_generated(queue, [one.password for one in ready], network=caller.origin.network)
    with database.transaction() as session:
        # Again: somebody may have registered since the first look.
        taken = profiles.find_taken(session, **_keys_of([one.checked for one in ready]))
        new_names = usernames.read_new(session)
        new_users = []
        for one, password_hash in zip(ready, hashes, strict=True):
            one.checked.reason = _find_conflict(one.checked, taken, new_names)
            if one.checked.reason is None:
                folded = one.login.casefold()
                new_user = NewUser(
                    username=one.login, username_folded=folded, password_hash=password_hash, profile=one.profile
                )
                new_users.append(new_user)
        profiles.create_users(session, new_users, caller=caller)
    return {one.checked.number: one.password for one in ready}


def _find_taken(database: Database, part: list[CheckedPerson], usernames: Usernames) -> Taken:
    with database.reading() as session:
        usernames.read_new(session)
        return profiles.find_taken(session, **_keys_of(part))


def _keys_of(part: list[CheckedPerson]) -> dict[str, set[str]]:
    keys = [checked.keys for checked in part if checked.reason is None]
    return {
        "logins": {login for login, _, _ in keys if login},
        "emails": {email for _, email, _ in keys if email},
        "phones": {phone for _, _, phone in keys if phone},
    }


def _settle(part: list[CheckedPerson], taken: Taken, names: KnownNames, names_in_list: KnownNames) -> list[_Ready]:
    """Give each a reason or a password. Those with a password count as taken for the ones that follow."""
    ready = []
    for checked in part:
        checked.reason = checked.reason or _find_conflict(checked, taken, names, names_in_list) or checked.late_reason
        if checked.reason is None and checked.login is not None and checked.profile is not None:
            for known, key in zip((taken.logins, taken.emails, taken.phones), checked.keys, strict=True):
                known |= {key} if key else set()
            names_in_list.add(checked.login)
            ready.append(_Ready(checked, checked.login, checked.profile, generate_password()))
    return ready


def _find_conflict(checked: CheckedPerson, taken: Taken, *names: KnownNames) -> str | None:
    login, email, phone = checked.keys
    if login in taken.logins:
        return LOGIN_TAKEN
    if checked.login and any(known.has_confusable(checked.login) for known in names):
        return LOGIN_CONFUSABLE
    if email in taken.emails:
        return EMAIL_TAKEN
    if phone in taken.phones:
        return PHONE_TAKEN
    return None


def record(database: Database, status: int, outcome: Outcome) -> None:
    """Record the response and the refused objects."""
    with database.transaction() as session:
        code_id = service.record_response(session, status, outcome.description)
    for start in range(0, len(outcome.refused), service.PART):
        with database.transaction() as session:
            service.record_refusals(session, code_id, outcome.refused[start : start + service.PART])

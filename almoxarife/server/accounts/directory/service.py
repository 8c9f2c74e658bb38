"""The people of another program, in a table of their own behind ``/users/``.

An entry is no account: nobody logs in with it, and it reserves no user name. Its number is that of the
other program, or the next free one. An administrador may link an entry to the account of the same
person; erasing that person then deletes the entry too.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from almoxarife.server.accounts import service
from almoxarife.server.accounts.directory.errors import DirectoryPersonNotFound, IdTaken
from almoxarife.server.accounts.models import DirectoryPerson as DirectoryRow
from almoxarife.server.audit import service as audit
from almoxarife.server.audit.tags import Tag
from almoxarife.server.errors import UserNotFound
from almoxarife.server.identity import Caller, Identity
from almoxarife.server.ids import IdKind
from almoxarife.server.store.sessions import read_pages
from almoxarife.wire.programs.directory import MAX_NUMBER, MIN_NUMBER, DirectoryPerson, DirectoryPersonIn

NO_ENTRY = "Nenhuma pessoa de outro programa tem este número. Confira o número."


BEFORE_ALL = MIN_NUMBER - 1
_IS_POSITIVE = DirectoryRow.number > 0
"""The numbers that are given; other programs use others, too."""


def create(session: Session, fields: DirectoryPersonIn, *, caller: Caller) -> DirectoryPerson:
    """Raises IdTaken; records ``directory:person:created``."""
    number = _next_free(session) if fields.id is None else fields.id
    if session.get(DirectoryRow, number) is not None:
        raise IdTaken
    person = DirectoryRow(number=number, name=fields.name, email=fields.email, age=fields.age)
    session.add(person)
    session.flush()
    _record(session, Tag.DIRECTORY_PERSON_CREATED, number, caller)
    return _to_wire(person)


def _next_free(session: Session) -> int:
    """The number after the highest one, or the lowest free one from 1 on where that is out of range."""
    highest = session.execute(select(func.max(DirectoryRow.number)).where(_IS_POSITIVE)).scalar_one() or 0
    if highest < MAX_NUMBER:
        return highest + 1
    if session.get(DirectoryRow, 1) is None:
        return 1
    following = aliased(DirectoryRow)
    is_taken = select(following.number).where(following.number == DirectoryRow.number + 1).exists()
    free = select(DirectoryRow.number + 1).where(_IS_POSITIVE, ~is_taken).order_by(DirectoryRow.number).limit(1)
    return session.execute(free).scalar_one()


def show(session: Session, number: int) -> DirectoryPerson:
    """Raises DirectoryPersonNotFound."""
    return _to_wire(_get(session, number))


def replace(session: Session, number: int, fields: DirectoryPersonIn, *, caller: Caller) -> DirectoryPerson:
    """Everything but the number. Raises DirectoryPersonNotFound; records ``directory:person:changed``."""
    person = _get(session, number)
    person.name, person.email, person.age = fields.name, fields.email, fields.age
    session.flush()
    _record(session, Tag.DIRECTORY_PERSON_CHANGED, number, caller)
    return _to_wire(person)


def remove(session: Session, number: int, *, caller: Caller) -> DirectoryPerson:
    """Delete an entry and return it. Raises DirectoryPersonNotFound; records ``directory:person:removed``."""
    person = _get(session, number)
    session.delete(person)
    session.flush()
    _record(session, Tag.DIRECTORY_PERSON_REMOVED, number, caller)
    return _to_wire(person)


def pages(read: Callable[[], AbstractContextManager[Session]], size: int) -> Iterator[list[DirectoryPerson]]:
    """Pages of all entries."""

    def after(session: Session, number: int) -> list[DirectoryPerson]:
        return list_people(session, after=number, limit=size)

    return read_pages(read, after, lambda person: person.id, size=size, start=BEFORE_ALL)


def list_people(session: Session, *, after: int, limit: int) -> list[DirectoryPerson]:
    query = select(DirectoryRow).where(DirectoryRow.number > after).order_by(DirectoryRow.number)
    return [_to_wire(person) for person in session.scalars(query.limit(limit))]


# --- links to accounts ----------------------------------------------------------------


def link(session: Session, number: int, user_id: int, *, by: Identity) -> None:
    """Link an entry to an account, instead of the account that it was linked to.

    Raises UserNotFound for an unknown entry or account; records ``directory:person:linked``.
    """
    user = service.get_user(session, user_id)
    person = session.get(DirectoryRow, number)
    if person is None:
        raise UserNotFound(NO_ENTRY)
    if person.user_id == user.id:
        return
    person.user_id = user.id
    session.flush()
    _record_link(session, Tag.DIRECTORY_PERSON_LINKED, number, user.id, by)


def unlink(session: Session, number: int, user_id: int, *, by: Identity) -> None:
    """Raises UserNotFound for an entry that is not linked to the account; records ``directory:person:unlinked``."""
    person = session.get(DirectoryRow, number)
    if person is None or person.user_id != user_id:
        raise UserNotFound(NO_ENTRY)
    person.user_id = None
    session.flush()
    _record_link(session, Tag.DIRECTORY_PERSON_UNLINKED, number, user_id, by)


def remove_linked(session: Session, user_id: int, *, by: Identity) -> None:
    """Delete the entries that are linked to a person who is erased; records ``directory:person:removed`` for each."""
    for person in session.scalars(select(DirectoryRow).where(DirectoryRow.user_id == user_id)).all():
        session.delete(person)
        _record_link(session, Tag.DIRECTORY_PERSON_REMOVED, person.number, user_id, by)
    session.flush()


def list_links(session: Session) -> dict[int, list[int]]:
    """The numbers of linked entries, by account."""
    query = select(DirectoryRow).where(DirectoryRow.user_id.is_not(None)).order_by(DirectoryRow.number)
    links: dict[int, list[int]] = {}
    for person in session.scalars(query):
        links.setdefault(person.user_id or 0, []).append(person.number)
    return links


def _get(session: Session, number: int) -> DirectoryRow:
    person = session.get(DirectoryRow, number)
    if person is None:
        raise DirectoryPersonNotFound
    return person


def _to_wire(person: DirectoryRow) -> DirectoryPerson:
    return DirectoryPerson(id=person.number, name=person.name, email=person.email, age=person.age)


def _record(session: Session, tag: Tag, number: int, caller: Caller) -> None:
    cause = f"chave de serviço {caller.key.name}" if caller.key else None
    subject = IdKind.DIRECTORY_PERSON.to_wire(number)
    audit.record(session, tag, by=caller.identity, origin=caller.origin, subject=subject, cause=cause)


def _record_link(session: Session, tag: Tag, number: int, user_id: int, by: Identity) -> None:
    subject, cause = IdKind.DIRECTORY_PERSON.to_wire(number), IdKind.USER.to_wire(user_id)
    audit.record(session, tag, by=by, subject=subject, cause=cause)

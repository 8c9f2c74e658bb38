"""Reads the record of lists of people: pages of responses and of refused objects."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from almoxarife.server.bulk.models import BadUser, Code
from almoxarife.server.store.sessions import read_pages

PART = 1000
"""Rows of a page."""


class RecordedResponse(NamedTuple):
    """A response, with the column names of the exports."""

    id: int
    code: int
    method: str
    date: datetime
    description: str


class BadObject(NamedTuple):
    """A refused object, with the column names of the exports."""

    id: int
    code_id: int
    object_id: int
    login: str | None
    description: str


def mask(login: str | None) -> str | None:
    """ "jo***": recognisable for those who know it, but never all of it."""
    return None if login is None else f"{login[: min(2, len(login) - 1)]}***"


def list_responses(session: Session, *, before: int | None, limit: int) -> list[RecordedResponse]:
    """Newest first, with ids below ``before``."""
    query = select(*_RESPONSE).order_by(Code.id.desc()).limit(limit)
    if before is not None:
        query = query.where(Code.id < before)
    return [RecordedResponse(*row) for row in session.execute(query)]


def list_refusals(session: Session, code_id: int, *, after: int, limit: int, is_masked: bool) -> list[BadObject]:
    """The refused objects of one response in the order of the list, with ids above ``after``."""
    query = select(*_REFUSAL).where(BadUser.code_id == code_id, BadUser.id > after).order_by(BadUser.id).limit(limit)
    return [_bad_object(row, is_masked=is_masked) for row in session.execute(query)]


def count_refusals(session: Session, code_ids: Iterable[int]) -> dict[int, int]:
    """The number of refused objects by response; responses without any are left out."""
    query = select(BadUser.code_id, func.count()).where(BadUser.code_id.in_(set(code_ids))).group_by(BadUser.code_id)
    return {code_id: number for code_id, number in session.execute(query)}  # noqa: C416  # rows are no pairs to mypy


Read = Callable[[], AbstractContextManager[Session]]


def response_pages(read: Read) -> Iterator[list[RecordedResponse]]:
    """All responses up to now, oldest first."""

    def page(session: Session, after: int) -> list[RecordedResponse]:
        query = select(*_RESPONSE).where(Code.id > after).order_by(Code.id).limit(PART)
        return [RecordedResponse(*row) for row in session.execute(query)]

    return read_pages(read, page, lambda row: row.id, size=PART, newest=partial(_newest, Code.id))


def refusal_pages(read: Read, *, is_masked: bool) -> Iterator[list[BadObject]]:
    """All refusals up to now, oldest first."""

    def page(session: Session, after: int) -> list[BadObject]:
        query = select(*_REFUSAL).where(BadUser.id > after).order_by(BadUser.id).limit(PART)
        return [_bad_object(row, is_masked=is_masked) for row in session.execute(query)]

    return read_pages(read, page, lambda row: row.id, size=PART, newest=partial(_newest, BadUser.id))


_RESPONSE = (Code.id, Code.code, Code.method, Code.answered_at, Code.description)
_REFUSAL = (BadUser.id, BadUser.code_id, BadUser.object_id, BadUser.login, BadUser.description)


def _bad_object(row: Any, *, is_masked: bool) -> BadObject:
    found = BadObject(*row)
    return found._replace(login=mask(found.login)) if is_masked else found


def _newest(column: InstrumentedAttribute[int], session: Session) -> int:
    return session.scalar(select(func.max(column))) or 0

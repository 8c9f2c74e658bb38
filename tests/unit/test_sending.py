"""Statements that are sent and not waited for: whose failure theirs is, and what of them is left."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import partial

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from almoxarife.server.store.database import Database, is_server, is_unique_violation
from almoxarife.server.store.sessions import raw
from tests.databases import Place, execute
from tests.unit.writing import in_one_batch

INSERT = "INSERT INTO service (number, word) VALUES (?, ?)"
COUNT = "SELECT count(*) FROM service WHERE number > ?"


@pytest.fixture
def database(place: Place) -> Iterator[Database]:
    number = "bigint GENERATED ALWAYS AS IDENTITY" if is_server(place) else "INTEGER PRIMARY KEY"
    execute(place, f"CREATE TABLE service (id {number}, number bigint NOT NULL UNIQUE, word text)")
    opened = Database.open(place)
    yield opened
    opened.close()


def written(database: Database) -> list[int]:
    with database.reading() as session:
        return [number for (number,) in raw(session).execute("SELECT number FROM service ORDER BY id")]


def send(session: Session, items: Sequence[int]) -> list[int | Exception]:
    raw(session).send_many(INSERT, [(number, "sent") for number in items])
    return list(items)


def write_block(database: Database, number: int) -> None:
    with database.transaction() as session:
        send(session, [number])


def write_by_function(database: Database, number: int) -> None:
    database.run(send, number)


@pytest.mark.parametrize("number", [0, 1, 5, 64, 65, 2000])
def test_what_was_only_sent_is_written(database: Database, number: int) -> None:
    with database.transaction() as session:
        send(session, range(number))

    assert written(database) == list(range(number))


def test_whatever_is_asked_later_sees_it(database: Database) -> None:
    with database.transaction() as session:
        send(session, [1])
        count = raw(session).send(COUNT, (0,))
        send(session, [2])
        assert session.execute(text("SELECT count(*) FROM service")).scalar_one() == 2
        assert count() == [(1,)]
        send(session, [3])
        assert [*raw(session).stream("SELECT number FROM service ORDER BY id")] == [(1,), (2,), (3,)]


@pytest.mark.parametrize("write", [write_block, write_by_function])
def test_a_unit_answers_for_what_it_has_only_sent(database: Database, write: Callable[[Database, int], None]) -> None:
    doings = in_one_batch(database._writer, *(partial(write, database, number) for number in (1, 2, 1, 3)))

    errors = [doing.error for doing in doings]
    assert [isinstance(error, Exception) and is_unique_violation(error) for error in errors] == [
        False,
        False,
        True,
        False,
    ]
    assert written(database) == [1, 2, 3]


def test_what_was_sent_goes_with_the_unit_that_is_undone(database: Database) -> None:
    def unit(number: int) -> None:
        with suppress(LookupError), database.transaction() as session:
            send(session, [number])
            if number == 1:
                raise LookupError

    in_one_batch(database._writer, *(partial(unit, number) for number in range(3)))

    assert written(database) == [0, 2]


def test_a_statement_is_as_good_after_it_has_failed(database: Database) -> None:
    """It is prepared when it comes again, and that may be behind one that fails, or be what fails."""
    for number, other in [(1, "a"), (1, "b"), (2, "c"), (2, "b"), (3, "c"), (4, "d")]:
        with suppress(*database.failures), database.transaction() as session:
            send(session, [number])
            raw(session).send(COUNT, (len(other),))

    assert written(database) == [1, 2, 3, 4]
    with database.transaction() as session:
        assert [raw(session).execute(COUNT, (number,)) for number in range(4)] == [[(4,)], [(3,)], [(2,)], [(1,)]]

"""What a unit leaves to be written with its neighbours', right before the COMMIT that they share."""

from collections.abc import Iterator
from contextlib import suppress
from functools import partial

import pytest

from almoxarife.server.errors import WriteFailed
from almoxarife.server.store.contract import Raw
from almoxarife.server.store.database import Database, is_server
from almoxarife.server.store.sessions import postpone, raw
from tests.databases import Place, execute
from tests.unit.writing import in_one_batch

INSERT = "INSERT INTO service (number, word) VALUES (?, ?)"


@pytest.fixture
def database(place: Place) -> Iterator[Database]:
    number = "bigint GENERATED ALWAYS AS IDENTITY" if is_server(place) else "INTEGER PRIMARY KEY"
    execute(place, f"CREATE TABLE service (id {number}, number bigint NOT NULL UNIQUE, word text)")
    opened = Database.open(place)
    yield opened
    opened.close()


def written(database: Database) -> list[tuple[int, str]]:
    with database.reading() as session:
        return raw(session).execute("SELECT number, word FROM service ORDER BY id")  # type: ignore[return-value]


class Inserter:
    """Takes rows and writes them with its word."""

    def __init__(self, word: str, *, waits: bool = True) -> None:
        self.word = word
        self.waits = waits
        self.times = 0

    def write(self, database: Raw, rows: list[int]) -> None:
        self.times += 1
        (database.execute_many if self.waits else database.send_many)(INSERT, [(row, self.word) for row in rows])


def test_rows_of_a_kind_are_written_together_in_their_order(database: Database) -> None:
    left, right = Inserter("left"), Inserter("right")
    with database.transaction() as session:
        for number in range(6):
            postpone(session, number, (right if number % 2 else left).write)
        assert raw(session).execute("SELECT count(*) FROM service") == [(0,)]

    assert written(database) == [(0, "left"), (2, "left"), (4, "left"), (1, "right"), (3, "right"), (5, "right")]
    assert (left.times, right.times) == (1, 1)


def test_a_unit_that_is_undone_takes_along_what_it_has_postponed(database: Database) -> None:
    inserter = Inserter("kept")

    def unit(number: int) -> None:
        with suppress(LookupError), database.transaction() as session:
            postpone(session, number, inserter.write)
            if number == 1:
                raise LookupError

    in_one_batch(database._writer, partial(unit, 0), partial(unit, 1), partial(unit, 2))

    assert (written(database), inserter.times) == ([(0, "kept"), (2, "kept")], 1)


@pytest.mark.parametrize("waits", [True, False])
def test_what_cannot_be_written_is_nobody_s(database: Database, waits: bool) -> None:
    def unit() -> None:
        with database.transaction() as session:
            raw(session).execute(INSERT, (1, "at once"))
            postpone(session, 1, Inserter("once more", waits=waits).write)

    with pytest.raises(WriteFailed):
        unit()

    assert written(database) == []


@pytest.mark.parametrize("number", [0, 1, 2, 63, 65, 200])
def test_all_of_many_rows_are_written_in_their_order_and_found(database: Database, number: int) -> None:
    rows = [(row, f"row {row}") for row in range(number)]
    with database.transaction() as session:
        assert raw(session).execute_many(INSERT, rows) == []
        found = raw(session).execute_many(
            "WITH asked (number) AS (VALUES (?)) SELECT s.number, s.word FROM asked a JOIN service s USING (number)",
            [(row,) for row in range(number + 5)],
        )

    assert written(database) == rows
    assert sorted(found) == rows


def test_a_statement_for_many_rows_is_taken_apart_once(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """psycopg looks for its own marks anew where there are more than 50: for a batch that was most of what it took."""
    if database.dialect == "postgresql":
        monkeypatch.setattr("psycopg._queries._query2pg_nocache", lambda *_: pytest.fail("taken apart again"))
    rows = [(row, f"100% de {row}?") for row in range(64)]
    with database.transaction() as session:
        raw(session).execute_many(INSERT, rows)
        named = raw(session).execute("SELECT word FROM service WHERE word LIKE '100%' AND number = :n", {"n": 3})
    assert named == [("100% de 3?",)]
    assert written(database) == rows

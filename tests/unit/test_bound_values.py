"""What SQLite's module is given for the values of a statement."""

import sqlite3
from contextlib import closing

import pytest

from almoxarife.server.store import sqlite


@pytest.mark.parametrize("value", [None, b"", b"\0\xff", True, False, 0, "", 1.5])
def test_a_value_is_stored_as_it_is(value: object) -> None:
    with closing(sqlite3.connect(":memory:")) as database:
        ((stored, kind),) = database.execute("SELECT ?, typeof(?)", (value, value)).fetchall()

    assert (stored, kind == "null") == (value, value is None)
    assert type(stored) is (int if isinstance(value, bool) else type(value))


def test_no_value_of_an_entry_is_asked_in_vain_for_what_it_could_be_instead() -> None:
    adapters = sqlite3.adapters

    assert {kind for kind, _ in adapters} >= {bytes, bool, type(None)}
    assert sqlite.WriteChannel  # which has registered them

"""How often the thread that writes waits for the database: each time is a network's delay for everybody who writes."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from almoxarife.server.store import postgres
from almoxarife.server.store.postgresql import side_connection
from almoxarife.server.store.sqlite import WriteChannel
from tests.api.cast import Person
from tests.databases import Databases

OF_A_BATCH = 5
"""To begin; what is read; movements and balances; keys and the count of the trail; the trail with the COMMIT."""


@contextmanager
def waits_counted(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., int]]:
    """Tells how often the writer has waited, or all other threads."""
    from psycopg import waiting

    wait, waits = waiting.wait, list[str]()

    def count(*arguments: Any, **options: Any) -> Any:
        waits.append(threading.current_thread().name)
        return wait(*arguments, **options)

    with monkeypatch.context() as patch:
        patch.setattr(waiting, "wait", count)
        yield lambda of_the_writer=True: sum((name == "writer") is of_the_writer for name in waits)


def test_a_batch_takes_few_round_trips(
    databases: Databases, ana: Person, bolts: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    of_a_batch = OF_A_BATCH if databases.are_on_server else 0
    monkeypatch.setattr(postgres, "COUNTED_S", 3600)  # else one that comes late looks for other processes too

    def count(write: Callable[[str], Any]) -> int:
        """The least of some: the first looks for other processes."""
        found = []
        for number in range(3):
            with waits_counted(monkeypatch) as waits:
                assert write(f"key-{number}").status_code == 201
                found.append(waits())
        return min(found)

    assert count(lambda key: ana.receive(bolts, 5, key=key)) == of_a_batch
    assert count(lambda key: ana.sell((bolts, 1, "2.50"), (bolts, 2, "2.50"), key=f"sale-{key}")) == of_a_batch


def test_who_comes_right_after_a_batch_need_not_look_again(
    ana: Person, bolts: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each COMMIT brings what all processes have changed until then."""
    monkeypatch.setattr(side_connection, "KNOWN_S", -1)
    versions = ana.server.database.versions
    assert ana.receive(bolts, 5).status_code == 201
    with waits_counted(monkeypatch) as waits:
        versions.begin_request(3600)
        first = versions.of("movements")
        assert waits(of_the_writer=False) == 0

    assert ana.receive(bolts, 5).status_code == 201
    versions.begin_request(3600)
    assert versions.of("movements") != first
    versions.end_request()


def test_an_entry_by_itself_makes_sqlite_build_no_table(databases: Databases, ana: Person, bolts: str) -> None:
    """Eight statements. A list of values to join, and RETURNING, would each cost more than the statement."""
    if databases.are_on_server:
        return
    channel = ana.server.database._store.channel
    assert isinstance(channel, WriteChannel)
    statements = list[str]()
    assert ana.receive(bolts, 5, key="first").status_code == 201

    channel.db.set_trace_callback(statements.append)
    assert ana.receive(bolts, 5, key="second").status_code == 201
    channel.db.set_trace_callback(None)

    assert not [sql for sql in statements if "SAVEPOINT" in sql]  # each page would be copied
    made = [sql for sql in statements if sql.startswith(("SELECT", "WITH", "INSERT", "UPDATE"))]
    assert len(made) == 8, made
    channel.db.text_factory = bytes  # an operand of a step may be any bytes
    for sql in made:
        assert b"OpenEphemeral" not in {step[1] for step in channel.db.execute(f"EXPLAIN {sql}")}, sql

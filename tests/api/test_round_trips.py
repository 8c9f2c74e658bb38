"""How often the thread that writes waits for the database: each time is a network's delay for everybody who writes."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from almoxarife.server.store import postgres
from tests.api.cast import Person
from tests.databases import Databases

OF_A_BATCH = 5
"""To begin; what is read; movements and balances; keys and the count of the trail; the trail with the COMMIT."""


@contextmanager
def waits_counted(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], int]]:
    from psycopg import waiting

    wait, waits = waiting.wait, list[str]()

    def count(*arguments: Any, **options: Any) -> Any:
        waits.append(threading.current_thread().name)
        return wait(*arguments, **options)

    with monkeypatch.context() as patch:
        patch.setattr(waiting, "wait", count)
        yield lambda: waits.count("writer")


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

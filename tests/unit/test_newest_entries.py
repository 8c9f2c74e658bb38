"""What readers of the older log service are shown: what programs wrote, found among the shop's own requests."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from almoxarife.server.logs.entries import Entry, EntryFilter, StoredEntry
from almoxarife.server.logs.queries import list_newest_of_programs
from almoxarife.server.logs.storage.sqlite import SqliteLogStore

NOW = 1_790_000_000_000_000


class Counting(SqliteLogStore):
    """Notes how many entries each search asks for."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.asked: list[int] = []

    def search(self, chosen: EntryFilter) -> list[StoredEntry]:
        self.asked.append(chosen.limit)
        return super().search(chosen)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Counting]:
    with closing(Counting(tmp_path / "registros.db")) as store:
        yield store


def of_request(number: int) -> Entry:
    return Entry(NOW + number, NOW + number, "api", "u1", "GET /vendas", "success", extra='{"duration_ms":1.5}')


def of_program(number: int) -> Entry:
    return Entry(NOW + number, NOW + number, "pedidos", "7", f"a{number}", "success")


def test_what_programs_wrote_just_now_is_found_by_a_short_look(store: Counting) -> None:
    store.append([of_request(number) for number in range(1000)])
    store.append([of_program(number) for number in range(1000, 1012)])

    found = list_newest_of_programs(store, 10)

    assert [stored.entry.action for stored in found] == [f"a{number}" for number in range(1011, 1001, -1)]
    assert sum(store.asked) <= 100


def test_it_is_found_far_behind_the_shop_s_requests_by_a_few_searches(store: Counting) -> None:
    """Each search may read the whole last day, on PostgreSQL."""
    store.append([of_program(0), of_program(1)])
    store.append([of_request(number) for number in range(2, 5000)])

    assert [stored.entry.action for stored in list_newest_of_programs(store, 10)] == ["a1", "a0"]
    assert len(store.asked) <= 3


def test_it_is_not_looked_for_further_back(store: Counting) -> None:
    store.append([of_program(0)])
    store.append([of_request(number) for number in range(1, 5001)])

    assert list_newest_of_programs(store, 10) == []
    assert sum(store.asked) == 5000

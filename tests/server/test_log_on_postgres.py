"""The log on a PostgreSQL: its partitions, and connections that break."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from almoxarife.server.errors import StoreUnavailable
from almoxarife.server.logs.entries import Entry, EntryFilter
from almoxarife.server.logs.storage import postgres
from almoxarife.server.logs.storage.postgres import PostgresLogStore
from almoxarife.server.store.columns import to_micros
from tests.databases import rows
from tests.postgres_server import Cluster

NOW = datetime.now(UTC).replace(hour=12)
TODAY = to_micros(NOW)
DAY = 86_400_000_000
PARTITIONS = "SELECT relname FROM pg_class WHERE relispartition AND relkind = 'r' ORDER BY relname"


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    cluster = Cluster()
    try:
        yield cluster.start()
    finally:
        cluster.remove()


@pytest.fixture
def url(cluster: Cluster) -> str:
    return cluster.create()


@pytest.fixture
def store(url: str) -> Iterator[PostgresLogStore]:
    with closing(PostgresLogStore(url)) as store:
        yield store


def entry(moment: int = TODAY, action: str = "a", **more: str) -> Entry:
    return Entry(moment, TODAY, "s", "u", action, "success", **more)


def actions(store: PostgresLogStore, **wanted: object) -> list[str]:
    return [stored.entry.action for stored in store.search(EntryFilter(**wanted))]  # type: ignore[arg-type]


def name(day: datetime, kind: str = "entries") -> tuple[str]:
    return (f"{kind}_{day:%Y%m%d}",)


def test_each_day_has_a_partition_and_old_ones_are_dropped(store: PostgresLogStore, url: str) -> None:
    long_ago = to_micros(NOW - timedelta(days=500))
    store.append([entry(TODAY - 2 * DAY, "a"), entry(TODAY - DAY, "b"), entry(TODAY, "c"), entry(long_ago, "d")])
    first = name(NOW - timedelta(days=400), "before")
    yesterday = NOW - timedelta(days=1)
    days = [name(NOW - timedelta(days=2)), name(yesterday), name(NOW)]
    assert rows(url, PARTITIONS) == [first, *days]

    assert sum(iter(lambda: store.prune(yesterday + timedelta(seconds=1)), 0)) == 3

    assert rows(url, PARTITIONS) == [first, *days[1:]]
    assert actions(store) == ["c"]


def test_a_log_that_is_too_large_loses_its_oldest_day_first(store: PostgresLogStore, url: str) -> None:
    store.append([entry(TODAY - 2 * DAY, "a"), entry(TODAY - DAY, "b"), entry(TODAY, "c")])
    assert store.shrink(10**12) == 0

    for left in (["c", "b"], ["c"]):
        assert store.shrink(1) == 1
        assert actions(store) == left


def test_a_day_to_come_keeps_today_from_losing_more_than_its_oldest(store: PostgresLogStore) -> None:
    """As a clock that was set ahead for a moment leaves one."""
    store.append([entry(TODAY + 3650 * DAY, "ahead")])
    for quarter in range(6):
        start = TODAY + quarter * 900_000_000
        store.append([entry(start + n, f"q{quarter}", cause="palavra " * 20) for n in range(1000)])
        while store.shrink(2_000_000):
            pass

    left = set(actions(store, limit=10_000))
    assert "q5" in left
    assert "q0" not in left


def test_who_reads_the_log_for_long_holds_nobody_up_while_it_shrinks(store: PostgresLogStore, url: str) -> None:
    for quarter in range(3):
        store.append([entry(TODAY + quarter * 900_000_000 + n) for n in range(1000)])
    with psycopg.connect(url) as reader:  # as pg_dump does
        reader.execute("LOCK TABLE registros.entries IN ACCESS SHARE MODE")
        with pytest.raises(StoreUnavailable):
            store.shrink(100_000)
        assert len(store.append([entry(TODAY + 5)])) == 1
        assert len(store.search(EntryFilter(limit=1))) == 1
    assert sum(iter(lambda: store.shrink(100_000), 0)) > 0


def test_a_day_that_another_process_has_dropped_is_made_again(store: PostgresLogStore, url: str) -> None:
    store.append([entry(TODAY - DAY)])
    with closing(PostgresLogStore(url)) as other:
        assert other.prune(NOW.replace(hour=0, minute=0, second=0, microsecond=0)) == 1

    store.append([entry(TODAY - DAY, "b")])

    assert actions(store) == ["b"]


def test_what_is_far_back_is_found_day_by_day(store: PostgresLogStore) -> None:
    causes = [("Açúcar" if days % 30 == 0 else "Café") for days in range(200)]
    store.append([entry(TODAY - days * DAY, f"{days}", cause=cause) for days, cause in enumerate(causes)])

    assert actions(store, text="acucar") == ["0", "30", "60", "90", "120", "150", "180"]
    assert actions(store, text="acucar", limit=2) == ["0", "30"]
    assert actions(store, action="150") == ["150"]
    assert actions(store, text="-acucar", limit=31) == [str(n) for n in range(33) if n % 30]
    assert actions(store, since=NOW - timedelta(days=60), before=NOW - timedelta(days=29), text="acucar") == [
        "30",
        "60",
    ]


def test_texts_that_a_server_would_refuse(store: PostgresLogStore) -> None:
    store.append([entry(action="a\0b'\\", cause=f"{'x' * 3000} {'muito ' * 20_000}'; DROP TABLE")])

    assert actions(store, text="drop") == ["a b'\\"]
    assert actions(store, text=f"{'x' * 3000} muito") == ["a b'\\"]
    assert actions(store, text="'); \\' & | !y:*") == []


def test_connections_that_broke_are_made_anew(store: PostgresLogStore, url: str) -> None:
    store.append([entry()])
    assert actions(store) == ["a"]
    with psycopg.connect(url, autocommit=True) as line:
        line.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()")

    assert actions(store) == ["a"]
    store.append([entry(action="b")])
    assert actions(store) == ["b", "a"]


def test_a_server_that_is_away_is_no_answer() -> None:
    store = PostgresLogStore("postgresql://postgres@127.0.0.1:1/nothing")
    for _ in range(2):
        with pytest.raises(StoreUnavailable):
            store.append([entry()])
    assert postgres.RETRY_S > 1
    store.close()
    store.close()

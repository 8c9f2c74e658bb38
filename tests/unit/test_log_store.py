"""The log in its own file or on a server: order, ids, retention, two processes, and what happens when it fails."""

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from random import Random
from threading import Event
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from almoxarife.server.errors import StoreUnavailable, WriteFailed
from almoxarife.server.logs import queue as log_queue
from almoxarife.server.logs.entries import (
    REQUESTS_AT_ONCE,
    Entry,
    EntryFilter,
    EntryStore,
    Quarter,
    RequestLine,
    Traces,
)
from almoxarife.server.logs.queue import LogQueue
from almoxarife.server.logs.storage import disk_room, postgres, postgres_cleaning, quarters, sqlite_cleaning
from almoxarife.server.logs.storage import sqlite as log_store
from almoxarife.server.logs.storage.postgres import PostgresLogStore
from almoxarife.server.logs.storage.sqlite import SqliteLogStore
from almoxarife.server.store.columns import from_micros, to_micros
from tests.databases import Databases, Place, examples
from tests.server.processes import wait_until

NOON = to_micros(datetime(2026, 11, 20, 15, 0, tzinfo=UTC))


Open = Callable[[], EntryStore]


@pytest.fixture
def place(databases: Databases, tmp_path: Path) -> Iterator[Place]:
    made = databases.make(tmp_path)
    yield made
    databases.drop(made)


@pytest.fixture
def opened(place: Place, tmp_path: Path) -> Iterator[Open]:
    """``opened()``: one more store on the same entries, as another process has."""
    with ExitStack() as stack:

        def open_one() -> EntryStore:
            store = PostgresLogStore(place) if isinstance(place, str) else SqliteLogStore(tmp_path / "registros.db")
            return stack.enter_context(closing(store))

        yield open_one


ByHand = Callable[..., None]


@pytest.fixture
def by_hand(place: Place, tmp_path: Path) -> ByHand:
    """Statements in the log's tables by somebody else's program."""

    def execute(*statements: str) -> None:
        if isinstance(place, str):
            with psycopg.connect(place) as line:
                line.execute("SET search_path = registros")
                for statement in statements:
                    line.execute(statement.encode())
        else:
            with closing(sqlite3.connect(tmp_path / "registros.db")) as db, db:
                for statement in statements:
                    db.execute(statement)

    return execute


@pytest.fixture
def store(opened: Open) -> EntryStore:
    return opened()


def entry(moment: int = NOON, action: str = "a", **more: str) -> Entry:
    service, user_id = more.pop("service", "s"), more.pop("user_id", "u")
    return Entry(moment, NOON, service, user_id, action, more.pop("result", "success"), **more)


def actions(store: EntryStore, **wanted: object) -> list[str]:
    return [stored.entry.action for stored in store.search(EntryFilter(limit=10_000, **wanted))]  # type: ignore[arg-type]


def tend(queue: LogQueue) -> None:
    """As once a day."""
    queue._maintain_at = 0.0
    queue.plan_maintenance()
    while queue._prune_before is not None or not queue._is_clean:  # each while is short
        queue.run_maintenance()


def prune_all(store: EntryStore, before: datetime) -> int:
    return sum(iter(lambda: store.prune(before), 0))


def test_entries_of_one_moment_keep_the_order_they_came_in(store: EntryStore) -> None:
    for part in range(3):
        store.append([entry(action=f"{part}-{n}") for n in range(1200)])

    assert actions(store) == [f"{part}-{n}" for part in (2, 1, 0) for n in reversed(range(1200))]


@settings(max_examples=examples(30), deadline=None, suppress_health_check=list(HealthCheck))
@given(batches=st.lists(st.lists(st.sampled_from([0, 1, 2, 10**6]), max_size=1100), max_size=4))
def test_every_entry_has_an_id_of_its_own_near_its_moment(store: EntryStore, batches: list[list[int]]) -> None:
    prune_all(store, from_micros(2 * NOON))
    given_ids = [number for batch in batches for number in store.append([entry(NOON + after) for after in batch])]

    stored = store.search(EntryFilter(limit=10_000))
    assert sorted(given_ids) == sorted(found.id for found in stored)
    assert len(set(given_ids)) == len(given_ids)
    assert all(0 <= found.id - (found.entry.moment << 10) < len(stored) for found in stored)


def test_one_piece_of_what_is_old_is_removed_at_once(store: EntryStore) -> None:
    store.append([entry(NOON + n) for n in range(2500)])

    assert 0 < store.prune(from_micros(NOON + 2400)) <= 1000
    assert len(actions(store)) >= 1500


def test_two_stores_of_the_same_entries_give_no_id_twice(store: EntryStore, opened: Open) -> None:
    other = opened()
    ids = [number for _ in range(20) for one in (store, other) for number in one.append([entry()] * 3)]

    assert len(set(ids)) == 120
    assert len(actions(store)) == 120


def test_old_entries_are_pruned_from_the_text_too(store: EntryStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disk_room, "PIECE", 10)
    monkeypatch.setattr(postgres, "PART", 10)
    day = 86_400_000_000
    store.append([entry(NOON - day + n, "velho") for n in range(25)] + [entry(NOON + n, "novo") for n in range(5)])

    assert prune_all(store, from_micros(NOON)) == 25

    assert actions(store) == ["novo"] * 5
    assert actions(store, text="velho") == []
    assert actions(store, text="novo") == ["novo"] * 5
    assert store.prune(from_micros(NOON)) == 0


@pytest.mark.sqlite
def test_the_last_of_the_disk_is_the_shop_s(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = SqliteLogStore(tmp_path / "registros.db")
    store.append([entry(NOON, "antes")])

    def free(left: int) -> None:
        monkeypatch.setattr(disk_room, "disk_usage", lambda _: SimpleNamespace(free=left))

    free(disk_room.MIN_FREE_BYTES - 1)
    with pytest.raises(WriteFailed):
        store.append([entry(NOON + 1, "cheio")])
    assert actions(store) == ["antes"]
    assert store.prune(from_micros(NOON)) == 0

    free(disk_room.MIN_FREE_BYTES)
    store.append([entry(NOON + 2, "depois")])
    assert actions(store) == ["depois", "antes"]
    store.close()


@pytest.mark.sqlite
def test_on_a_disk_that_is_nearly_full_an_entry_takes_what_the_file_has_to_spare(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = SqliteLogStore(tmp_path / "registros.db")
    store.append([entry(NOON + number, "velho" * 100) for number in range(200)])
    assert prune_all(store, from_micros(NOON + 200)) == 200
    store.close()  # what was written is in the file
    store = SqliteLogStore(tmp_path / "registros.db")
    size = store.path.stat().st_size

    def free(left: int) -> None:
        monkeypatch.setattr(disk_room, "disk_usage", lambda _: SimpleNamespace(free=left))

    free(disk_room.MIN_FREE_BYTES_FOR_SPARE_PAGES)
    store.append([entry(NOON, "cabe")])
    with pytest.raises(WriteFailed):
        store.append([entry(NOON + number, "não cabe" * 100) for number in range(200)])
    free(disk_room.MIN_FREE_BYTES_FOR_SPARE_PAGES - 1)
    with pytest.raises(WriteFailed):
        store.append([entry(NOON + 1, "cheio")])

    assert actions(store) == ["cabe"]
    store.close()
    assert store.path.stat().st_size == size


def left_on_the_disk(monkeypatch: pytest.MonkeyPatch, left: int) -> None:
    monkeypatch.setattr(disk_room, "disk_usage", lambda _: SimpleNamespace(free=left))


@pytest.mark.sqlite
def test_cleaning_leaves_the_last_of_the_disk_to_the_shop_and_goes_on_when_there_is_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(SqliteLogStore(tmp_path / "registros.db")) as store:
        store.append([entry(NOON + n, cause=f"senha: {SECRET}") for n in range(5)])

        left_on_the_disk(monkeypatch, disk_room.MIN_FREE_BYTES - 1)
        with pytest.raises(WriteFailed) as failed:
            store.clean()
        assert len(actions(store, text=SECRET)) == 5
        assert isinstance(failed.value.__cause__, OSError)  # says that the disk is full

        left_on_the_disk(monkeypatch, disk_room.MIN_FREE_BYTES)
        while store.clean():
            pass
        assert actions(store, text=SECRET) == []


@pytest.mark.sqlite
def test_cleaning_takes_the_free_pages_of_the_file_where_the_disk_is_nearly_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(SqliteLogStore(tmp_path / "registros.db")) as store:
        store.append([entry(NOON + n, cause="velho " * 5000) for n in range(200)])
        assert prune_all(store, from_micros(NOON + 200)) == 200
        store.append([entry(NOON + n, cause=f"senha: {SECRET}") for n in range(5)])

        left_on_the_disk(monkeypatch, disk_room.MIN_FREE_BYTES_FOR_SPARE_PAGES)
        while store.clean():
            pass
        assert actions(store, text=SECRET) == []


@pytest.mark.sqlite
def test_what_is_removed_goes_in_smaller_pieces_and_not_at_all_where_the_disk_is_nearly_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(SqliteLogStore(tmp_path / "registros.db")) as store:
        store.append([line(NOON + n, 7, f"{n:016x}") for n in range(100)])

        left_on_the_disk(monkeypatch, disk_room.MIN_FREE_BYTES - 1)
        assert store.prune(from_micros(NOON + 100)) == disk_room.SMALL_PIECE
        left_on_the_disk(monkeypatch, disk_room.MIN_FREE_BYTES_FOR_SPARE_PAGES - 1)
        for refused in (
            lambda: store.prune(from_micros(NOON + 100)),
            lambda: store.shrink(1),
            lambda: store.forget(Traces("u7", [])),
        ):
            with pytest.raises(WriteFailed):
                refused()
        assert len(actions(store)) == addresses(store) == 100 - disk_room.SMALL_PIECE

        left_on_the_disk(monkeypatch, disk_room.MIN_FREE_BYTES_FOR_SPARE_PAGES)
        assert store.forget(Traces("u7", [])) == 100 - disk_room.SMALL_PIECE


@pytest.mark.sqlite
def test_entries_wait_for_a_folder_that_is_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = SqliteLogStore(tmp_path / "registros.db")
    store.append([entry(NOON, "antes")])

    def fail(_: Path) -> None:
        raise FileNotFoundError

    with monkeypatch.context() as patch:
        patch.setattr(disk_room, "disk_usage", fail)
        with pytest.raises(StoreUnavailable):
            store.append([entry(NOON + 1, "fora")])

    store.append([entry(NOON + 2, "depois")])
    assert actions(store) == ["depois", "antes"]
    store.close()


@pytest.mark.sqlite
def test_what_is_pruned_leaves_the_index_of_words(tmp_path: Path) -> None:
    store = SqliteLogStore(tmp_path / "registros.db")
    store.append([entry(NOON, "velho"), entry(NOON + 1, "novo")])
    store.prune(from_micros(NOON + 1))
    store.close()

    with closing(sqlite3.connect(store.path)) as db:
        db.execute("INSERT INTO entries_text (entries_text) VALUES ('integrity-check')")


@pytest.mark.sqlite
def test_a_search_in_one_field_uses_its_index(tmp_path: Path) -> None:
    store = SqliteLogStore(tmp_path / "registros.db")
    store.append([entry()])
    store.close()
    with closing(sqlite3.connect(store.path)) as db:
        for name in ("service", "user_id", "action", "result"):
            plan = db.execute(
                f"EXPLAIN QUERY PLAN SELECT * FROM entries e WHERE e.id >= 1 AND e.{name} = 'x' ORDER BY e.id DESC"
            ).fetchall()
            assert f"ix_entries_{name}" in str(plan)
            assert "TEMP B-TREE" not in str(plan)


@pytest.mark.sqlite
def test_a_store_comes_back_after_a_while(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "registros.db"
    path.write_bytes(b"nonsense" * 1000)
    store = SqliteLogStore(path)
    with pytest.raises(StoreUnavailable):
        store.append([entry()])
    path.unlink()
    with pytest.raises(StoreUnavailable):  # not asked again at once
        store.append([entry()])

    monkeypatch.setattr(store, "_retry_at", 0.0)
    assert len(store.append([entry()])) == 1
    store.close()
    with pytest.raises(StoreUnavailable):
        store.append([entry()])


QUARTER = 900_000_000


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({}, [2, 1, 1]),
        ({"text": "cafe"}, [1, 1]),
        ({"text": "-cafe"}, [2]),
        ({"text": "cafe -b"}, [1]),
        ({"action": "a"}, [1, 1]),
        ({"action": "c"}, []),
        ({"result": "success", "since": NOON}, [1, 1]),
        ({"before": NOON + QUARTER}, [2, 1]),
        ({"before": NOON + QUARTER + 1, "since": NOON - 1}, [1, 1, 1]),
        ({"before": NOON - 2}, []),
        ({"since": NOON + QUARTER + 1}, []),
        ({"action": "a", "text": "cafe"}, [1]),
        ({"text": "cafe", "since": NOON + 1}, [1]),
        ({"text": "cafe", "before": NOON + QUARTER}, [1]),
        ({"text": "cafe", "before": NOON + QUARTER + 1}, [1, 1]),
        ({"text": "abacaxi"}, []),
    ],
)
def test_what_is_found_is_counted_by_its_quarter_of_an_hour(
    store: EntryStore, wanted: dict[str, Any], expected: list[int]
) -> None:
    store.append(
        [
            entry(NOON - 2, "b", cause="Açúcar"),
            entry(NOON - 1, "a", cause="Açúcar"),
            entry(NOON, "a", cause="Café"),
            entry(NOON + QUARTER, "b", cause="café"),
        ]
    )

    found = store.count(
        EntryFilter(**{name: from_micros(v) if isinstance(v, int) else v for name, v in wanted.items()})
    )

    assert [quarter.entries for quarter in found] == expected
    starts = [quarter.start for quarter in found]
    assert starts == sorted(starts)
    assert set(starts) <= {NOON - QUARTER, NOON, NOON + QUARTER}


@pytest.mark.parametrize("action", ["a", None])
def test_entries_of_one_moment_are_counted_up_to_it(store: EntryStore, action: str | None) -> None:
    store.append([entry(NOON, "a") for _ in range(1100)])
    store.append([entry(NOON + 1, "a"), entry(NOON + 2, "b", result="failure")])

    counted = [
        sum(quarter.entries for quarter in store.count(EntryFilter(action=action, before=from_micros(NOON + later))))
        for later in range(4)
    ]

    assert counted == ([0, 1100, 1101, 1102] if action is None else [0, 1100, 1101, 1101])


def test_a_time_of_years_and_many_results_are_counted(store: EntryStore) -> None:
    years = 86_400_000_000 * 800
    store.append([entry(NOON - years, "a"), *(entry(NOON + n, "a", result=str(n)) for n in range(20))])

    assert [quarter.entries for quarter in store.count(EntryFilter())] == [1, 20]
    assert [quarter.entries for quarter in store.count(EntryFilter(action="a"))] == [1, 20]


@pytest.mark.parametrize("since", [None, NOON - 3 * QUARTER, NOON - 7])
@pytest.mark.parametrize("before", [None, NOON + QUARTER, NOON + QUARTER + 7, NOON - 3 * QUARTER + 9])
def test_whole_quarters_and_their_edges_are_counted_once(
    store: EntryStore, since: int | None, before: int | None
) -> None:
    random = Random(f"{since} {before}")
    entries = [
        entry(NOON + random.randrange(-4, 3) * QUARTER + random.randrange(-9, 9), result=result, service=service)
        for result in ("success", "failure", "talvez")
        for service in ("api", "gateway", "balança")
        for _ in range(30)
    ]
    store.append(entries)

    for service in (None, "api", "nobody"):
        for result in (None, "failure", "talvez"):
            there = [
                one
                for one in entries
                if (since is None or one.moment >= since) and (before is None or one.moment < before)
                if service in {None, one.service} and result in {None, one.result}
            ]
            wanted = EntryFilter(
                service=service,
                result=result,
                since=since if since is None else from_micros(since),
                before=before if before is None else from_micros(before),
            )
            assert store.count(wanted) == tally(there)


def tally(entries: list[Entry]) -> list[Quarter]:
    by_start: dict[int, list[Entry]] = {}
    for one in entries:
        by_start.setdefault(one.moment // QUARTER * QUARTER, []).append(one)
    return [
        Quarter(start, len(found), sum(one.result == "failure" for one in found))
        for start, found in sorted(by_start.items())
    ]


def test_the_counts_follow_what_is_added_late_pruned_forgotten_and_taken_out_by_hand(
    opened: Open, by_hand: ByHand
) -> None:
    store, other = opened(), opened()
    day = 96 * QUARTER
    store.append([entry(NOON - n * QUARTER, result=("success", "failure")[n % 2]) for n in range(400)])
    other.append(
        [
            entry(NOON - 3 * day, service="late"),
            entry(NOON - 3 * day, service="api", user_id="u7", extra='{"address":"1"}'),
        ]
    )
    store.forget(Traces("u7", []))
    by_hand("DELETE FROM entries WHERE service = 'late'")
    other.prune(from_micros(NOON - 2 * day))
    while store.prune(from_micros(NOON - 2 * day)):
        pass

    assert (
        store.count(EntryFilter())
        == other.count(EntryFilter())
        == tally([one.entry for one in store.search(EntryFilter(limit=1000))])
    )
    by_hand("DELETE FROM entries")
    assert store.count(EntryFilter()) == []


def test_what_an_older_version_has_not_counted_is_counted_in_pieces_while_others_write(
    opened: Open, by_hand: ByHand, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quarters, "AT_ONCE", 20)
    old = opened()
    old.append([entry(NOON - n * QUARTER // 9, result=("success", "failure")[n % 2]) for n in range(200)])
    by_hand("DROP TABLE quarters")
    if isinstance(old, SqliteLogStore):
        by_hand("DROP TRIGGER entries_counted", "DROP TRIGGER entries_uncounted")
    old.close()
    store = opened()

    def whole() -> list[Quarter]:
        return tally([one.entry for one in store.search(EntryFilter(limit=1000))])

    pieces = 0
    while True:
        # What comes late, now, and is taken out again, on both sides of what is counted already.
        store.append([entry(NOON - hours * 4 * QUARTER - pieces, service="late") for hours in range(6)])
        by_hand(f"DELETE FROM entries WHERE service = 'late' AND moment % 3 = {pieces % 3}")
        assert store.count(EntryFilter()) == whole()
        assert store.count(EntryFilter(since=from_micros(NOON - 9 * QUARTER)))[0].start == NOON - 9 * QUARTER
        if not store.count_older():
            break
        pieces += 1

    assert 3 < pieces < 12
    assert not opened().count_older()
    assert store.count(EntryFilter(result="failure")) == tally(
        [one.entry for one in store.search(EntryFilter(limit=1000, result="failure"))]
    )
    by_hand("DELETE FROM entries")
    assert store.count(EntryFilter()) == []


@pytest.mark.parametrize("wanted", [{"text": "cafe"}, {"user_id": "u"}, {"user_id": "u", "text": "-cha"}])
def test_of_many_the_newest_are_counted_where_each_must_be_looked_at(store: EntryStore, wanted: dict[str, str]) -> None:
    day = 96 * QUARTER
    store.append([entry(NOON - n * day, f"a{n % 3}", cause="Café") for n in range(40)])
    store.append([entry(NOON, cause="chá", user_id="v") for _ in range(9)])

    for most in (1, 7, 39, 40, 900):
        newest = [NOON - n * day for n in range(min(most, 40))]
        counted = store.count(EntryFilter(max_entries=most, **wanted))  # type: ignore[arg-type]
        assert [(quarter.start, quarter.entries) for quarter in counted] == [(start, 1) for start in reversed(newest)]
        values = store.list_common(EntryFilter(max_entries=most, **wanted), "action", 2)  # type: ignore[arg-type]
        assert values == [(f"a{n}", (len(newest) + 2 - n) // 3) for n in range(min(2, len(newest)))]
    # What is counted beforehand is told whole.
    assert sum(quarter.entries for quarter in store.count(EntryFilter(max_entries=5))) == 49
    assert sum(number for _, number in store.list_common(EntryFilter(max_entries=5), "user_id", 9)) == 5


# --- the queue ----------------------------------------------------------------------------


def test_a_full_queue_drops_the_newest_and_counts_them(store: EntryStore) -> None:
    queue = LogQueue(store, max_queued=3)
    for n in range(5):
        queue.put(entry(action=str(n)))

    assert queue.dropped == 2
    assert queue.flush()
    assert actions(store) == ["2", "1", "0"]


def test_what_a_failing_store_does_not_take_waits_in_order(store: EntryStore, monkeypatch: pytest.MonkeyPatch) -> None:
    queue = LogQueue(store)
    for n in range(log_queue.BATCH + 5):
        queue.put(entry(action=str(n)))
    monkeypatch.setattr(store, "_retry_at", float("inf"))
    assert not queue.flush()
    assert queue.dropped == 0

    monkeypatch.setattr(store, "_retry_at", 0.0)
    assert queue.flush()
    assert actions(store) == [str(n) for n in reversed(range(log_queue.BATCH + 5))]


def test_what_waits_is_written_when_the_server_stops(opened: Open) -> None:
    queue = LogQueue(opened())
    queue.start()
    queue.put(entry())
    queue.close()

    assert actions(opened()) == ["a"]


def test_it_writes_by_itself_and_prunes_once_a_day(
    store: EntryStore, opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_queue, "EVERY_S", 0.01)
    monkeypatch.setattr(log_queue, "SETTLE_S", 0.0)
    pruned: list[datetime] = []
    monkeypatch.setattr(store, "prune", lambda before: pruned.append(before) or 0)
    queue = LogQueue(store, keep_days=1)
    queue.put(entry())
    queue.start()
    wait_until(lambda: pruned and actions(store), "an entry is written, and something pruned")
    queue.close()

    assert pruned == [datetime(2026, 11, 20, tzinfo=UTC)]


def test_the_newest_days_with_entries_are_kept_whatever_the_clock_says(store: EntryStore) -> None:
    day = timedelta(days=1)
    noon = from_micros(NOON)
    years_ahead = noon.replace(year=2036)
    # The shop works two of three days; then a clock is set ten years ahead, and put right.
    moments = [noon - n * day for n in (0, 1, 3, 4, 6, 100)] + [years_ahead, years_ahead - timedelta(hours=1)]
    store.append([entry(to_micros(moment), f"{moment:%d.%m.%Y}") for moment in moments])

    tend(LogQueue(store, keep_days=6))
    assert sorted({*actions(store)}) == [
        "14.11.2026",
        "16.11.2026",
        "17.11.2026",
        "19.11.2026",
        "20.11.2026",
        "20.11.2036",
    ]

    tend(LogQueue(store, keep_days=6))
    tend(LogQueue(store, keep_days=10))
    assert len(actions(store)) == 7

    tend(LogQueue(store, keep_days=2))
    assert actions(store) == ["20.11.2036", "20.11.2036", "20.11.2026"]


def test_entries_are_kept_for_ever_when_no_days_are_given(store: EntryStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_queue, "SETTLE_S", 0.0)
    monkeypatch.setattr(store, "prune", lambda before: pytest.fail("pruned"))
    LogQueue(store, keep_days=0).plan_maintenance()


def test_a_long_pruning_leaves_what_waits_its_turn(store: EntryStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_queue, "SETTLE_S", 0.0)
    monkeypatch.setattr(log_queue, "EVERY_S", 0.01)
    monkeypatch.setattr(log_queue, "MAINTENANCE_S", 0.0)
    pieces: list[int] = []

    def prune(before: datetime) -> int:
        pieces.append(len(actions(store)))
        queue.put(entry())
        return 1

    monkeypatch.setattr(store, "prune", prune)
    store.append([entry()])
    queue = LogQueue(store, keep_days=1)
    monkeypatch.setattr(log_queue, "MAINTENANCE_S", 0.001)
    queue.start()
    wait_until(lambda: len(pieces) > 3, "some pieces are pruned")
    monkeypatch.setattr(store, "prune", lambda before: 0)
    queue.close()

    # Whatever was put during a piece was written before a later one: nothing waits for the end.
    assert pieces[-1] > 0


@pytest.mark.sqlite
def test_a_crowd_at_the_gateway_pushes_out_nothing_but_itself(store: EntryStore) -> None:
    store.append([entry(NOON + n, "of a program", cause="palavra " * 20) for n in range(100)])
    crowd = [entry(NOON + 1000 + n, "of a crowd", cause=f"{n} " + "palavra outra " * 20) for n in range(3000)]
    for start in range(0, len(crowd), 200):
        store.append([one._replace(service="gateway") for one in crowd[start : start + 200]])

    while store.shrink(1_000_000):
        pass

    kept = actions(store)
    assert kept.count("of a program") == 100
    assert 0 < kept.count("of a crowd") < 3000
    assert store.search(EntryFilter(service="gateway", limit=1))[0].entry.moment == NOON + 1000 + 2999


@pytest.mark.sqlite
def test_a_log_that_grows_too_large_loses_its_oldest_and_no_more_than_it_must(
    store: EntryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_queue, "SETTLE_S", 0.0)
    monkeypatch.setattr(log_queue, "EVERY_S", 0.01)
    for part in range(20):
        store.append([entry(NOON + part * 1000 + n, "a", cause=f"{n} " + "palavra outra " * 20) for n in range(200)])
    assert store.shrink(100_000_000) == 0
    most = 1_000_000
    queue = LogQueue(store, keep_bytes=most)
    queue.start()

    wait_until(lambda: len(actions(store)) < 4000 and not queue._shrink_to, "it shrinks until it fits")

    left = [stored.entry.moment for stored in store.search(EntryFilter(limit=10_000))]
    queue.close()
    assert 400 < len(left) < 3600
    assert max(left) == NOON + 19_199


def test_one_day_that_grows_too_large_loses_its_oldest_pieces_and_counts_on(store: EntryStore) -> None:
    most = 4_000_000 if isinstance(store, PostgresLogStore) else 1_500_000
    quarter, words = 900_000_000, " ".join(f"palavra{n}" for n in range(60))
    for number in range(12):
        start = NOON + number * quarter
        store.append([entry(start + n, "a", cause=f"{number} {n} {words}") for n in range(200)])
        while store.shrink(most):
            pass

    left = sorted(stored.entry.moment for stored in store.search(EntryFilter(limit=10_000)))
    assert left[-1] == start + 199
    assert NOON + quarter < left[0] < start
    assert sum(each.entries for each in store.count(EntryFilter())) == len(left)
    store.append([entry(NOON, "late")])
    assert actions(store)[-1] == "late"
    assert store.measure()[0] < 2 * most


# --- any error ------------------------------------------------------------------------------


def test_an_entry_that_cannot_be_stored_is_dropped_and_counted_and_the_others_are_kept(store: EntryStore) -> None:
    queue = LogQueue(store)
    for action in ("a", "b\ud800", "c"):
        queue.put(entry(action=action))

    assert queue.flush()
    assert actions(store) == ["c", "a"]
    assert queue.dropped == 1


def test_the_thread_survives_whatever_goes_wrong(store: EntryStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_queue, "EVERY_S", 0.01)
    monkeypatch.setattr(log_queue, "SETTLE_S", 0.0)
    failed = Event()

    def fail() -> list[Traces]:
        failed.set()
        raise ZeroDivisionError

    queue = LogQueue(store, list_erased=fail)
    queue.start()
    assert failed.wait(30)
    queue.put(entry())

    wait_until(lambda: actions(store) == ["a"], "it goes on writing")
    queue.close()


# --- what earlier rules let through -----------------------------------------------------------

SECRET = "azulmarinho"


def test_what_was_stored_by_earlier_rules_is_cleaned_in_pieces_and_once(
    opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (sqlite_cleaning, postgres_cleaning):
        monkeypatch.setattr(module, "PIECE", 10)
    store = opened()
    cause, extra = f"Authorization: Basic {SECRET}", json.dumps({"texto": f"senha do wifi: {SECRET} 1", "n": 1})
    store.append([entry(NOON + n, f"a{n}", cause=cause, extra=extra) for n in range(25)])
    store.append([entry(NOON + n, "limpo", cause="ok") for n in range(25)])
    before = actions(store)
    assert store.clean()
    assert store.clean()

    # A piece is done; another process goes on from there.
    assert 0 < len(actions(store, text=SECRET)) < 25
    other = opened()
    pieces = sum(iter(lambda: other.clean(), False))

    assert pieces < 60
    assert actions(store, text=SECRET) == []
    assert actions(store) == before
    found = {(row.entry.cause, row.entry.extra) for row in store.search(EntryFilter(limit=500))}
    assert {cause for cause, _ in found} == {"Authorization: [removido]", "ok"}
    assert SECRET not in str(found)
    assert actions(store, text="removido") == [action for action in before if action != "limpo"]
    store.append([entry(NOON, cause=f"senha: {SECRET}")])  # nothing of today's comes here unredacted
    assert not store.clean()
    assert len(actions(store, text=SECRET)) == 1


@pytest.mark.sqlite
def test_what_was_cleaned_is_not_in_the_file_any_more(tmp_path: Path) -> None:
    store = SqliteLogStore(tmp_path / "registros.db")
    store.append([entry(NOON + n, cause=f"senha: {SECRET}") for n in range(300)])
    while store.clean():
        pass
    store.append([entry(NOON + 999)])
    store.close()

    assert SECRET.encode() not in store.path.read_bytes()
    with closing(sqlite3.connect(store.path)) as db:
        db.execute("INSERT INTO entries_text (entries_text, rank) VALUES ('integrity-check', 1)")


def test_long_entries_are_cleaned_one_by_one_so_that_nobody_waits(store: EntryStore) -> None:
    store.append([entry(NOON + n, cause=f"senha: {SECRET} " + "x " * 20_000) for n in range(3)])
    store.append([entry(NOON + 3 + n, cause=f"senha: {SECRET}") for n in range(50)])
    counted = [53]
    while store.clean():
        counted.append(len(actions(store, text=SECRET)))

    pieces = [before - after for before, after in pairwise(counted) if before > after]
    assert pieces == [1, 1, 51]


def test_an_entry_that_loses_its_person_while_it_is_cleaned_does_not_get_it_back(
    store: EntryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    theirs = line(NOON, 7, "a" * 16)
    store.append([theirs._replace(cause=f"senha: {SECRET}")])
    was, forgotten = sqlite_cleaning.redacted, []

    def slow(stored: Entry) -> Entry:
        if not forgotten:
            forgotten.append(store.forget(Traces("u7", [])))
        return was(stored)

    for module in (sqlite_cleaning, postgres_cleaning):
        monkeypatch.setattr(module, "redacted", slow)
    while store.clean():
        pass

    assert forgotten == [1]
    assert addresses(store) == 0
    assert actions(store, text=SECRET) == []


def test_the_queue_cleans_after_the_first_minute(store: EntryStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_queue, "EVERY_S", 0.01)
    monkeypatch.setattr(log_queue, "SETTLE_S", 0.0)
    store.append([entry(cause=f"senha: {SECRET}")])
    queue = LogQueue(store)
    queue.start()

    wait_until(lambda: actions(store, text=SECRET) == [], "it is cleaned")
    queue.close()


# --- erased people ------------------------------------------------------------------------


def line(moment: int, user: int | None, request: str, path: str = "/produtos") -> Entry:
    """As the server notes a request."""
    return RequestLine(
        from_micros(moment), "GET", "/produtos", path, 200, None, user, "192.168.0.77", request, 1.5
    ).to_entry()


def test_of_an_erased_person_no_address_and_no_path_is_left(store: EntryStore, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (log_store, postgres):
        monkeypatch.setattr(module, "PART", 2)
    theirs = [line(NOON + n, 7, f"{n:016x}", "/Maria") for n in range(5)]
    requests = [f"{n:016x}" for n in range(10, 10 + REQUESTS_AT_ONCE + 1)]
    logins = [line(NOON + 10 + n, None, request) for n, request in enumerate(requests)]
    others = [
        line(NOON + 900, 77, "f" * 16),
        line(NOON + 901, None, "e" * 16),
        entry(NOON + 902, extra=theirs[0].extra or ""),
    ]
    store.append([*theirs, *logins, *others])

    assert store.forget(Traces("u7", requests)) == 5 + REQUESTS_AT_ONCE + 1

    found = [stored.entry for stored in reversed(store.search(EntryFilter(limit=1000)))]
    assert found[-3:] == others
    assert all(json.loads(kept.extra or "").keys() == {"status", "duration_ms", "request_id"} for kept in found[:-3])
    assert [kept._replace(extra=None) for kept in found[:-3]] == [one._replace(extra=None) for one in theirs + logins]
    assert actions(store, text="maria") == ["a"]
    assert addresses(store) == 3
    assert len(actions(store, text=requests[0])) == 1
    assert store.forget(Traces("u7", requests)) == 0


@pytest.mark.sqlite
def test_what_is_forgotten_leaves_the_index_of_words(tmp_path: Path) -> None:
    store = SqliteLogStore(tmp_path / "registros.db")
    store.append([line(NOON, 7, "a" * 16), line(NOON + 1, 8, "b" * 16)])
    assert store.forget(Traces("u7", ["c" * 16])) == 1
    store.close()

    with closing(sqlite3.connect(store.path)) as db:
        db.execute("INSERT INTO entries_text (entries_text, rank) VALUES ('integrity-check', 1)")


def addresses(store: EntryStore) -> int:
    return len(actions(store, text='"192.168.0.77"'))


def test_what_waits_is_written_before_it_is_forgotten(store: EntryStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_queue, "LINGER_S", 0.0)
    monkeypatch.setattr(log_queue, "EVERY_S", 0.01)
    queue = LogQueue(store)
    queue.put(line(NOON, 7, "a" * 16))
    queue.forget(Traces("u7", []))

    queue.start()
    wait_until(lambda: not queue._to_forget, "somebody is forgotten")

    assert actions(store) == ["GET /produtos"]
    assert addresses(store) == 0
    queue.close()


def test_somebody_s_last_requests_are_waited_for(store: EntryStore) -> None:
    queue = LogQueue(store)
    queue.forget(Traces("u7", []))
    store.append([line(NOON, 7, "a" * 16)])

    queue.forget_due()

    assert addresses(store) == 1


def refuse(*arguments: object) -> int:
    raise StoreUnavailable


def test_a_store_that_fails_forgets_when_it_is_back(store: EntryStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_queue, "LINGER_S", 0.0)
    store.append([line(NOON, number, f"{number:016x}") for number in (7, 8)])
    queue = LogQueue(store)
    queue.forget(Traces("u7", []))
    queue.forget(Traces("u8", []))
    with monkeypatch.context() as away:
        away.setattr(store, "forget", refuse)
        queue.forget_due()
    assert addresses(store) == 2

    queue.forget_due()

    assert addresses(store) == 0


def test_once_a_day_whoever_was_erased_is_looked_for(store: EntryStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_queue, "SETTLE_S", 0.0)
    store.append([line(NOON, 7, "a" * 16), line(NOON, None, "b" * 16), line(NOON, 8, "c" * 16)])
    asked: list[bool] = []

    def list_erased() -> list[Traces]:
        asked.append(True)
        if len(asked) == 1:
            refuse()  # the shop's database is away
        return [Traces("u7", ["b" * 16])]

    queue = LogQueue(store, list_erased=list_erased)
    queue.plan_maintenance()
    queue.plan_maintenance()
    assert len(asked) == 1  # not again before an hour has passed

    monkeypatch.setattr(queue, "_maintain_at", 0.0)
    queue.plan_maintenance()
    queue.forget_due()

    assert addresses(store) == 1
